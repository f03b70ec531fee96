#: environments guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
#: ooms 4
# A reader that does not run delays one kill by the bound, and no other.
. "$CASES/lib.sh"

cg a 24M
trace json json --hold 200
reader=$(own_pid json)
kill -STOP "$reader"
for n in 1 2 3; do
	eat a anon=48M
	reap "$PID"
	assert "kill $n happened" [ "$STATUS" = 137 ]
done
kill -CONT "$reader"
records json 3
end json

case $TIER in
tracepoint) ;;
*)
	expect is json 1 capture.hold.state timed_out
	for n in 2 3; do
		expect is json "$n" capture.hold.state off
		expect is json "$n" capture.hold.reason reader_busy
	done
	;;
esac
