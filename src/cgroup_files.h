/* SPDX-License-Identifier: GPL-2.0 */
/* What a memory cgroup's own files say of it. */
#ifndef OOMTRACE_CGROUP_FILES_H
#define OOMTRACE_CGROUP_FILES_H

#include "cgroup.h"
#include "incident.h"

enum { STAT_LIST_MAX = 512, STAT_NAME_MAX = 128 };

struct cgroup_files {
	struct stat_list stat;	  /* memory.stat */
	struct stat_list events;  /* v2: memory.events; v1: memory.oom_control */
	struct pressure pressure; /* v2 with CONFIG_PSI: memory.pressure */
};

/*
 * Reads the files of the cgroup at `path` ("/", "/a/b") below the mount point below `root`. Nothing
 * but directories is followed on the way down, and ".." is refused; the path may be longer than
 * PATH_MAX. A file that cannot be read is unknown in *ret_files, which the caller clears: the root
 * of a v2 hierarchy has no memory.events, v1 no pressure.
 *
 * The kernel sums up the counters of all CPUs for memory.stat, which can take milliseconds. 0 when
 * the directory was there, -EINVAL for a path that is refused, -ENOMEM, or what opening the
 * directory failed with: -ENOENT when the cgroup has been removed.
 */
int cgroup_files_read(const char *root, const struct cgroup_mount *mount, const char *path,
		      struct cgroup_files *ret_files);

/* Frees what it owns and makes all of it unknown. */
void cgroup_files_clear(struct cgroup_files *files);

/* The value of the first entry with that name; unknown when there is none, or a negative one. */
struct num stat_list_value(const struct stat_list *list, const char *name);

/*
 * The page cache that the kernel can give back, in bytes, by memory.stat of either version: shmem is
 * counted as cache but goes to swap at best, and what is locked in memory is on neither list.
 */
struct num cgroup_reclaimable(const struct stat_list *stat);

/*
 * Lines "NAME VALUE" as the kernel has them, in their order: at most STAT_LIST_MAX, the rest is
 * left out; so is a line whose name is longer than STAT_NAME_MAX or not printable ASCII, or whose
 * value does not fit. A list without any line is not known. -ENOMEM.
 */
int stat_list_parse(const char *text, size_t len, struct stat_list *ret_list);

#endif
