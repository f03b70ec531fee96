#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# A thread that does not lead its process asks for the memory.
. "$CASES/lib.sh"

cg a 32M
gate go
trace json json
eat a thread comm=worker ready="$RUN/r" wait="$RUN/go" anon=64M
ready r
go go
reap "$PID"
records json 1
end json

assert "it was another thread" [ "$READY_PID" != "$READY_TID" ]
expect is json 1 trigger.pid "$READY_PID"
expect is json 1 trigger.tid "$READY_TID"
expect is json 1 trigger.comm worker
expect is json 1 victim.pid "$READY_PID"
expect is json 1 victim.tid "$READY_PID"
expect is json 1 victim.comm eat
expect is json 1 victim.threads 2
expect user_stack json 1 touch_pages grow_heap perform run_thread
