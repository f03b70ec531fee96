#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
#: set main
# The process that hits the limit is the one that dies.
. "$CASES/lib.sh"

cg a 32M
gate go
trace json json --label suite=cases --label 'note=a "quoted" = sign'
eat a ready="$RUN/r" wait="$RUN/go" anon=64M
ready r
go go
reap "$PID"
assert "killed by SIGKILL" [ "$STATUS" = 137 ]
records json 1
end json

expect is json 1 incident 1
expect is json 1 outcome killed
expect is json 1 scope memcg
expect is json 1 trigger.pid "$READY_PID"
expect is json 1 trigger.tid "$READY_PID"
expect is json 1 trigger.comm eat
expect is json 1 trigger.uid 0
expect is json 1 trigger.cgroup "$(cg_path a)"
expect is json 1 victim.pid "$READY_PID"
expect is json 1 victim.tid "$READY_PID"
expect is json 1 limit.cgroup "$(cg_path a)"
expect is json 1 limit.limit_bytes 33554432
expect is json 1 labels.suite cases
expect is json 1 labels.note 'a "quoted" = sign'
expect user_stack json 1 touch_pages grow_heap perform main
expect kernel_stack json 1 mem_cgroup_out_of_memory
