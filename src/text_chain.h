/* SPDX-License-Identifier: GPL-2.0 */
/* Stacks as chains of names, innermost first: "memset < malloc < qsort". */
#ifndef OOMTRACE_TEXT_CHAIN_H
#define OOMTRACE_TEXT_CHAIN_H

#include "incident.h"
#include "text_page.h"

/*
 * A kernel stack as a chain of names in at most so many rows, without what is the same in all of
 * them: the way into the kernel, and from the OOM killer to us. What has no room is left out before
 * the last link, which is the system call or what comes nearest to it. Nothing when the stack is
 * unknown.
 */
void text_chain_kernel(struct page *page, const char *label, size_t rows,
		       const struct stack *stack);

/*
 * The stack of an interpreter, from where it asked for memory to before the loop that runs the
 * program's functions, in at most so many rows.
 */
void text_chain_interpreter(struct page *page, const char *label, size_t rows,
			    const struct stack *stack);

/*
 * Adds an item with some of a stack's frames in parentheses, which takes one row at most. What has
 * no room is left out before the last link, which is what the frame after it called.
 */
void text_chain_fold(struct page *page, const char *indent, const struct frame *frames,
		     size_t count);

#endif
