#: environments guest host
#: cgroups v2
#: tiers each
#: needs memcg
#: set main best
# memory.oom.group: one decision, and the whole cgroup dies.
. "$CASES/lib.sh"

cg a 48M
echo 1 >"$(cg_dir a)/memory.oom.group"
gate go
trace json json --hold 200
eat a anon=8M ready="$RUN/one" pause
ready one
one=$READY_PID
eat a anon=9M ready="$RUN/two" pause
ready two
two=$READY_PID
eat a ready="$RUN/three" wait="$RUN/go" anon=64M
ready three
three=$READY_PID
go go
for job in "$one" "$two" "$three"; do
	reap "$job"
	assert "every one was killed" [ "$STATUS" = 137 ]
done
records json 1
end json

expect is json 1 victim.pid "$three"
expect also json 1 "$one" oom_group
expect also json 1 "$two" oom_group
expect also_count json 1 2
# The names of the others are read in the first half of the hold.
expect also_named json 1 "$PROGS/eat" 100
