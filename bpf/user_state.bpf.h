/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The user registers and the stack of the task that asks, for unwinding when it is gone. They take
 * a ring of their own, so that a large stack never takes the room of a record that matters.
 */
#ifndef OOMTRACE_USER_STATE_BPF_H
#define OOMTRACE_USER_STATE_BPF_H

#include "compat.bpf.h"
#include "loop.bpf.h"
#include "record.bpf.h"

#define PF_KTHREAD_OR_IO 0x00200010 /* PF_KTHREAD | PF_IO_WORKER: no user space to return to */

#define STACK_PAGES (EV_STACK_COPY_LEN / EV_STACK_PAGE)
/*
 * How much of a handler's stack its frame may take: the state of all vector registers lies above
 * what is looked for.
 */
#define FRAME_BYTES 32768

/* Some thirty stacks of usual size. */
#define STACKS_SIZE (1 << 19)

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, STACKS_SIZE);
} stacks SEC(".maps");

/* Copies of stacks that found no room. */
__u64 stack_drops;

struct user_scratch {
	struct pt_regs regs;
	__u64 copy_bias; /* what is copied to stack[at] lies at this address and `at` */
	__u64 copy_at;
	__u64 copy_pages;
	__u64 handler_stack; /* as sigaltstack() set it */
	__u64 handler_stack_size;
	__u64 interrupted_sp;
	struct ev_user_state rec;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct user_scratch);
} user_scratch SEC(".maps");

static __always_inline struct user_scratch *user_scratch_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&user_scratch, &zero);
}

#if defined(__TARGET_ARCH_x86)
#define USER_CS	    0x33   /* __USER_CS: a process of 64 bits */
#define XEN_USER_CS 0xe033 /* FLAT_USER_CS64 */
/* From uc_stack to uc_mcontext.sp (arch/x86/include/uapi/asm/sigcontext.h, 6.12). */
#define UCONTEXT_STACK_SP 144
/* Where uc_stack may lie: get_sigframe() (arch/x86/kernel/signal.c, 6.12) aligns what is around. */
#define UCONTEXT_STACK_STEP  64
#define UCONTEXT_STACK_PHASE 16

static __always_inline void set_registers(struct ev_user_state *rec, const struct pt_regs *regs)
{
	__u16 cs = regs->cs;

	rec->reg_count = 0;
	if (cs != USER_CS && cs != XEN_USER_CS)
		return;
	rec->reg_count = 17;
	rec->regs[0] = regs->ax;
	rec->regs[1] = regs->dx;
	rec->regs[2] = regs->cx;
	rec->regs[3] = regs->bx;
	rec->regs[4] = regs->si;
	rec->regs[5] = regs->di;
	rec->regs[6] = regs->bp;
	rec->regs[7] = regs->sp;
	rec->regs[8] = regs->r8;
	rec->regs[9] = regs->r9;
	rec->regs[10] = regs->r10;
	rec->regs[11] = regs->r11;
	rec->regs[12] = regs->r12;
	rec->regs[13] = regs->r13;
	rec->regs[14] = regs->r14;
	rec->regs[15] = regs->r15;
	rec->regs[16] = regs->ip;
	rec->pc = regs->ip;
	rec->stack_address = regs->sp - EV_RED_ZONE;
}

#elif defined(__TARGET_ARCH_arm64)
#define PSR_MODE32_BIT	     0x10
/* From uc_stack to uc_mcontext.sp (arch/arm64/include/uapi/asm/ucontext.h, 6.12). */
#define UCONTEXT_STACK_SP    408
/* Where uc_stack may lie: get_sigframe() (arch/arm64/kernel/signal.c, 6.12) aligns the frame. */
#define UCONTEXT_STACK_STEP  16
#define UCONTEXT_STACK_PHASE 0

static __always_inline void set_registers(struct ev_user_state *rec, const struct pt_regs *regs)
{
	rec->reg_count = 0;
	if (regs->user_regs.pstate & PSR_MODE32_BIT)
		return;
	rec->reg_count = 32;
	for (__u32 i = 0; i < 31; i++)
		rec->regs[i] = regs->user_regs.regs[i];
	rec->regs[31] = regs->user_regs.sp;
	rec->pc = regs->user_regs.pc;
	rec->stack_address = regs->user_regs.sp;
}
#endif

/*
 * One page of the stack. One that is missing may be the very one that is being asked for, or a part
 * of a large array that was never used: what follows is looked at all the same.
 */
static __always_inline long copy_stack_page(__u32 index, bool has_loop)
{
	struct user_scratch *s = user_scratch_get();
	__u64 at;

	if (!s || index >= s->copy_pages)
		return 1;
	at = (s->copy_at + (__u64)index * EV_STACK_PAGE) & (EV_STACK_COPY_LEN - EV_STACK_PAGE);
	if (bpf_probe_read_user(s->rec.stack + at, EV_STACK_PAGE, (void *)(s->copy_bias + at)))
		s->rec.stack_missing |= 1ULL << (at / EV_STACK_PAGE);
	else
		s->rec.stack_len = at + EV_STACK_PAGE;
	return 0;
}

