/* SPDX-License-Identifier: GPL-2.0 */
/* Paths of files, read from the kernel's own trees: its d_path() may not be called here. */
#ifndef OOMTRACE_FILE_PATH_BPF_H
#define OOMTRACE_FILE_PATH_BPF_H

#include "compat.bpf.h"
#include "loop.bpf.h"

struct {
	struct dentry *dentry;
	struct vfsmount *mnt;
	__u64 len;
	__u64 flags;
	char names[EV_FILE_LEN];
} file_walk;

/* One step up: into the parent mount, or one name. 1 at the end and where it cannot go on. */
static __always_inline long file_step(__u32 index, bool has_loop)
{
	struct dentry *dentry = file_walk.dentry;
	struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
	struct vfsmount *vfsmnt = file_walk.mnt;
	u64 len = file_walk.len;
	long size;

	if (dentry == parent || dentry == BPF_CORE_READ(vfsmnt, mnt_root)) {
		struct mount *mnt = (void *)vfsmnt - bpf_core_field_offset(struct mount, mnt);
		struct mount *up = BPF_CORE_READ(mnt, mnt_parent);

		if (up == mnt || !up) {
			file_walk.flags = EV_PATH_VALID;
			return 1;
		}
		file_walk.dentry = BPF_CORE_READ(mnt, mnt_mountpoint);
		file_walk.mnt = __builtin_preserve_access_index(&up->mnt);
		return 0;
	}
	if (len > EV_FILE_LEN - EV_NAME_LEN)
		return 1;
	/*
	 * Old verifiers forget the comparison when the compiler spills; a mask right here they see.
	 */
	barrier_var(len);
	size = bpf_probe_read_kernel_str(file_walk.names + (len & (EV_FILE_LEN - 1)), EV_NAME_LEN,
					 BPF_CORE_READ(dentry, d_name.name));
	if (size <= 0) {
		file_walk.flags = 0;
		return 1;
	}
	file_walk.len = len + size;
	file_walk.dentry = parent;
	return 0;
}

DEFINE_LOOP(file_step)

/* The names from this file up to the root of its mount namespace, across mounts. */
static __always_inline void read_file_path(struct ev_file_path *out, struct file *file,
					   bool has_loop)
{
	__u64 len;

	file_walk.dentry = BPF_CORE_READ(file, f_path.dentry);
	file_walk.mnt = BPF_CORE_READ(file, f_path.mnt);
	file_walk.len = 0;
	file_walk.flags = EV_PATH_VALID | EV_PATH_TOO_DEEP;
	loop(EV_FILE_DEPTH, file_step, has_loop);
	len = file_walk.len;
	if (len > EV_FILE_LEN)
		len = EV_FILE_LEN;
	bpf_probe_read_kernel(out->names, len, file_walk.names);
	out->flags = file_walk.flags;
	out->len = len;
}

#endif
