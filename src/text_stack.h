/* SPDX-License-Identifier: GPL-2.0 */
/* Stacks on a page. */
#ifndef OOMTRACE_TEXT_STACK_H
#define OOMTRACE_TEXT_STACK_H

#include "incident.h"
#include "text_page.h"

/*
 * A user stack, one frame a row, in all the rows the page has left. Of a deeper stack the libraries
 * at its inner end (malloc, memset) share one row, so that the application's own frames are seen.
 */
void text_stack_code(struct page *page, const char *label, const struct stack *stack,
		     bool kernel_thread);

/*
 * A kernel stack as a chain of names in at most so many rows, without what is the same in all of
 * them: the way into the kernel, and from the OOM killer to us. What has no room is left out before
 * the last link, which is the system call or what comes nearest to it. Nothing when the stack is
 * unknown.
 */
void text_stack_chain(struct page *page, const char *label, size_t rows, const struct stack *stack);

#endif
