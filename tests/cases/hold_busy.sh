#: environments guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
#: ooms 7
# No CPU is idle, and the reader may be put on the one that waits for it: it is read all the same.
. "$CASES/lib.sh"

cg a 32M
trace json json --hold 200
n=$(nproc)
while [ "$n" -gt 0 ]; do
	sh -c 'while :; do :; done' &
	STARTED="$STARTED $!"
	n=$((n - 1))
done
for n in 1 2 3 4 5 6; do
	eat a anon=64M
	reap "$PID"
	assert "killed by SIGKILL" [ "$STATUS" = 137 ]
done
records json 6
end json

[ "$TIER" = tracepoint ] || expect most json capture.hold.state acknowledged
