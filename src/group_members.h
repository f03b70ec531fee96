/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The processes that die with a victim, since their cgroup says memory.oom.group: what they are
 * called, which is gone with them.
 */
#ifndef OOMTRACE_GROUP_MEMBERS_H
#define OOMTRACE_GROUP_MEMBERS_H

#include "cgroup.h"
#include "incident.h"
#include "procfs.h"

enum { GROUP_MEMBERS_MAX = 64 };

struct group_members {
	size_t count;
	struct group_member {
		pid_t pid;
		int process; /* its directory in /proc */
		char *exe;   /* NULL: not known */
		char *cmdline;
	} members[GROUP_MEMBERS_MAX];
};

/*
 * While they live: finds the processes of the cgroup at `path` and of those below it, without
 * `except`, up to GROUP_MEMBERS_MAX of them and up to `deadline_ns` (CLOCK_MONOTONIC), and reads
 * what cannot block. Replaces what was in *members.
 */
void group_members_find(const char *root, const struct cgroup_mount *mount, const char *path,
			const struct procfs *procfs, pid_t except, uint64_t deadline_ns,
			struct group_members *members);

/* Reads the rest, which waits for the lock on each one's memory. */
void group_members_read(struct group_members *members);

/* Gives what was read to those of them that were killed. */
void group_members_attach(struct group_members *members, struct incident *incident);

/* Closes and frees all. */
void group_members_clear(struct group_members *members);

#endif
