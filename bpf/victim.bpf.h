/* SPDX-License-Identifier: GPL-2.0 */
/* Who loses its memory in the invocation under way. */
#ifndef OOMTRACE_VICTIM_BPF_H
#define OOMTRACE_VICTIM_BPF_H

#include "record.bpf.h"
#include "task.bpf.h"

#define SIGKILL	      9
#define SEND_SIG_PRIV 1 /* include/linux/signal.h: the sender is the kernel itself */

static __always_inline struct ev_killed *on_killed(struct task_struct *task, bool has_loop)
{
	struct ev_killed *rec;
	struct task_struct *victim;

	if (!inside_oom())
		return NULL;
	rec = RESERVE(ev_killed, EV_KILLED);
	if (!rec)
		return NULL;
	victim = find_task_mm(task);
	if (!victim)
		victim = task;
	read_task(&rec->victim, victim, has_loop);
	read_memory(&rec->memory, BPF_CORE_READ(victim, mm), nr_cpus, has_loop);
	rec->kernel_stack_size = -1;
	rec->kernel_stack_tid = 0;
	return rec;
}

/*
 * The kernel marked a task as OOM victim. Where the event passes the task itself and it is not the
 * current one, its kernel stack can be had too.
 */
static __always_inline void on_marked(struct task_struct *task)
{
	struct ev_marked *rec = RESERVE(ev_marked, EV_MARKED);

	if (!rec)
		return;
	rec->victim_tgid = BPF_CORE_READ(task, tgid);
	rec->victim_tid = BPF_CORE_READ(task, pid);
	rec->kernel_stack_size = 0;
	rec->reserved = 0;
	if (rec->victim_tid != (__s32)bpf_get_current_pid_tgid())
		rec->kernel_stack_size =
			bpf_get_task_stack(task, rec->kernel_stack, sizeof(rec->kernel_stack), 0);
	bpf_ringbuf_submit(rec, BPF_RB_FORCE_WAKEUP);
}

static __always_inline void on_marked_pid(__s32 pid)
{
	struct ev_marked *rec = RESERVE(ev_marked, EV_MARKED);

	if (!rec)
		return;
	rec->victim_tgid = 0;
	rec->victim_tid = pid;
	rec->kernel_stack_size = -1; /* EPERM: without the task there is none to be had */
	rec->reserved = 0;
	bpf_ringbuf_submit(rec, BPF_RB_FORCE_WAKEUP);
}

#endif
