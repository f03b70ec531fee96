/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Before the kernel panics for want of memory. Of what was captured only that outlives the machine
 * which was written by then, so the kernel waits, bounded, until the reader says that it was.
 */
#ifndef OOMTRACE_PANIC_BPF_H
#define OOMTRACE_PANIC_BPF_H

#include "candidates.bpf.h"
#include "hold.bpf.h"
#include "record.bpf.h"

#define ORDER_SYSRQ -1 /* is_sysrq_oom(), mm/oom_kill.c */

/* The machine is about to stop for good: it may wait longer than a task that is to be killed. */
#define PANIC_BOUND_NS 1000000000ULL

/*
 * Why out_of_memory() (mm/oom_kill.c, 6.12) shows the state of memory without having chosen anyone,
 * of those reasons that end in a panic; 0: it does not. The first task in the list is init, so a
 * selection in the whole machine has always looked at somebody; one in a cgroup may find it empty.
 */
static __always_inline __u32 panic_cause(struct oom_control *oc)
{
	bool selecting = anybody_weighed();

	if (!inside_oom() || current_oom.selected || BPF_CORE_READ(oc, chosen) ||
	    BPF_CORE_READ(oc, order) == ORDER_SYSRQ)
		return 0;
	if (!BPF_CORE_READ(oc, memcg))
		return selecting ? EV_PANIC_NO_VICTIM : EV_PANIC_ON_OOM;
	return selecting ? 0 : EV_PANIC_IF_COMPULSORY;
}

static __always_inline bool tell_of_panic(struct oom_control *oc, __u32 cause)
{
	struct ev_panic *rec = RESERVE(ev_panic, EV_PANICKING);

	if (!rec)
		return false;
	rec->constraint = BPF_CORE_READ(oc, constraint);
	rec->cause = cause;
	bpf_ringbuf_submit(rec, BPF_RB_FORCE_WAKEUP);
	return true;
}

static __always_inline bool reader_can_answer(void)
{
	return !hold_refused && !reader_has_no_cpu() &&
	       bpf_get_current_pid_tgid() >> 32 != hold_reader_tgid;
}

/* Where the panic is not certain the wait is bounded as every hold is, in number and in sum. */
static __always_inline bool may_ask(void)
{
	if (!reader_can_answer() || reader_is_busy() ||
	    held_lately(bpf_ktime_get_ns()) >= hold_budget_ns)
		return false;
	hold_ready = 0;
	return true;
}

static __always_inline void on_dump_header(struct oom_control *oc, bool has_loop)
{
	__u32 cause = panic_cause(oc);

	if (!cause || (cause == EV_PANIC_IF_COMPULSORY && !may_ask()))
		return;
	send_candidates();
	if (tell_of_panic(oc, cause) && reader_can_answer())
		current_oom.hold_ns = wait_for_acknowledgement(PANIC_BOUND_NS, has_loop);
}

#endif
