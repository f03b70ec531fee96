// SPDX-License-Identifier: GPL-2.0
/* Stacks of frames with any names, on a screen. */
#include "frame_kind.h"
#include "sink.h"
#include "symbol_name.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct input {
	const uint8_t *at;
	size_t len;
};

static uint8_t take_byte(struct input *input)
{
	if (!input->len)
		return 0;
	input->len--;
	return *input->at++;
}

/* Up to a NUL, which goes along. */
static char *take_text(struct input *input)
{
	size_t len = strnlen((const char *)input->at, input->len);
	char *text = strndup((const char *)input->at, len);

	input->at += len;
	input->len -= len;
	take_byte(input);
	return text;
}

static void check_symbol(const char *symbol)
{
	struct span function = symbol_function(symbol);
	size_t left = strlen(symbol);

	if (function.at < symbol || function.at + function.len > symbol + left)
		abort();
	for (enum symbol_form form = SYMBOL_WHOLE; form <= SYMBOL_BARE; form++) {
		for (size_t size = 1; size < 64; size += 9) {
			char *buf = malloc(size);

			if (strlen(symbol_shorten(symbol, form, buf, size)) >= size)
				abort();
			free(buf);
		}
	}
}

/*
 * One byte of control: bits 0 and 1 choose the stack, 2 to 4 which names there are, 5 whether the
 * frame is an inlined one, 6 and 7 how many times it is there.
 */
static void take_frame(struct input *input, struct stack *const *stacks)
{
	static const size_t times[] = {1, 2, 3, 40};
	uint8_t control = take_byte(input);
	struct stack *stack = stacks[control & 3];
	struct frame frame = {
		.address = take_byte(input),
		.symbol = control & 4 ? take_text(input) : NULL,
		.module = control & 8 ? take_text(input) : NULL,
		.file = control & 16 ? take_text(input) : NULL,
		.inlined = control & 32,
	};

	frame.offset = frame.file_offset = num_of((int64_t)frame.address << 24);
	frame.line = (int)frame.address << 22;
	if (frame.symbol)
		check_symbol(frame.symbol);
	frame_is_python_loop(&frame);
	for (size_t i = 0; i < times[control >> 6]; i++) {
		struct frame *copy;

		stack->frames = realloc(stack->frames, (stack->count + 1) * sizeof(*stack->frames));
		copy = &stack->frames[stack->count++];
		*copy = frame;
		copy->symbol = frame.symbol ? strdup(frame.symbol) : NULL;
		copy->module = frame.module ? strdup(frame.module) : NULL;
		copy->file = frame.file ? strdup(frame.file) : NULL;
	}
	frame_clear(&frame);
}

static void check_screen(const char *text)
{
	size_t rows = 0;

	for (const char *row = text; *row; rows++) {
		size_t len = strcspn(row, "\n");
		char *copy = strndup(row, len);

		if (row[len] != '\n' || text_width(copy) > 80)
			abort();
		for (size_t i = 0; i < len; i++)
			if ((unsigned char)copy[i] < ' ' || copy[i] == 0x7f)
				abort();
		free(copy);
		row += len + 1;
	}
	if (rows > 24)
		abort();
}

static void render(const struct incident *incident, bool verbose)
{
	const struct record_common common = {.host_name = "host", .host_kernel = "6.12.0"};
	const struct text_style style = {.verbose = verbose, .utc = true};
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out || sink_text.oom(out, &common, incident, &style) || fclose(out))
		abort();
	check_screen(text);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input input = {data, len};
	struct incident *incident = incident_new();
	struct language_stack *threads = calloc(2, sizeof(*threads));
	struct stack *const stacks[] = {
		&incident->trigger.user_stack,
		&incident->trigger.language_stack,
		&threads[0].stack,
		&threads[1].stack,
	};
	uint8_t control = take_byte(&input);

	for (size_t i = 0; i < 4; i++) {
		stacks[i]->valid = true;
		stacks[i]->truncated = control & 1;
		stacks[i]->method = control >> 1 & 3;
	}
	incident->trigger.process.pid = num_of(1);
	incident->victim.process.pid = num_of(control >> 3 & 1);
	incident->has_victim = control & 16;
	incident->victim.language_stacks = threads;
	incident->victim.language_stack_count = 2;
	incident->trigger.language = take_text(&input);
	while (input.len)
		take_frame(&input, stacks);
	render(incident, control & 32);
	incident_free(incident);
	return 0;
}
