#: environments guest
#: cgroups v1 v2 none
#: tiers each
#: when last
#: set main
#: ooms 4
# The machine itself runs out of memory, again and again; the tracer lives and reports, and nobody else dies of that.
. "$CASES/lib.sh"

group=-
if [ "$CGROUP" != none ]; then
	group=a
	cg a
fi
gate go
trace json json
trace text text
eat "$group" comm=hog ready="$RUN/r" wait="$RUN/go" anon=4096M
ready r
go go
reap "$PID"
assert "killed by SIGKILL" [ "$STATUS" = 137 ]
for n in 2 3 4; do
	eat "$group" comm="hog$n" anon=4096M
	reap "$PID"
	assert "killed by SIGKILL again" [ "$STATUS" = 137 ]
	expect is json "$n" victim.pid "$PID"
done
records json 4
end json
end text

expect ooms json 4
expect is json 1 outcome killed
expect is json 1 scope global
expect is json 1 victim.pid "$READY_PID"
# Debian's arm64 kernel has it inlined into its caller.
slow=__alloc_pages_slowpath
[ "$(uname -m)" != aarch64 ] || slow=__alloc_pages_noprof
expect kernel_stack_prefix json 1 "$slow"
expect says text "$READY_PID" hog
