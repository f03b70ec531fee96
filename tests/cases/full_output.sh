#: environments host guest
#: cgroups v1 v2
#: tiers best
#: needs memcg
# Output with no room left: said once or twice, not per record, and not taken for success.
. "$CASES/lib.sh"

cg a 32M
gate go
"$PROGS/bounded" 3600 "$OOMTRACE" --hook "$TIER" --json >/dev/full 2>"$OUT/json.err" </dev/null &
tracer_json=$!
STARTED="$STARTED $tracer_json"
must ready_or_gone "$tracer_json" "$OUT/json.err"
eat a ready="$RUN/r" wait="$RUN/go" anon=64M
ready r
go go
reap "$PID"
kill -TERM "$tracer_json" 2>/dev/null
ended json 1
expect stderr_at_most json 4
expect stderr_has json 'No space left on device'
