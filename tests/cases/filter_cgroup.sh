#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# --cgroup hears of what lies in a cgroup or below it, named with the mount or without, and of nothing else. A
# name that only begins alike is another cgroup.
. "$CASES/lib.sh"

cg on
cg on/x 32M
cg on-other 32M
cg third
gate go
trace on json -c "$(cg_dir on)"
trace either json -c "$(cg_path third)" -c "$(cg_path on-other)"
trace off json -c "$(cg_path third)"
eat on-other ready="$RUN/first" wait="$RUN/go" anon=64M
ready first
first=$READY_PID
go go
reap "$PID"
eat on/x ready="$RUN/second" wait="$RUN/go" anon=64M
ready second
second=$READY_PID
go go
reap "$PID"
records on 1
records either 1
end on
end either
end off

expect ooms on 1
expect is on 1 victim.pid "$second"
expect ooms either 1
expect is either 1 victim.pid "$first"
expect ooms off 0
