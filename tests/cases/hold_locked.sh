#: environments guest
#: cgroups v2
#: tiers each
#: needs memcg
#: set main best
# The victim asks while it holds the lock on its own mappings: what would wait for it is left out.
. "$CASES/lib.sh"

cg a 12M
gate go
trace json json --hold 200
limit=$(cat /proc/sys/vm/max_map_count)
on_exit "echo $limit >/proc/sys/vm/max_map_count"
echo 1000000 >/proc/sys/vm/max_map_count
eat a ready="$RUN/r" wait="$RUN/go" mappings=900000
ready r
go go
reap "$PID"
assert "killed by SIGKILL" [ "$STATUS" = 137 ]
records json 1
end json

expect is json 1 victim.pid "$READY_PID"
expect is json 1 victim.exe "$PROGS/eat"
if [ -z "$(why_no_hold)" ]; then
	expect one_of json 1 capture.hold.state acknowledged timed_out
	expect one_of json 1 capture.proc partial missed
	expect missed json 1 victim.smaps victim.mappings
fi
