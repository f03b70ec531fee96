#: environments guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# The reader's own memory counts against the limit that was hit: nothing waits for it, and it reports all the same.
. "$CASES/lib.sh"

cg a/tracer
cg a/work
cg_limit a 64M
expect stream json json
# shellcheck disable=SC2016
tracer json sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' sh "$(cg_dir a/tracer)" \
	"$OOMTRACE" --hook "$TIER" --json --hold 200
eat a/work anon=96M
reap "$PID"
assert "killed by SIGKILL" [ "$STATUS" = 137 ]
records json 1
end json

# The tracer runs into the limit as well.
expect contended json
expect is json 1 victim.pid "$PID"
expect is json 1 limit.cgroup "$(cg_path a)"
expect is json 1 capture.hold.state off
[ "$TIER" = tracepoint ] || expect is json 1 capture.hold.reason own_process
