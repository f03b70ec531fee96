#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# More processes that are alike than are told of: they have the same memory. The kernel takes the one it looks at last,
# and that one is told of.
. "$CASES/lib.sh"

twins=''
others=12
has_twins() {
	twins=''
	for task in /proc/[0-9]*; do
		[ "$(cat "$task/comm" 2>/dev/null)" = alike ] && [ "${task#/proc/}" != "$first" ] &&
			twins="$twins ${task#/proc/}"
	done
	# shellcheck disable=SC2086
	set -- $twins
	[ $# = $others ]
}

cg a 32M
gate go
trace json json
set --
while [ $# -lt $others ]; do
	set -- "$@" twin
done
eat a comm=alike "$@" ready="$RUN/alike" wait="$RUN/go" anon=64M
ready alike
first=$READY_PID
must has_twins
go go
reap "$PID"
assert "the one that asked was killed" [ "$STATUS" = 137 ]
for twin in $twins; do
	must is_gone "$twin"
	note_killed "$twin"
done
records json 1
end json

expect is json 1 trigger.pid "$first"
expect also json 1 "$first" shares_memory
expect also_count json 1 "$others"
