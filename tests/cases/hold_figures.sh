#: environments guest
#: cgroups v2
#: tiers each
#: needs memcg
# What is read during the hold is what the same files said just before.
. "$CASES/lib.sh"

cg a
trace json json --hold 200
eat a anon=24M ready="$RUN/r" pause
ready r
for file in smaps_rollup smaps; do
	cat "/proc/$READY_PID/$file" >"$OUT/$file"
done
cat "$(cg_dir a)/memory.stat" >"$OUT/memory.stat"
echo 8M >"$(cg_dir a)/memory.max"
reap "$PID"
records json 1
end json

[ "$TIER" = tracepoint ] || expect smaps json 1 smaps_rollup
[ "$TIER" = tracepoint ] || expect largest_mapping json 1 smaps
[ "$TIER" = tracepoint ] || expect stat json 1 memory.stat anon
expect is json 1 victim.exe "$PROGS/eat"
