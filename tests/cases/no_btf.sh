#: environments guest
#: cgroups v1 v2 none
#: tiers none
# Without the kernel's types there is nothing to do but say so.
. "$CASES/lib.sh"

mount -t tmpfs none /sys/kernel/btf || die "mount over the types"
on_exit "umount /sys/kernel/btf"
once plain 3 "$OOMTRACE"
expect stderr_lines plain 1
expect stderr_has plain BTF
expect stdout_empty plain
once check 3 "$OOMTRACE" check
expect says_any check BTF
