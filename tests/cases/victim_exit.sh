#: environments guest host
#: cgroups v1 v2
#: tiers each
#: needs memcg
#: set main best
# What becomes of victims: one ends at once; another is kept from ending by its debugger, and the kernel takes its
# memory without it.
. "$CASES/lib.sh"

cg a 24M
gate go
trace json json
eat a anon=48M
quick=$PID
reap "$quick"
assert "the quick one was killed" [ "$STATUS" = 137 ]
records json 1
eat a ready="$RUN/stuck" wait="$RUN/go" anon=48M
ready stuck
stuck=$READY_PID
cling "$stuck"
go go
must test -e "$RUN/held"
records json 2
must grep -q "\"type\": *\"victim_exit\".*\"pid\": *$stuck[,}]" "$OUT/json.out"
kill "$CLING"
reap "$stuck"
assert "the stuck one was killed" [ "$STATUS" = 137 ]
end json

expect exit json "$quick" gone
expect exit json "$stuck" alive reaped
