/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every difference between kernels that the BPF programs care about, one accessor per fact. No
 * other file tests for a field or uses a ___flavour. Kernel versions are those of mainline;
 * distributions backport, so each accessor asks the kernel's BTF and never its version.
 */
#ifndef OOMTRACE_COMPAT_BPF_H
#define OOMTRACE_COMPAT_BPF_H

#include "loop.bpf.h"

#ifndef NULL
#define NULL ((void *)0)
#endif

/*
 * 6.15 (633488947ef6) renamed kernfs_node.parent. One flavour has both, since each takes time to
 * load.
 */
struct kernfs_node___any {
	struct kernfs_node *parent;
	struct kernfs_node *__parent;
} __attribute__((preserve_access_index));

static __always_inline struct kernfs_node *compat_kernfs_parent(struct kernfs_node *kn)
{
	struct kernfs_node___any *any = (void *)kn;

	if (bpf_core_field_exists(any->__parent))
		return BPF_CORE_READ(any, __parent);
	return BPF_CORE_READ(any, parent);
}

/* 6.2 (f1a7941243c1) turned mm_struct.rss_stat from one struct of atomics into per-CPU counters. */
struct mm_rss_stat___pre62 {
	atomic_long_t count[4];
} __attribute__((preserve_access_index));

struct mm_struct___pre62 {
	struct mm_rss_stat___pre62 rss_stat;
} __attribute__((preserve_access_index));

struct rw_semaphore___count {
	atomic_long_t count;
} __attribute__((preserve_access_index));

struct mm_struct___62 {
	struct percpu_counter rss_stat[4];
	struct rw_semaphore___count mmap_lock; /* mmap_sem before 5.8 */
} __attribute__((preserve_access_index));

/*
 * A per-CPU map of our own tells where each CPU's per-CPU area lies: a CPU's element, less the
 * address all CPUs share, is that CPU's offset. No kernel symbol is needed, which a kernel without
 * KALLSYMS_ALL would not give.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} percpu_anchor SEC(".maps");

/* The verifier does no arithmetic on pointers; through memory they come back as numbers. */
__u64 pointer_number;

static __always_inline __u64 to_number(const void *pointer)
{
	*(volatile __u64 *)&pointer_number = (__u64)pointer;
	return *(volatile __u64 *)&pointer_number;
}

/*
 * Asked of mm_struct and not of mm_rss_stat: for a type that a kernel does not have at all, libbpf
 * would go through the types of all modules, which takes CAP_SYS_ADMIN.
 */
static __always_inline bool compat_rss_is_percpu(void)
{
	struct mm_struct___pre62 *mm = 0;

	return !bpf_core_field_exists(mm->rss_stat.count);
}

static __always_inline __u64 percpu_anchor_address(void)
{
	struct bpf_array *array = (void *)to_number(&percpu_anchor);
	__u64 address = 0;

	bpf_core_read(&address, sizeof(address), &array->pptrs[0]);
	return address;
}

static __always_inline __s64 positive(__s64 pages)
{
	return pages > 0 ? pages : 0;
}

/* What get_mm_counter() reads, and so what the kernel's points are made of. */
static __always_inline void compat_rss_fast(struct mm_struct *mm, s64 pages[NR_MM_COUNTERS])
{
	struct mm_struct___pre62 *old = (void *)mm;
	struct mm_struct___62 *new = (void *)mm;

	if (!compat_rss_is_percpu()) {
		for (u32 i = 0; i < NR_MM_COUNTERS; i++)
			bpf_core_read(&pages[i], sizeof(pages[i]), &old->rss_stat.count[i].counter);
		return;
	}
	for (u32 i = 0; i < NR_MM_COUNTERS; i++) {
		struct percpu_counter *counter =
			(void *)__builtin_preserve_access_index(&new->rss_stat[0]) +
			i * bpf_core_type_size(struct percpu_counter);

		pages[i] = BPF_CORE_READ(counter, count);
	}
}

