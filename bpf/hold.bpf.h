/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hold: the kernel waits, bounded, between the choice of a victim and its death, while the
 * reader reads the victim's /proc. At oom_kill_process no lock on the victim is held, so what the
 * reader asks for does not wait for the task that waits here.
 */
#ifndef OOMTRACE_HOLD_BPF_H
#define OOMTRACE_HOLD_BPF_H

#include "compat.bpf.h"
#include "loop.bpf.h"
#include "record.bpf.h"

/*
 * A second in slots, and a little more, since the current one is not over. A power of two, so that
 * a mask bounds the index.
 */
#define HOLD_SLOTS   32
#define HOLD_SLOT_NS 33000000ULL
/* Each turn looks at the clock: together they last longer than any bound. */
#define HOLD_LOOPS 4
#define HOLD_TURNS (1 << 23)
/* Without bpf_loop(): as many as a verifier bears, each of which copies to let time pass. */
#define HOLD_TURNS_NO_LOOP (1 << 19)
#define HOLD_COPY	   32768

/* Set by the loader before loading. */
const volatile __u64 hold_bound_ns;  /* longest single hold; 0: never */
const volatile __u64 hold_budget_ns; /* longest sum of holds in a second */
const volatile __u32 hold_refused;   /* enum ev_hold: why never in this tier; 0: it may be */
const volatile bool filter_cgroups;
const volatile bool filter_pids;

/* Shared with the reader, which has them mapped. */
__u64 hold_ready;	 /* the reader waits for a record; taken by the hold that begins */
__u64 hold_acknowledged; /* the incident whose victim has been read */
__u64 hold_code_read;	 /* the incident of which all code of the trigger is known as well */
__u64 hold_cpus_online;
__u64 hold_busy_cpu; /* 1 more than the one on which the reader is at work; 0: it is not */
__u64 hold_only_cpu; /* 1 more than the only one the reader may run on; 0: there are more */
__u64 hold_reader_tgid;
__u64 hold_reader_mm;
__u64 hold_reader_cgroups[EV_MEMCG_DEPTH]; /* whose memory it uses, own first; 0 ends */

/* The ids of the cgroups, and the pids, whose OOMs are wanted. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, __u8);
} wanted_cgroups SEC(".maps"), wanted_pids SEC(".maps");

struct {
	__u64 slot[HOLD_SLOTS];
	__u64 held_ns[HOLD_SLOTS];
} hold_history;

/*
 * Whether kprobes run with interrupts masked. There bpf_find_vma() answers once, since it unlocks the
 * mappings in an interrupt (bpf_mmap_unlock_get_irq_work(), kernel/bpf/mmap_unlock_work.h, 5.17).
 */
static __always_inline bool interrupts_masked(void)
{
	return hold_refused == EV_HOLD_MASKED;
}

/* How long this second's holds have lasted. */
static __always_inline __u64 held_lately(__u64 now)
{
	__u64 current = now / HOLD_SLOT_NS;
	__u64 sum = 0;

	for (__u32 i = 0; i < HOLD_SLOTS; i++)
		if (hold_history.slot[i] + HOLD_SLOTS > current)
			sum += hold_history.held_ns[i];
	return sum;
}

static __always_inline void remember_hold(__u64 now, __u64 duration)
{
	__u64 current = now / HOLD_SLOT_NS;
	__u64 i = current & (HOLD_SLOTS - 1);

	if (hold_history.slot[i] != current) {
		hold_history.slot[i] = current;
		hold_history.held_ns[i] = 0;
	}
	hold_history.held_ns[i] += duration;
}

static __always_inline bool ids_wanted(const __u64 ids[EV_MEMCG_DEPTH])
{
	for (__u32 i = 0; i < EV_MEMCG_DEPTH; i++) {
		__u64 id = ids[i];

		if (!id)
			break;
		if (bpf_map_lookup_elem(&wanted_cgroups, &id))
			return true;
	}
	return false;
}

static __always_inline bool pid_wanted(__s32 tgid)
{
	__u64 pid = (__u32)tgid;

	return bpf_map_lookup_elem(&wanted_pids, &pid);
}

static __always_inline bool hold_wanted(const struct ev_selected *rec)
{
	if (filter_cgroups && !ids_wanted(rec->victim.cgroup_ids) &&
	    !((rec->limit.flags & EV_LIMIT_VALID) && ids_wanted(rec->limit.cgroup_ids)))
		return false;
	return !filter_pids || pid_wanted(rec->victim.tgid) || pid_wanted(rec->hdr.tgid);
}

