/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who would be killed next, and why: the OOM killer's choice, made from /proc and the cgroups' files
 * as they are now. Sinks see it as a const model.
 */
#ifndef OOMTRACE_RANK_H
#define OOMTRACE_RANK_H

#include "incident.h"

#include <sys/types.h>

/* The limit that is nearest, in bytes. */
struct rank_limit {
	bool known;
	const char *cgroup; /* NULL: the memory and swap of the machine */
	int64_t limit_bytes;
	int64_t usage_bytes;
	int64_t left_bytes;
	struct num
		reclaimable_bytes; /* page cache in the usage, which the kernel gives back first */
};

struct rank_entry {
	pid_t pid;
	char comm[COMM_LEN + 1];
	const char *cgroup;	 /* NULL: unknown */
	struct num position;	 /* from 1; unknown when it is not killable */
	struct num points_pages; /* the same */
	int64_t rss_bytes;
	int64_t swap_bytes;
	int64_t pgtables_bytes;
	int oom_score_adj;
	enum verdict verdict; /* one is chosen if `whole` and RANK_KILLS */
	const char *reason;   /* why it is not killable; NULL otherwise. Static */
	bool close;	      /* not the first, but within the tolerance of its points */
	struct rank_limit first_limit;
};

/* What the kernel does when that memory has run out. */
enum rank_action {
	RANK_UNKNOWN,	    /* nobody is seen that could be killed, but not all are */
	RANK_KILLS,	    /* the first */
	RANK_KILLS_TRIGGER, /* who asks for memory (vm.oom_kill_allocating_task), else the first */
	RANK_PANICS,	    /* vm.panic_on_oom, or nothing can be killed */
	RANK_WAITS,	    /* v1 oom_kill_disable: tasks wait until there is memory */
	RANK_NOTHING,	    /* nothing can be killed: allocations fail */
};

struct rank {
	enum scope scope;   /* SCOPE_GLOBAL or SCOPE_MEMCG */
	const char *cgroup; /* memcg: whose processes are ranked */
	/*
	 * memcg: the limit that is taken to be hit: the cgroup's own, or, where it has none, the
	 * nearest of those above it, or that of the machine.
	 */
	struct rank_limit limit;
	bool own_limit;
	bool whole;	      /* all whom that limit concerns are ranked, not only part of them */
	struct system system; /* of it only what /proc/meminfo says */
	struct num total_pages;
	enum rank_action action;
	int64_t tolerance_pages;
	size_t close_count;

	size_t considered; /* processes with memory of their own */
	size_t unreadable;
	bool hidden;	  /* /proc does not show all processes (hidepid) */
	size_t top_count; /* killable, by points, highest first */
	struct rank_entry *top;
	size_t unkillable_count; /* with more memory than the first, the largest first */
	struct rank_entry *unkillable;

	const char *kills_group; /* v2 memory.oom.group: this cgroup dies with the first */
	size_t group_processes;	 /* so many of those considered */
	size_t sharing_count;	 /* that share the first one's memory and die with it */
	struct rank_entry *sharing;

	bool has_process; /* one was asked for */
	struct rank_entry process;
	/* The same on the machine as a whole; unknown when that is the scope. */
	struct num global_position;
	struct num global_points_pages;
	struct num global_total_pages;
	struct num global_considered;

	struct rank_store *store; /* what the pointers above point into */
};

struct rank_config {
	const char *root;   /* put before /proc and /sys */
	const char *cgroup; /* as a user wrote it; NULL: none was asked for */
	pid_t pid;	    /* 0: none was asked for */
	size_t top;	    /* at most so many in each list */
	bool exact;	    /* badness_is_exact() of the kernel */
};

/*
 * Reads and ranks them. With a cgroup: its processes, when its limit is hit; "/" is the machine.
 * With a pid alone: those of the cgroup whose limit that process runs into first, else of the
 * machine. With neither: those of the machine.
 *
 * -ENODEV when no hierarchy with the memory controller is mounted, -EINVAL for a path with "..",
 * -ENOENT when there is no such cgroup, -ESRCH when there is no such process or it has no memory,
 * -EXDEV when it is not in the cgroup, -ENOMEM, or what reading /proc failed with.
 */
int rank_new(const struct rank_config *config, struct rank **ret_rank);

/* Frees it and all it owns; NULL is allowed. */
void rank_free(struct rank *rank);

/*
 * Calls fn with the name of each part of the record that could not be read, or not whole. Names are
 * static strings.
 */
void rank_missed(const struct rank *rank, void (*fn)(void *ctx, const char *name), void *ctx);

/* The word of the record; NULL for the unknown value. */
const char *rank_action_name(enum rank_action action);

#endif
