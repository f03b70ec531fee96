#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
#: ooms 8
# One OOM right after the other, on every CPU: none is missed.
. "$CASES/lib.sh"

cg a 48M
trace json json
jobs=''
for n in 1 2 3 4 5 6; do
	gate "go$n"
	eat a comm="eater$n" ready="$RUN/$n" wait="$RUN/go$n" anon=$((96 + 4 * n))M
	ready "$n"
	jobs="$jobs $PID"
done
for n in 1 2 3 4 5 6; do
	go "go$n"
done
for job in $jobs; do
	reap "$job"
	assert "every one was killed" [ "$STATUS" = 137 ]
done
records json 6
end json

expect contended json
