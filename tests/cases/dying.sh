#: environments guest
#: cgroups v1 v2 none
#: tiers each
#: when last
#: ooms 9
# Threads that ask for memory of a machine without any, and are killed meanwhile: the kernel gives each what it needs
# to end. That nobody else dies for them is up to a victim that cannot end, and keeps the machine as it is. When reclaim
# finds a page for each of them after all, they end with that, and it is done once more.
. "$CASES/lib.sh"

watch_ways
trace json json
rounds=0
somebody_was_let_die() {
	[ "$(grep -c ' mark_victim: ' "$TRACING/trace")" -gt "$rounds" ]
}
until somebody_was_let_die || [ "$rounds" = 8 ]; do
	rounds=$((rounds + 1))
	rm -f "$RUN"/*
	gate go
	eat - comm=victim adj=1000 anon=24M ready="$RUN/victim" pause
	ready victim
	victim=$READY_PID
	eat - comm=hog ready="$RUN/hog" wait="$RUN/go" threads=4 anon=4096M
	ready hog
	hog=$READY_PID
	cling "$victim" "$hog"
	go go
	wait "$hog"
	assert "the hog was killed" [ $? = 137 ]
	kill "$CLING"
	reap "$victim"
	assert "the victim was killed" [ "$STATUS" = 137 ]
done
records json $((rounds + 1))
end json
end_ways json

expect contended json
expect ooms json "$rounds"
expect is json "$rounds" victim.pid "$victim"
expect is json "$rounds" scope global
expect outcomes json victim_exiting 1
expect is json victim_exiting:1 victim.pid "$hog"
expect is json victim_exiting:1 victim.comm hog
expect is json victim_exiting:1 trigger.pid "$hog"
expect is json victim_exiting:1 also_killed []
