#: environments guest
#: cgroups v1 v2
#: tiers best
#: needs memcg
# Programs in containers: one that brings its libraries and its debug information, one whose code was compiled at
# run time, and Python, which knows its threads by the numbers they have inside.
. "$CASES/lib.sh"
. "$CASES/runc"

# read_only DIR...: members of a bundle's mounts.
read_only() {
	for dir in "$@"; do
		printf ', {"destination": "%s", "type": "bind", "source": "%s", "options": ["bind", "ro"]}' "$dir" "$dir"
	done
}

# fall_inside NAME: runs the container of that bundle until it is killed, and writes down who it was.
fall_inside() {
	"$PROGS/klog" calm 9
	run_container "$1" "$RUN/$1" /run/runc
	must is_gone "$INIT"
	number=$((number + 1))
	records json "$number"
	expect is json "$number" victim.pid "$INIT"
	expect is json "$number" victim.ns_pid 1
}

prepare_runc
number=0
trace json json --hold 200

make_bundle "$RUN/whole" "/by-hand/whole" '' '"/bin/eat", "exec", "/app/chain_by_id"'
root=$RUN/whole/rootfs
mkdir -p "$root/app" "$root/lib" "$root/lib64" "$root/usr/lib/debug"
cp "$PROGS/stacks/chain_by_id" "$root/app/"
cp -L /lib64/ld-linux-x86-64.so.2 "$root/lib64/"
cp -L /lib/x86_64-linux-gnu/libc.so.6 "$root/lib/"
cp -r "$PROGS/stacks/debug/.build-id" "$root/usr/lib/debug/"
fall_inside whole
expect_chain json "$number"
expect unwound json "$number" cfi

make_bundle "$RUN/jit" "/by-hand/jit" '' '"/bin/eat", "exec", "/app/jit"' "$(read_only /lib /lib64)"
mkdir -p "$RUN/jit/rootfs/app" "$RUN/jit/rootfs/tmp" "$RUN/jit/rootfs/lib" "$RUN/jit/rootfs/lib64"
cp "$PROGS/stacks/jit" "$RUN/jit/rootfs/app/"
chmod 1777 "$RUN/jit/rootfs/tmp"
fall_inside jit
assert "its map has the inner number" [ -s "$RUN/jit/rootfs/tmp/perf-1.map" ]
expect frames json "$number" trigger.user_stack grow@jit.c:LINE:grow handle@jit.c:LINE:handle \
	'LazyCompile:*fill~shop.js:7' serve@jit.c:LINE:serve main@jit.c:LINE:main

for python in $(pythons); do
	case $python in /usr/bin/*) ;; *) continue ;; esac
	make_bundle "$RUN/python" "/by-hand/python" '' \
		'"/bin/eat", "exec", "'"$python"'", "-s", "-S", "/progs/stacks/python_grow.py", "threads"' \
		"$(read_only /lib /lib64 /usr /progs)"
	mkdir -p "$RUN/python/rootfs/lib" "$RUN/python/rootfs/lib64" "$RUN/python/rootfs/usr" \
		"$RUN/python/rootfs/progs"
	fall_inside python
	expect language json "$number" trigger "$(python_name "$python")"
	expect frames json "$number" trigger.language_stack grow@python_grow.py:LINE:grow \
		work@python_grow.py:LINE:work
done
assert "there is a Python" [ "$number" = 3 ]
end json
