#: environments host guest
#: cgroups v1 v2
#: tiers best
#: needs memcg
# A program whose files, its libraries and its debug information among them, are found below its own root alone.
. "$CASES/lib.sh"

root=$RUN/root
mkdir "$root"
mount -t tmpfs none "$root" || die "no tmpfs"
on_exit "umount -l $root"
mkdir -p "$root/app" "$root/lib" "$root/lib64" "$root/usr/lib/debug"
cp "$PROGS/stacks/chain_by_id" "$root/app/"
cp -L /lib64/ld-linux-x86-64.so.2 "$root/lib64/"
cp -L /lib/x86_64-linux-gnu/libc.so.6 "$root/lib/"
cp -r "$PROGS/stacks/debug/.build-id" "$root/usr/lib/debug/"

cg a 32M
trace json json --hold 200
"$PROGS/klog" calm 9
eat a chroot="$root" exec /app/chain_by_id
reap "$PID"
records json 1
end json

expect is json 1 victim.exe "$root/app/chain_by_id"
expect top json 1 'libc.so.*'
expect has json 1 trigger.user_stack '[libc.so.*]' '[chain_by_id]'
# Without the hold that root may be out of reach when it is looked for.
if [ "$TIER" != tracepoint ]; then
	expect_chain json 1
	expect unwound json 1 cfi
fi
