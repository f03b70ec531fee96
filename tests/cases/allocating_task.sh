#: environments guest
#: cgroups v1 v2 none
#: tiers each
#: when last
# vm.oom_kill_allocating_task: the machine runs out of memory, and who asks dies, not who has most. Nobody is
# weighed for that, so there is no score, and there are no candidates.
. "$CASES/lib.sh"

echo 1 >/proc/sys/vm/oom_kill_allocating_task
on_exit 'echo 0 >/proc/sys/vm/oom_kill_allocating_task'
gate go
trace json json
trace text text
eat - comm=small ready="$RUN/small" wait="$RUN/go" anon=4096M
small=$PID
ready small
available=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)
eat - comm=large anon=$((available * 2 / 3))K ready="$RUN/large" pause
large=$PID
ready large
go go
reap "$small"
assert "who asked was killed" [ "$STATUS" = 137 ]
assert "who has most lives" is_not is_gone "$large"
records json 1
records_text() {
	grep -q OOM "$OUT/text.out"
}
must records_text
# Not one of the dead that the kernel is to answer for.
kill -KILL "$large"
must is_gone "$large"
end json
end text

expect is json 1 outcome killed
expect is json 1 scope global
expect is json 1 victim.pid "$small"
expect is json 1 trigger.pid "$small"
if [ "$TIER" != tracepoint ]; then
	expect is json 1 message Out of memory '(oom_kill_allocating_task)'
	expect missed json 1 victim.score
	expect says text oom_kill_allocating_task
fi
