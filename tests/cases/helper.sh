#: environments host guest
#: cgroups v1 v2
#: tiers best
#: needs memcg
#: ooms 4
# User stacks are named in a process that has no rights, is another one after it was killed, and goes with the tracer.
. "$CASES/lib.sh"

# oom NUMBER NAME: the next one, in a cgroup of its own.
oom() {
	cg "$2" 24M
	eat "$2" anon=48M
	reap "$PID"
	records json "$1"
}

# The tracer's children that are called that; the pid of the last is HELPER.
has_helper() {
	HELPER=''
	for status in /proc/[0-9]*/status; do
		grep -q '^Name:.oomtrace-names$' "$status" 2>/dev/null &&
			grep -q "^PPid:.$TRACER\$" "$status" 2>/dev/null || continue
		HELPER=${status%/status}
		HELPER=${HELPER#/proc/}
	done
	[ -n "$HELPER" ]
}

says() {
	grep -q "$2" "/proc/$HELPER/$1"
}

expect stream json json
tracer json env -u DEBUGINFOD_URLS "$OOMTRACE" --hook "$TIER" --json --debuginfod
TRACER=$(own_pid json)
assert "none before it is needed" is_not has_helper
oom 1 a
assert "a helper" has_helper
assert "nobody" says status '^Uid:.65534.65534.65534.65534$'
assert "no capability" says status '^CapEff:.0000000000000000$'
assert "cannot get one" says status '^CapBnd:.0000000000000000$'
assert "no new privileges" says status '^NoNewPrivs:.1$'
assert "system calls are filtered" says status '^Seccomp:.2$'
assert "none that an OOM kills for nothing" says oom_score_adj '^0$'
first=$HELPER

oom 2 b
assert "still there" has_helper
assert "the same" [ "$HELPER" = "$first" ]

kill -KILL "$HELPER"
must is_gone "$HELPER"
oom 3 c
assert "a helper again" has_helper
assert "another" [ "$HELPER" != "$first" ]
end json
must is_gone "$HELPER"

expect user_stack json 1 touch_pages grow_heap perform main
expect user_stack json 2 touch_pages grow_heap perform main
expect user_stack json 3 touch_pages grow_heap perform main
# What --debuginfod lacks keeps nothing from being traced.
expect says_out json DEBUGINFOD_URLS
expect stderr_has json DEBUGINFOD_URLS
