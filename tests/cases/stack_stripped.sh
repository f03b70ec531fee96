#: environments guest
#: cgroups v1 v2
#: tiers best
#: needs memcg
#: ooms 6
# Programs without symbols. Their debug information lies in a file of its own, found by the build id or by its name
# beside the program; or all there is are the names of functions, compressed, or of those that are exported; or
# nothing: then each function is told by its place in the file, with the build id.
. "$CASES/lib.sh"

# What the machine has there is not for a test to change: this one is the test's own.
mkdir -p /usr/lib/debug || die "mkdir /usr/lib/debug"
cp -r "$PROGS/stacks/debug/.build-id" /usr/lib/debug/ || die "no debug files"
on_exit "rm -rf /usr/lib/debug/.build-id"
mkdir -p "$RUN/beside" "$RUN/below/.debug"
cp "$PROGS/stacks/chain_by_link" "$PROGS/stacks/debug/chain_by_link.debug" "$RUN/beside/"
cp "$PROGS/stacks/chain_by_link" "$RUN/below/"
cp "$PROGS/stacks/debug/chain_by_link.debug" "$RUN/below/.debug/"

cg a 32M
trace json json --hold 200
fall a chain_by_id
eat a exec "$RUN/beside/chain_by_link"
reap "$PID"
eat a exec "$RUN/below/chain_by_link"
reap "$PID"
fall a chain_mini
fall a chain_exports
fall a chain_bare
records json 6
end json

for number in 1 2 3; do
	expect_chain json "$number"
done
for number in 4 5; do
	expect frames json "$number" trigger.user_stack grow handle serve main
done
expect frames json 6 trigger.user_stack +grow +handle +serve +main
for number in 1 2 3 4 5 6; do
	expect unwound json "$number" cfi
done
