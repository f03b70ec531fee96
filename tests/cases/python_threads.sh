#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# Of several threads of Python one asks, and it is that one's functions that are told.
. "$CASES/lib.sh"

cg a 64M
trace json json --hold 200
number=0
for python in $(pythons); do
	number=$((number + 1))
	run_python a "$python" "$PROGS/stacks/python_grow.py" threads
	reap "$PID"
	records json "$number"
	expect language json "$number" trigger "$(python_name "$python")"
	expect frames json "$number" trigger.language_stack grow@python_grow.py:LINE:grow \
		work@python_grow.py:LINE:work
	expect has json "$number" trigger.language_stack work run _bootstrap_inner _bootstrap
done
assert "there is a Python" [ "$number" -gt 0 ]
end json
