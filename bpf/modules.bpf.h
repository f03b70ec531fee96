/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which code is mapped at the frames of the user stack. The process may be gone before anybody can
 * read its /proc/PID/maps, and a build id alone does not tell which file to open. Goes out as a
 * record of its own; a second one replaces it where nobody can read maps in time, and then has the
 * code at whatever lies on the stack and may be a return address.
 */
#ifndef OOMTRACE_MODULES_BPF_H
#define OOMTRACE_MODULES_BPF_H

#include "file_path.bpf.h"
#include "loop.bpf.h"
#include "record.bpf.h"
#include "user_state.bpf.h"

#define VM_EXEC	    4
#define STACK_WORDS (EV_STACK_COPY_LEN / 8)
/* Mappings that are no code, so that what points there is not looked up again: a power of two. */
#define DATA_RANGES 8

struct data_range {
	__u64 start;
	__u64 end;
};

struct module_scratch {
	__u64 frames[EV_MODULE_FRAMES];
	__u64 frame_count;
	__u64 page_size;
	struct data_range data[DATA_RANGES];
	__u64 data_count;
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

static __always_inline void add_module(struct module_scratch *s, struct vm_area_struct *vma,
				       bool has_loop)
{
	struct ev_module *module;
	struct data_range *data;
	struct file *file;
	__u64 count = s->rec.count;

	if (!(BPF_CORE_READ(vma, vm_flags) & VM_EXEC)) {
		data = &s->data[s->data_count++ & (DATA_RANGES - 1)];
		data->start = BPF_CORE_READ(vma, vm_start);
		data->end = BPF_CORE_READ(vma, vm_end);
		return;
	}
	if (count >= EV_MODULES)
		return;
	module = &s->rec.modules[count];
	module->start = BPF_CORE_READ(vma, vm_start);
	module->end = BPF_CORE_READ(vma, vm_end);
	module->file_offset = BPF_CORE_READ(vma, vm_pgoff) * s->page_size;
	file = BPF_CORE_READ(vma, vm_file);
	module->inode = 0;
	module->dev = 0;
	module->reserved = 0;
	module->path.flags = 0;
	module->path.len = 0;
	if (file) {
		module->inode = BPF_CORE_READ(file, f_inode, i_ino);
		module->dev = BPF_CORE_READ(file, f_inode, i_sb, s_dev);
		read_file_path(&module->path, file, has_loop);
	}
	s->rec.count = count + 1;
}

static long on_vma(struct task_struct *task, struct vm_area_struct *vma, void *data)
{
	struct module_scratch *s = scratch();

	if (s)
		add_module(s, vma, true);
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

static __always_inline bool is_data(const struct module_scratch *s, __u64 address)
{
	for (__u32 i = 0; i < DATA_RANGES; i++)
		if (address >= s->data[i].start && address < s->data[i].end)
			return true;
	return false;
}

/* Before 5.17. As a turn of a loop is (DEFINE_LOOP): followed once, and not for each address. */
__noinline int look_up_alone(__u64 address)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct module_scratch *s = scratch();
	struct vm_area_struct *vma;

	if (!s || module_known(&s->rec, address) || is_data(s, address))
		return 0;
	vma = compat_find_vma(BPF_CORE_READ(task, mm), address);
	if (vma)
		add_module(s, vma, false);
	else
		s->rec.error = 2; /* ENOENT */
	return 0;
}

static __always_inline void look_up(struct module_scratch *s, __u64 address, bool has_loop)
{
	long err;

	if (!has_loop) {
		look_up_alone(address);
		return;
	}
	if (module_known(&s->rec, address) || is_data(s, address))
		return;
	err = bpf_find_vma(bpf_get_current_task_btf(), address, on_vma, NULL, 0);
	if (err)
		s->rec.error = -err;
}

static __always_inline long on_user_frame(__u32 index, bool has_loop)
{
	struct module_scratch *s = scratch();

	if (!s || index >= s->frame_count)
		return 1;
	/* A mask and not a comparison: the compiler would compare a copy the verifier forgets. */
	look_up(s, s->frames[index & (EV_MODULE_FRAMES - 1)], has_loop);
	return 0;
}

DEFINE_LOOP(on_user_frame)

/* A return address may be signed, on arm64 in bits that none of them uses. */
static __always_inline __u64 unsigned_address(__u64 word)
{
#if defined(__TARGET_ARCH_arm64)
	return word & ((1ULL << 48) - 1);
#else
	return word;
#endif
}

/* What is no user address at all: most words of a stack. */
static __always_inline bool may_be_code(__u64 word)
{
	return word >= 0x10000 && word < 1ULL << 56;
}

static __always_inline __u64 stack_word(const struct user_scratch *from, __u32 index)
{
	__u64 word = *(const __u64 *)(from->rec.stack + (index & (STACK_WORDS - 1)) * 8);

	return unsigned_address(word);
}

/* Where a function that calls none returns to: on arm64 that may be nowhere but in a register. */
static __always_inline __u64 link_address(const struct user_scratch *from)
{
#if defined(__TARGET_ARCH_arm64)
	return unsigned_address(from->rec.regs[30]);
#else
	return from->rec.pc;
#endif
}

static __always_inline long on_stack_word(__u32 index, bool has_loop)
{
	struct module_scratch *s = scratch();
	struct user_scratch *from = user_scratch_get();
	__u64 word;

	if (!s || !from || index * 8 >= from->rec.stack_len || s->rec.count >= EV_MODULES)
		return 1;
	word = stack_word(from, index);
	if (may_be_code(word))
		look_up(s, word, has_loop);
	return 0;
}

DEFINE_LONG_LOOP(on_stack_word)

static __always_inline void send_modules(struct module_scratch *s)
{
	__u64 len = s->rec.count;

	if (len > EV_MODULES)
		len = EV_MODULES;
	len = offsetof(struct ev_modules, modules) + len * sizeof(struct ev_module);
	fill_header(&s->rec.hdr, len, EV_MODULES_MAPPED);
	if (bpf_ringbuf_output(&records, &s->rec, len, BPF_RB_NO_WAKEUP))
		__sync_fetch_and_add(&ring_drops, 1);
}

static __always_inline void on_user_modules(void *ctx, __u32 page_size, bool has_loop)
{
	struct module_scratch *s = scratch();
	long size;

	if (!s)
		return;
	s->rec.count = 0;
	s->rec.error = 0;
	s->page_size = page_size;
	for (__u32 i = 0; i < DATA_RANGES; i++)
		s->data[i].end = 0;
	size = bpf_get_stack(ctx, s->frames, sizeof(s->frames), BPF_F_USER_STACK);
	if (size <= 0)
		return;
	s->frame_count = (__u64)size / sizeof(__u64);
	loop(EV_MODULE_FRAMES, on_user_frame, has_loop);
	send_modules(s);
}

/* After on_user_modules() and on_user_state(). */
static __always_inline void on_stack_modules(bool has_loop)
{
	struct module_scratch *s = scratch();
	struct user_scratch *from = user_scratch_get();
	__u32 known;

	if (!s || !from || !from->rec.stack_len)
		return;
	known = s->rec.count;
	look_up(s, from->rec.pc, has_loop);
	look_up(s, link_address(from), has_loop);
	long_loop(STACK_WORDS, on_stack_word, has_loop);
	if (s->rec.count != known)
		send_modules(s);
}

#endif
