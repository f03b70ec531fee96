/* SPDX-License-Identifier: GPL-2.0 */
/* Frames of stacks on a page. */
#ifndef OOMTRACE_TEXT_FRAME_H
#define OOMTRACE_TEXT_FRAME_H

#include "text_page.h"

/*
 * Adds an item with all that is known of a frame: `mark`, a few columns that stand before it, the
 * function, file and line, or else what is known of the place. When there is not the room for
 * everything, first the function's parameters are left out and then the beginning of the path.
 */
void text_frame(struct page *page, const char *mark, const struct frame *frame);

/* A frame's name alone, as a link of a chain: short and without parameters. */
struct shown show_link(struct page *page, const struct frame *frame, size_t columns);

/* "libc.so.6" of its path. */
struct shown show_module(struct page *page, const char *path, size_t columns);

#endif
