#: environments guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# The victim is another process than the one that waits.
. "$CASES/lib.sh"

cg a 40M
gate go
trace json json --hold 200
eat a anon=28M ready="$RUN/big" pause
ready big
big=$READY_PID
eat a ready="$RUN/small" wait="$RUN/go" anon=24M
ready small
small_job=$PID
go go
reap "$big"
reap "$small_job"
records json 1
end json

expect is json 1 victim.pid "$big"
expect is json 1 victim.exe "$PROGS/eat"
expect is json 1 victim.cmdline "$PROGS/eat cgroup=$(cg_dir a) anon=28M ready=$RUN/big pause"
[ "$TIER" = tracepoint ] || expect one_of json 1 capture.hold.state acknowledged timed_out
