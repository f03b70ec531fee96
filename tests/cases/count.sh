#: environments host guest
#: cgroups v1 v2
#: tiers best
#: needs memcg
# --count ends it by itself.
. "$CASES/lib.sh"

cg a 32M
gate go
trace json json --count 2
for n in 1 2; do
	eat a ready="$RUN/r$n" wait="$RUN/go" anon=64M
	ready "r$n"
	go go
	reap "$PID"
done
ended json 0
