#: environments guest
#: cgroups v1 v2 none
#: tiers best
# A small limit of locked memory is in the way only where maps count as such, and is named then.
. "$CASES/lib.sh"

status=0
! maps_are_locked || status=3
ulimit -l 64
once limited "$status" "$PROGS/drop" 65534 bpf,perfmon,sys_ptrace,dac_read_search "$OOMTRACE" --hook "$TIER" -d 1
[ "$status" = 0 ] || expect stderr_has limited RLIMIT_MEMLOCK CAP_SYS_RESOURCE
