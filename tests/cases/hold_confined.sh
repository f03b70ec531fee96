#: environments guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# Where the reader may run on one CPU only, nothing waits for it there; elsewhere it does.
. "$CASES/lib.sh"

cg a 32M
taskset -p 1 $$ || die "cannot choose a CPU"
trace json json --hold 200
for cpu in 1 2; do
	taskset -p "$cpu" $$ || die "cannot choose a CPU"
	eat a anon=64M
	reap "$PID"
	records json "$cpu"
done
end json

case $TIER in
tracepoint) ;;
*)
	expect is json 1 capture.hold.state off
	expect is json 1 capture.hold.reason one_cpu
	expect is json 2 capture.hold.state acknowledged
	;;
esac
