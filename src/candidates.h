/* SPDX-License-Identifier: GPL-2.0 */
/* The processes that the OOM killer would choose from, and what it would score them by. */
#ifndef OOMTRACE_CANDIDATES_H
#define OOMTRACE_CANDIDATES_H

#include "badness.h"
#include "procfs.h"
#include "rank_groups.h"

enum unkillable {
	KILLABLE,
	UNKILLABLE_ADJ,	    /* its oom_score_adj is BADNESS_ADJ_NEVER */
	UNKILLABLE_INIT,    /* the first process of the machine */
	UNKILLABLE_SKIPPED, /* the kernel's own score says so: in vfork(), or its memory was reaped */
};

struct candidate {
	pid_t pid;
	char comm[COMM_LEN + 1];
	const struct rank_group *group; /* NULL: unknown */
	struct badness badness;
	int64_t exact_rss_pages; /* with what the CPUs hold back; from 6.16, before it the same */
	int64_t points;		 /* for the caller to set, as are the two below */
	enum unkillable unkillable;
	uint32_t scanned;  /* its place in the order in which the kernel goes through them */
	int32_t oom_score; /* what the kernel says of it, -1: unknown */
	uint64_t start_ticks;
};

struct candidates {
	struct candidate *list; /* in the order of `scanned` */
	size_t count;
	size_t unreadable; /* processes and cgroups that are there and could not be read */
};

/*
 * Reads one process: its number, name, score and start; the number of a thread stands for its
 * process. `place` are the cgroups to find its own in, of a hierarchy of that version (1 or 2), or
 * NULL. -ESRCH when there is no such process or it has no memory (a zombie, a kernel thread),
 * -ENOMEM, or what reading failed with.
 */
int candidate_read(const struct procfs *procfs, pid_t pid, struct rank_groups *place, int version,
		   struct candidate *ret_candidate);

/* All of the machine. The caller clears *ret_candidates. -ENOMEM, or what listing them failed with. */
int candidates_of_machine(const struct procfs *procfs, struct rank_groups *groups, int version,
			  struct candidates *ret_candidates);

/*
 * Those of the cgroup at `path` and, if `deep`, of all below it. As cgroup_walk() and
 * candidates_of_machine().
 */
int candidates_of_cgroup(const struct procfs *procfs, struct rank_groups *groups, const char *root,
			 const struct cgroup_mount *mount, const char *path, bool deep,
			 struct candidates *ret_candidates);

/* Takes the process out, if it is there. */
void candidates_remove(struct candidates *candidates, pid_t pid);

void candidates_clear(struct candidates *candidates);

/* Sets `unkillable` of each, by what the kernel says of them. Pages of RAM and swap. */
void candidates_find_unkillable(struct candidates *candidates, int64_t machine_pages);

#endif
