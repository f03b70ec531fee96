/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which frames of a stack are worth a row each, and which share one. The frame a reader has to look
 * at first is the innermost of his own code.
 */
#ifndef OOMTRACE_STACK_VIEW_H
#define OOMTRACE_STACK_VIEW_H

#include "frame_kind.h"

#define STACK_VIEW_NO_MARK SIZE_MAX

struct stack_view {
	const struct stack *stack;
	enum frame_kind (*kind_of)(const struct frame *frame);
	size_t count;	     /* of frames; what seems to lie beyond the start of a program is not */
	enum frame_kind own; /* the application's code, or what comes nearest to it */
	bool all;	     /* nothing does: every frame has a row */
	bool has_lines;	     /* of a frame of the application the source line is known */
	size_t mark;	     /* the frame to look at first, or STACK_VIEW_NO_MARK */
};

struct stack_row {
	size_t first;
	size_t count;
	bool folded; /* frames of others; else one frame, or the same one so many times */
};

/* A view of the stack, which must outlive it. */
struct stack_view stack_view_of(const struct stack *stack,
				enum frame_kind (*kind_of)(const struct frame *frame));

/* The row that begins with frame `first`, which there must be. */
struct stack_row stack_view_row(const struct stack_view *view, size_t first);

/* How many rows the frames from `first` on have up to `end`, or up to the last frame. */
size_t stack_view_count(const struct stack_view *view, size_t first, size_t end);

#endif
