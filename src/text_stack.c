// SPDX-License-Identifier: GPL-2.0
#include "text_stack.h"

#include "stack_view.h"
#include "text_chain.h"
#include "text_frame.h"

#include <stdio.h>
#include <string.h>

enum {
	NATIVE_ROWS = 2, /* of an interpreter's own stack */
	NATIVE_CODE_ROWS = 4,
	TWO_NATIVE_ROWS_MIN = 6,	 /* rows of a page where it may have more than one */
	LABEL_COLUMNS = PAGE_MARGIN - 3, /* without the blanks around it */
};

static const char arrow[] = "→ ", indent[] = "  ";

/* A stack on its way to the page. */
struct code {
	struct stack_view view;
	const char *labels[2]; /* of the first and the second row */
	size_t max;
	size_t rows; /* so far */
};

/* A hint on the current row: all of it, or else a "…". */
static void put_hint(struct page *page, const char *hint)
{
	if (!page_append_whole(page, hint) && !page_is_full(page))
		page_append(page, "  …");
}

static void begin_row(struct page *page, struct code *code, enum tone tone)
{
	size_t row = code->rows++;

	if (row < 2 && code->labels[row])
		page_section(page, code->labels[row], code->max - row, tone);
	else
		page_next_row(page, tone);
}

static void put_row(struct page *page, struct code *code, struct stack_row row)
{
	const struct frame *frame = &code->view.stack->frames[row.first];
	bool marked = row.first == code->view.mark;
	char times[32];

	if (row.folded) {
		/* The label of the section is no detail. */
		begin_row(page, code, code->rows ? TONE_DIM : TONE_PLAIN);
		text_chain_fold(page, indent, frame, row.count);
		return;
	}
	begin_row(page, code, marked ? TONE_STRONG : TONE_PLAIN);
	text_frame(page, marked ? arrow : indent, frame);
	snprintf(times, sizeof(times), "  (%zu times)", row.count);
	if (row.count > 1)
		put_hint(page, times);
}

/*
 * Where the rows have to begin, so that the frame to look at is among them with one more row behind
 * it; and, where there is room for that, all before it on one row.
 */
static size_t choose_first(const struct code *code, bool *ret_fold)
{
	const struct stack_view *view = &code->view;
	size_t mark = view->mark;

	*ret_fold = false;
	if (mark == STACK_VIEW_NO_MARK || !mark ||
	    stack_view_count(view, 0, view->count) <= code->max ||
	    stack_view_count(view, 0, mark) + 2 <= code->max)
		return 0;
	*ret_fold = code->max > 2;
	return *ret_fold ? 0 : mark;
}

/* Says behind the last row of a stack how far it can be trusted to be all. */
static void put_end(struct page *page, const struct stack_view *view)
{
	const struct stack *stack = view->stack;
	bool whole = view->count > 1 && frame_is_start(&stack->frames[view->count - 1]);

	if (stack->truncated)
		put_hint(page, "  … and more");
	if (stack->method == UNWIND_MIXED)
		page_append_whole(page, "  [the outer by frame pointers]");
	else if (stack->method == UNWIND_FRAME_POINTERS &&
		 (whole ||
		  !page_append_whole(page, "  [by frame pointers: callers may be missing]")))
		page_append_whole(page, "  [by frame pointers]");
}

/* In place of the rows that have no room. */
static void put_more(struct page *page, struct code *code, size_t frames)
{
	char more[48];

	snprintf(more, sizeof(more), "%s… %zu more frame%s", indent, frames, frames > 1 ? "s" : "");
	if (code->rows < code->max) {
		begin_row(page, code, TONE_DIM);
		page_item(page, "", "%s", more);
	} else {
		put_hint(page, more);
	}
}

static void put_stack(struct page *page, struct code *code)
{
	const struct stack_view *view = &code->view;
	bool fold;
	size_t next = choose_first(code, &fold);

	while (next < view->count) {
		struct stack_row row = stack_view_row(view, next);

		if (fold)
			row = (struct stack_row){0, view->mark, true};
		fold = false;
		if (code->rows && code->rows + (next + row.count < view->count) >= code->max) {
			put_more(page, code, view->count - next);
			break;
		}
		put_row(page, code, row);
		next += row.count;
	}
	put_end(page, view);
}

