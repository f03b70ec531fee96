#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# Asked to stop right after a kill, it still writes the record in hand; by SIGINT as by SIGTERM.
. "$CASES/lib.sh"

cg a 32M
gate go
trace json json
trace text text
eat a ready="$RUN/r" wait="$RUN/go" anon=64M
ready r
go go
reap "$PID"
end json INT
end text INT

expect is json 1 victim.pid "$READY_PID"
expect says text "$READY_PID"
