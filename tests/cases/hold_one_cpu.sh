#: environments guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
#: when last
# With one CPU nobody could read while the kernel waits: it does not wait.
. "$CASES/lib.sh"

cpu=/sys/devices/system/cpu/cpu1/online
echo 0 >"$cpu" || die "cannot take a CPU away"
on_exit "echo 1 >$cpu"
cg a 32M
gate go
trace json json --hold 200
eat a ready="$RUN/r" wait="$RUN/go" anon=64M
ready r
go go
reap "$PID"
records json 1
end json

expect is json 1 capture.hold.state off
expect one_of json 1 capture.hold.reason one_cpu tracepoint
