#: environments host guest
#: cgroups v1 v2
#: tiers none
#: set main
#: needs memcg
# Who comes first in a ranking is who the next OOM kills. It is brought about by memory that counts for the
# cgroup and for no process, so that nothing changes the ranking meanwhile.
. "$CASES/lib.sh"

# One that is to come: waits, fills so much, and stays.
filler() {
	gate "$1"
	eat a/outer comm="$1" ready="$RUN/$1.ready" wait="$RUN/$1" memfd="$2" ready="$RUN/$1.full" pause
	ready "$1.ready"
}

# What takes the cgroup 2 MiB beyond its limit.
too_much() {
	[ "$CGROUP" = v2 ] && usage=memory.current || usage=memory.usage_in_bytes
	echo "$((50 * 1024 - $(cat "$(cg_dir a)/$usage") / 1024))K"
}

# The kernel may kill again at once, when the memory of the one before is not counted as free yet.
ooms_so_far() {
	"$PROGS/klog" after "$began" | grep -c ' invoked oom-killer: '
}

# rank NAME OPTION...
rank() {
	rank_name=$1
	shift
	once "$rank_name" 0 "$OOMTRACE" rank "$@"
}

began=$("$PROGS/klog" last)
cg a 48M
cg a/outer
cg a/inner
eat a/outer comm=small anon=6M ready="$RUN/small" pause
ready small
small=$READY_PID
eat a/inner comm=big anon=12M ready="$RUN/big" pause
ready big
big=$READY_PID
# 500 thousandths of the limit are twice as much as all the others.
eat a/outer comm=marked adj=500 anon=8M ready="$RUN/marked" pause
ready marked
marked=$READY_PID
# Without its first thread.
eat a/inner comm=headless lone-thread anon=7M ready="$RUN/headless" pause
ready headless
headless=$READY_PID
must is_gone "$headless"

# Two with the same memory, of whom the later one is looked at last.
cg b 48M
eat b comm=pair twin anon=8M ready="$RUN/pair" pause
ready pair
pair=$READY_PID
rank pair -j -c "$(cg_path b)"

filler one "$(too_much)"
rank before -j -c "$(cg_path a)" --top 20
rank text -c "$(cg_dir a)"
rank asked -j "$big"
rank outside -j -c "$(cg_path a/inner)"
go one
reap "$marked"
assert "who came first was killed" [ "$STATUS" = 137 ]
must test -s "$RUN/one.full"

filler two "$(too_much)"
next=$(($(ooms_so_far) + 1))
rank after -j -c "$(cg_path a)" --top 20
second=$(sed -n 's/.*"top":\[{"pid":\([0-9]*\),.*/\1/p' "$OUT/after.out")
go two
reap "$second"
assert "who came first then was killed" [ "$STATUS" = 137 ]

expect ranked before 1
expect ranked after "$next"
expect says_out before "\"pid\":$marked," "\"pid\":$small," "\"pid\":$headless,"
expect says_out text marked "$marked" headless ./inner
expect says_out asked "\"cgroup\":\"$(cg_path a)\"" '"position":2' '"global":{"position":'
expect says_out pair "\"also_killed\":[{\"pid\":$pair," '"reason":"shares_memory"' '"close":1,'
# It has no limit of its own, so others may come before its processes.
expect says_line outside "\"limit\":{\"cgroup\":\"$(cg_path a)\"" '"verdict":"eligible"'
for name in before after asked outside text; do
	expect stderr_lines "$name" 0
done

wrong() {
	wrong_name=$1
	shift
	once "$wrong_name" 1 "$OOMTRACE" rank "$@"
	expect stderr_lines "$wrong_name" 1
	expect stdout_empty "$wrong_name"
}

wrong no_cgroup -c /no-such-cgroup
wrong no_pid 4194304
wrong elsewhere -c "$(cg_path a/inner)" "$$"
