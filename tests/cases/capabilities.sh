#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# Four capabilities are all it takes.
. "$CASES/lib.sh"

[ "$TIER" != kprobe ] || allow_perf
allow_maps
cg a 32M
gate go
expect stream json json
expect unprivileged json
tracer json "$PROGS/drop" 65534 "$(tracing_caps)" "$OOMTRACE" --hook "$TIER" --json
eat a ready="$RUN/r" wait="$RUN/go" anon=64M
ready r
go go
reap "$PID"
records json 1
end json

expect is json 1 victim.pid "$READY_PID"
expect user_stack json 1 touch_pages grow_heap perform main
