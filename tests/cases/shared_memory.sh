#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# Two processes with one memory die together; the kernel logs only one of them.
. "$CASES/lib.sh"

cg a 32M
gate go
trace json json
eat a twin ready="$RUN/r" wait="$RUN/go" anon=64M
ready r
twin=$(cat "/proc/$READY_PID/task/$READY_PID/children")
twin=${twin% }
go go
reap "$PID"
must is_gone "$twin"
records json 1
end json

expect pair json 1 "$READY_PID" "$twin" shares_memory
