/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whom the kernel weighs. Every task it looks at is counted; of those with points the highest are
 * kept, with the parts as they are at that moment, and of those it spares the largest. However many
 * tasks there are, the memory for it stays the same, and most of them cost a comparison.
 */
#ifndef OOMTRACE_CANDIDATES_BPF_H
#define OOMTRACE_CANDIDATES_BPF_H

#include "compat.bpf.h"
#include "record.bpf.h"
#include "task.bpf.h"

#define OOM_SCORE_ADJ_MIN -1000

/* How many of those with points are wanted. Set by the loader. */
const volatile __u32 candidates_wanted = 10;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ev_candidates);
} candidates SEC(".maps");

/*
 * The kernel's own points have been seen: compilers may make oom_badness() a part of its caller (as
 * on Debian's 5.10), where nothing can be attached to it.
 */
__u64 badness_seen;

/*
 * The least of those kept, and where it stands: who has not more is passed over. What is done for
 * each task touches nothing else.
 */
struct {
	__s64 least_eligible; /* NO_LEAST while there is room for more */
	__s64 least_spared;
	__u64 considered;
	__u32 spared_before; /* kept when weigh() was called last */
	__u32 eligible_slot;
	__u32 spared_slot;
	struct task_struct *task; /* the one being looked at */
} candidate_state;

#define NO_LEAST (-__INT64_MAX__ - 1)
#define MOST_OF_ALL \
	__INT64_MAX__ /* of a task that swapoff has the kernel take, whatever its size */

static __always_inline struct ev_candidates *candidates_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&candidates, &zero);
}

static __always_inline void begin_candidates(void)
{
	struct ev_candidates *rec = candidates_get();

	if (!rec)
		return;
	candidate_state.considered = 0;
	candidate_state.least_eligible = NO_LEAST;
	rec->eligible_count = 0;
	rec->spared_count = 0;
}

/* get_mm_rss() (include/linux/mm.h, 6.12): no counter of it is less than nothing. */
static __always_inline __s64 resident(const __s64 pages[NR_MM_COUNTERS])
{
	return positive(pages[MM_FILEPAGES]) + positive(pages[MM_ANONPAGES]) +
	       positive(pages[MM_SHMEMPAGES]);
}

/* The points that these parts make. */
static __always_inline __s64 points_of(const __s64 pages[NR_MM_COUNTERS], struct mm_struct *mm,
				       struct task_struct *task)
{
	struct oom_control *oc = current_oom.oc;
	__u64 total = BPF_CORE_READ(oc, totalpages);

	return resident(pages) + positive(pages[MM_SWAPENTS]) +
	       (__u64)BPF_CORE_READ(mm, pgtables_bytes.counter) / page_size +
	       BPF_CORE_READ(task, signal, oom_score_adj) * (__s64)(total / 1000);
}

/*
 * Its memory as the kernel weighed it: the sums that leave out what each CPU holds back, as long as
 * the points are made of them (to 6.19), and the exact ones else.
 */
static __always_inline void read_weighed(__s64 pages[NR_MM_COUNTERS], struct mm_struct *mm,
					 struct task_struct *task, __s64 points, __u32 verdict,
					 bool has_loop)
{
	__s64 fast[NR_MM_COUNTERS] = {};

	compat_rss_fast(mm, pages);
	if (!has_loop || (verdict == EV_VERDICT_ELIGIBLE && points_of(pages, mm, task) == points))
		return;
	if (!compat_rss(mm, nr_cpus, fast, pages, true))
		compat_rss_fast(mm, pages);
}

