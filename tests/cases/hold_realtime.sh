#: environments guest
#: cgroups v1 v2
#: tiers each
#: needs memcg preempt_rt
#: set main
# A realtime kernel waits only when asked to, and the start record says so.
. "$CASES/lib.sh"

cg a 32M
trace json json
eat a anon=64M
reap "$PID"
assert "killed by SIGKILL" [ "$STATUS" = 137 ]
records json 1
end json

why=$(why_no_hold)
[ "$why" = tracepoint ] || why=disabled
expect is json 1 capture.hold.state off
expect is json 1 capture.hold.reason "$why"
assert "said to be missing" grep -q '"type":"start".*"feature":"hold"' "$OUT/json.out"
