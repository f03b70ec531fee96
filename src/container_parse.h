/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a runtime's files say of a container. The text may be anything: it was often chosen by who
 * started the container.
 */
#ifndef OOMTRACE_CONTAINER_PARSE_H
#define OOMTRACE_CONTAINER_PARSE_H

#include "incident.h"

#include <stddef.h>

/* Sets one of a container's strings that is NULL to a copy of the text. -ENOMEM. */
int container_set_text(char **field, const char *text);

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
