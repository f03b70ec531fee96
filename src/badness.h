/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The arithmetic by which the kernel chooses whom to kill (oom_badness(), oom_evaluate_task(),
 * mem_cgroup_get_max() and proc_oom_score(), 5.9 to 7.2). Pure functions on numbers in pages.
 */
#ifndef OOMTRACE_BADNESS_H
#define OOMTRACE_BADNESS_H

#include <stdbool.h>
#include <stdint.h>

/* With this oom_score_adj a process is never chosen. */
#define BADNESS_ADJ_NEVER (-1000)

/* What a process is scored by. */
struct badness {
	int64_t rss_pages;
	int64_t swap_pages;
	int64_t pgtables_pages;
	int oom_score_adj;
};

/* The memory that killing the process would give back, at best. */
int64_t badness_memory(const struct badness *badness);

/* What the adjustment adds or takes where `total_pages` of memory are at stake. */
int64_t badness_adj(int oom_score_adj, int64_t total_pages);

/* The points. Meaningless for BADNESS_ADJ_NEVER, whom the kernel passes over. */
int64_t badness_points(const struct badness *badness, int64_t total_pages);

/*
 * What /proc/PID/oom_score shows for so many points out of the memory and swap of the machine: 0
 * also stands for processes that are passed over.
 */
int64_t badness_oom_score(int64_t points, int64_t machine_pages);

/* The limits of a memory cgroup, in pages; BADNESS_NO_LIMIT(page size) without one. */
struct badness_limit {
	int version;
	int64_t memory_pages;
	int64_t swap_pages; /* v2: of swap alone; v1: of memory and swap together */
	bool swaps;	    /* its swappiness is not 0 */
};

#define BADNESS_NO_LIMIT(page_size) (INT64_MAX / (page_size))

/* The memory at stake when that limit is hit, on a machine with so much swap. Never 0. */
int64_t badness_limit_total(const struct badness_limit *limit, int64_t machine_swap_pages);

/*
 * Whether a process with `points` that is scanned at place `scanned` is chosen before the other:
 * the last one scanned wins where points are equal.
 */
bool badness_before(int64_t points, uint64_t scanned, int64_t other_points, uint64_t other_scanned);

/*
 * Whether a kernel of that release, as uname() tells it, weighs what the CPUs hold back of a counter
 * as well (oom_badness(), 7.0).
 */
bool badness_is_exact(const char *release);

/*
 * By how many pages the kernel's own sums may differ from one moment to the next without any memory
 * having been used or freed, where they are not exact: what `cpus` CPUs may each hold back of a
 * counter.
 */
int64_t badness_tolerance(long cpus);

#endif
