// SPDX-License-Identifier: GPL-2.0
#include "stack_view.h"

#include <string.h>

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* Whether it is one place in the source, or else in the program. */
static bool same_place(const struct frame *a, const struct frame *b)
{
	if (a->inlined != b->inlined || a->line != b->line || !same_text(a->symbol, b->symbol) ||
	    !same_text(a->file, b->file))
		return false;
	return (a->symbol && a->file) || (a->address == b->address && a->address);
}

static bool is_own(const struct stack_view *view, size_t frame)
{
	return view->all || view->kind_of(&view->stack->frames[frame]) == view->own;
}

/* The innermost frame of the application with a line, or else the innermost that has any name. */
static size_t find_mark(const struct stack_view *view)
{
	size_t mark = STACK_VIEW_NO_MARK;

	for (size_t i = 0; i < view->count; i++) {
		const struct frame *frame = &view->stack->frames[i];

		if (!is_own(view, i))
			continue;
		if (frame->file && frame->line > 0)
			return i;
		if (mark == STACK_VIEW_NO_MARK && (frame->symbol || frame->module))
			mark = i;
	}
	return mark;
}

/*
 * Frame pointers lead on into what the kernel put on the stack for the program to begin with, and
 * what is there is not code.
 */
static size_t count_to_start(const struct stack *stack)
{
	for (size_t i = 1; i < stack->count; i++)
		if (frame_is_main_start(&stack->frames[i - 1]) &&
		    !frame_is_main_start(&stack->frames[i]))
			return i;
	return stack->count;
}

struct stack_view stack_view_of(const struct stack *stack,
				enum frame_kind (*kind_of)(const struct frame *frame))
{
	struct stack_view view = {
		.stack = stack,
		.kind_of = kind_of,
		.count = count_to_start(stack),
		.own = FRAME_LIBRARY,
		.all = true,
		.mark = STACK_VIEW_NO_MARK,
	};

	for (size_t i = 0; i < view.count && view.own != FRAME_APPLICATION; i++) {
		enum frame_kind kind = kind_of(&stack->frames[i]);

		if (kind == FRAME_APPLICATION)
			view.own = kind;
		if (kind == FRAME_APPLICATION || kind == FRAME_LIBRARY)
			view.all = false;
	}
	if (!view.all)
		view.mark = find_mark(&view);
	view.has_lines = view.own == FRAME_APPLICATION && view.mark != STACK_VIEW_NO_MARK &&
			 stack->frames[view.mark].file;
	return view;
}

struct stack_row stack_view_row(const struct stack_view *view, size_t first)
{
	const struct frame *frames = view->stack->frames;
	struct stack_row row = {first, 1, !is_own(view, first)};

	for (size_t i = first + 1; i < view->count; i++, row.count++) {
		if (row.folded ? is_own(view, i) : !same_place(&frames[first], &frames[i]))
			break;
	}
	return row;
}

size_t stack_view_count(const struct stack_view *view, size_t first, size_t end)
{
	size_t count = 0;

	for (; first < end && first < view->count; count++)
		first += stack_view_row(view, first).count;
	return count;
}
