#: environments host guest
#: cgroups v1 v2
#: tiers best
#: needs memcg
# --output appends, and SIGHUP opens the file again, so that it can be rotated with nothing lost.
. "$CASES/lib.sh"

file=$RUN/records
echo '{"kept": true}' >"$file"

one_more() {
	eat a ready="$RUN/r$1" wait="$RUN/go" anon=64M
	ready "r$1"
	go go
	reap "$PID"
}

cg a 32M
gate go
expect stream json json
tracer json "$OOMTRACE" --hook "$TIER" --json --output "$file"
one_more 1
must has_records "$file" 1
mv "$file" "$file.1"
eval "kill -HUP \$tracer_json"
must test -e "$file"
one_more 2
must has_records "$file" 1
end json
assert "nothing on standard output" is_not test -s "$OUT/json.out"
assert "what was in the file stays" [ "$(head -n 1 "$file.1")" = '{"kept": true}' ]
{
	sed 1d "$file.1"
	cat "$file"
} >"$OUT/json.out"
