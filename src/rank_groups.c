// SPDX-License-Identifier: GPL-2.0
#include "rank_groups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct rank_groups {
	const char *root;
	const struct cgroup_mount *mount;
	struct rank_group **slots; /* open addressing, a power of two, at most half full */
	size_t slot_count;
	size_t count;
};

int rank_groups_new(const char *root, const struct cgroup_mount *mount,
		    struct rank_groups **ret_groups)
{
	struct rank_groups *groups = calloc(1, sizeof(*groups));

	if (!groups)
		return -ENOMEM;
	groups->root = root;
	groups->mount = mount;
	groups->slot_count = 64;
	groups->slots = calloc(groups->slot_count, sizeof(struct rank_group *));
	if (!groups->slots) {
		free(groups);
		return -ENOMEM;
	}
	*ret_groups = groups;
	return 0;
}

static void group_free(struct rank_group *group)
{
	if (!group)
		return;
	free(group->path);
	free(group);
}

void rank_groups_free(struct rank_groups *groups)
{
	if (!groups)
		return;
	for (size_t i = 0; i < groups->slot_count; i++)
		group_free(groups->slots[i]);
	free(groups->slots);
	free(groups);
}

/* FNV-1a. */
static size_t hash_of(const char *path, size_t len)
{
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)path[i]) * 1099511628211u;
	return (size_t)(hash ^ hash >> 32);
}

/* Where the group is, or where it is to be put. */
static struct rank_group **find_slot(const struct rank_groups *groups, const char *path, size_t len)
{
	size_t mask = groups->slot_count - 1;

	for (size_t i = hash_of(path, len) & mask;; i = (i + 1) & mask) {
		struct rank_group *group = groups->slots[i];

		if (!group || (!strncmp(group->path, path, len) && !group->path[len]))
			return &groups->slots[i];
	}
}

static int grow(struct rank_groups *groups)
{
	struct rank_groups larger = *groups;

	if (groups->count * 2 < groups->slot_count)
		return 0;
	larger.slot_count *= 2;
	larger.slots = calloc(larger.slot_count, sizeof(struct rank_group *));
	if (!larger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < groups->slot_count; i++) {
		struct rank_group *group = groups->slots[i];

		if (group)
			*find_slot(&larger, group->path, strlen(group->path)) = group;
	}
	free(groups->slots);
	*groups = larger;
	return 0;
}

bool rank_group_is_limited(const struct rank_group *group)
{
	struct num limit = group->limit.limit_bytes;

	return limit.known && limit.value < LIMIT_NONE(sysconf(_SC_PAGESIZE)) &&
	       group->limit.usage_bytes.known;
}

int64_t rank_group_left(const struct rank_group *group)
{
	int64_t left = group->limit.limit_bytes.value - group->limit.usage_bytes.value;

	return left > 0 ? left : 0;
}

static const struct rank_group *nearest_of(const struct rank_group *group)
{
	const struct rank_group *above = group->parent;

	if (above)
		above = above->limit.alone ? NULL : above->nearest;
	if (!rank_group_is_limited(group))
		return above;
	return above && rank_group_left(above) < rank_group_left(group) ? above : group;
}

static void read_group(const struct rank_groups *groups, struct rank_group *group)
{
	int dir = groups->mount ? cgroup_open(groups->root, groups->mount, group->path) : -ENODEV;

	if (dir >= 0) {
		cgroup_limit_read(dir, groups->mount->version, &group->limit);
		group->known = true;
		close(dir);
	}
	group->nearest = nearest_of(group);
}

/* The group whose path is the first `len` bytes of `path`, below `parent`. */
static int get_below(struct rank_groups *groups, const struct rank_group *parent, const char *path,
		     size_t len, const struct rank_group **ret_group)
{
	struct rank_group **slot, *group;
	int err = grow(groups);

	if (err)
		return err;
	slot = find_slot(groups, path, len);
	if (!*slot) {
		group = calloc(1, sizeof(*group));
		if (!group)
			return -ENOMEM;
		group->path = strndup(path, len);
		if (!group->path) {
			free(group);
			return -ENOMEM;
		}
		group->parent = parent;
		read_group(groups, group);
		*slot = group;
		groups->count++;
	}
	*ret_group = *slot;
	return 0;
}

int rank_groups_get(struct rank_groups *groups, const char *path,
		    const struct rank_group **ret_group)
{
	const struct rank_group *group = NULL;
	size_t len = 0;
	int err;

	if (*path != '/')
		return -EINVAL;
	group = *find_slot(groups, path, strlen(path));
	if (group) {
		*ret_group = group;
		return 0;
	}
	err = get_below(groups, NULL, "/", 1, &group);
	while (!err && path[len] && path[len + 1]) {
		len += 1 + strcspn(path + len + 1, "/");
		err = get_below(groups, group, path, len, &group);
	}
	if (!err)
		*ret_group = group;
	return err;
}
