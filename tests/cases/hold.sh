#: environments guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# The kernel waits until the victim's /proc has been read, whole. Where it cannot wait, the record says so.
. "$CASES/lib.sh"

cg a 32M
gate go
trace json json --hold 200
eat a ready="$RUN/r" wait="$RUN/go" anon=64M
ready r
go go
reap "$PID"
assert "killed by SIGKILL" [ "$STATUS" = 137 ]
records json 1
end json

case $TIER in
tracepoint)
	expect is json 1 capture.hold.state off
	expect is json 1 capture.hold.reason tracepoint
	;;
*)
	expect is json 1 capture.hold.state acknowledged
	expect is json 1 capture.proc complete
	;;
esac
expect is json 1 victim.cmdline "$PROGS/eat cgroup=$(cg_dir a) ready=$RUN/r wait=$RUN/go anon=64M"
expect is json 1 victim.exe "$PROGS/eat"
