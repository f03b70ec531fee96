#: environments guest
#: cgroups v1 v2 none
#: tiers each
#: when last
#: set main
# The machine itself runs out of memory; the tracer lives and reports.
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
records json 1
end json
end text

expect is json 1 outcome killed
expect is json 1 scope global
expect is json 1 victim.pid "$READY_PID"
# Debian's arm64 kernel has it inlined into its caller.
slow=__alloc_pages_slowpath
[ "$(uname -m)" != aarch64 ] || slow=__alloc_pages_noprof
expect kernel_stack_prefix json 1 "$slow"
expect says text "$READY_PID" hog
