#: environments guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# --hold 0: the kernel never waits.
. "$CASES/lib.sh"

cg a 32M
gate go
trace json json --hold 0
eat a ready="$RUN/r" wait="$RUN/go" anon=64M
ready r
go go
reap "$PID"
records json 1
end json

expect is json 1 capture.hold.state off
expect is json 1 capture.hold.duration_ns 0
expect one_of json 1 capture.hold.reason disabled tracepoint
expect is json 1 victim.cmdline "$PROGS/eat cgroup=$(cg_dir a) ready=$RUN/r wait=$RUN/go anon=64M"
