#: environments guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# Without tracefs every tier still works, and the flags still have names.
. "$CASES/lib.sh"

umount /sys/kernel/tracing || die "umount of tracefs"
on_exit "mount -t tracefs none /sys/kernel/tracing"
cg a 32M
gate go
trace json json
eat a ready="$RUN/r" wait="$RUN/go" anon=64M
ready r
go go
reap "$PID"
records json 1
end json

assert "tracefs stayed away" is_not test -e /sys/kernel/tracing/trace
expect is json 1 victim.pid "$READY_PID"
