// SPDX-License-Identifier: GPL-2.0
#include "sample_stack.h"
#include "symbolize.h"

#include <errno.h>
#include <sys/stat.h>

#define COPY_MAX (64 << 10)

/* A program of tests/stacks and what can be known of its own functions. */
struct program {
	const char *name;
	const char *parameters; /* that the names of functions have */
	bool has_lines;
	const char *debug_file; /* in the same directory */
	bool by_name;		/* that file is found by its name, not by its build id */
};

static const struct program programs[] = {
	{"pie", "", true, NULL, false},
	{"no-pie", "", true, NULL, false},
	{"static", "", true, NULL, false},
	{"static-pie", "", true, NULL, false},
	{"frame-pointers", "", true, NULL, false},
	{"debug-frame", "", true, NULL, false},
	{"no-rules", "", false, NULL, false},
	{"clang", "", true, NULL, false},
	{"c++", "(int)", true, NULL, false},
	{"stripped", "", true, "pie.debug", false},
	{"linked", "", true, "no-id.debug", true},
	{"mini", "", false, NULL, false},
	{"dwz", "", true, "dwz.alternate", false},
	{"debug-frame-stripped", "", true, "debug-frame.debug", false},
};
enum { PROGRAMS = sizeof(programs) / sizeof(programs[0]) };

static struct symbolizer *symbolizer;

/* What open_debug() gives, and how often it has been asked. */
static struct {
	char path[4096];
	bool by_name;
	unsigned int asked;
} debug;

static const char *path_of(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", STACKS, name);
	return path;
}

