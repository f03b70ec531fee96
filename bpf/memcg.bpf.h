/* SPDX-License-Identifier: GPL-2.0 */
/* Facts of memory cgroups: whose limit, how full, and which one it must have been. */
#ifndef OOMTRACE_MEMCG_BPF_H
#define OOMTRACE_MEMCG_BPF_H

#include "compat.bpf.h"
#include "cgroup_path.bpf.h"
#include "loop.bpf.h"

/*
 * The pages by which the cgroup at its limit may have been uncharged again between the failed
 * charge and the kill: MEMCG_CHARGE_BATCH (include/linux/memcontrol.h) for each CPU's stock.
 */
#define MEMCG_CHARGE_BATCH 64

static __always_inline bool cgroup_is_v2(struct cgroup *cgrp)
{
	return BPF_CORE_READ(cgrp, root, hierarchy_id) == 0;
}

static __always_inline struct mem_cgroup *css_memcg(struct cgroup_subsys_state *css)
{
	return css ? (void *)css - bpf_core_field_offset(struct mem_cgroup, css) : NULL;
}

static __always_inline struct mem_cgroup *task_memcg(struct task_struct *task)
{
	return css_memcg(compat_memory_css(BPF_CORE_READ(task, cgroups)));
}

static __always_inline struct mem_cgroup *parent_memcg(struct mem_cgroup *memcg)
{
	return css_memcg(BPF_CORE_READ(memcg, css.parent));
}

/*
 * Where the task lives in the hierarchy that has the memory controller. On v2 the controller's own
 * cgroup may be an ancestor of it.
 */
static __always_inline struct cgroup *task_memory_cgroup(struct task_struct *task)
{
	struct css_set *cset = BPF_CORE_READ(task, cgroups);
	struct cgroup_subsys_state *css = compat_memory_css(cset);
	struct cgroup *cgrp = BPF_CORE_READ(css, cgroup);

	return cgroup_is_v2(cgrp) ? BPF_CORE_READ(cset, dfl_cgrp) : cgrp;
}

static __always_inline void read_limit(struct ev_limit *out, struct mem_cgroup *memcg,
				       bool has_loop)
{
	struct cgroup *cgrp = BPF_CORE_READ(memcg, css.cgroup);

	out->flags = 0;
	out->cgroup.flags = 0;
	out->cgroup_ids[0] = 0;
	if (!memcg)
		return;
	out->flags = EV_LIMIT_VALID;
	if (!cgroup_is_v2(cgrp))
		out->flags |= EV_LIMIT_MEMSW;
	out->usage_pages = BPF_CORE_READ(memcg, memory.usage.counter);
	out->max_pages = BPF_CORE_READ(memcg, memory.max);
	out->swap_usage_pages = BPF_CORE_READ(memcg, swap.usage.counter);
	out->swap_max_pages = BPF_CORE_READ(memcg, swap.max);
	out->failcnt = compat_failcnt(memcg);
	read_cgroup_path(&out->cgroup, out->cgroup_ids, cgrp, has_loop);
}

/* Pages left below the tighter of memory's and (v1) memory+swap's limit. */
static __always_inline s64 memcg_room(struct mem_cgroup *memcg)
{
	s64 room = BPF_CORE_READ(memcg, memory.max) - BPF_CORE_READ(memcg, memory.usage.counter);
	s64 swap_room;

	if (cgroup_is_v2(BPF_CORE_READ(memcg, css.cgroup)))
		return room;
	swap_room = BPF_CORE_READ(memcg, memsw.max) - BPF_CORE_READ(memcg, memsw.usage.counter);
	return swap_room < room ? swap_room : room;
}

/* State of the walks below; the oom_lock keeps it single. */
struct {
	struct mem_cgroup *memcg;
	struct mem_cgroup *until;
	struct mem_cgroup *best;
	__s64 best_room;
	__u64 holds_victim;
	struct mem_cgroup *oom_group;
	struct mem_cgroup *limited; /* the last seen that has a limit at all */
	__u64 limited_count;
} limit_walk;

/*
 * PAGE_COUNTER_MAX or more, in pages of any size, is no limit (include/linux/page_counter.h, 6.12).
 */
