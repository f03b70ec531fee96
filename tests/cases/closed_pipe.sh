#: environments host guest
#: cgroups v1 v2
#: tiers best
#: needs memcg
# The reader of its output goes away: it ends, by itself, in order.
. "$CASES/lib.sh"

cg a 32M
gate go
gate out
: >"$OUT/json.err"
cat "$RUN/out" >"$OUT/reader.out" &
reader=$!
STARTED="$STARTED $reader"
"$PROGS/bounded" 3600 "$OOMTRACE" --hook "$TIER" --json >"$RUN/out" 2>"$OUT/json.err" </dev/null &
tracer_json=$!
STARTED="$STARTED $tracer_json"
tracer_name=json
tracer_is_up "$tracer_json"
kill "$reader"
wait "$reader"
eat a ready="$RUN/r" wait="$RUN/go" anon=64M
ready r
go go
reap "$PID"
ended json 0,1
expect stderr_at_most json 3