static int open_debug(void *ctx, size_t module, const uint8_t *build_id, size_t build_id_len,
		      const char *debuglink)
{
	int fd;

	(void)module;
	(void)build_id;
	assert_ptr_equal(ctx, &debug);
	assert_true(debuglink || build_id_len);
	debug.asked++;
	if (!debug.path[0] || debug.by_name != !!debuglink ||
	    (debuglink && !strstr(debug.path, debuglink)))
		return -ENOENT;
	fd = open(debug.path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static void offer(const struct program *program)
{
	memset(&debug, 0, sizeof(debug));
	if (!program->debug_file)
		return;
	strcpy(debug.path, path_of(program->debug_file));
	debug.by_name = program->by_name;
}

static const struct symbolizer_config config = {
	.open_debug = open_debug, .ctx = &debug, .cache_files = 64, .cache_bytes = 256 << 20};

static int make_symbolizer(void **state)
{
	(void)state;
	/* What hangs is to end. */
	alarm(300);
	memset(&debug, 0, sizeof(debug));
	return symbolizer_new(&config, &symbolizer);
}

static int free_symbolizer(void **state)
{
	(void)state;
	symbolizer_free(symbolizer);
	return 0;
}

static void run(const struct sample *sample, struct stack *stack)
{
	assert_int_equal(symbolizer_run(symbolizer, &sample->state, stack), 0);
	assert_true(stack->valid);
}

static bool is_called(const struct program *program, const struct frame *frame,
		      const char *function)
{
	size_t len = strlen(function);

	return frame->symbol && !strncmp(frame->symbol, function, len) &&
	       (!strcmp(frame->symbol + len, program->parameters) ||
		(program->parameters[0] && frame->symbol[len] == '('));
}

static void check_name(const struct program *program, const struct frame *frame,
		       const char *function)
{
	if (!is_called(program, frame, function))
		fail_msg("%s: %s and not %s", program->name, frame->symbol, function);
}

/* The frame with this function from `from` on. */
static size_t find_function(const struct program *program, const struct stack *stack, size_t from,
			    const char *function)
{
	for (size_t i = from; i < stack->count; i++)
		if (is_called(program, &stack->frames[i], function))
			return i;
	fail_msg("%s: no frame is %s", program->name, function);
	return 0;
}

/* The line of the program's source that has this text in it. */
static int line_with(const char *text)
{
	FILE *file = fopen(TARGET_SOURCE, "re");
	char line[1024];
	int number = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		number++;
		if (!strstr(line, text))
			continue;
		fclose(file);
		return number;
	}
	fail_msg("no line has %s", text);
	return 0;
}

static void check_line(const struct frame *frame, const char *text)
{
	assert_non_null(frame->file);
	assert_non_null(strstr(frame->file, "target.c"));
	assert_int_equal(frame->line, line_with(text));
}

static void check_inlined(const struct program *program, const struct frame *frame,
			  const char *function, const struct frame *caller)
{
	char text[64];

	check_name(program, frame, function);
	assert_true(frame->inlined);
	assert_false(frame->offset.known);
	assert_int_equal(frame->address, caller->address);
	assert_string_equal(frame->module, caller->module);
	assert_int_equal(frame->file_offset.value, caller->file_offset.value);
	snprintf(text, sizeof(text), "line of %s", function);
	check_line(frame, text);
}

static void check_module(const struct program *program, const struct frame *frame)
{
	assert_string_equal(frame->module, path_of(program->name));
	assert_true(frame->file_offset.known);
	assert_int_equal(frame->build_id_len, program->by_name ? 0 : BUILD_ID_LEN);
}

/* Every program stops in the same functions. Returns where outer() is. */
static size_t check_inner(const struct program *program, const struct stack *stack)
{
	size_t i = find_function(program, stack, 0, "innermost");
	const struct frame *frame = &stack->frames[i];

	/* raise() is in front of it. */
	assert_true(i > 0);
	assert_true(stack->count > i + 2);
	assert_false(frame->inlined);
	assert_true(frame->offset.known);
	assert_in_range(frame->offset.value, 1, 200);
	check_module(program, frame);
	if (program->has_lines) {
		assert_true(i > 2);
		check_line(frame, "line of innermost");
		check_inlined(program, &frame[-1], "inlined_once", frame);
		check_inlined(program, &frame[-2], "inlined_twice", frame);
	} else {
		assert_null(frame->file);
		assert_int_equal(frame->line, 0);
	}
	check_name(program, &frame[1], "middle");
	check_name(program, &frame[2], "outer");
	return i + 2;
}

static void check_end(const struct program *program, const struct stack *stack,
		      const char *const *ends)
{
	const struct frame *last = &stack->frames[stack->count - 1];

	assert_int_equal(stack->method, UNWIND_CFI);
	assert_false(stack->truncated);
	assert_non_null(last->module);
	/* What has no symbol has its offset in the file. */
	if (!last->symbol) {
		assert_int_equal(last->offset.value, last->file_offset.value);
		return;
	}
	for (size_t i = 0; ends[i]; i++)
		if (!strcmp(last->symbol, ends[i]))
			return;
	fail_msg("%s ends in %s", program->name, last->symbol);
}

static const char *const main_ends[] = {"_start", NULL};
static const char *const thread_ends[] = {"clone3", "__clone3", "clone", "__clone", NULL};

static void take(const struct program *program, const char *name, struct sample *sample)
{
	offer(program);
	sample_take(sample, path_of(program->name), name, COPY_MAX);
}

static void test_main_thread(void **state)
{
	(void)state;
	for (size_t i = 0; i < PROGRAMS; i++) {
		struct stack stack = {0};
		struct sample sample;
		size_t at;

		take(&programs[i], "plain", &sample);
		run(&sample, &stack);
		at = check_inner(&programs[i], &stack);
		assert_string_equal(stack.frames[at + 1].symbol, "main");
		check_end(&programs[i], &stack, main_ends);
		stack_clear(&stack);
		sample_clear(&sample);
	}
}

static void test_thread(void **state)
{
	(void)state;
	for (size_t i = 0; i < PROGRAMS; i++) {
		struct stack stack = {0};
		struct sample sample;
		size_t at;

		take(&programs[i], "thread", &sample);
		run(&sample, &stack);
		at = check_inner(&programs[i], &stack);
		check_name(&programs[i], &stack.frames[at + 1], "thread");
		assert_true(stack.count > at + 2);
		check_end(&programs[i], &stack, thread_ends);
		stack_clear(&stack);
		sample_clear(&sample);
	}
}

static void test_signal(void **state)
{
	(void)state;
	for (size_t i = 0; i < PROGRAMS; i++) {
		struct stack stack = {0};
		struct sample sample;
		size_t at, handled;

		take(&programs[i], "signal", &sample);
		run(&sample, &stack);
		at = check_inner(&programs[i], &stack);
		check_name(&programs[i], &stack.frames[at + 1], "handler");
		handled = find_function(&programs[i], &stack, at + 2, "interrupted");
		/* Where the handler returns to, and what was interrupted. */
		assert_true(handled >= at + 4);
		assert_string_equal(stack.frames[handled + 1].symbol, "main");
		check_end(&programs[i], &stack, main_ends);
		stack_clear(&stack);
		sample_clear(&sample);
	}
}

static void test_callback(void **state)
{
	(void)state;
	for (size_t i = 0; i < PROGRAMS; i++) {
		struct stack stack = {0};
		struct sample sample;
		size_t at, caller;

		take(&programs[i], "callback", &sample);
		run(&sample, &stack);
		at = check_inner(&programs[i], &stack);
		check_name(&programs[i], &stack.frames[at + 1], "compare");
		caller = find_function(&programs[i], &stack, at + 2, "called_back");
		assert_true(caller > at + 2);
		assert_string_equal(stack.frames[caller + 1].symbol, "main");
		check_end(&programs[i], &stack, main_ends);
		stack_clear(&stack);
		sample_clear(&sample);
	}
}

static bool has_function(const struct program *program, const struct stack *stack,
			 const char *function)
{
	for (size_t i = 0; i < stack->count; i++)
		if (is_called(program, &stack->frames[i], function))
			return true;
	return false;
}

/* Unwinds from each single instruction, up to one in stepped(). */
static void check_steps(const struct program *program)
{
	bool in_vdso = false, at_end = false;
	struct stack stack = {0};
	struct sample sample;
	size_t steps = 0;

	offer(program);
	sample_start(&sample, path_of(program->name), "step");
	sample_registers(&sample);
	sample_maps(&sample, SIZE_MAX);
	while (!at_end && ++steps < 20000) {
		sample_step(&sample);
		run(&sample, &stack);
		if (!has_function(program, &stack, "step") ||
		    !has_function(program, &stack, "main") || stack.truncated)
			fail_msg("%s: step %zu, at %s+%#llx: lost after %zu frames, in %s+%#llx",
				 program->name, steps, stack.frames[0].module,
				 (unsigned long long)stack.frames[0].file_offset.value, stack.count,
				 stack.frames[stack.count - 1].module,
				 (unsigned long long)stack.frames[stack.count - 1]
					 .file_offset.value);
		check_end(program, &stack, main_ends);
		in_vdso |= stack.frames[0].module && !strcmp(stack.frames[0].module, "[vdso]");
		at_end = has_function(program, &stack, "stepped");
		stack_clear(&stack);
	}
	assert_true(at_end);
	assert_true(in_vdso);
	sample_end(&sample);
	sample_clear(&sample);
}

static void test_each_instruction(void **state)
{
	(void)state;
	for (size_t i = 0; i < PROGRAMS; i++)
		if (!strcmp(programs[i].name, "pie") || !strcmp(programs[i].name, "no-pie") ||
		    !strcmp(programs[i].name, "debug-frame-stripped") ||
		    !strcmp(programs[i].name, "clang"))
			check_steps(&programs[i]);
}

static size_t count_functions(const struct program *program, const struct stack *stack,
			      const char *function)
{
	size_t count = 0;

	for (size_t i = 0; i < stack->count; i++)
		count += is_called(program, &stack->frames[i], function);
	return count;
}

static void test_long_stack(void **state)
{
	struct stack stack = {0};
	struct sample sample;

	(void)state;
	take(&programs[0], "deep", &sample);
	assert_true(sample.state.stack_cut);
	run(&sample, &stack);
	check_inner(&programs[0], &stack);
	assert_int_equal(stack.method, UNWIND_CFI);
	assert_true(stack.truncated);
	/* A frame of a little more than a KiB each. */
	assert_in_range(count_functions(&programs[0], &stack, "recurse"), 40, 64);
	assert_string_equal(stack.frames[stack.count - 1].symbol, "recurse");
	stack_clear(&stack);
	sample_clear(&sample);
}

/* Where frame pointers are kept they lead on from where the copy of the stack ends. */
static void test_mixed(void **state)
{
	const struct program *program = &programs[4];
	struct stack stack;
	struct sample sample;

	(void)state;
	take(program, "deep", &sample);
	assert_true(sample.state.stack_cut);
	stack = sample.stack;
	sample.stack = (struct stack){0};
	/* The C library, which stops it, keeps none. */
	assert_false(stack.truncated);
	run(&sample, &stack);
	check_inner(program, &stack);
	assert_int_equal(stack.method, UNWIND_MIXED);
	assert_int_equal(count_functions(program, &stack, "recurse"), 101);
	find_function(program, &stack, 100, "main");
	stack_clear(&stack);
	sample_clear(&sample);
}

/* Without registers there is what the kernel found. */
static void test_frame_pointers_alone(void **state)
{
	const struct program *program = &programs[4];
	struct stack stack;
	struct sample sample;
	size_t at;

	(void)state;
	take(program, "shallow", &sample);
	stack = sample.stack;
	sample.stack = (struct stack){0};
	sample.state.reg_count = 0;
	run(&sample, &stack);
	assert_int_equal(stack.method, UNWIND_FRAME_POINTERS);
	at = find_function(program, &stack, 0, "middle");
	check_module(program, &stack.frames[at]);
	assert_int_equal(count_functions(program, &stack, "recurse"), 21);
	find_function(program, &stack, at, "main");
	stack_clear(&stack);
	sample_clear(&sample);
}

static void test_nothing(void **state)
{
	const struct user_state nothing = {0};
	struct stack stack = {0};

	(void)state;
	assert_int_equal(symbolizer_run(symbolizer, &nothing, &stack), 0);
	assert_false(stack.valid);
	assert_int_equal(stack.count, 0);
	assert_int_equal(stack.method, UNWIND_UNKNOWN);
	stack.valid = true;
	assert_int_equal(symbolizer_run(symbolizer, &nothing, &stack), 0);
	assert_true(stack.valid);
	assert_int_equal(stack.count, 0);
	stack_clear(&stack);
}

/* Without its file a frame says where in the file it is. */
static void test_missing_files(void **state)
{
	struct stack stack = {0};
	struct sample sample;
	const struct frame *frame;

	(void)state;
	take(&programs[0], "plain", &sample);
	for (size_t i = 0; i < sample.state.module_count; i++) {
		if (sample.state.modules[i].fd > 0)
			close(sample.state.modules[i].fd);
		sample.state.modules[i].fd = 0;
	}
	run(&sample, &stack);
	assert_true(stack.count >= 1);
	frame = &stack.frames[0];
	assert_int_equal(frame->address, sample.state.pc);
	assert_null(frame->symbol);
	assert_non_null(strstr(frame->module, "libc.so"));
	assert_true(frame->file_offset.known);
	assert_int_equal(frame->offset.value, frame->file_offset.value);
	assert_int_equal(frame->build_id_len, 0);
	stack_clear(&stack);
	sample_clear(&sample);
}

static struct module *module_of_program(struct sample *sample, const char *program)
{
	for (size_t i = 0; i < sample->state.module_count; i++)
		if (sample->state.modules[i].path &&
		    !strcmp(sample->state.modules[i].path, path_of(program)))
			return &sample->state.modules[i];
	fail_msg("%s is not mapped", program);
	return NULL;
}

/* Addresses of the program itself, as the kernel would give them. */
static struct stack stack_in(const struct module *module, size_t count)
{
	struct stack stack = {.valid = true, .count = count};

	stack.frames = calloc(count, sizeof(*stack.frames));
	for (size_t i = 0; i < count; i++) {
		stack.frames[i].address = module->start + 16 + i;
		stack.frames[i].file_offset =
			num_of((int64_t)module->file_offset + 16 + (int64_t)i);
	}
	return stack;
}

static void set_id(struct stack *stack, const uint8_t *id, size_t len)
{
	memset(stack->frames[0].build_id, 0, BUILD_ID_LEN);
	memcpy(stack->frames[0].build_id, id, len);
	stack->frames[0].build_id_len = BUILD_ID_LEN;
}

/* Whether the file of the module is taken for the one that was mapped. */
static bool is_used(struct sample *sample, struct stack *stack, uint8_t *ret_id)
{
	bool used;

	run(sample, stack);
	used = stack->frames[0].symbol != NULL;
	assert_int_equal(stack->frames[0].file_offset.value,
			 stack->frames[0].address - module_of_program(sample, "pie")->start +
				 module_of_program(sample, "pie")->file_offset);
	if (ret_id)
		memcpy(ret_id, stack->frames[0].build_id, BUILD_ID_LEN);
	stack_clear(stack);
	return used;
}

static void test_which_file(void **state)
{
	uint8_t id[BUILD_ID_LEN], other[BUILD_ID_LEN] = {1};
	struct sample sample;
	struct module *module;
	struct stack stack;

	(void)state;
	take(&programs[0], "plain", &sample);
	sample.state.reg_count = 0;
	module = module_of_program(&sample, "pie");
	stack = stack_in(module, 1);
	assert_true(is_used(&sample, &stack, id));

	/* By device and inode. */
	module->same_file = false;
	stack = stack_in(module, 1);
	assert_true(is_used(&sample, &stack, NULL));
	module->inode++;
	stack = stack_in(module, 1);
	assert_false(is_used(&sample, &stack, NULL));

	/* By the build id, which knows better. */
	stack = stack_in(module, 1);
	set_id(&stack, id, BUILD_ID_LEN);
	assert_true(is_used(&sample, &stack, NULL));
	module->inode--;
	stack = stack_in(module, 1);
	set_id(&stack, other, BUILD_ID_LEN);
	assert_false(is_used(&sample, &stack, NULL));
	/* A longer one that begins like it, and what might be a shorter one. */
	stack = stack_in(module, 1);
	set_id(&stack, id, BUILD_ID_LEN - 1);
	assert_false(is_used(&sample, &stack, NULL));
	/* Of another frame in the same module. */
	stack = stack_in(module, 2);
	memcpy(stack.frames[1].build_id, other, BUILD_ID_LEN);
	stack.frames[1].build_id_len = BUILD_ID_LEN;
	run(&sample, &stack);
	assert_null(stack.frames[0].symbol);
	assert_memory_equal(stack.frames[0].build_id, other, BUILD_ID_LEN);
	stack_clear(&stack);
	sample_clear(&sample);
}

/* A file of another process's under the same name is not taken for this one's. */
static void test_debug_files_change(void **state)
{
	const struct program *program = &programs[9];
	struct stack stack = {0};
	struct sample sample;
	unsigned int asked;

	(void)state;
	take(program, "plain", &sample);
	run(&sample, &stack);
	check_inner(program, &stack);
	stack_clear(&stack);
	assert_true(debug.asked > 0);

	/* As it was. */
	asked = debug.asked;
	run(&sample, &stack);
	check_inner(program, &stack);
	stack_clear(&stack);
	assert_true(debug.asked > asked);

	/* Gone: and with it all that it said. */
	debug.path[0] = '\0';
	run(&sample, &stack);
	for (size_t i = 0; i < stack.count; i++)
		assert_null(stack.frames[i].file);
	stack_clear(&stack);

	/* There, but of another program. */
	strcpy(debug.path, path_of("debug-frame.debug"));
	run(&sample, &stack);
	for (size_t i = 0; i < stack.count; i++)
		assert_null(stack.frames[i].file);
	stack_clear(&stack);

	offer(program);
	run(&sample, &stack);
	check_inner(program, &stack);
	stack_clear(&stack);
	sample_clear(&sample);
}

/* The name is right, and so is the place, but not what is in it. */
static void test_debuglink_crc(void **state)
{
	const struct program *program = &programs[10];
	struct stack stack = {0};
	struct sample sample;
	FILE *file;

	(void)state;
	take(program, "plain", &sample);
	snprintf(debug.path, sizeof(debug.path), "%s/wrong-%d", STACKS, (int)getpid());
	assert_int_equal(mkdir(debug.path, 0700), 0);
	strcat(debug.path, "/no-id.debug");
	file = fopen(debug.path, "we");
	assert_non_null(file);
	fputs("\177ELF", file);
	fclose(file);
	run(&sample, &stack);
	assert_true(debug.asked > 0);
	for (size_t i = 0; i < stack.count; i++)
		assert_null(stack.frames[i].file);
	stack_clear(&stack);
	assert_int_equal(unlink(debug.path), 0);
	*strrchr(debug.path, '/') = '\0';
	assert_int_equal(rmdir(debug.path), 0);
	sample_clear(&sample);
}

static int memory_file(const void *bytes, size_t len)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd > 0);
	assert_int_equal(write(fd, bytes, len), len);
	return fd;
}

