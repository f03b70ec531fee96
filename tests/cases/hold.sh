#: environments guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
#: ooms 5
#: set main
# The kernel waits until the victim's /proc has been read, whole. Where it cannot wait, the record says so.
. "$CASES/lib.sh"

cg a 32M
trace json json --hold 200
for n in 1 2 3 4; do
	gate "go$n"
	eat a ready="$RUN/$n" wait="$RUN/go$n" anon=64M
	ready "$n"
	go "go$n"
	reap "$PID"
	assert "killed by SIGKILL" [ "$STATUS" = 137 ]
	expect is json "$n" victim.cmdline "$PROGS/eat cgroup=$(cg_dir a) ready=$RUN/$n wait=$RUN/go$n anon=64M"
	expect is json "$n" victim.exe "$PROGS/eat"
done
records json 4
end json

why=$(why_no_hold)
if [ -n "$why" ]; then
	expect is json 1 capture.hold.state off
	expect is json 1 capture.hold.reason "$why"
	# Every tracepoint is as little waited for, and that is what `hooks` tells.
	[ "$why" = tracepoint ] ||
		assert "said to be missing" grep -q '"type":"start".*"feature":"hold"' "$OUT/json.out"
else
	expect any json capture.hold.state acknowledged
	expect any json capture.proc complete
fi
