/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What people call a container: names, image and pod, from the state that runtimes keep on disk.
 * Files are read, nobody is asked: no socket, no network.
 *
 * The files belong to root, but what they say was often chosen by who started the container, so
 * they are read as hostile: only regular files below the root directory, of bounded size, and a
 * name that comes out of a path or a file enters a path only if it can be no more than one
 * component of it.
 */
#ifndef OOMTRACE_CONTAINER_STATE_H
#define OOMTRACE_CONTAINER_STATE_H

#include "incident.h"

#include <stddef.h>

/*
 * Completes what container_from_cgroup() found for `cgroup_path`; what is already known is kept.
 * `root` is the directory the host's / is found at, "" and "/" alike.
 *
 * It also finds containers that the path alone cannot tell from any other cgroup: those started by
 * hand with runc, crun or ctr, whose state says which cgroup is theirs. `present` is then set.
 *
 * Finding nothing is no failure, and what was not found is NULL. -ENOMEM, and then what was filled
 * until there stays, and is valid.
 */
int container_read_names(const char *root, const char *cgroup_path, struct container *container);

#endif
