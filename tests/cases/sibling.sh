#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# Trigger and victim sit in two cgroups below the one whose limit was hit.
. "$CASES/lib.sh"

cg p 40M
cg p/a
cg p/b
gate go
trace json json
eat p/a anon=28M ready="$RUN/big" pause
ready big
big=$READY_PID
eat p/b ready="$RUN/small" wait="$RUN/go" anon=24M
ready small
small_job=$PID
go go
reap "$big"
reap "$small_job"
records json 1
end json

expect is json 1 trigger.pid "$READY_PID"
expect is json 1 trigger.cgroup "$(cg_path p/b)"
expect is json 1 victim.pid "$big"
expect is json 1 victim.cgroup "$(cg_path p/a)"
expect is json 1 limit.cgroup "$(cg_path p)"
