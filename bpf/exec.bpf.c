// SPDX-License-Identifier: GPL-2.0
/*
 * Remembers command lines at exec, for tiers in which a victim is gone before its /proc can be
 * read. An object of its own: where it does not load, the OOM hooks work without.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "names.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* Too large for the stack; one for each CPU, since two execs may run at once. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ev_cmdline);
} exec_scratch SEC(".maps");

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task)
{
	__u32 zero = 0;
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct ev_cmdline *cmdline = bpf_map_lookup_elem(&exec_scratch, &zero);

	if (!cmdline)
		return 0;
	cmdline->start_boottime_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	if (read_own_cmdline(cmdline, BPF_CORE_READ(task, mm)))
		bpf_map_update_elem(&known_cmdlines, &tgid, cmdline, 0);
	return 0;
}

/*
 * The OOM killer marks its victim before it exits, so a victim's entry is still there when asked
 * for.
 */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;

	if (BPF_CORE_READ(task, pid) == BPF_CORE_READ(task, tgid))
		bpf_map_delete_elem(&known_cmdlines, &tgid);
	return 0;
}
