// SPDX-License-Identifier: GPL-2.0
#include "symbolize.h"

#include "chain.h"
#include "perf_map.h"
#include "symbols.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Frames of one stack, inlined ones included. */
#define FRAMES_MAX 2048

struct symbolizer {
	struct symbolizer_config config;
	struct symbol_cache *cache;
};

/* One stack. */
struct run {
	const struct user_state *state;
	const struct stack *stack; /* as the kernel found it */
	struct code *code;
	struct stack out;
	size_t room;
};

int symbolizer_new(const struct symbolizer_config *config, struct symbolizer **ret_symbolizer)
{
	struct symbolizer *symbolizer = calloc(1, sizeof(*symbolizer));
	int err;

	if (!symbolizer)
		return -ENOMEM;
	symbolizer->config = *config;
	err = symbol_cache_new(config->cache_files, config->cache_bytes, &symbolizer->cache);
	if (err) {
		free(symbolizer);
		return err;
	}
	*ret_symbolizer = symbolizer;
	return 0;
}

void symbolizer_free(struct symbolizer *symbolizer)
{
	if (!symbolizer)
		return;
	symbol_cache_free(symbolizer->cache);
	free(symbolizer);
}

static struct frame *add_frame(struct run *run)
{
	if (run->out.count == run->room) {
		size_t room = run->room ? run->room * 2 : 64;
		struct frame *frames = reallocarray(run->out.frames, room, sizeof(*frames));

		if (!frames)
			return NULL;
		run->out.frames = frames;
		run->room = room;
	}
	memset(&run->out.frames[run->out.count], 0, sizeof(struct frame));
	return &run->out.frames[run->out.count++];
}

/* What is known of the address without looking into a file. */
static int set_known(const struct run *run, const struct module *module, uint64_t address,
		     struct frame *frame)
{
	const struct frame *known = module ? code_frame_with_id(run->code, module) : NULL;

	frame->address = address;
	if (module && module->path) {
		frame->file_offset = num_of((int64_t)code_file_offset(module, address));
		frame->module = strdup(module->path);
		if (!frame->module)
			return -ENOMEM;
	}
	for (size_t i = 0; i < run->stack->count; i++) {
		const struct frame *found = &run->stack->frames[i];

		if (found->address != address || !found->file_offset.known)
			continue;
		frame->file_offset = found->file_offset;
		if (found->build_id_len)
			known = found;
	}
	if (known) {
		memcpy(frame->build_id, known->build_id, sizeof(frame->build_id));
		frame->build_id_len = known->build_id_len;
	}
	return 0;
}

static void set_own_id(const struct object *object, struct frame *frame)
{
	size_t len;
	const uint8_t *id = object_build_id(object, &len);

	memset(frame->build_id, 0, sizeof(frame->build_id));
	if (id)
		memcpy(frame->build_id, id, len);
	frame->build_id_len = (uint8_t)len;
}

/* Takes over what the source frame has. */
static void set_source(struct source_frame *source, bool is_return, struct frame *frame)
{
	frame->symbol = source->symbol;
	frame->offset = source->offset;
	if (frame->offset.known)
		frame->offset.value += is_return;
	frame->file = source->file;
	frame->line = source->line;
	frame->inlined = source->inlined;
	memset(source, 0, sizeof(*source));
}

/* The frames of one address: the function with what is inlined in it, or what little is known. */
static int name_address(struct run *run, const struct unwind_frame *at)
{
	uint64_t lookup = at->address - !at->exact, linked;
	const struct module *module = code_module(run->code, lookup);
	struct object *object = module ? code_object(run->code, module) : NULL;
	struct source_frame sources[SOURCE_FRAMES_MAX] = {0};
	size_t count = 1;
	int err = 0;

	if (object && object_address_of(object, code_file_offset(module, lookup), &linked))
		count = symbols_find(object, linked, sources);
	for (size_t i = 0; i < count; i++) {
		struct frame *frame = err ? NULL : add_frame(run);

		if (!frame) {
			source_frame_clear(&sources[i]);
			err = -ENOMEM;
			continue;
		}
		set_source(&sources[i], !at->exact, frame);
		err = set_known(run, module, at->address, frame);
		if (object)
			set_own_id(object, frame);
	}
	return err;
}

/* Memory of a JIT compiler's, which may be a file as well, but none of ELF. */
static bool wants_perf_map(struct run *run, const struct frame *frame)
{
	const struct module *module = code_module(run->code, frame->address);

	return !frame->symbol && (!module || !code_object(run->code, module));
}

static int name_by_perf_map(struct run *run)
{
	struct perf_map_query *queries = calloc(run->out.count + 1, sizeof(*queries));
	size_t count = 0;
	int err;

	if (!queries)
		return -ENOMEM;
	for (size_t i = 0; i < run->out.count; i++)
		if (wants_perf_map(run, &run->out.frames[i]))
			queries[count++] = (struct perf_map_query){
				.address = run->out.frames[i].address - (i > 0),
				.owner = &run->out.frames[i],
			};
	err = perf_map_find(run->state->perf_map_fd, queries, count);
	for (size_t i = 0; i < count; i++) {
		struct frame *frame = queries[i].owner;

		if (!queries[i].name)
			continue;
		frame->symbol = queries[i].name;
		frame->offset = num_of((int64_t)(frame->address - queries[i].start));
	}
	free(queries);
	return err == -ENOMEM ? err : 0;
}

static int name_chain(struct run *run, const struct unwind_chain *chain)
{
	int err = 0;

	for (size_t i = 0; !err && i < chain->count && run->out.count < FRAMES_MAX; i++)
		err = name_address(run, &chain->frames[i]);
	if (!err && run->state->perf_map_fd > 0)
		err = name_by_perf_map(run);
	for (size_t i = 0; i < run->out.count; i++)
		if (!run->out.frames[i].symbol)
			run->out.frames[i].offset = run->out.frames[i].file_offset;
	return err;
}

static int make_stack(struct run *run)
{
	struct unwind_chain chain;

	run->out.method = chain_find(run->code, run->state, run->stack, &chain);
	run->out.valid = run->stack->valid || chain.count;
	run->out.truncated = chain.end != UNWIND_END_OUTERMOST;
	return name_chain(run, &chain);
}

int symbolizer_run(struct symbolizer *symbolizer, const struct user_state *state,
		   struct stack *stack)
{
	const struct code_config config = {
		.state = state,
		.stack = stack,
		.cache = symbolizer->cache,
		.open_debug = symbolizer->config.open_debug,
		.ctx = symbolizer->config.ctx,
	};
	struct run run = {.state = state, .stack = stack};
	int err = code_new(&config, &run.code);

	if (err)
		return err;
	err = make_stack(&run);
	code_free(run.code);
	if (err) {
		stack_clear(&run.out);
		return err;
	}
	stack_clear(stack);
	*stack = run.out;
	return 0;
}
