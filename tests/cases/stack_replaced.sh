#: environments host guest
#: cgroups v1 v2
#: tiers best
#: needs memcg
# A program whose file is gone, and one whose file was replaced by another while it ran. Names come from the file that
# it runs, never from the new one.
. "$CASES/lib.sh"

cg a 32M
mkdir "$RUN/gone" "$RUN/replaced"
gate go-gone
gate go-replaced
cp "$PROGS/stacks/chain_pie" "$RUN/gone/"
cp "$PROGS/stacks/chain_pie" "$RUN/replaced/"
trace json json --hold 200

eat a exec "$RUN/gone/chain_pie" "$RUN/go-gone"
gone=$PID
eat a exec "$RUN/replaced/chain_pie" "$RUN/go-replaced"
replaced=$PID
must grep -q chain_pie "/proc/$gone/comm"
must grep -q chain_pie "/proc/$replaced/comm"
rm "$RUN/gone/chain_pie"
# The new one has code in the same places.
cp "$PROGS/stacks/chain_kept" "$RUN/replaced/new"
mv "$RUN/replaced/new" "$RUN/replaced/chain_pie"
"$PROGS/klog" calm 8
go go-gone
reap "$gone"
records json 1
go go-replaced
reap "$replaced"
records json 2
end json

for number in 1 2; do
	expect top json "$number" 'libc.so.*'
	# Such a file is reached by way of the living process alone; without the hold that may be gone.
	[ "$TIER" != tracepoint ] || continue
	expect_chain json "$number"
	expect unwound json "$number" cfi
done
