#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
#: set main best
# Anonymous, shared and file memory at once, each of its own size.
. "$CASES/lib.sh"

dir=$RUN
if [ "$WHERE" = guest ]; then
	# On tmpfs a file's pages count as shared memory.
	dir=$RUN/files
	mkdir "$dir"
	mount -t ramfs none "$dir" || die "mount ramfs"
	on_exit "umount $dir"
fi

cg a 64M
gate go
trace json json
eat a shmem=20M file="$dir/data:12M" ready="$RUN/r" wait="$RUN/go" anon=64M
ready r
go go
reap "$PID"
records json 1
end json

expect is json 1 victim.pid "$READY_PID"
expect least json 1 victim.memory.shmem_bytes 20971520
expect least json 1 victim.memory.file_bytes 12582912
expect least json 1 victim.memory.anon_bytes 8388608
