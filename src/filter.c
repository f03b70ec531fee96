// SPDX-License-Identifier: GPL-2.0
#include "filter.h"

#include "cgroup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The inode of /proc/self/ns/cgroup in the initial namespace (PROC_CGROUP_INIT_INO, 5.8 to 7.2). */
#define INITIAL_CGROUP_NAMESPACE 0xEFFFFFFBu

struct wanted_cgroup {
	char *path;
	uint64_t id;
};

struct filter {
	const char *root;
	struct cgroup_mount mount;
	struct wanted_cgroup *cgroups;
	size_t cgroup_count;
	const pid_t *pids;
	size_t pid_count;
	bool paths_comparable; /* our paths and the kernel's begin at the same root */
};

static bool in_initial_cgroup_namespace(void)
{
	struct stat st;

	return !stat("/proc/self/ns/cgroup", &st) && st.st_ino == INITIAL_CGROUP_NAMESPACE;
}

static int resolve(struct filter *filter, const char *const *cgroups, size_t count, size_t *ret_bad)
{
	int err;

	if (!count)
		return 0;
	err = cgroup_find_mount(filter->root, &filter->mount);
	if (err)
		return err == -ENOENT ? -ENODEV : err;
	filter->cgroups = calloc(count, sizeof(*filter->cgroups));
	if (!filter->cgroups)
		return -ENOMEM;
	filter->cgroup_count = count;
	for (size_t i = 0; i < count; i++) {
		struct wanted_cgroup *wanted = &filter->cgroups[i];

		*ret_bad = i;
		wanted->path = cgroup_normalize(&filter->mount, cgroups[i]);
		if (!wanted->path)
			return -EINVAL;
		err = cgroup_id(filter->root, &filter->mount, wanted->path, &wanted->id);
		if (err)
			return err;
	}
	return 0;
}

int filter_new(const char *root, const char *const *cgroups, size_t cgroup_count, const pid_t *pids,
	       size_t pid_count, struct filter **ret_filter, size_t *ret_bad)
{
	struct filter *filter = calloc(1, sizeof(*filter));
	int err;

	if (!filter)
		return -ENOMEM;
	filter->root = root;
	filter->pids = pids;
	filter->pid_count = pid_count;
	filter->paths_comparable = *root || in_initial_cgroup_namespace();
	err = resolve(filter, cgroups, cgroup_count, ret_bad);
	if (err) {
		filter_free(filter);
		return err;
	}
	*ret_filter = filter;
	return 0;
}

void filter_free(struct filter *filter)
{
	if (!filter)
		return;
	for (size_t i = 0; i < filter->cgroup_count; i++)
		free(filter->cgroups[i].path);
	free(filter->cgroups);
	cgroup_mount_clear(&filter->mount);
	free(filter);
}

static bool has_id(const uint64_t ids[CGROUP_IDS], uint64_t id)
{
	for (size_t i = 0; i < CGROUP_IDS && ids[i]; i++)
		if (ids[i] == id)
			return true;
	return false;
}

static bool place_matches(const struct filter *filter, const struct wanted_cgroup *wanted,
			  const char *path, bool cut, const uint64_t ids[CGROUP_IDS])
{
	if (has_id(ids, wanted->id))
		return true;
	return filter->paths_comparable && path && !cut && cgroup_is_below(path, wanted->path);
}

static bool cgroup_admits(const struct filter *filter, const struct wanted_cgroup *wanted,
			  const struct incident *incident)
{
	const struct process *victim = &incident->victim.process;
	const struct limit *limit = &incident->limit;

	return (incident->has_victim && place_matches(filter, wanted, victim->cgroup,
						      victim->cgroup_cut, victim->cgroup_ids)) ||
	       (limit->present &&
		place_matches(filter, wanted, limit->cgroup, limit->cgroup_cut, limit->cgroup_ids));
}

static bool any_cgroup_admits(struct filter *filter, const struct incident *incident)
{
	for (size_t i = 0; i < filter->cgroup_count; i++) {
		struct wanted_cgroup *wanted = &filter->cgroups[i];
		uint64_t id;

		if (cgroup_admits(filter, wanted, incident))
			return true;
		/* The cgroup may have been removed and made anew since. */
		if (cgroup_id(filter->root, &filter->mount, wanted->path, &id) || id == wanted->id)
			continue;
		wanted->id = id;
		if (cgroup_admits(filter, wanted, incident))
			return true;
	}
	return false;
}

static bool any_pid_admits(const struct filter *filter, const struct incident *incident)
{
	const struct num *trigger = &incident->trigger.process.pid;
	const struct num *victim = &incident->victim.process.pid;

	for (size_t i = 0; i < filter->pid_count; i++)
		if ((trigger->known && trigger->value == filter->pids[i]) ||
		    (incident->has_victim && victim->known && victim->value == filter->pids[i]))
			return true;
	return false;
}

bool filter_admits(struct filter *filter, const struct incident *incident)
{
	if (filter->cgroup_count && !any_cgroup_admits(filter, incident))
		return false;
	return !filter->pid_count || any_pid_admits(filter, incident);
}

size_t filter_cgroup_count(const struct filter *filter)
{
	return filter->cgroup_count;
}

int filter_cgroup_id(const struct filter *filter, size_t index, uint64_t *ret_id)
{
	return cgroup_id(filter->root, &filter->mount, filter->cgroups[index].path, ret_id);
}

size_t filter_pid_count(const struct filter *filter)
{
	return filter->pid_count;
}

pid_t filter_pid(const struct filter *filter, size_t index)
{
	return filter->pids[index];
}
