#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg sys_resource
#: set main best
# oom_score_adj -1000 spares the biggest process; the one that dies has a negative adj of its own.
. "$CASES/lib.sh"

cg a 48M
gate go
trace json json
eat a adj=-1000 anon=30M ready="$RUN/big" pause
ready big
big=$READY_PID
eat a adj=-200 ready="$RUN/small" wait="$RUN/go" anon=40M
ready small
go go
reap "$PID"
assert "the small one was killed" [ "$STATUS" = 137 ]
assert "the protected one lives" kill -0 "$big"
records json 1
end json

expect is json 1 victim.pid "$READY_PID"
expect is json 1 victim.oom_score_adj -200
expect is json 1 trigger.oom_score_adj -200
