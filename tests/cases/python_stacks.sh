#: environments host guest
#: cgroups v1 v2
#: tiers best
#: needs memcg python
#: set main
# Python asks: functions in functions, generators, coroutines, methods, C that calls back, with the lines they are in.
. "$CASES/lib.sh"

cg a 64M
trace json json --hold 200
number=0
grow=python_grow.py
for python in $(pythons); do
	for way in nested generator coroutine methods listed sorting deep; do
		case $way in
		nested)
			set -- grow@$grow:LINE:grow "<genexpr>@$grow:LINE:genexpr" größe@$grow:LINE:größe \
				"<lambda>@$grow:LINE:lambda" apply@$grow:LINE:apply call@$grow:LINE:call
			;;
		generator)
			set -- grow@$grow:LINE:grow produce@$grow:LINE:produce delegate@$grow:LINE:delegate
			;;
		coroutine)
			set -- grow@$grow:LINE:grow fetch@$grow:LINE:fetch gather@$grow:LINE:gather
			;;
		methods)
			set -- grow@$grow:LINE:grow Register@$grow:LINE:Register stock@$grow \
				make@$grow:LINE:make full@$grow:LINE:full
			;;
		listed)
			set --
			;;
		sorting)
			set -- grow@$grow:LINE:grow key@$grow:LINE:key
			;;
		deep)
			set -- grow@$grow:LINE:grow descend@$grow:LINE:bottom "descend@$grow:LINE:descend{60}"
			;;
		esac
		number=$((number + 1))
		run_python a "$python" "$PROGS/stacks/$grow" "$way"
		reap "$PID"
		records json "$number"
		expect language json "$number" trigger "$(python_name "$python")"
		expect frames json "$number" trigger.language_stack "$@" "$way@$grow:LINE:$way" \
			main@$grow:LINE:main "<module>@$grow:LINE:module"
	done
done
assert "there is a Python" [ "$number" -gt 0 ]
end json
