/* SPDX-License-Identifier: GPL-2.0 */
/* Paths of cgroups, read from the kernel's own tree. */
#ifndef OOMTRACE_CGROUP_PATH_BPF_H
#define OOMTRACE_CGROUP_PATH_BPF_H

#include "compat.bpf.h"

/*
 * The names from this cgroup up to the root of its hierarchy, and their kernfs ids (0 ends). What
 * does not fit is the part nearest the root, and the path says so.
 */
static __noinline int read_cgroup_path(struct ev_cgroup_path *path, u64 *ids, struct cgroup *cgrp)
{
	struct kernfs_node *kn = BPF_CORE_READ(cgrp, kn);
	u64 len = 0;

	path->flags = 0;
	path->len = 0;
	ids[0] = 0;
	if (!kn)
		return 0;
	path->flags = EV_PATH_VALID;
	for (u32 depth = 0; depth < EV_CGROUP_DEPTH; depth++) {
		struct kernfs_node *parent = compat_kernfs_parent(kn);
		long size;

		if (depth < EV_MEMCG_DEPTH)
			ids[depth] = BPF_CORE_READ(kn, id);
		if (!parent) {
			if (depth + 1 < EV_MEMCG_DEPTH)
				ids[depth + 1] = 0;
			path->len = len;
			return 0;
		}
		if (len > EV_CGROUP_LEN - EV_NAME_LEN)
			break;
		size = bpf_probe_read_kernel_str(path->names + len, EV_NAME_LEN,
						 BPF_CORE_READ(kn, name));
		if (size <= 0 || size > EV_NAME_LEN) {
			path->flags = 0;
			return 0;
		}
		len += size;
		kn = parent;
	}
	path->flags |= EV_PATH_TOO_DEEP;
	path->len = len;
	return 0;
}

#endif
