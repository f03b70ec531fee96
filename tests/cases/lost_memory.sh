#: environments guest
#: cgroups v1 v2
#: tiers each
#: needs memcg sys_resource
#: ooms 8
# The victim ends by itself while the kernel waits for a reader that does not run. Nobody is left to be killed then;
# what the victim was is known. Where the kernel does not wait, it is killed. The one that asks stays on the CPU that the
# kernel waits on, and may not be killed itself, should the memory come back too slowly.
. "$CASES/lib.sh"

watch_ways
trace json json --hold 200
why=$(why_no_hold)
# Of two probes the later one comes first, and both before what the tracer has put there.
[ -n "$why" ] || kernel_trace sign oom_kill_process

# Kills the victim as soon as the kernel has chosen it.
kill_when_chosen() {
	echo >"$TRACING/trace"
	# One byte: a shell would poll for the next, which the kernel has in hand already and does not tell of.
	# shellcheck disable=SC2016
	eat - cpu=1 exec /bin/sh -c 'exec 3<"$1" && : >"$2" && head -c 1 <&3 >/dev/null && kill -KILL "$3"' - \
		"$TRACING/trace_pipe" "$RUN/watching" "$lost"
	must test -e "$RUN/watching"
}

kernel_found_nobody() {
	dmesg | grep -q "OOM victim $lost (lost) is already exiting"
}

# The kernel does not wait for long: a machine that is slow just then may need another try.
rounds=0
until [ "$rounds" = 8 ]; do
	rounds=$((rounds + 1))
	rm -f "$RUN"/*
	cg "a$rounds" 24M
	gate go
	eat "a$rounds" cpu=1 comm=lost anon=14M ready="$RUN/lost" pause
	ready lost
	lost=$READY_PID
	eat "a$rounds" cpu=0 comm=asker adj=-1000 ready="$RUN/asker" wait="$RUN/go" anon=14M exit=0
	ready asker
	asker=$READY_PID
	if [ -z "$why" ]; then
		kill_when_chosen
		kill -STOP "$(own_pid json)"
	fi
	go go
	wait "$asker"
	assert "the one that asked was spared" [ $? = 0 ]
	[ -n "$why" ] || kill -CONT "$(own_pid json)"
	wait "$lost"
	assert "the victim ended" [ $? = 137 ]
	records json "$rounds"
	[ -z "$why" ] && kernel_found_nobody && break
	note_killed "$lost"
	[ -z "$why" ] || break
done
end json
end_ways json

# Its memory may be gone before it is looked at once more; by then it was weighed.
[ "$TIER" = tracepoint ] || assert "the victim was weighed" \
	grep -q "\"top\":\[{\"pid\":$lost,\"comm\":\"lost\".*\"verdict\":\"chosen\"" "$OUT/json.out"
if [ -z "$why" ]; then
	kind=victim_exiting:1
	expect ooms json $((rounds - 1))
	expect outcomes json victim_exiting 1
	expect skipped "$lost"
	expect is json $kind capture.hold.state timed_out
else
	kind=1
	expect ooms json 1
fi
expect is json $kind victim.pid "$lost"
expect is json $kind victim.comm lost
expect is json $kind victim.cgroup "$(cg_path "a$rounds")"
expect is json $kind trigger.pid "$asker"
expect is json $kind limit.cgroup "$(cg_path "a$rounds")"
