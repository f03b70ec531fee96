/* SPDX-License-Identifier: GPL-2.0 */
/* A cgroup and all below it, in the order in which the kernel goes through them. */
#ifndef OOMTRACE_CGROUP_WALK_H
#define OOMTRACE_CGROUP_WALK_H

#include "cgroup.h"

#include <sys/types.h>

/*
 * Called with a cgroup's directory and its path below the root of the hierarchy, both only for the
 * length of the call. What it returns other than 0 ends the walk.
 */
typedef int (*cgroup_visit)(void *ctx, int dir, const char *path);

/*
 * Visits the cgroup at `path` and, if `deep`, all below it: a parent before its children, the
 * children in the order in which they were made. Returns what the visit ended it with, or 0, and
 * adds to *unreadable how many directories could not be opened, but for those that have gone
 * meanwhile. -ENOENT when there is no such cgroup, -EINVAL, -ENOMEM, or what opening it failed with.
 */
int cgroup_walk(const char *root, const struct cgroup_mount *mount, const char *path, bool deep,
		cgroup_visit visit, void *ctx, size_t *unreadable);

/*
 * The processes that are in the cgroup of the directory `dir` itself, in the order of its
 * cgroup.procs: on v2 the kernel's own, on v1 ascending. The caller frees *ret_pids, NULL when there
 * are none. -EOPNOTSUPP when they count as those of a cgroup above (threaded), -ENOMEM, or what
 * reading failed with.
 */
int cgroup_read_pids(int dir, pid_t **ret_pids, size_t *ret_count);

/* The numbers of the text of cgroup.procs. Those of processes outside of the namespace, 0, go. */
int cgroup_parse_pids(const char *text, size_t len, pid_t **ret_pids, size_t *ret_count);

#endif
