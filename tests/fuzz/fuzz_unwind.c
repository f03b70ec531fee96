// SPDX-License-Identifier: GPL-2.0
/* Registers, a stack and frame pointers that say anything, over files that are what they should. */
#include "symbolize.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define SPACING	 UINT64_C(0x100000000)
#define STACK_AT UINT64_C(0x7ffc00000000)

static const char *const paths[] = {
	STACKS "/pie",	 STACKS "/stripped", STACKS "/debug-frame",
	STACKS "/mini",	 STACKS "/static",   STACKS "/dwz",
	STACKS "/clang", "/proc/self/exe",   "/lib64/ld-linux-x86-64.so.2",
};
enum { FILES = sizeof(paths) / sizeof(paths[0]), MODULES = FILES + 1 };

static struct symbolizer *symbolizer;
static struct module modules[MODULES];
static uint64_t stack_words[1024];

static int open_debug(void *ctx, size_t module, const uint8_t *build_id, size_t build_id_len,
		      const char *debuglink)
{
	(void)ctx;
	(void)module;
	(void)build_id;
	(void)build_id_len;
	(void)debuglink;
	return open(STACKS "/pie.debug", O_RDONLY | O_CLOEXEC);
}

static void begin(void)
{
	static const struct symbolizer_config config = {
		.open_debug = open_debug, .cache_files = 64, .cache_bytes = 1 << 30};

	if (symbolizer_new(&config, &symbolizer))
		abort();
	for (size_t i = 0; i < MODULES; i++) {
		struct stat st = {.st_size = 1 << 20};

		modules[i] = (struct module){.start = (i + 1) * SPACING, .same_file = true};
		if (i < FILES) {
			modules[i].path = strdup(paths[i]);
			modules[i].fd = open(paths[i], O_RDONLY | O_CLOEXEC);
			if (modules[i].fd < 0 || fstat(modules[i].fd, &st))
				abort();
		}
		modules[i].end = modules[i].start + (uint64_t)st.st_size;
	}
}

static uint8_t take(const uint8_t **data, size_t *len)
{
	if (!*len)
		return 0;
	(*len)--;
	return *(*data)++;
}

/* A place in a file, on the stack, or a number. */
static uint64_t take_word(const uint8_t **data, size_t *len)
{
	uint8_t kind = take(data, len);
	uint64_t value = (uint64_t)take(data, len) << 16;

	value |= (uint64_t)take(data, len) << 8;
	value |= take(data, len);
	if (kind < 2 * MODULES)
		return modules[kind / 2].start +
		       value % (modules[kind / 2].end - modules[kind / 2].start);
	if (kind < 200)
		return STACK_AT + value % (sizeof(stack_words) + 64);
	return kind == 255 ? UINT64_MAX - value : value;
}

static void take_frames(const uint8_t **data, size_t *len, struct stack *stack)
{
	stack->valid = true;
	stack->count = take(data, len) % 16;
	stack->truncated = take(data, len) & 1;
	stack->frames = calloc(16, sizeof(*stack->frames));
	for (size_t i = 0; i < stack->count; i++)
		stack->frames[i].address = take_word(data, len);
}

static void check(const struct stack *stack)
{
	if (stack->count > 4096)
		abort();
	for (size_t i = 0; i < stack->count; i++) {
		const struct frame *frame = &stack->frames[i];

		if (frame->build_id_len > BUILD_ID_LEN || (frame->line && !frame->file) ||
		    frame->line < 0)
			abort();
		/* The function itself comes after what is inlined in it. */
		if (frame->inlined &&
		    (i + 1 == stack->count || stack->frames[i + 1].address != frame->address))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct user_state state = {.modules = modules, .module_count = MODULES};
	struct stack stack = {0};
	uint8_t flags = take(&data, &len);

	if (!symbolizer)
		begin();
	state.reg_count = flags & 1 ? 17 : flags & 2 ? 32 : flags >> 2;
	state.all_modules = flags & 4;
	state.stack_cut = flags & 8;
	state.pc = take_word(&data, &len);
	for (size_t i = 0; i < USER_REGS_MAX; i++)
		state.regs[i] = i == 7 || i == 31   ? STACK_AT + take(&data, &len) * 8
				: i == 6 || i == 29 ? take_word(&data, &len)
						    : take(&data, &len);
	take_frames(&data, &len, &stack);
	state.stack_address = STACK_AT;
	state.stack = (uint8_t *)stack_words;
	while (len && state.stack_len < sizeof(stack_words)) {
		stack_words[state.stack_len / 8] = take_word(&data, &len);
		state.stack_len += 8;
	}
	if (symbolizer_run(symbolizer, &state, &stack))
		abort();
	check(&stack);
	stack_clear(&stack);
	return 0;
}