/* 6.18 made mm_struct.flags a bitmap of a type of its own; the bit is where it was. */
#define MMF_OOM_SKIP 21

struct mm_struct___flags {
	unsigned long flags;
} __attribute__((preserve_access_index));

struct mm_struct___618 {
	struct {
		unsigned long __mm_flags[1];
	} flags;
} __attribute__((preserve_access_index));

/* The memory has been taken already, or must not be waited for. */
static __always_inline bool compat_oom_skipped(struct mm_struct *mm)
{
	struct mm_struct___flags *flagged = (void *)mm;
	struct mm_struct___618 *new = (void *)mm;
	__u64 flags = 0;

	if (bpf_core_field_exists(new->flags.__mm_flags))
		bpf_core_read(&flags, sizeof(flags), &new->flags.__mm_flags[0]);
	else
		bpf_core_read(&flags, sizeof(flags), &flagged->flags);
	return flags & (1ULL << MMF_OOM_SKIP);
}

/* 5.9 (9066e5cfb73c) made what oom_badness() says of whom it spares LONG_MIN in place of 0. */
static __always_inline bool compat_is_unkillable(s64 points)
{
	struct oom_control *oc = 0;

	if (__builtin_preserve_field_info(oc->chosen_points, BPF_FIELD_SIGNED))
		return points == -__INT64_MAX__ - 1;
	return !points;
}

struct {
	__u64 anchor;
	__u64 failed;
	const __s32 *counters[NR_MM_COUNTERS];
	__s64 pages[NR_MM_COUNTERS];
} rss_sum;

/* Adds the pages that a CPU still holds back. */
static long add_percpu_rss(__u32 cpu, void *data)
{
	u32 zero = 0;
	void *element = bpf_map_lookup_percpu_elem(&percpu_anchor, &zero, cpu);
	__u64 offset;

	rss_sum.failed = !element;
	if (!element)
		return 1;
	offset = to_number(element) - rss_sum.anchor;
	for (u32 i = 0; i < NR_MM_COUNTERS; i++) {
		s32 delta = 0;

		if (bpf_probe_read_kernel(&delta, sizeof(delta),
					  (void *)rss_sum.counters[i] + offset))
			rss_sum.failed = 1;
		rss_sum.pages[i] += delta;
	}
	return is_last_turn(rss_sum.failed);
}

/*
 * fast: what get_mm_counter() reads (without per-CPU parts); exact: their sum with them. False when
 * the part of a CPU cannot be found.
 */
static __always_inline bool compat_rss(struct mm_struct *mm, u32 nr_cpus, s64 fast[NR_MM_COUNTERS],
				       s64 exact[NR_MM_COUNTERS], bool has_loop)
{
	struct mm_struct___pre62 *old = (void *)mm;
	struct mm_struct___62 *new = (void *)mm;

	if (!compat_rss_is_percpu()) {
		for (u32 i = 0; i < NR_MM_COUNTERS; i++) {
			bpf_core_read(&fast[i], sizeof(fast[i]), &old->rss_stat.count[i].counter);
			exact[i] = fast[i];
		}
		return true;
	}
	for (u32 i = 0; i < NR_MM_COUNTERS; i++) {
		/* An index that is not constant would step by the size of the type above. */
		struct percpu_counter *counter =
			(void *)__builtin_preserve_access_index(&new->rss_stat[0]) +
			i * bpf_core_type_size(struct percpu_counter);

		fast[i] = BPF_CORE_READ(counter, count);
		rss_sum.pages[i] = fast[i];
		rss_sum.counters[i] = BPF_CORE_READ(counter, counters);
	}
	rss_sum.anchor = percpu_anchor_address();
	rss_sum.failed = !rss_sum.anchor;
	/* Every kernel of that age has bpf_loop(). */
	if (!has_loop)
		return false;
	if (!rss_sum.failed)
		bpf_loop(nr_cpus, add_percpu_rss, NULL, 0);
	for (u32 i = 0; i < NR_MM_COUNTERS; i++)
		exact[i] = rss_sum.pages[i];
	return !rss_sum.failed;
}

