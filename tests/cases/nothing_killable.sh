#: environments guest
#: cgroups v2
#: tiers each
#: needs memcg sys_resource
#: ooms 10
#: set main best
# Nobody in the cgroup may be killed, and so the OOM killer is asked again and again: told once in a second, and
# counted every time, as the kernel's own counter of the cgroup says.
. "$CASES/lib.sh"

cg a 24M
trace json json
eat a adj=-1000 anon=48M
has_ooms() {
	[ "$(sed -n 's/^oom //p' "$(cg_dir a)/memory.events")" -ge "$1" ]
}
must has_ooms 50
kill -KILL "$PID"
reap "$PID"
sed -n 's/^oom //p' "$(cg_dir a)/memory.events" >"$OUT/invocations"
end json

if [ "$TIER" != tracepoint ]; then
	expect flood json no_victim "$(cat "$OUT/invocations")"
else
	expect ooms json 0
fi
