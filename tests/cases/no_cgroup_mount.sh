#: environments guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# The hierarchy limits memory whether it is mounted or not; paths come from the kernel itself.
. "$CASES/lib.sh"

cg a 32M
gate go
eat a ready="$RUN/r" wait="$RUN/go" anon=64M
ready r
if [ "$CGROUP" = v1 ]; then
	options="-t cgroup -o memory"
else
	options="-t cgroup2"
fi
umount "$CGROOT" || die "umount $CGROOT"
on_exit "mount $options none $CGROOT"
trace json json
go go
reap "$PID"
records json 1
end json

expect is json 1 victim.pid "$READY_PID"
expect is json 1 victim.cgroup "$(cg_path a)"
expect is json 1 limit.cgroup "$(cg_path a)"
