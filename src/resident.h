/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that is there before it is needed: a page that a program asks for while the machine has
 * none left does not come before something was killed. What was touched stays, as far as
 * privilege_protect_self() could lock it.
 */
#ifndef OOMTRACE_RESIDENT_H
#define OOMTRACE_RESIDENT_H

/* One heap for all threads, which does not shrink. To be called before there are others. */
void resident_share_heap(void);

/*
 * No huge pages, which where the kernel gives them unasked are 2 MiB of memory for each stack and
 * for what is left of the heap.
 */
void resident_small_pages(void);

/* Fills the heap with what one incident takes, and leaves it free. */
void resident_fill_heap(void);

/* The calling thread's stack, as deep as it goes for one. */
void resident_fill_stack(void);

#endif
