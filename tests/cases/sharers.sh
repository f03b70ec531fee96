#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
#: set main best
# A process that has the victim's memory, and is no thread of it, dies as well: the kernel says nothing of that.
# Of the two that are alike the kernel takes the one it looks at last.
. "$CASES/lib.sh"

cg a 32M
gate go
trace json json
eat a comm=pair twin ready="$RUN/pair" wait="$RUN/go" anon=64M
ready pair
first=$READY_PID
second=''
has_second() {
	for task in /proc/[0-9]*; do
		[ "$(cat "$task/comm" 2>/dev/null)" = pair ] && [ "${task#/proc/}" != "$first" ] &&
			second=${task#/proc/}
	done
	[ -n "$second" ]
}
must has_second
go go
reap "$PID"
assert "the one that asked was killed" [ "$STATUS" = 137 ]
must is_gone "$second"
note_killed "$second"
records json 1
end json

expect is json 1 trigger.pid "$first"
expect is json 1 victim.pid "$second"
expect also json 1 "$first" shares_memory
expect also_count json 1 1
