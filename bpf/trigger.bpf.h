/* SPDX-License-Identifier: GPL-2.0 */
/* Who asks for memory, and how it came to that. */
#ifndef OOMTRACE_TRIGGER_BPF_H
#define OOMTRACE_TRIGGER_BPF_H

#include "event.h"
#include "task.bpf.h"

/* What the kernel cannot tell of a stack that begins at a function's entry; 0: it can. */
struct stack_head {
	__u64 function;
	__u64 caller;
};

/*
 * The current task's stack in the kernel, led by the function that is traced when its address is
 * given: 6.19 (bpf: implement "jmp" mode for trampoline) jumps to where fentry programs are called
 * from, so that the function itself has no frame. Its place is below those of the tracing, which
 * only user space can tell, by their names. A caller that is given comes behind the function.
 */
static __always_inline __s32 read_kernel_stack(void *ctx, __u64 stack[EV_STACK_DEPTH],
					       struct stack_head head)
{
	long size;

	if (!head.function && !head.caller)
		return bpf_get_stack(ctx, stack, EV_STACK_DEPTH * sizeof(*stack), 0);
	size = bpf_get_stack(ctx, stack + 1, (EV_STACK_DEPTH - 1) * sizeof(*stack), 0);
	if (size <= 0)
		return size;
	if (head.function) {
		stack[0] = head.function;
	} else {
		stack[0] = stack[1];
		stack[1] = head.caller;
	}
	return size + (long)sizeof(*stack);
}

/* The current task and its stacks; `head` as in read_kernel_stack(). */
static __always_inline void read_trigger(void *ctx, struct ev_invoked *rec, struct stack_head head,
					 bool has_loop)
{
	read_task(&rec->trigger, (void *)bpf_get_current_task(), has_loop);
	rec->kernel_stack_size = read_kernel_stack(ctx, rec->kernel_stack, head);
	rec->user_stack_size =
		bpf_get_stack(ctx, rec->user_stack, sizeof(rec->user_stack), BPF_F_USER_STACK);
	rec->user_build_ids_size =
		bpf_get_stack(ctx, rec->user_build_ids, sizeof(rec->user_build_ids),
			      BPF_F_USER_STACK | BPF_F_USER_BUILD_ID);
}

#endif
