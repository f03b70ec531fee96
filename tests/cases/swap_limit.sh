#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# A limit on swap beside the one on memory.
. "$CASES/lib.sh"

cg a 32M
cg_swap_limit a 8M 40M || die "no limit on swap here"
gate go
trace json json
eat a ready="$RUN/r" wait="$RUN/go" anon=96M
ready r
go go
reap "$PID"
records json 1
end json

expect is json 1 victim.pid "$READY_PID"
if [ "$CGROUP" = v2 ]; then
	expect is json 1 limit.swap_limit_bytes 8388608
else
	expect is json 1 limit.swap_limit_bytes 41943040
fi
