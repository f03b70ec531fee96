/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which files are mapped at the frames of the user stack. The process may be gone before anybody
 * can read its /proc/PID/maps, and a build id alone does not tell which file to open. Needs
 * bpf_find_vma() and bpf_loop() (5.17); goes out as a record of its own.
 */
#ifndef OOMTRACE_MODULES_BPF_H
#define OOMTRACE_MODULES_BPF_H

#include "file_path.bpf.h"
#include "loop.bpf.h"
#include "record.bpf.h"

struct module_scratch {
	__u64 frames[EV_MODULE_FRAMES];
	struct ev_modules rec;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct module_scratch);
} module_scratch SEC(".maps");

static __always_inline struct module_scratch *scratch(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&module_scratch, &zero);
}

static long on_vma(struct task_struct *task, struct vm_area_struct *vma, void *data)
{
	struct module_scratch *s = scratch();
	struct ev_module *module;
	struct file *file;
	__u64 count;

	if (!s)
		return 0;
	count = s->rec.count;
	if (count >= EV_MODULES)
		return 0;
	module = &s->rec.modules[count];
	module->start = BPF_CORE_READ(vma, vm_start);
	module->end = BPF_CORE_READ(vma, vm_end);
	module->file_offset = BPF_CORE_READ(vma, vm_pgoff) * *(__u32 *)data;
	file = BPF_CORE_READ(vma, vm_file);
	module->inode = 0;
	module->dev = 0;
	module->reserved = 0;
	module->path.flags = 0;
	module->path.len = 0;
	if (file) {
		module->inode = BPF_CORE_READ(file, f_inode, i_ino);
		module->dev = BPF_CORE_READ(file, f_inode, i_sb, s_dev);
		read_file_path(&module->path, file, true);
	}
	s->rec.count = count + 1;
	return 0;
}

static __always_inline bool module_known(const struct ev_modules *rec, __u64 address)
{
	for (__u32 i = 0; i < EV_MODULES; i++) {
		if (i >= rec->count)
			return false;
		if (address >= rec->modules[i].start && address < rec->modules[i].end)
			return true;
	}
	return false;
}

struct frame_walk {
	__u32 frames;
	__u32 page_size;
};

static long on_user_frame(__u32 index, void *data)
{
	struct frame_walk *walk = data;
	struct module_scratch *s = scratch();
	__u64 address;
	long err;

	if (!s || index >= walk->frames)
		return 1;
	/* A mask and not a comparison: the compiler would compare a copy the verifier forgets. */
	address = s->frames[index & (EV_MODULE_FRAMES - 1)];
	if (module_known(&s->rec, address))
		return 0;
	err = bpf_find_vma(bpf_get_current_task_btf(), address, on_vma, &walk->page_size, 0);
	if (err)
		s->rec.error = -err;
	return 0;
}

static __always_inline void on_user_modules(void *ctx, __u32 page_size)
{
	struct module_scratch *s = scratch();
	struct frame_walk walk = {.page_size = page_size};
	long size;
	__u64 len;

	if (!s)
		return;
	size = bpf_get_stack(ctx, s->frames, sizeof(s->frames), BPF_F_USER_STACK);
	if (size <= 0)
		return;
	s->rec.count = 0;
	s->rec.error = 0;
	walk.frames = (__u64)size / sizeof(__u64);
	bpf_loop(EV_MODULE_FRAMES, on_user_frame, &walk, 0);
	len = s->rec.count;
	if (len > EV_MODULES)
		len = EV_MODULES;
	len = offsetof(struct ev_modules, modules) + len * sizeof(struct ev_module);
	fill_header(&s->rec.hdr, len, EV_MODULES_MAPPED);
	if (bpf_ringbuf_output(&records, &s->rec, len, 0))
		__sync_fetch_and_add(&ring_drops, 1);
}

#endif
