/* SPDX-License-Identifier: GPL-2.0 */
/* The limits of one memory cgroup, as its files have them, and what happens when they are hit. */
#ifndef OOMTRACE_CGROUP_LIMIT_H
#define OOMTRACE_CGROUP_LIMIT_H

#include "incident.h"

struct cgroup_limit {
	/* LIMIT_NONE where no limit is set, or there is nothing to set one with. */
	struct num limit_bytes;
	struct num swap_limit_bytes; /* v2: of swap alone; v1: of memory and swap together */
	struct num usage_bytes;	     /* of memory; unknown where nothing counts it */
	struct num swappiness;	     /* v1 alone; v2 has that of the machine */
	bool oom_group;		     /* v2: all die together */
	bool oom_kill_disable;	     /* v1: nothing is killed, tasks wait */
	bool alone; /* v1 without use_hierarchy: what lies below it does not count */
};

/*
 * Reads the files of the cgroup's directory `dir`. What cannot be read is unknown; a file that is
 * not there is no failure: the root of v2 has none, nor has a cgroup without the memory controller.
 */
void cgroup_limit_read(int dir, int version, struct cgroup_limit *ret_limit);

/* One of those numbers: digits, or "max" for LIMIT_NONE; unknown when it is anything else. */
struct num cgroup_limit_parse(const char *text, size_t len);

#endif
