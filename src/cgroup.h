/* SPDX-License-Identifier: GPL-2.0 */
/* Where the cgroup hierarchy that has the memory controller is mounted, and paths in it. */
#ifndef OOMTRACE_CGROUP_H
#define OOMTRACE_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cgroup_mount {
	char *point; /* as the mount table says, without `root` before it */
	int version; /* 1 or 2 */
};

/*
 * Finds it in the mount table below `root`: the v1 memory hierarchy where there is one, else v2.
 * -ENOENT when neither is mounted, -ENOMEM, or what reading the table failed with.
 */
int cgroup_find_mount(const char *root, struct cgroup_mount *ret_mount);

/* The same from the text of a mountinfo file (proc(5)). */
int cgroup_parse_mountinfo(const char *text, struct cgroup_mount *ret_mount);

void cgroup_mount_clear(struct cgroup_mount *mount);

/*
 * The path below the root of the hierarchy for what a user wrote: with the mount point before it
 * ("/sys/fs/cgroup/kubepods") or without ("/kubepods"); doubled and trailing slashes go. A path
 * with ".." in it is refused. The caller frees it; NULL when refused or out of memory.
 */
char *cgroup_normalize(const struct cgroup_mount *mount, const char *path);

/* The kernfs id of the cgroup's directory below `root`. -errno of stat(2); -ENOTDIR. */
int cgroup_id(const char *root, const struct cgroup_mount *mount, const char *path,
	      uint64_t *ret_id);

/*
 * A descriptor (O_PATH) of the directory of the cgroup at `path` ("/", "/a/b") below the mount
 * point below `root`, for the caller to close. Nothing but directories is followed on the way down,
 * and ".." is refused; the path may be longer than PATH_MAX. -EINVAL for a path that is refused, or
 * what opening failed with: -ENOENT when the cgroup has been removed.
 */
int cgroup_open(const char *root, const struct cgroup_mount *mount, const char *path);

/*
 * The path below the mount point of the cgroup with this kernfs id, which the caller frees. -ENOENT
 * when it has been removed or lies outside of what is mounted here, -EPERM without
 * CAP_DAC_READ_SEARCH, -EOPNOTSUPP before kernel 5.5, -ENOMEM.
 */
int cgroup_path_of_id(const char *root, const struct cgroup_mount *mount, uint64_t id,
		      char **ret_path);

/* Does `path` lie in `ancestor` or below it? Both normalized. */
bool cgroup_is_below(const char *path, const char *ancestor);

#endif
