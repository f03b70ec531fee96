/* SPDX-License-Identifier: GPL-2.0 */
/* The cgroups that processes are in, with those above them: each is read once. */
#ifndef OOMTRACE_RANK_GROUPS_H
#define OOMTRACE_RANK_GROUPS_H

#include "cgroup.h"
#include "cgroup_limit.h"

struct rank_group {
	char *path;
	const struct rank_group *parent; /* NULL: of the root */
	bool known;			 /* its directory could be read */
	struct cgroup_limit limit;
	/* Of it and those above whose limits count for it, the one with the least left; or NULL. */
	const struct rank_group *nearest;
};

struct rank_groups;

/* `root` and `mount` must outlive it. -ENOMEM. */
int rank_groups_new(const char *root, const struct cgroup_mount *mount,
		    struct rank_groups **ret_groups);
void rank_groups_free(struct rank_groups *groups);

/*
 * The cgroup with that path below the root of the hierarchy, read when it is asked for first.
 * *ret_group lives as long as `groups`. -EINVAL when the path does not begin with '/', -ENOMEM.
 */
int rank_groups_get(struct rank_groups *groups, const char *path,
		    const struct rank_group **ret_group);

/* Whether the cgroup has a limit of its own, and what is left of it, in bytes. */
bool rank_group_is_limited(const struct rank_group *group);
int64_t rank_group_left(const struct rank_group *group);

#endif