/*
 * 6.1 (524e00b36e8c) took away the tree that the mappings of a process were kept in;
 * bpf_find_vma() is there since 5.17. A tree of so many levels holds more mappings than a process
 * can have.
 */
#define VMA_TREE_DEPTH 40

struct mm_struct___pre61 {
	struct rb_root mm_rb;
} __attribute__((preserve_access_index));

struct vm_area_struct___pre61 {
	struct rb_node vm_rb;
} __attribute__((preserve_access_index));

/*
 * The mapping at this address, or NULL. Without the lock: another thread may change them meanwhile.
 */
static __always_inline struct vm_area_struct *compat_find_vma(struct mm_struct *mm, __u64 address)
{
	struct mm_struct___pre61 *old = (void *)mm;
	struct rb_node *node;

	if (!bpf_core_field_exists(old->mm_rb))
		return NULL;
	node = BPF_CORE_READ(old, mm_rb.rb_node);
	for (u32 depth = 0; node && depth < VMA_TREE_DEPTH; depth++) {
		struct vm_area_struct *vma =
			(void *)node - bpf_core_field_offset(struct vm_area_struct___pre61, vm_rb);

		if (address < BPF_CORE_READ(vma, vm_start))
			node = BPF_CORE_READ(node, rb_left);
		else if (address >= BPF_CORE_READ(vma, vm_end))
			node = BPF_CORE_READ(node, rb_right);
		else
			return vma;
	}
	return NULL;
}

/*
 * The registers with which the task came from user space. bpf_task_pt_regs() (5.15) knows where
 * they lie; before it they ended where the kernel's stack does, whose size was fixed.
 */
#define KERNEL_STACK_SIZE 16384

