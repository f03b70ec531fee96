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

/*
 * The parsers of the single files, which fill the fields that are NULL. -EINVAL when the text is
 * not such a file, -ENOMEM.
 */

/*
 * config.json of an OCI bundle: its annotations, as containerd's CRI plugin
 * (pkg/cri/annotations), CRI-O (its annotations package, and the kubelet's labels), Podman and
 * nerdctl (pkg/labels) write them.
 */
int container_parse_bundle(const char *json, size_t len, struct container *container);

/* Docker's containers/ID/config.v2.json (moby: container/container.go), with the kubelet's labels
 * when Kubernetes drives Docker. */
int container_parse_docker(const char *json, size_t len, struct container *container);

/* containers.json of containers/storage, which Podman and CRI-O use: the entry of container->id. */
int container_parse_storage(const char *json, size_t len, struct container *container);

/* What a low-level runtime says of a container that it started. */
struct container_state {
	char *bundle; /* directory that config.json is in; NULL: unknown */
	char *cgroup; /* below the root of the hierarchy; NULL: unknown */
};

/* state.json of runc (libcontainer/container_linux.go). */
int container_parse_runc(const char *json, size_t len, struct container_state *ret_state);

/* status of crun (src/libcrun/status.c). */
int container_parse_crun(const char *json, size_t len, struct container_state *ret_state);

void container_state_clear(struct container_state *state);

#endif
