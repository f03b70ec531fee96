#: environments guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# /proc shows a process only to those who may trace it.
. "$CASES/lib.sh"

mount -o remount,hidepid=2 /proc || die "remount of /proc"
on_exit "mount -o remount,hidepid=0 /proc"
[ "$TIER" != kprobe ] || allow_perf
allow_maps
cg a 32M
gate go
expect stream json json
expect unprivileged json
tracer json "$PROGS/drop" 65534 "$(tracing_caps)" "$OOMTRACE" --hook "$TIER" --json
eat a uid=12345 ready="$RUN/r" wait="$RUN/go" anon=64M
ready r
go go
reap "$PID"
records json 1
end json

expect is json 1 victim.pid "$READY_PID"
expect is json 1 victim.uid 12345
