/* SPDX-License-Identifier: GPL-2.0 */
/* The callers of a thread from both that is known: frame pointers and call frame information. */
#ifndef OOMTRACE_CHAIN_H
#define OOMTRACE_CHAIN_H

#include "code.h"
#include "unwind.h"

/*
 * The better of the frames in `stack`, which the kernel found by frame pointers, and of what the
 * registers and the copy of the stack in `state` lead to. `code` is that of both.
 */
enum unwind_method chain_find(struct code *code, const struct user_state *state,
			      const struct stack *stack, struct unwind_chain *ret_chain);

#endif