#define NO_LIMIT_PAGES (~0ULL >> 1 >> 16)

static __always_inline bool memcg_has_limit(struct mem_cgroup *memcg)
{
	return BPF_CORE_READ(memcg, memory.max) < NO_LIMIT_PAGES ||
	       (!cgroup_is_v2(BPF_CORE_READ(memcg, css.cgroup)) &&
		BPF_CORE_READ(memcg, memsw.max) < NO_LIMIT_PAGES);
}

static __always_inline long weigh_memcg(__u32 depth, bool has_loop)
{
	struct mem_cgroup *memcg = limit_walk.memcg;
	s64 room;

	if (!memcg)
		return 1;
	room = memcg_room(memcg);
	if (room < limit_walk.best_room) {
		limit_walk.best_room = room;
		limit_walk.best = memcg;
	}
	if (memcg_has_limit(memcg)) {
		limit_walk.limited = memcg;
		limit_walk.limited_count++;
	}
	limit_walk.memcg = parent_memcg(memcg);
	return 0;
}

DEFINE_LOOP(weigh_memcg)

/*
 * The nearest of the ancestors that stand closest to their limit. When none stands at it, since
 * another victim is giving its memory back already, and only one has a limit, it is that one. Else
 * NULL.
 */
static __always_inline void find_memcg_at_limit(struct mem_cgroup *memcg, u32 nr_cpus,
						bool has_loop)
{
	limit_walk.memcg = memcg;
	limit_walk.best = NULL;
	limit_walk.best_room = (s64)MEMCG_CHARGE_BATCH * nr_cpus + 1;
	limit_walk.limited_count = 0;
	loop(EV_MEMCG_DEPTH, weigh_memcg, has_loop);
	if (!limit_walk.best && limit_walk.limited_count == 1)
		limit_walk.best = limit_walk.limited;
}

static __always_inline long is_best_memcg(__u32 depth, bool has_loop)
{
	struct mem_cgroup *memcg = limit_walk.memcg;

	limit_walk.holds_victim = memcg && memcg == limit_walk.best;
	limit_walk.memcg = parent_memcg(memcg);
	return is_last_turn(!memcg || limit_walk.holds_victim);
}

DEFINE_LOOP(is_best_memcg)

/*
 * Whose limit it was when no oom_control tells: the charge that failed was the trigger's, so it is
 * an ancestor of the trigger that also holds the victim; when the trigger lives elsewhere (it
 * wrote a limit), an ancestor of the victim.
 */
static __always_inline struct mem_cgroup *
derive_limit(struct task_struct *trigger, struct task_struct *victim, u32 nr_cpus, bool has_loop)
{
	struct mem_cgroup *victim_memcg = task_memcg(victim);

	find_memcg_at_limit(task_memcg(trigger), nr_cpus, has_loop);
	limit_walk.memcg = victim_memcg;
	loop(EV_MEMCG_DEPTH, is_best_memcg, has_loop);
	if (!limit_walk.best || !limit_walk.holds_victim)
		find_memcg_at_limit(victim_memcg, nr_cpus, has_loop);
	return limit_walk.best;
}

static __always_inline long note_oom_group(__u32 depth, bool has_loop)
{
	struct mem_cgroup *memcg = limit_walk.memcg;

	if (!memcg)
		return 1;
	if (BPF_CORE_READ(memcg, oom_group))
		limit_walk.oom_group = memcg;
	limit_walk.memcg = parent_memcg(memcg);
	return is_last_turn(memcg == limit_walk.until);
}

DEFINE_LOOP(note_oom_group)

/*
 * The cgroup that the kernel will kill as a whole, as mem_cgroup_get_oom_group() finds it
 * (mm/memcontrol.c, 6.12): the topmost up to the one at its limit, or to the root when that is
 * NULL. NULL: none.
 */
static __always_inline struct mem_cgroup *find_oom_group(struct task_struct *victim,
							 struct mem_cgroup *limit, bool has_loop)
{
	limit_walk.memcg = task_memcg(victim);
	limit_walk.until = limit;
	limit_walk.oom_group = NULL;
	loop(EV_MEMCG_DEPTH, note_oom_group, has_loop);
	return limit_walk.oom_group;
}

#endif
