#: environments guest
#: cgroups v1
#: tiers each
#: needs memcg
# Many wait for one cgroup: one incident, everybody counted, and everybody's end told. There are more of them than
# returns a kretprobe can wait for.
. "$CASES/lib.sh"

many=24
cg a 32M
echo 1 >"$(cg_dir a)/memory.oom_control" || die "oom_kill_disable"
gate all
jobs=''
for i in $(seq "$many"); do
	eat a ready="$RUN/$i" wait="$RUN/all" anon=48M
	jobs="$jobs $PID"
	must test -s "$RUN/$i"
done
trace json json
go all

is_stuck() {
	grep -q '^under_oom 1' "$(cg_dir a)/memory.oom_control"
}
must is_stuck
if [ "$TIER" = tracepoint ]; then
	# shellcheck disable=SC2086
	kill -KILL $jobs
	end json
	expect ooms json 0
	expect no_waits json
	exit 0
fi

all_wait() {
	grep -q "\"type\":\"oom_wait\".*\"waiting\":$many" "$OUT/json.out"
}
all_over() {
	[ "$(grep -c '"type":"oom_wait_end"' "$OUT/json.out")" -ge "$many" ]
}
must all_wait
# shellcheck disable=SC2086
kill -KILL $jobs
for job in $jobs; do
	reap "$job"
	assert "$job was killed" [ "$STATUS" = 137 ]
done
must all_over
end json

expect ooms json 0
expect stuck_count json 1
# Who is killed leaves memory to the others, which may go on before their own turn comes.
expect all_waited json "$many" killed,resumed