static __always_inline void fill_candidate(struct ev_candidate *out, struct task_struct *task,
					   __s64 points, __u32 verdict, bool has_loop)
{
	struct task_struct *thread = find_task_mm(task);
	struct mm_struct *mm = thread ? BPF_CORE_READ(thread, mm) : NULL;
	__s64 pages[NR_MM_COUNTERS] = {};

	if (mm)
		read_weighed(pages, mm, task, points, verdict, has_loop);
	out->tgid = BPF_CORE_READ(task, tgid);
	out->tid = thread ? BPF_CORE_READ(thread, pid) : BPF_CORE_READ(task, pid);
	out->oom_score_adj = BPF_CORE_READ(task, signal, oom_score_adj);
	out->verdict = verdict;
	out->points = points;
	out->rss_pages = resident(pages);
	out->swap_pages = positive(pages[MM_SWAPENTS]);
	out->pgtables_bytes = mm ? BPF_CORE_READ(mm, pgtables_bytes.counter) : 0;
	out->cgroup_id = BPF_CORE_READ(task_memory_cgroup(task), kn, id);
	out->start_boottime_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	/* The kernel's table has the name of the thread that holds the memory. */
	thread = thread ? thread : task;
	bpf_probe_read_kernel(out->comm, sizeof(out->comm),
			      __builtin_preserve_access_index(&thread->comm));
}

/* Finds the least again. */
static __always_inline void find_least_eligible(const struct ev_candidates *rec)
{
	__s64 least = __INT64_MAX__;

	for (__u32 i = 0; i < EV_CANDIDATES; i++) {
		if (i >= rec->eligible_count)
			break;
		if (rec->eligible[i].points < least) {
			least = rec->eligible[i].points;
			candidate_state.eligible_slot = i;
		}
	}
	candidate_state.least_eligible = least;
}

static __always_inline void keep_eligible(struct task_struct *task, __s64 points, bool has_loop)
{
	struct ev_candidates *rec;
	__u32 slot = candidate_state.eligible_slot;

	if (points <= candidate_state.least_eligible)
		return;
	rec = candidates_get();
	if (!rec)
		return;
	if (rec->eligible_count < candidates_wanted)
		slot = rec->eligible_count++;
	slot &= EV_CANDIDATES - 1;
	fill_candidate(&rec->eligible[slot], task, points, EV_VERDICT_ELIGIBLE, has_loop);
	if (rec->eligible_count >= candidates_wanted)
		find_least_eligible(rec);
}

/*
 * Of several that are equal the kernel takes the last. That one was passed over when all those kept
 * have as many points; now it takes the place of one of them.
 */
static __always_inline void keep_chosen(struct oom_control *oc, bool has_loop)
{
	struct ev_candidates *rec = candidates_get();
	struct task_struct *chosen = BPF_CORE_READ(oc, chosen);
	__s64 points = BPF_CORE_READ(oc, chosen_points);
	__s32 tgid = BPF_CORE_READ(chosen, tgid);

	if (!rec || !candidate_state.considered || points < candidate_state.least_eligible ||
	    points == MOST_OF_ALL)
		return;
	for (__u32 i = 0; i < EV_CANDIDATES; i++) {
		if (i >= rec->eligible_count)
			break;
		if (rec->eligible[i].tgid == tgid)
			return;
	}
	fill_candidate(&rec->eligible[candidate_state.eligible_slot & (EV_CANDIDATES - 1)], chosen,
		       points, EV_VERDICT_ELIGIBLE, has_loop);
}

static __always_inline void keep_spared(struct task_struct *task, __u32 verdict, bool has_loop)
{
	struct ev_candidates *rec = candidates_get();
	struct task_struct *thread = find_task_mm(task);
	struct mm_struct *mm = thread ? BPF_CORE_READ(thread, mm) : NULL;
	__s64 pages[NR_MM_COUNTERS] = {};
	__u32 count, slot = candidate_state.spared_slot;
	__s64 size;

	if (!rec || !mm)
		return;
	count = rec->spared_count;
	compat_rss_fast(mm, pages);
	size = resident(pages) + positive(pages[MM_SWAPENTS]);
	if (count >= EV_SPARED && size <= candidate_state.least_spared)
		return;
	if (count < EV_SPARED) {
		slot = count++;
		rec->spared_count = count;
	}
	slot &= EV_SPARED - 1;
	fill_candidate(&rec->spared[slot], task, 0, verdict, has_loop);
	candidate_state.least_spared = size;
	candidate_state.spared_slot = slot;
	for (__u32 i = 0; i < EV_SPARED; i++) {
		__s64 other;

		if (i >= count)
			break;
		other = rec->spared[i].rss_pages + rec->spared[i].swap_pages;
		if (other < candidate_state.least_spared) {
			candidate_state.least_spared = other;
			candidate_state.spared_slot = i;
		}
	}
}