enum { JIT = 0x500000, STACK_AT = 0x7ffc0000 };

/* Code of a JIT compiler's that keeps frame pointers, called by more of it. */
static void make_jit(struct user_state *state, struct module *module, uint64_t stack[8],
		     const char *map)
{
	memset(state, 0, sizeof(*state));
	*module = (struct module){.start = JIT, .end = JIT + 0x1000};
	state->modules = module;
	state->module_count = 1;
	state->all_modules = true;
	state->reg_count = 17;
	state->pc = JIT + 0x10;
	state->regs[16] = state->pc;
	state->regs[7] = STACK_AT;
	state->regs[6] = STACK_AT + 16;
	stack[2] = STACK_AT + 32;
	stack[3] = JIT + 0x120;
	stack[4] = 0;
	stack[5] = JIT + 0x200;
	state->stack = (uint8_t *)stack;
	state->stack_len = 8 * sizeof(*stack);
	state->stack_address = STACK_AT;
	state->perf_map_fd = memory_file(map, strlen(map));
}

static void test_jit(void **state)
{
	static const char map[] =
		"500000 100 js:one\n500100 100 js:two (a b)\n500300 10 js:three\n";
	struct user_state jit;
	struct module module;
	struct stack stack = {0};
	uint64_t words[8] = {0};

	(void)state;
	make_jit(&jit, &module, words, map);
	assert_int_equal(symbolizer_run(symbolizer, &jit, &stack), 0);
	assert_int_equal(stack.count, 3);
	assert_int_equal(stack.method, UNWIND_CFI);
	assert_false(stack.truncated);
	assert_string_equal(stack.frames[0].symbol, "js:one");
	assert_int_equal(stack.frames[0].offset.value, 0x10);
	assert_string_equal(stack.frames[1].symbol, "js:two (a b)");
	assert_int_equal(stack.frames[1].offset.value, 0x20);
	/* The call was the last thing in js:two. */
	assert_string_equal(stack.frames[2].symbol, "js:two (a b)");
	assert_int_equal(stack.frames[2].offset.value, 0x100);
	for (size_t i = 0; i < 3; i++) {
		assert_null(stack.frames[i].module);
		assert_false(stack.frames[i].file_offset.known);
	}
	stack_clear(&stack);

	/* The same without the mapping: the map of names says that there is code. */
	jit.module_count = 0;
	assert_int_equal(symbolizer_run(symbolizer, &jit, &stack), 0);
	assert_int_equal(stack.count, 3);
	assert_string_equal(stack.frames[2].symbol, "js:two (a b)");
	stack_clear(&stack);
	close(jit.perf_map_fd);
}

