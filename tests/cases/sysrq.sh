#: environments guest
#: cgroups v1 v2 none
#: tiers each
#: when last
# SysRq-f: the operator asks, a kernel worker kills.
. "$CASES/lib.sh"

trace json json
eat - comm=hog anon=64M ready="$RUN/r" pause
ready r
echo f >/proc/sysrq-trigger
reap "$PID"
assert "killed by SIGKILL" [ "$STATUS" = 137 ]
records json 1
end json

expect is json 1 scope global
expect sysrq json 1
expect is json 1 victim.pid "$READY_PID"
expect kernel_stack json 1 moom_callback
