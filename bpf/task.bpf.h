/* SPDX-License-Identifier: GPL-2.0 */
/* Facts of a task and of its memory, as the OOM killer sees them. */
#ifndef OOMTRACE_TASK_BPF_H
#define OOMTRACE_TASK_BPF_H

#include "compat.bpf.h"
#include "memcg.bpf.h"
#include "cgroup_path.bpf.h"

#define PF_KTHREAD 0x00200000

static __always_inline void read_task(struct ev_task *out, struct task_struct *task, bool has_loop)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct cgroup *cgrp = task_memory_cgroup(task);

	out->tgid = BPF_CORE_READ(task, tgid);
	out->tid = BPF_CORE_READ(task, pid);
	out->ns_tgid = compat_ns_pid(BPF_CORE_READ(leader, thread_pid));
	out->ppid = BPF_CORE_READ(task, real_parent, tgid);
	out->uid = BPF_CORE_READ(task, real_cred, uid.val);
	out->oom_score_adj = BPF_CORE_READ(task, signal, oom_score_adj);
	out->threads = BPF_CORE_READ(task, signal, nr_threads);
	out->start_boottime_ns = BPF_CORE_READ(leader, start_boottime);
	out->flags = 0;
	if (BPF_CORE_READ(task, flags) & PF_KTHREAD)
		out->flags |= EV_TASK_KTHREAD;
	if (cgroup_is_v2(cgrp))
		out->flags |= EV_TASK_CGROUP_V2;
	bpf_probe_read_kernel(out->comm, sizeof(out->comm),
			      __builtin_preserve_access_index(&task->comm));
	read_cgroup_path(&out->cgroup, out->cgroup_ids, cgrp, has_loop);
}

/*
 * The thread whose mm the kernel takes when the group leader has exited already: as
 * find_lock_task_mm() does (mm/oom_kill.c, 6.12). NULL when no thread has one.
 */
static __always_inline struct task_struct *find_task_mm(struct task_struct *task)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct list_head *head = __builtin_preserve_access_index(&signal->thread_head);
	struct list_head *node = BPF_CORE_READ(head, next);

	for (u32 i = 0; i < EV_THREADS && node && node != head; i++) {
		struct task_struct *thread =
			(void *)node - bpf_core_field_offset(struct task_struct, thread_node);

		if (BPF_CORE_READ(thread, mm))
			return thread;
		node = BPF_CORE_READ(node, next);
	}
	return NULL;
}

static __always_inline void read_memory(struct ev_memory *out, struct mm_struct *mm, u32 nr_cpus,
					bool has_loop)
{
	out->valid = 0;
	if (!mm)
		return;
	out->total_vm_pages = BPF_CORE_READ(mm, total_vm);
	out->pgtables_bytes = BPF_CORE_READ(mm, pgtables_bytes.counter);
	out->valid = compat_rss(mm, nr_cpus, out->fast_pages, out->exact_pages, has_loop);
}

#endif
