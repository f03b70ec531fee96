// SPDX-License-Identifier: GPL-2.0
#include "python_capture.h"
#include "python_lines.h"
#include "python_text.h"

#include <errno.h>
#include <stdlib.h>

/* False: there is no memory. */
static bool decode_text(const struct python *python, const struct python_text *text, char **ret)
{
	if (!text->bytes.known)
		return true;
	*ret = python_text_decode(python->arena + text->bytes.at, text->bytes.len / text->width,
				  text->width, text->bytes.cut);
	return *ret;
}

static int line_of(const struct python *python, const struct python_code *code, int64_t offset)
{
	int line;

	if (!code->lines.known)
		return 0;
	line = python_line(python->runtime.layout.lines, python->arena + code->lines.at,
			   code->lines.len, code->lines.cut, code->first_line, offset);
	/* What prepares a frame has no line as a rule. */
	if (!line && offset < code->begin && code->first_line > 0)
		return code->first_line;
	return line;
}

static int decode_frame(const struct python *python, const struct python_frame *from,
			struct frame *frame)
{
	const struct python_code *code = &python->codes[from->code];

	if (!decode_text(python, &code->name, &frame->symbol) ||
	    !decode_text(python, &code->file, &frame->file))
		return -ENOMEM;
	if (frame->file)
		frame->line = line_of(python, code, from->offset);
	return 0;
}

int python_decode(const struct python *python, size_t index, struct num *ret_tid,
		  struct stack *ret_stack)
{
	const struct python_stack *from = &python->stacks[index];
	struct stack stack = {.valid = true};

	if (index >= python->stack_count)
		return -EINVAL;
	stack.truncated = from->truncated;
	stack.frames = calloc(from->count ? from->count : 1, sizeof(stack.frames[0]));
	if (!stack.frames)
		return -ENOMEM;
	for (; stack.count < from->count; stack.count++) {
		if (decode_frame(python, &from->frames[stack.count], &stack.frames[stack.count])) {
			stack.count++;
			stack_clear(&stack);
			return -ENOMEM;
		}
	}
	*ret_tid = from->tid;
	*ret_stack = stack;
	return 0;
}