DEFINE_LOOP(copy_stack_page)

/* From page `first` of the copy on, what lies at this address. */
static __always_inline void copy_stack(struct user_scratch *s, __u64 address, __u64 first,
				       __u64 pages, bool has_loop)
{
	s->copy_at = first * EV_STACK_PAGE;
	s->copy_bias = address - s->copy_at;
	s->copy_pages = pages;
	loop(STACK_PAGES, copy_stack_page, has_loop);
}

/*
 * A place in the handler's stack, from the top down. There the kernel has put what it goes on with
 * when the handler returns (struct ucontext), and in it the very figures of that stack.
 */
static __always_inline long find_interrupted(__u32 index, bool has_loop)
{
	struct user_scratch *s = user_scratch_get();
	__u64 at, *word;

	if (!s)
		return 1;
	/* The copy begins with a page. */
	at = s->handler_stack + s->handler_stack_size - s->rec.stack_address - UCONTEXT_STACK_SP;
	at &= ~(__u64)(UCONTEXT_STACK_STEP - 1);
	at += UCONTEXT_STACK_PHASE - (__u64)(index + 1) * UCONTEXT_STACK_STEP;
	if (at > EV_STACK_COPY_LEN - UCONTEXT_STACK_SP - sizeof(*word))
		return 1;
	word = (void *)s->rec.stack + at;
	if (word[0] != s->handler_stack || word[2] != s->handler_stack_size)
		return 0;
	s->interrupted_sp = word[UCONTEXT_STACK_SP / sizeof(*word)];
	return 1;
}

DEFINE_LONG_LOOP(find_interrupted)

/* Pages of the copy up to the end of the stack that the handler has of its own; 0: no handler. */
static __always_inline __u64 handler_pages(struct user_scratch *s, struct task_struct *task)
{
	__u64 sp = s->rec.stack_address + EV_RED_ZONE, size;

	s->handler_stack = BPF_CORE_READ(task, sas_ss_sp);
	s->handler_stack_size = BPF_CORE_READ(task, sas_ss_size);
	size = s->handler_stack + s->handler_stack_size - sp;
	if (sp <= s->handler_stack || size > s->handler_stack_size)
		return 0;
	return (size + sp % EV_STACK_PAGE + EV_STACK_PAGE - 1) / EV_STACK_PAGE;
}

/* The stack that a handler runs on, and behind it the one of what it interrupted. */
static __always_inline void copy_stacks(struct user_scratch *s, struct task_struct *task,
					bool has_loop)
{
	__u64 pages = handler_pages(s, task), outer;

	s->rec.stack_address &= ~(__u64)(EV_STACK_PAGE - 1);
	if (!pages || pages >= STACK_PAGES) {
		copy_stack(s, s->rec.stack_address, 0, STACK_PAGES, has_loop);
		return;
	}
	copy_stack(s, s->rec.stack_address, 0, pages, has_loop);
	s->interrupted_sp = 0;
	long_loop(FRAME_BYTES / UCONTEXT_STACK_STEP, find_interrupted, has_loop);
	outer = s->interrupted_sp - EV_RED_ZONE;
	if (!s->interrupted_sp || outer - s->handler_stack < s->handler_stack_size) {
		copy_stack(s, s->rec.stack_address + pages * EV_STACK_PAGE, pages,
			   STACK_PAGES - pages, has_loop);
		return;
	}
	s->rec.outer_at = pages * EV_STACK_PAGE;
	s->rec.outer_address = outer & ~(__u64)(EV_STACK_PAGE - 1);
	copy_stack(s, s->rec.outer_address, pages, STACK_PAGES - pages, has_loop);
}

static __always_inline bool has_user_space(struct task_struct *task)
{
	return BPF_CORE_READ(task, mm) && !(BPF_CORE_READ(task, flags) & PF_KTHREAD_OR_IO);
}

static __always_inline void on_user_state(bool has_loop)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct user_scratch *s = user_scratch_get();
	__u64 len;

	if (!s)
		return;
	s->rec.stack_len = 0;
	s->rec.stack_missing = 0;
	s->rec.outer_address = 0;
	s->rec.outer_at = 0;
	if (!has_user_space(task))
		return;
	if (bpf_probe_read_kernel(&s->regs, sizeof(s->regs), compat_user_regs(task, has_loop)))
		return;
	set_registers(&s->rec, &s->regs);
	if (!s->rec.reg_count)
		return;
	s->rec.thread_pointer = compat_thread_pointer(task);
	copy_stacks(s, task, has_loop);
	len = s->rec.stack_len;
	if (len > EV_STACK_COPY_LEN)
		len = EV_STACK_COPY_LEN;
	len += offsetof(struct ev_user_state, stack);
	fill_header(&s->rec.hdr, len, EV_USER_STATE);
	if (bpf_ringbuf_output(&stacks, &s->rec, len, BPF_RB_NO_WAKEUP))
		__sync_fetch_and_add(&stack_drops, 1);
}

#endif
