#: environments host guest
#: cgroups v1 v2 none
#: tiers none
# Without the capabilities it says which ones are missing, in one line.
. "$CASES/lib.sh"

once user 3 "$PROGS/drop" 65534 none "$OOMTRACE"
expect stderr_lines user 1
expect stderr_has user CAP_BPF CAP_PERFMON
expect stdout_empty user

once half 3 "$PROGS/drop" 65534 bpf,sys_ptrace,dac_read_search "$OOMTRACE"
expect stderr_lines half 1
expect stderr_has half CAP_PERFMON
expect stderr_hasnt half CAP_BPF
expect stdout_empty half

once check 3 "$PROGS/drop" 65534 none "$OOMTRACE" check
