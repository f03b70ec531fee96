/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the path of a cgroup to the container that its processes are in. Pure: nothing is read.
 *
 * A path tells what the runtime wrote into it: always an id, often which runtime, in Kubernetes the
 * pod's UID. What it does not tell stays NULL (below /kubepods the cgroupfs driver writes ids
 * alone, whichever runtime it is); container_state.h reads on.
 *
 * The forms are those of the runtimes' own sources, named in container.c beside each. Containers
 * nest (kind, docker-in-docker): the innermost is meant. Who may make cgroups inside a container
 * may name them at will, so an inner id is that container's claim, as its processes' names are.
 */
#ifndef OOMTRACE_CONTAINER_H
#define OOMTRACE_CONTAINER_H

#include "incident.h"

#include <stdbool.h>

/*
 * `cgroup_path` is below the root of the hierarchy, v1 or v2; after "…/" only its last components
 * are known. NULL is allowed and tells nothing.
 *
 * A process of the host gives `present` false and no strings. One that is in a pod but in none of
 * its containers has `pod_uid` alone. The strings are the caller's, to be freed with
 * container_clear(). -ENOMEM.
 */
int container_from_cgroup(const char *cgroup_path, struct container *ret_container);

/* Does an id of a kind made at random, 64 hex digits, name one container among all? */
bool container_id_is_unique(const char *id);

#endif
