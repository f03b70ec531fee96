/* SPDX-License-Identifier: GPL-2.0 */
/* Stacks on a page. */
#ifndef OOMTRACE_TEXT_STACK_H
#define OOMTRACE_TEXT_STACK_H

#include "incident.h"
#include "text_page.h"

/*
 * A user stack in all the rows the page has left. Each frame of the application has a row, the
 * innermost with a "→" before it; stretches of libraries and of what belongs to the language share
 * one, in parentheses. Of a deep stack the innermost rows are shown, "→" among them.
 */
void text_stack_code(struct page *page, const char *label, const struct stack *stack,
		     bool kernel_thread);

/*
 * The same of a program in an interpreted language ("Python 3.11", or NULL): its own stack, and
 * below it in a few rows that of the interpreter.
 */
void text_stack_script(struct page *page, const char *label, const char *language,
		       const struct stack *script, const struct stack *native);

/* What the threads of a program in an interpreted language do, a row for each of at most so many. */
void text_stack_threads(struct page *page, const char *label, size_t rows,
			const struct language_stack *threads, size_t count);

#endif
