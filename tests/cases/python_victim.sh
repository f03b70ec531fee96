#: environments host guest
#: cgroups v1 v2
#: tiers best
#: needs memcg
# Another process asks, and one of Python's dies: what each of its threads was doing. (When its memory comes back too
# slowly the kernel takes the other one as well.)
. "$CASES/lib.sh"

# number_of PID: which of the kills in this case is that one's.
number_of() {
	grep '"outcome":"killed"' "$OUT/json.out" | grep "\"cgroup\":\"$(cg_path a)\"" |
		grep -n "\"victim\":{\"pid\":$1," | cut -d : -f 1
}

is_told() {
	[ -n "$(number_of "$1")" ]
}

cg a 64M
trace json json --hold 200
count=0
wait=python_wait.py
for python in $(pythons); do
	count=$((count + 1))
	eat a adj=500 exec "$python" -s -S "$PROGS/stacks/$wait" "$RUN/tids"
	victim=$PID
	must test -s "$RUN/tids"
	read -r main one other <"$RUN/tids"
	rm "$RUN/tids"
	"$PROGS/klog" calm 9
	eat a anon=48M pause
	reap "$victim"
	assert "Python was killed" [ "$STATUS" = 137 ]
	kill -KILL "$PID"
	reap "$PID"
	must is_told "$victim"
	number=$(number_of "$victim")

	assert "the first thread is the process" [ "$main" = "$victim" ]
	expect is json "$number" victim.pid "$victim"
	expect language json "$number" trigger None
	expect is json "$number" trigger.language_stack '[]'
	expect language json "$number" victim "$(python_name "$python")"
	first="sleep_in_lock@$wait:LINE:lock main@$wait:LINE:main <module>@$wait:LINE:module"
	others="sleep_in_lock@$wait:LINE:lock wait_for@$wait:LINE:wait_for"
	# shellcheck disable=SC2086
	case $(python_name "$python") in
	*3.8 | *3.9 | *3.10)
		# A thread of these knows itself by no number of the kernel's.
		expect thread json "$number" $first
		expect thread json "$number" $others
		;;
	*)
		expect frames json "$number" "victim.language_stacks.tid=$main.frames" $first
		expect frames json "$number" "victim.language_stacks.tid=$one.frames" $others
		expect frames json "$number" "victim.language_stacks.tid=$other.frames" $others
		;;
	esac
done
assert "there is a Python" [ "$count" -gt 0 ]
end json