/* Registers and stacks that lie end somewhere. */
static void test_lies(void **state)
{
	struct stack stack = {0};
	struct sample sample;
	uint64_t kept;

	(void)state;
	take(&programs[0], "plain", &sample);
	/* A stack pointer from elsewhere. */
	for (uint64_t wrong = 1; wrong; wrong <<= 9) {
		kept = sample.state.regs[7];
		sample.state.regs[7] = wrong;
		run(&sample, &stack);
		assert_in_range(stack.count, 1, 256);
		assert_int_equal(stack.frames[0].address, sample.state.pc);
		assert_true(stack.truncated || stack.count > 1);
		stack_clear(&stack);
		sample.state.regs[7] = kept;
	}
	/* No code there. */
	kept = sample.state.pc;
	sample.state.pc = 8;
	run(&sample, &stack);
	assert_int_equal(stack.count, 1);
	assert_int_equal(stack.frames[0].address, 8);
	assert_null(stack.frames[0].module);
	stack_clear(&stack);
	sample.state.pc = kept;
	/* A stack of nothing but its own return address. */
	for (size_t at = 0; at + 8 <= sample.state.stack_len; at += 8)
		memcpy(sample.state.stack + at, &sample.state.pc, 8);
	run(&sample, &stack);
	assert_in_range(stack.count, 1, 1024);
	stack_clear(&stack);
	/* Registers of no known machine. */
	sample.state.reg_count = 5;
	assert_int_equal(symbolizer_run(symbolizer, &sample.state, &stack), 0);
	assert_false(stack.valid);
	assert_int_equal(stack.count, 0);
	stack_clear(&stack);
	sample_clear(&sample);
}

