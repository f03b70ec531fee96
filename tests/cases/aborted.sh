#: environments guest
#: cgroups v1 v2
#: tiers each
#: needs memcg sys_resource
# A victim that cannot end keeps its memory until the kernel takes it; those that ask meanwhile are turned away, again
# and again. Each is told of once, and the rest are counted: as many as the kernel has turned away.
. "$CASES/lib.sh"

cg p 40M
cg p/a
cg p/b
gate go
watch_ways
trace json json
eat p/a comm=stuck anon=28M ready="$RUN/stuck" pause
ready stuck
stuck=$READY_PID
cling "$stuck"
# Before 5.17 what is only counted is kept out of the ring while one and the same task asks.
groups='a b'
case $(uname -r) in
5.[0-9].* | 5.1[0-6].*) groups=a ;;
esac
askers=''
for group in $groups; do
	eat "p/$group" comm="asker-$group" adj=-1000 ready="$RUN/$group" wait="$RUN/go" anon=14M exit=0
	ready "$group"
	askers="$askers $READY_PID"
done
go go
must test -e "$RUN/held"
kill -STOP "$(own_pid json)"
for asker in $askers; do
	wait "$asker"
	assert "$asker was spared" [ $? = 0 ]
done
kill -CONT "$(own_pid json)"
kill "$CLING"
reap "$stuck"
assert "the victim ended" [ "$STATUS" = 137 ]
records json 1
end json
end_ways json

expect contended json
expect ooms json 1
expect is json 1 victim.pid "$stuck"
if [ "$TIER" != tracepoint ]; then
	expect is json aborted:1 scope memcg
	expect is json aborted:1 victim None
	expect is json aborted:1 limit.cgroup "$(cg_path p)"
	expect one_of json aborted:1 trigger.pid $askers
else
	expect outcomes json aborted 0
fi
