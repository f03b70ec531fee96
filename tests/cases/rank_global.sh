#: environments guest
#: cgroups v1 v2 none
#: tiers none
#: set main
#: when last
# Who comes first in the ranking of the machine is who dies when the machine runs out of memory, though
# another uses it up.
. "$CASES/lib.sh"

eat - comm=large anon=100M ready="$RUN/large" pause
ready large
large=$READY_PID
eat - comm=preferred adj=800 anon=20M ready="$RUN/preferred" pause
ready preferred
preferred=$READY_PID
gate go
eat - comm=hog ready="$RUN/hog" wait="$RUN/go" anon=4096M
hog=$PID
ready hog

once before 0 "$OOMTRACE" rank -j --top 2
once asked 0 "$OOMTRACE" rank -j --top 2 "$large"
once text 0 "$OOMTRACE" rank
go go
reap "$preferred"
assert "who came first was killed" [ "$STATUS" = 137 ]
reap "$hog"
assert "then who used the memory up" [ "$STATUS" = 137 ]

expect ranked before 1
expect says_out before "\"pid\":$preferred," "\"pid\":$large,"
expect says_out asked '"position":2'
expect says_out text preferred Machine
for name in before asked text; do
	expect stderr_lines "$name" 0
done
