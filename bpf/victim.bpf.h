/* SPDX-License-Identifier: GPL-2.0 */
/* Who loses its memory in the invocation under way, and why: one body per way to it. */
#ifndef OOMTRACE_VICTIM_BPF_H
#define OOMTRACE_VICTIM_BPF_H

#include "record.bpf.h"
#include "task.bpf.h"

#define SIGKILL	      9
#define SEND_SIG_PRIV 1 /* include/linux/signal.h: the sender is the kernel itself */

/* Whose memory is meant from here on: what comes of it may be the end of others that share it. */
static __always_inline void note_victim(struct task_struct *victim)
{
	current_oom.victim_tgid = BPF_CORE_READ(victim, tgid);
	current_oom.victim_mm = BPF_CORE_READ(victim, mm);
}

/* A process that loses its memory, to be submitted by the caller. */
static __always_inline struct ev_killed *on_loss(struct task_struct *task, __u16 kind,
						 bool has_loop)
{
	struct ev_killed *rec;
	struct task_struct *victim;

	if (!inside_oom())
		return NULL;
	rec = RESERVE(ev_killed, kind);
	if (!rec)
		return NULL;
	/* One that dies by itself is let die thread by thread. */
	victim = kind == EV_DYING ? task : find_task_mm(task);
	if (!victim)
		victim = task;
	if (kind != EV_SHARER)
		note_victim(victim);
	read_task(&rec->victim, victim, has_loop);
	read_memory(&rec->memory, BPF_CORE_READ(victim, mm), nr_cpus, has_loop);
	rec->kernel_stack_size = -1;
	rec->kernel_stack_tid = 0;
	return rec;
}

static __always_inline struct ev_killed *on_killed(struct task_struct *task, bool has_loop)
{
	current_oom.killed = 1;
	return on_loss(task, EV_KILLED, has_loop);
}

/*
 * The kernel sends SIGKILL to each process that has the victim's memory and is not of its threads
 * (__oom_kill_process(), mm/oom_kill.c, 6.12), and says nothing of it.
 */
static __always_inline void on_signal(int sig, struct kernel_siginfo *info,
				      struct task_struct *task, bool has_loop)
{
	struct task_struct *thread;
	struct ev_killed *rec;

	if (sig != SIGKILL || info != (void *)SEND_SIG_PRIV || !inside_oom() ||
	    !current_oom.victim_mm || BPF_CORE_READ(task, tgid) == current_oom.victim_tgid)
		return;
	thread = find_task_mm(task);
	if (!thread || BPF_CORE_READ(thread, mm) != current_oom.victim_mm)
		return;
	rec = on_loss(task, EV_SHARER, has_loop);
	if (rec)
		bpf_ringbuf_submit(rec, 0);
}

/* Nobody was selected: the task that asks is dying itself, and is given what it needs for it. */
static __always_inline void on_dying(struct task_struct *task, bool has_loop)
{
	struct ev_killed *rec;

	if (current_oom.selected || current_oom.killed)
		return;
	/* Not like the one before, though nobody was told how it began. */
	current_oom.spared = 0;
	rec = on_loss(task, EV_DYING, has_loop);
	if (rec)
		bpf_ringbuf_submit(rec, 0);
}

/* Whether more processes than the threads of one use the memory, as far as their number tells. */
static __always_inline bool is_shared(struct task_struct *task)
{
	struct task_struct *thread = find_task_mm(task);
	struct mm_struct *mm = thread ? BPF_CORE_READ(thread, mm) : NULL;

	return mm && BPF_CORE_READ(mm, mm_users.counter) > BPF_CORE_READ(task, signal, nr_threads);
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
	rec->shared = is_shared(task);
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
	rec->shared = current_oom.signalled && is_shared(current_oom.signalled);
	bpf_ringbuf_submit(rec, BPF_RB_FORCE_WAKEUP);
}

#endif
