#: environments guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
#: ooms 4
# A reader that dies while the kernel waits for it: the kill goes on.
. "$CASES/lib.sh"

cg a 24M
gate go
tracer first "$OOMTRACE" --hook "$TIER" --json --hold 200
reader=$(own_pid first)
eat a ready="$RUN/r" wait="$RUN/go" anon=48M
ready r
kill -STOP "$reader"
go go
kill -KILL "$reader"
reap "$PID"
assert "killed by SIGKILL" [ "$STATUS" = 137 ]
must is_gone "$reader"
