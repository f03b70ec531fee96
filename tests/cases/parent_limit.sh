#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
#: set main
# The parent's smaller limit kills in a child that is far from its own. Who asks for what lies below a
# cgroup hears of it; who asks for its sibling does not.
. "$CASES/lib.sh"

cg p 32M
cg p/a 128M
cg p/b
gate go
trace json json
trace inside json -c "$(cg_path p/a)"
trace beside json -c "$(cg_path p/b)"
eat p/a ready="$RUN/r" wait="$RUN/go" anon=64M
ready r
go go
reap "$PID"
records json 1
records inside 1
end json
end inside
end beside

expect is json 1 victim.pid "$READY_PID"
expect is json 1 victim.cgroup "$(cg_path p/a)"
expect is json 1 trigger.cgroup "$(cg_path p/a)"
expect is json 1 limit.cgroup "$(cg_path p)"
expect is json 1 limit.limit_bytes 33554432
expect ooms inside 1
expect ooms beside 0
