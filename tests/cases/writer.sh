#: environments guest host
#: cgroups v2
#: tiers each
#: needs memcg
# Lowering memory.max below the usage kills on behalf of the writer, here this shell.
. "$CASES/lib.sh"

cg a
trace json json
eat a anon=48M ready="$RUN/r" pause
ready r
echo 8M >"$(cg_dir a)/memory.max"
reap "$PID"
assert "killed by SIGKILL" [ "$STATUS" = 137 ]
records json 1
end json

expect is json 1 trigger.pid "$$"
expect is json 1 trigger.cgroup "$(sed -n 's/^0:://p' /proc/self/cgroup)"
expect is json 1 victim.pid "$READY_PID"
expect is json 1 victim.cgroup "$(cg_path a)"
expect is json 1 limit.cgroup "$(cg_path a)"
expect is json 1 limit.limit_bytes 8388608
expect kernel_stack json 1 mem_cgroup_out_of_memory memory_max_write