void text_stack_code(struct page *page, const char *label, const struct stack *stack,
		     bool kernel_thread)
{
	struct code code = {.labels = {label}, .max = page->max - page->count};

	if (stack->valid && stack->count) {
		code.view = stack_view_of(stack, frame_kind);
		put_stack(page, &code);
		return;
	}
	page_section(page, label, code.max, TONE_PLAIN);
	if (!stack->valid)
		page_item(page, "", "? (the user stack could not be read)");
	else
		page_item(page, "", "none, %s",
			  kernel_thread ? "a kernel thread asked" : "no user frame was found");
}

/* The first or the second word of "Python 3.11" as a label; NULL when it is not fit to be one. */
static const char *word_label(const char *language, bool second, const char *before,
			      char buf[static LABEL_COLUMNS + 1])
{
	static const char fit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.";
	const char *word = language ? language : "";
	size_t len;

	if (second)
		word += strcspn(word, " ") + (strchr(word, ' ') != NULL);
	len = strspn(word, fit);
	if (!len || len + strlen(before) > LABEL_COLUMNS || (word[len] && word[len] != ' '))
		return NULL;
	snprintf(buf, LABEL_COLUMNS + 1, "%s%.*s", before, (int)len, word);
	return buf;
}

/* How many rows of the page the interpreter's own stack takes: few, unless it has code in it. */
static size_t native_rows(const struct page *page, const struct stack_view *native)
{
	size_t room = page->max - page->count, rows;
	struct page trial = {.max = room < TWO_NATIVE_ROWS_MIN ? 1 : NATIVE_ROWS};

	if (!native->stack->valid || !native->stack->count || room < 2)
		return 0;
	if (!native->has_lines) {
		text_chain_interpreter(&trial, "", trial.max, native->stack);
		return trial.count;
	}
	rows = stack_view_count(native, 0, native->count);
	if (rows > NATIVE_CODE_ROWS)
		rows = NATIVE_CODE_ROWS;
	return rows < room / 2 ? rows : room / 2;
}

void text_stack_script(struct page *page, const char *label, const char *language,
		       const struct stack *script, const struct stack *native)
{
	struct code code = {.view = stack_view_of(script, frame_kind_script)};
	struct code below = {.view = stack_view_of(native, frame_kind), .labels = {"Native"}};
	char name[LABEL_COLUMNS + 1], version[LABEL_COLUMNS + 1];

	if (label) {
		code.labels[0] = label;
		code.labels[1] = word_label(language, false, indent, name);
	} else {
		code.labels[0] = word_label(language, false, "", name);
		code.labels[1] = word_label(language, true, indent, version);
	}
	if (!code.labels[0])
		code.labels[0] = "Script";
	below.max = native_rows(page, &below.view);
	code.max = page->max - page->count - below.max;
	put_stack(page, &code);
	if (below.view.has_lines && below.max)
		put_stack(page, &below);
	else if (below.max)
		text_chain_interpreter(page, "Native", below.max, native);
}

void text_stack_threads(struct page *page, const char *label, size_t rows,
			const struct language_stack *threads, size_t count)
{
	size_t shown = 0, left = 0;
	char text[64];

	for (size_t i = 0; i < count; i++) {
		struct stack_view view = stack_view_of(&threads[i].stack, frame_kind_script);
		size_t frame = view.mark == STACK_VIEW_NO_MARK ? 0 : view.mark;

		if (!view.stack->count)
			continue;
		if (shown == rows) {
			left++;
			continue;
		}
		if (shown++)
			page_next_row(page, TONE_PLAIN);
		else
			page_section(page, label, rows, TONE_PLAIN);
		snprintf(text, sizeof(text), "thread %.20s: ", show_num(threads[i].tid).text);
		text_frame(page, text, &view.stack->frames[frame]);
	}
	snprintf(text, sizeof(text), "  … %zu more", left);
	if (left && shown)
		put_hint(page, text);
}
