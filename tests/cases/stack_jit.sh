#: environments host guest
#: cgroups v1 v2
#: tiers best
#: needs memcg
# Code that was compiled at run time has the name that its process tells in /tmp/perf-PID.map: with the number
# that the process knows of itself, in the /tmp that it sees.
. "$CASES/lib.sh"

cg a 32M
trace json json --hold 200
fall a jit
on_exit "rm -f /tmp/perf-$PID.map"
records json 1

mkdir "$RUN/private"
cp "$PROGS/stacks/jit" "$RUN/private/"
"$PROGS/klog" calm 9
unshare=/usr/bin/unshare
[ -x "$unshare" ] || unshare=/bin/unshare
eat a exec "$unshare" -m -p -f /bin/sh -c "mount --bind $RUN/private /tmp && exec /tmp/jit"
reap "$PID"
assert "its map has the inner number" [ -s "$RUN/private/perf-1.map" ]
records json 2
end json

expect is json 2 victim.ns_pid 1
for number in 1 2; do
	# Without the hold map and program may be out of reach when they are looked for.
	if [ "$TIER" = tracepoint ]; then
		expect has json "$number" trigger.user_stack '[libc.so.*]' '[jit]'
		continue
	fi
	expect frames json "$number" trigger.user_stack grow@jit.c:LINE:grow handle@jit.c:LINE:handle \
		'LazyCompile:*fill~shop.js:7' serve@jit.c:LINE:serve main@jit.c:LINE:main
	expect unwound json "$number" cfi,mixed
done
