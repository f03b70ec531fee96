#: environments guest
#: cgroups v1
#: tiers each
#: needs memcg
# With oom_kill_disable nobody is killed: who faults at the limit waits, until there is memory or SIGKILL comes. It
# is told while it waits, and so are others that wait with it; woken in vain, it goes on waiting.
. "$CASES/lib.sh"

# disabled NAME LIMIT: such a cgroup.
disabled() {
	cg "$1" "$2"
	echo 1 >"$(cg_dir "$1")/memory.oom_control" || die "oom_kill_disable of $1"
}

is_stuck() {
	grep -q '^under_oom 1' "$(cg_dir "$1")/memory.oom_control"
}

told() {
	grep -q "$2" "$OUT/$1.out"
}

centiseconds() {
	read -r now _ </proc/uptime
	echo "${now%.*}${now#*.}"
}

disabled a 24M
disabled b 24M
cg b/c
gate first
gate second
gate third
eat a thread comm=second ready="$RUN/two" wait="$RUN/second" anon=4M exit=0
ready two
second=$READY_PID
second_thread=$READY_TID
second_job=$PID
trace json json
eat a comm=first ready="$RUN/one" wait="$RUN/first" anon=48M exit=0
ready one
first=$READY_PID
first_job=$PID

if [ "$TIER" = tracepoint ]; then
	go first
	must is_stuck a
	kill -KILL "$first_job" "$second_job"
	reap "$first_job"
	reap "$second_job"
	end json
	expect ooms json 0
	expect no_waits json
	exit 0
fi

trace text text -c "$(cg_path a)"
trace pid json -p "$second"
trace beside json -c "$(cg_path b)"
trace gone json
go first
records json 1
records gone 1
assert "it is told while it waits" is_stuck a
since=$(centiseconds)
go second
must told json '"type":"oom_wait".*"waiting":2'
records pid 1
trace late json
records late 1
must told late '"type":"oom_wait".*"waiting":2'
# It leaves while they sleep in what it traces.
end gone
for limit in 25M 26M 27M; do
	cg_limit a "$limit"
	must is_stuck a
done
waited=$(($(centiseconds) - since - 1))
cg_limit a 128M
reap "$first_job"
assert "the first one went on" [ "$STATUS" = 0 ]
reap "$second_job"
assert "the second one went on" [ "$STATUS" = 0 ]
for name in json late; do
	must told "$name" "\"type\":\"oom_wait_end\".*\"pid\":$first,"
	must told "$name" "\"type\":\"oom_wait_end\".*\"pid\":$second,"
done

# Below the limit that is hit.
eat b/c comm=third ready="$RUN/three" wait="$RUN/third" anon=48M exit=0
ready three
third=$READY_PID
go third
records json 2
records beside 1
assert "it waits too" is_stuck b
kill -KILL "$third"
reap "$PID"
assert "the third one was killed" [ "$STATUS" = 137 ]
must told json "\"type\":\"oom_wait_end\".*\"pid\":$third,"
must told text "goes on"
for name in json text pid beside late; do
	end "$name"
done

expect ooms json 0
expect stuck_count json 2
expect stuck_count pid 1
expect stuck_count beside 1
expect stuck_count late 2
expect stuck_count gone 1
expect stuck json 1 "$first" "$(cg_path a)"
expect stuck json 2 "$third" "$(cg_path b/c)" "$(cg_path b)"
expect stuck gone 1 "$first" "$(cg_path a)"
expect stuck pid 1 "$second" "$(cg_path a)"
expect stuck beside 1 "$third" "$(cg_path b/c)" "$(cg_path b)"
expect found_stuck late 1 "$(cg_path a)"
expect stuck late 2 "$third" "$(cg_path b/c)" "$(cg_path b)"
expect waited json "$first" "$first" resumed "$((waited * 10))"
expect waited json "$second" "$second_thread" resumed 0
expect waited json "$third" "$third" killed 0
expect waited late "$first" "$first" resumed unknown
expect waited late "$second" "$second_thread" resumed unknown
expect says text first "$first" waits oom_kill_disable touch_pages grow_heap goes