static __always_inline void *compat_user_regs(struct task_struct *task, bool has_loop)
{
	if (has_loop)
		return (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	return BPF_CORE_READ(task, stack) + KERNEL_STACK_SIZE - bpf_core_type_size(struct pt_regs);
}

/*
 * Where a kprobe at a function's entry is called from, where the kernel's stack has it not: on arm64
 * it is still in the link register, or with the kretprobe that has put itself there
 * (arch_prepare_kretprobe(), arch/arm64/kernel/probes/kprobes.c, 5.11 to 6.18). 0: it has.
 */
#if defined(__TARGET_ARCH_arm64)
#define KRETPROBES_MAX 4 /* of one function, that are told apart */

struct llist_node___any {
	struct llist_node___any *next;
} __attribute__((preserve_access_index));

struct kretprobe_instance___511 {
	struct llist_node___any llist;
	void *ret_addr;
	void *fp;
} __attribute__((preserve_access_index));

struct llist_head___any {
	struct llist_node___any *first;
} __attribute__((preserve_access_index));

struct task_struct___511 {
	struct llist_head___any kretprobe_instances;
} __attribute__((preserve_access_index));

static __always_inline __u64 compat_kprobe_caller(const struct pt_regs *regs)
{
	const struct user_pt_regs *user = &regs->user_regs;
	struct task_struct___511 *task = (void *)bpf_get_current_task();
	__u64 caller = user->regs[30], fp = user->regs[29];
	struct llist_node___any *node;

	if (!bpf_core_field_exists(task->kretprobe_instances))
		return caller;
	node = BPF_CORE_READ(task, kretprobe_instances.first);
	for (u32 i = 0; node && i < KRETPROBES_MAX; i++) {
		struct kretprobe_instance___511 *instance =
			(void *)node -
			bpf_core_field_offset(struct kretprobe_instance___511, llist);

		/* That of a function further out: it has a frame record by now. */
		if ((__u64)BPF_CORE_READ(instance, fp) != fp)
			break;
		caller = (__u64)BPF_CORE_READ(instance, ret_addr);
		node = BPF_CORE_READ(node, next);
	}
	return caller;
}
#else
static __always_inline __u64 compat_kprobe_caller(const struct pt_regs *regs)
{
	return 0;
}
#endif

/* Where the thread keeps what is its own: the fs base, or tpidr_el0. */
static __always_inline __u64 compat_thread_pointer(struct task_struct *task)
{
#if defined(__TARGET_ARCH_x86)
	return BPF_CORE_READ(task, thread.fsbase);
#else
	return BPF_CORE_READ(task, thread.uw.tp_value);
#endif
}

/*
 * A read-write semaphore's count outside PREEMPT_RT: bit 0 a writer holds it, bit 1 somebody waits
 * and readers queue up behind (kernel/locking/rwsem.c, 5.8 to 6.18).
 */
#define RWSEM_WRITER_LOCKED (1UL << 0)
#define RWSEM_FLAG_WAITERS  (1UL << 1)

/*
 * On PREEMPT_RT: a writer that waits or holds it takes a bias from the number of readers, which is
 * negative otherwise (kernel/locking/rwbase_rt.c, 5.15 to 6.18).
 */
struct rwbase_rt___any {
	atomic_t readers;
} __attribute__((preserve_access_index));

struct rw_semaphore___rt {
	struct rwbase_rt___any rwbase;
} __attribute__((preserve_access_index));

static __always_inline bool compat_rwsem_blocks_readers(const void *semaphore)
{
	const struct rw_semaphore___count *sem = semaphore;
	const struct rw_semaphore___rt *rt = semaphore;

	if (bpf_core_field_exists(rt->rwbase))
		return BPF_CORE_READ(rt, rwbase.readers.counter) >= 0;
	if (!bpf_core_field_exists(sem->count))
		return false;
	return BPF_CORE_READ(sem, count.counter) & (RWSEM_WRITER_LOCKED | RWSEM_FLAG_WAITERS);
}

static __always_inline bool compat_mmap_lock_blocks(struct mm_struct *mm)
{
	struct mm_struct___62 *locked = (void *)mm;

	return mm && bpf_core_field_exists(locked->mmap_lock) &&
	       compat_rwsem_blocks_readers(__builtin_preserve_access_index(&locked->mmap_lock));
}

/* 5.11 (f7cfd871ae0c) made the mutex exec_update_mutex a semaphore. */
struct signal_struct___511 {
	struct rw_semaphore___count exec_update_lock;
} __attribute__((preserve_access_index));

static __always_inline bool compat_exec_lock_blocks(struct signal_struct *signal)
{
	struct signal_struct___511 *locked = (void *)signal;

	return bpf_core_field_exists(locked->exec_update_lock) &&
	       compat_rwsem_blocks_readers(
		       __builtin_preserve_access_index(&locked->exec_update_lock));
}

/*
 * Only where the memory controller of version 1 is built (always before 6.11, then CONFIG_MEMCG_V1).
 * 6.9 (9f01b4954490) dropped what the request was, with which nothing was done any more. The flag
 * has been an int and a bool.
 */
struct task_struct___v1 {
	struct mem_cgroup *memcg_in_oom;
	gfp_t memcg_oom_gfp_mask;
	int memcg_oom_order;
} __attribute__((preserve_access_index));

struct mem_cgroup___v1 {
	int oom_kill_disable;
} __attribute__((preserve_access_index));

/* The cgroup at its limit for which the task failed to get memory, until it has dealt with it. */
static __always_inline struct mem_cgroup *compat_memcg_in_oom(struct task_struct *task)
{
	struct task_struct___v1 *v1 = (void *)task;

	return bpf_core_field_exists(v1->memcg_in_oom) ? BPF_CORE_READ(v1, memcg_in_oom) : NULL;
}

static __always_inline bool compat_oom_kill_disabled(struct mem_cgroup *memcg)
{
	struct mem_cgroup___v1 *v1 = (void *)memcg;
	__u32 disabled = 0;

	if (!bpf_core_field_exists(v1->oom_kill_disable))
		return false;
	bpf_core_read(&disabled, bpf_core_field_size(v1->oom_kill_disable), &v1->oom_kill_disable);
	return disabled;
}

/* What it asked for; false where that is not kept. */
static __always_inline bool compat_oom_request(struct task_struct *task, __u32 *ret_gfp_mask,
					       __s32 *ret_order)
{
	struct task_struct___v1 *v1 = (void *)task;

	if (!bpf_core_field_exists(v1->memcg_oom_gfp_mask) ||
	    !bpf_core_field_exists(v1->memcg_oom_order))
		return false;
	*ret_gfp_mask = BPF_CORE_READ(v1, memcg_oom_gfp_mask);
	*ret_order = BPF_CORE_READ(v1, memcg_oom_order);
	return true;
}

/*
 * Before 5.12 (e21aa341785c, which stable series have) the code that calls an fexit program was freed
 * under a task that slept in the traced function, and returned to it.
 */
struct bpf_trampoline___512 {
	void *cur_image;
} __attribute__((preserve_access_index));

static __always_inline bool compat_fexit_may_sleep(void)
{
	struct bpf_trampoline___512 *trampoline = 0;

	return bpf_core_field_exists(trampoline->cur_image);
}

/* 5.14 (2f064a59a11f) renamed task_struct.state, and made it shorter. */
#define TASK_WAKEKILL 0x100

struct task_struct___state {
	long state;
	unsigned int __state;
} __attribute__((preserve_access_index));

/* Does it sleep until it is woken or killed? */
static __always_inline bool compat_sleeps_killable(struct task_struct *task)
{
	struct task_struct___state *any = (void *)task;

	if (bpf_core_field_exists(any->__state))
		return BPF_CORE_READ(any, __state) & TASK_WAKEKILL;
	return BPF_CORE_READ(any, state) & TASK_WAKEKILL;
}

/* 6.16 added track_failcnt: cgroup v2 no longer keeps page_counter.failcnt. */
struct page_counter___616 {
	bool track_failcnt;
} __attribute__((preserve_access_index));

static __always_inline u64 compat_failcnt(struct mem_cgroup *memcg)
{
	struct page_counter___616 *counter =
		(void *)__builtin_preserve_access_index(&memcg->memory);
	u32 event = bpf_core_enum_value(enum memcg_memory_event, MEMCG_MAX);
	atomic_long_t *events = __builtin_preserve_access_index(&memcg->memory_events[0]);
	u64 count = 0;

	if (!bpf_core_field_exists(counter->track_failcnt) || BPF_CORE_READ(counter, track_failcnt))
		return BPF_CORE_READ(memcg, memory.failcnt);
	bpf_probe_read_kernel(&count, sizeof(count), &events[event]);
	return count;
}

/* The index of the memory controller moves with the kernel's configuration. */
static __always_inline struct cgroup_subsys_state *compat_memory_css(struct css_set *cset)
{
	struct cgroup_subsys_state **subsys = __builtin_preserve_access_index(&cset->subsys[0]);
	u32 id = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
	struct cgroup_subsys_state *css = 0;

	bpf_probe_read_kernel(&css, sizeof(css), &subsys[id]);
	return css;
}

/* pid.numbers[] is declared with 1 or 0 elements, and struct upid may grow. */
static __always_inline s32 compat_ns_pid(struct pid *pid)
{
	u32 level = BPF_CORE_READ(pid, level);
	void *numbers = __builtin_preserve_access_index(&pid->numbers[0]);
	struct upid *upid = numbers + level * bpf_core_type_size(struct upid);

	return BPF_CORE_READ(upid, nr);
}

/*
 * mark_victim passed a bare pid before 6.8 (72ba14deb40a) and the task since; the change went into
 * stable series and into distributions' kernels, so only the event's own fields tell.
 */
struct trace_event_raw_mark_victim___task {
	unsigned int __data_loc_comm;
} __attribute__((preserve_access_index));

static __always_inline bool compat_mark_victim_has_task(void)
{
	struct trace_event_raw_mark_victim___task *event = 0;

	return bpf_core_field_exists(event->__data_loc_comm);
}

#endif
