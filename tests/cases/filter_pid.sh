#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# --pid hears of a process as victim and as trigger, and of no other.
. "$CASES/lib.sh"

cg a 40M
gate go
eat a anon=28M ready="$RUN/big" pause
ready big
big=$READY_PID
eat a ready="$RUN/small" wait="$RUN/go" anon=24M
ready small
small=$READY_PID
small_job=$PID
trace victim json -p "$big"
trace trigger json -p "$$" -p "$small"
trace off json -p "$$"
go go
reap "$big"
reap "$small_job"
records victim 1
records trigger 1
end victim
end trigger
end off

# The small one may be taken as well, when the memory of the big one comes back too slowly.
expect ooms victim 1
expect ooms trigger 1+
for name in victim trigger; do
	expect is "$name" 1 victim.pid "$big"
	expect is "$name" 1 trigger.pid "$small"
done
expect ooms off 0