/* Of the reasons why oom_badness() spares a task (mm/oom_kill.c, 6.12), the one that holds. */
static __always_inline __u32 spared_verdict(struct task_struct *task, struct task_struct *thread)
{
	if (BPF_CORE_READ(task, signal, oom_score_adj) == OOM_SCORE_ADJ_MIN)
		return EV_VERDICT_ADJ;
	if (compat_oom_skipped(BPF_CORE_READ(thread, mm)))
		return EV_VERDICT_OTHER;
	if (BPF_CORE_READ(thread, vfork_done) &&
	    BPF_CORE_READ(thread, real_parent, mm) == BPF_CORE_READ(thread, mm))
		return EV_VERDICT_VFORK;
	return 0;
}

/* oom_badness() done again, with what it reads. */
static __always_inline void weigh(struct task_struct *task, bool has_loop)
{
	struct ev_candidates *rec = candidates_get();
	struct task_struct *thread = find_task_mm(task);
	struct mm_struct *mm = thread ? BPF_CORE_READ(thread, mm) : NULL;
	__s64 pages[NR_MM_COUNTERS] = {};
	__u32 verdict;

	candidate_state.spared_before = rec ? rec->spared_count : 0;
	if (!mm)
		return;
	verdict = spared_verdict(task, thread);
	if (verdict) {
		keep_spared(task, verdict, has_loop);
		return;
	}
	compat_rss_fast(mm, pages);
	keep_eligible(task, points_of(pages, mm, task), has_loop);
}

/*
 * Entered for each task (mm/oom_kill.c, 6.12). Those it does not even give points: kernel threads
 * and init, which have none to lose or are not to be killed, and earlier victims, whose memory
 * signal->oom_mm is.
 */
static __always_inline void on_evaluate(struct task_struct *task, struct oom_control *oc,
					__s32 tgid, const void *oom_mm, bool has_loop)
{
	if (!current_oom.tid || oc != current_oom.oc)
		return;
	candidate_state.considered++;
	candidate_state.task = task;
	if (tgid == 1)
		keep_spared(task, EV_VERDICT_INIT, has_loop);
	else if (oom_mm)
		keep_spared(task, EV_VERDICT_VICTIM, has_loop);
	else if (!badness_seen && !(BPF_CORE_READ(task, flags) & PF_KTHREAD))
		weigh(task, has_loop);
}

/* The first of all came to its end, and so the only one that was weighed without it as well. */
static __always_inline void begin_badness(void)
{
	struct ev_candidates *rec = candidates_get();

	badness_seen = 1;
	candidate_state.least_eligible = NO_LEAST;
	if (!rec)
		return;
	rec->eligible_count = 0;
	rec->spared_count = candidate_state.spared_before;
}

/* oom_badness() came to its end for that task. Reads of /proc call it as well, elsewhere. */
static __always_inline void on_badness(struct task_struct *task, __s64 points, bool has_loop)
{
	struct task_struct *thread;
	__u32 verdict;

	if (task != candidate_state.task || !inside_oom() || !task)
		return;
	if (!badness_seen)
		begin_badness();
	if (!compat_is_unkillable(points)) {
		keep_eligible(task, points, has_loop);
		return;
	}
	thread = find_task_mm(task);
	if (!thread || (BPF_CORE_READ(task, flags) & PF_KTHREAD))
		return;
	verdict = spared_verdict(task, thread);
	keep_spared(task, verdict ? verdict : EV_VERDICT_OTHER, has_loop);
}

static __always_inline bool anybody_weighed(void)
{
	return candidate_state.considered;
}

/* The lists behind each other, no longer than they are. */
static __always_inline void send_candidates(void)
{
	struct ev_candidates *rec = candidates_get();

	if (!rec || !candidate_state.considered)
		return;
	rec->considered = candidate_state.considered;
	fill_header(&rec->hdr, sizeof(*rec), EV_CANDIDATES_WEIGHED);
	if (bpf_ringbuf_output(&records, rec, sizeof(*rec), BPF_RB_NO_WAKEUP))
		__sync_fetch_and_add(&ring_drops, 1);
	candidate_state.considered = 0;
}

#endif
