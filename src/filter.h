/* SPDX-License-Identifier: GPL-2.0 */
/* Which incidents this run is asked to report. */
#ifndef OOMTRACE_FILTER_H
#define OOMTRACE_FILTER_H

#include "incident.h"

#include <sys/types.h>

struct filter;

/*
 * Resolves the cgroups the user named. -ENOENT or another -errno for a cgroup that cannot be found,
 * with its index in *ret_bad; -ENOTDIR likewise; -ENODEV when no cgroup hierarchy with memory is
 * mounted below `root`; -ENOMEM. `root` and `pids` must outlive the filter.
 */
int filter_new(const char *root, const char *const *cgroups, size_t cgroup_count, const pid_t *pids,
	       size_t pid_count, struct filter **ret_filter, size_t *ret_bad);
void filter_free(struct filter *filter);

/*
 * A cgroup admits an incident whose victim or whose exceeded limit lies in it or below; a pid one
 * whose victim or trigger is that process. With both kinds given, both must admit it.
 */
bool filter_admits(struct filter *filter, const struct incident *incident);

/*
 * What the filter names, for whoever filters earlier. The kernfs id of a cgroup is looked up anew,
 * since it may have been removed and made again: -errno of stat(2).
 */
size_t filter_cgroup_count(const struct filter *filter);
int filter_cgroup_id(const struct filter *filter, size_t index, uint64_t *ret_id);
size_t filter_pid_count(const struct filter *filter);
pid_t filter_pid(const struct filter *filter, size_t index);

#endif
