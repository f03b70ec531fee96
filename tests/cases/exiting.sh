#: environments guest
#: cgroups v1 v2
#: tiers each
#: needs memcg sys_resource
#: set main
# The victim is dying already, and cannot: it was killed while it was frozen. The kernel thaws it, and kills nobody;
# its log and its counters have no word of it. The one that asks may not be killed, should the memory come back too slowly.
. "$CASES/lib.sh"

mkdir "$RUN/freezer"
mount -t cgroup -o freezer none "$RUN/freezer" || die "no freezer"
on_exit "umount $RUN/freezer"
mkdir "$RUN/freezer/ice"
on_exit "rmdir $RUN/freezer/ice"
has_state() {
	[ "$(cat "$RUN/freezer/ice/freezer.state")" = "$1" ]
}

cg a 32M
gate go
watch_ways
trace text text
trace json json
eat a comm=frozen anon=20M ready="$RUN/frozen" pause
ready frozen
frozen=$READY_PID
echo "$frozen" >"$RUN/freezer/ice/cgroup.procs"
echo FROZEN >"$RUN/freezer/ice/freezer.state"
must has_state FROZEN
on_exit "echo THAWED >$RUN/freezer/ice/freezer.state"
kill -KILL "$frozen"
eat a comm=asker adj=-1000 ready="$RUN/asker" wait="$RUN/go" anon=20M exit=0
ready asker
asker=$READY_PID
assert "the frozen one is still there" is_not is_gone "$frozen"
go go
wait "$asker"
assert "the one that asked was spared" [ $? = 0 ]
wait "$frozen"
assert "the frozen one ended" [ $? = 137 ]
records json 1
end json
end text
end_ways json

kind=victim_exiting:1
expect ooms json 0
expect outcomes json victim_exiting 1
expect is json $kind victim.pid "$frozen"
expect is json $kind victim.comm frozen
expect is json $kind victim.cgroup "$(cg_path a)"
expect is json $kind victim.oom_score_adj 0
expect least json $kind victim.memory.anon_bytes $((19 << 20))
expect is json $kind trigger.pid "$asker"
expect is json $kind scope memcg
expect is json $kind limit.cgroup "$(cg_path a)"
expect is json $kind limit.limit_bytes $((32 << 20))
expect kernel_stack json $kind mem_cgroup_out_of_memory
expect user_stack json $kind touch_pages grow_heap perform main
expect says text "frozen (pid $frozen) was already exiting"
