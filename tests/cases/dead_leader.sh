#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# The first thread is gone, and with it its memory descriptor; the process lives on in another.
. "$CASES/lib.sh"

cg a 32M
gate go
trace json json
eat a lone-thread comm=survivor ready="$RUN/r" wait="$RUN/go" anon=64M
ready r
must is_gone "$READY_PID"
go go
reap "$PID"
records json 1
end json

assert "it was another thread" [ "$READY_PID" != "$READY_TID" ]
expect is json 1 trigger.pid "$READY_PID"
expect is json 1 trigger.tid "$READY_TID"
expect is json 1 victim.pid "$READY_PID"
expect is json 1 victim.tid "$READY_TID"
expect is json 1 victim.comm survivor
expect user_stack json 1 touch_pages grow_heap perform run_thread
