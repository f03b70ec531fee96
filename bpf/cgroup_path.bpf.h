/* SPDX-License-Identifier: GPL-2.0 */
/* Paths of cgroups, read from the kernel's own tree. */
#ifndef OOMTRACE_CGROUP_PATH_BPF_H
#define OOMTRACE_CGROUP_PATH_BPF_H

#include "compat.bpf.h"
#include "loop.bpf.h"

struct {
	struct kernfs_node *kn;
	__u64 len;
	__u64 flags;
	__u64 ids[EV_MEMCG_DEPTH];
	char names[EV_CGROUP_LEN];
} cgroup_walk;

/* One step up; 1 at the root and where it cannot go on. */
static __always_inline long cgroup_step(__u32 depth, bool has_loop)
{
	struct kernfs_node *kn = cgroup_walk.kn;
	struct kernfs_node *parent = compat_kernfs_parent(kn);
	const char *name = BPF_CORE_READ(kn, name);
	__u64 len = cgroup_walk.len;
	__u64 next = (__u64)depth + 1;
	long size;

	/* Or the compiler would compare copies of them, which the verifier forgets. */
	barrier_var(next);
	barrier_var(len);
	if (depth < EV_MEMCG_DEPTH)
		cgroup_walk.ids[depth] = BPF_CORE_READ(kn, id);
	if (!parent) {
		if (next < EV_MEMCG_DEPTH)
			cgroup_walk.ids[next] = 0;
		cgroup_walk.flags = EV_PATH_VALID;
		return 1;
	}
	if (len > EV_CGROUP_LEN - EV_NAME_LEN)
		return 1;
	size = bpf_probe_read_kernel_str(cgroup_walk.names + len, EV_NAME_LEN, name);
	if (size <= 0 || size > EV_NAME_LEN) {
		cgroup_walk.flags = 0;
		return 1;
	}
	cgroup_walk.len = len + size;
	cgroup_walk.kn = parent;
	return 0;
}

DEFINE_LOOP(cgroup_step)

/*
 * The names from this cgroup up to the root of its hierarchy, and their kernfs ids (0 ends). What
 * does not fit is the part nearest the root, and the path says so.
 */
static __always_inline void read_cgroup_path(struct ev_cgroup_path *path, __u64 *ids,
					     struct cgroup *cgrp, bool has_loop)
{
	__u64 len;

	cgroup_walk.kn = BPF_CORE_READ(cgrp, kn);
	cgroup_walk.len = 0;
	path->flags = 0;
	path->len = 0;
	ids[0] = 0;
	if (!cgroup_walk.kn)
		return;
	cgroup_walk.flags = EV_PATH_VALID | EV_PATH_TOO_DEEP;
	loop(EV_CGROUP_DEPTH, cgroup_step, has_loop);
	len = cgroup_walk.len;
	if (len > EV_CGROUP_LEN)
		len = EV_CGROUP_LEN;
	bpf_probe_read_kernel(ids, sizeof(cgroup_walk.ids), cgroup_walk.ids);
	bpf_probe_read_kernel(path->names, len, cgroup_walk.names);
	path->flags = cgroup_walk.flags;
	path->len = len;
}

#endif