/* What the kernel took for return addresses, where no frame pointer was. */
static void test_wrong_frame_pointers(void **state)
{
	struct sample sample;
	struct stack stack;
	struct module *module;

	(void)state;
	take(&programs[0], "plain", &sample);
	sample.state.reg_count = 0;
	module = module_of_program(&sample, "pie");
	stack = stack_in(module, 4);
	stack.frames[2].address = 0x1234;
	stack.frames[2].file_offset = (struct num){0};
	run(&sample, &stack);
	assert_int_equal(stack.count, 2);
	assert_true(stack.truncated);
	stack_clear(&stack);
	/* But where not all modules are known it may be one that is not. */
	sample.state.all_modules = false;
	stack = stack_in(module, 4);
	stack.frames[2].address = 0x1234;
	stack.frames[2].file_offset = (struct num){0};
	run(&sample, &stack);
	assert_int_equal(stack.count, 4);
	assert_null(stack.frames[2].module);
	stack_clear(&stack);
	sample_clear(&sample);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_main_thread),
		cmocka_unit_test(test_thread),
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_callback),
		cmocka_unit_test(test_each_instruction),
		cmocka_unit_test(test_long_stack),
		cmocka_unit_test(test_mixed),
		cmocka_unit_test(test_frame_pointers_alone),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_missing_files),
		cmocka_unit_test(test_which_file),
		cmocka_unit_test(test_debug_files_change),
		cmocka_unit_test(test_debuglink_crc),
		cmocka_unit_test(test_jit),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_wrong_frame_pointers),
	};

	return cmocka_run_group_tests(tests, make_symbolizer, free_symbolizer);
}
