#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# oom_score_adj 1000 makes a small process die first; then the big one goes on and dies of the next.
. "$CASES/lib.sh"

cg a 48M
gate go
trace json json
eat a adj=1000 anon=4M ready="$RUN/small" pause
ready small
small=$READY_PID
eat a adj=17 ready="$RUN/big" wait="$RUN/go" anon=96M
ready big
big=$READY_PID
big_job=$PID
go go
reap "$small"
assert "the small one was killed" [ "$STATUS" = 137 ]
reap "$big_job"
assert "the big one was killed" [ "$STATUS" = 137 ]
records json 2
end json

expect is json 1 trigger.pid "$big"
expect is json 1 trigger.oom_score_adj 17
expect is json 1 victim.pid "$small"
expect is json 1 victim.oom_score_adj 1000
expect is json 2 victim.pid "$big"
expect is json 2 victim.oom_score_adj 17