/* What the reader uses to read /proc may be charged to the very cgroup that is at its limit. */
static __always_inline bool reader_is_limited(const struct ev_limit *limit)
{
	if (!(limit->flags & EV_LIMIT_VALID))
		return false;
	for (__u32 i = 0; i < EV_MEMCG_DEPTH && hold_reader_cgroups[i]; i++)
		if (hold_reader_cgroups[i] == limit->cgroup_ids[0])
			return true;
	return false;
}

/* One that was interrupted here at its work, and has its lock, would not go on. */
static __always_inline bool reader_is_busy(void)
{
	return !*(volatile __u64 *)&hold_ready ||
	       *(volatile __u64 *)&hold_busy_cpu == bpf_get_smp_processor_id() + 1;
}

/* Nobody but the task that would wait could do what it waits for. */
static __always_inline bool reader_has_no_cpu(void)
{
	return hold_cpus_online < 2 || hold_only_cpu == bpf_get_smp_processor_id() + 1;
}

/* Whether to wait; EV_HOLD_YES or why not. Takes the reader's readiness when it says yes. */
static __always_inline __u32 decide_hold(const struct ev_selected *rec, __u64 victim_mm)
{
	__u64 now = rec->hdr.time_ns;

	if (!hold_bound_ns)
		return EV_HOLD_DISABLED;
	/*
	 * The reader is woken up by an interrupt of this CPU, on PREEMPT_RT in a thread of it
	 * (irq_work_queue(), kernel/irq_work.c, 5.16). A kprobe keeps off the thread, and where it
	 * is an exception of its own (arm64) the interrupt too, until it ends.
	 */
	if (hold_refused)
		return hold_refused;
	/* Without memory the reader would wait for the victim's death as well. */
	if (rec->constraint != CONSTRAINT_MEMCG)
		return EV_HOLD_GLOBAL;
	if (reader_has_no_cpu())
		return EV_HOLD_ONE_CPU;
	if ((__u32)rec->hdr.tgid == hold_reader_tgid ||
	    (__u32)rec->victim.tgid == hold_reader_tgid ||
	    (victim_mm && victim_mm == hold_reader_mm) || reader_is_limited(&rec->limit))
		return EV_HOLD_OWN;
	if (!hold_wanted(rec))
		return EV_HOLD_FILTERED;
	if (reader_is_busy())
		return EV_HOLD_BUSY;
	if (held_lately(now) >= hold_budget_ns)
		return EV_HOLD_BUDGET;
	hold_ready = 0;
	return EV_HOLD_YES;
}

/* The wait that goes on; the oom_lock keeps it single. */
struct {
	__u64 end_ns;
	__u64 now_ns;
	__u64 acknowledged;
	char copy[HOLD_COPY];
} hold_wait;

static __always_inline bool hold_over(void)
{
	hold_wait.acknowledged = *(volatile __u64 *)&hold_acknowledged == current_oom.incident;
	hold_wait.now_ns = bpf_ktime_get_ns();
	return hold_wait.acknowledged || hold_wait.now_ns >= hold_wait.end_ns;
}

/* What is copied comes to lie where it was. */
static __always_inline long hold_turn(__u32 index, bool has_loop)
{
	bool over = hold_over();

	if (!has_loop && !over)
		bpf_probe_read_kernel(hold_wait.copy, HOLD_COPY, hold_wait.copy);
	return is_last_turn(over);
}

DEFINE_LONG_LOOP(hold_turn)

/* Until the reader has acknowledged the incident, or for so long; tells how long it was. */
static __always_inline __u64 wait_for_acknowledgement(__u64 bound_ns, bool has_loop)
{
	__u64 start_ns = bpf_ktime_get_ns();

	hold_wait.end_ns = start_ns + bound_ns;
	if (!has_loop)
		long_loop(HOLD_TURNS_NO_LOOP, hold_turn, false);
	for (__u32 i = 0; has_loop && i < HOLD_LOOPS && !hold_over(); i++)
		long_loop(HOLD_TURNS, hold_turn, true);
	remember_hold(hold_wait.now_ns, hold_wait.now_ns - start_ns);
	return hold_wait.now_ns - start_ns;
}

static __always_inline void hold(bool has_loop)
{
	__u64 spent = held_lately(bpf_ktime_get_ns());
	__u64 bound_ns = hold_bound_ns;

	if (spent + bound_ns > hold_budget_ns)
		bound_ns = hold_budget_ns - spent;
	current_oom.hold_ns = wait_for_acknowledgement(bound_ns, has_loop);
	current_oom.hold_end_ns = hold_wait.now_ns;
	current_oom.hold = hold_wait.acknowledged ? EV_HOLD_ACKNOWLEDGED : EV_HOLD_TIMED_OUT;
}

#endif
