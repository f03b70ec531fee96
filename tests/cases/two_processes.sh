#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# A small process asks, the big one beside it dies. (When the big one's memory comes back too slowly the kernel
# takes the small one as well.)
. "$CASES/lib.sh"

cg a 40M
gate go
trace json json
eat a anon=28M ready="$RUN/big" pause
ready big
big=$READY_PID
eat a ready="$RUN/small" wait="$RUN/go" anon=24M
ready small
small=$READY_PID
small_job=$PID
go go
reap "$big"
assert "the big one was killed" [ "$STATUS" = 137 ]
reap "$small_job"
records json 1
end json

expect is json 1 outcome killed
expect is json 1 trigger.pid "$small"
expect is json 1 victim.pid "$big"
expect is json 1 limit.cgroup "$(cg_path a)"
expect user_stack json 1 touch_pages grow_heap perform main
expect kernel_stack json 1 mem_cgroup_out_of_memory
expect victim_stack json 1 sys_pause
