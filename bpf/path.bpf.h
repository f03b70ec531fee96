/* SPDX-License-Identifier: GPL-2.0 */
/* Paths of cgroups and files, read from the kernel's own trees without its d_path(). */
#ifndef OOMTRACE_PATH_BPF_H
#define OOMTRACE_PATH_BPF_H

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

/* State of the walk below, in memory for the verifier's sake as in memcg.bpf.h. */
struct {
	struct dentry *dentry;
	struct vfsmount *mnt;
	__u64 len;
} file_walk;

/* One step up: into the parent mount, or one name. False at the end or when it cannot go on. */
static __always_inline bool file_step(struct ev_file_path *out)
{
	struct dentry *dentry = file_walk.dentry;
	struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
	struct vfsmount *vfsmnt = file_walk.mnt;
	u64 len = file_walk.len;
	long size;

	if (dentry == parent || dentry == BPF_CORE_READ(vfsmnt, mnt_root)) {
		struct mount *mnt = (void *)vfsmnt - bpf_core_field_offset(struct mount, mnt);
		struct mount *up = BPF_CORE_READ(mnt, mnt_parent);

		if (up == mnt || !up)
			return false;
		file_walk.dentry = BPF_CORE_READ(mnt, mnt_mountpoint);
		file_walk.mnt = __builtin_preserve_access_index(&up->mnt);
		return true;
	}
	if (len > EV_FILE_LEN - EV_NAME_LEN) {
		out->flags |= EV_PATH_TOO_DEEP;
		return false;
	}
	/* Old verifiers forget the comparison when the compiler spills; a mask right here they see. */
	barrier_var(len);
	size = bpf_probe_read_kernel_str(out->names + (len & (EV_FILE_LEN - 1)), EV_NAME_LEN,
					 BPF_CORE_READ(dentry, d_name.name));
	if (size <= 0) {
		out->flags = 0;
		return false;
	}
	file_walk.len = len + size;
	file_walk.dentry = parent;
	return true;
}

/*
 * The names from this file up to the root of its mount namespace, across mounts. EV_NAME_LEN bytes
 * behind `out` must be there too, for the verifier.
 */
static __always_inline void read_file_path(struct ev_file_path *out, struct file *file)
{
	u32 depth;

	file_walk.dentry = BPF_CORE_READ(file, f_path.dentry);
	file_walk.mnt = BPF_CORE_READ(file, f_path.mnt);
	file_walk.len = 0;
	out->flags = EV_PATH_VALID;
	for (depth = 0; depth < EV_FILE_DEPTH; depth++)
		if (!file_step(out))
			break;
	if (depth == EV_FILE_DEPTH)
		out->flags |= EV_PATH_TOO_DEEP;
	out->len = file_walk.len;
}

#endif
