// SPDX-License-Identifier: GPL-2.0
#include "code.h"

#include "perf_map.h"
#include "unwind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* The kernel's own dev_t (include/linux/kdev_t.h). */
#define KERNEL_MAJOR(dev) ((dev) >> 20)
#define KERNEL_MINOR(dev) ((dev)&0xfffff)

/* Addresses outside of all modules that are looked for in the perf map. */
enum { STRAYS_MAX = 8 };

/* A module's file. */
struct code_file {
	struct code *code;
	struct debug_source source;
	bool tried;
	struct object *object;
};

struct code {
	struct code_config config;
	int elf_machine;
	unsigned int strays;
	struct code_file files[]; /* one for each of the modules */
};

static int open_debug(void *ctx, const uint8_t *build_id, size_t build_id_len,
		      const char *debuglink)
{
	const struct code_file *file = ctx;
	const struct code_config *config = &file->code->config;

	if (!config->open_debug)
		return -ENOENT;
	return config->open_debug(config->ctx, (size_t)(file - file->code->files), build_id,
				  build_id_len, debuglink);
}

int code_new(const struct code_config *config, struct code **ret_code)
{
	const struct user_state *state = config->state;
	struct code *code = calloc(1, sizeof(*code) + state->module_count * sizeof(code->files[0]));

	if (!code)
		return -ENOMEM;
	code->config = *config;
	code->elf_machine = unwind_elf_machine(state->reg_count);
	for (size_t i = 0; i < state->module_count; i++) {
		code->files[i].code = code;
		code->files[i].source = (struct debug_source){open_debug, &code->files[i]};
	}
	*ret_code = code;
	return 0;
}

void code_free(struct code *code)
{
	if (!code)
		return;
	symbol_cache_trim(code->config.cache);
	free(code);
}

const struct module *code_module(const struct code *code, uint64_t address)
{
	const struct user_state *state = code->config.state;

	for (size_t i = 0; i < state->module_count; i++)
		if (address >= state->modules[i].start && address < state->modules[i].end)
			return &state->modules[i];
	return NULL;
}

const struct frame *code_frame_with_id(const struct code *code, const struct module *module)
{
	const struct stack *stack = code->config.stack;

	for (size_t i = 0; i < stack->count; i++) {
		const struct frame *frame = &stack->frames[i];

		if (frame->build_id_len && frame->address >= module->start &&
		    frame->address < module->end)
			return frame;
	}
	return NULL;
}

/* The kernel pads a shorter id with zeroes and does not tell its length. */
static bool is_same_id(const struct frame *frame, const uint8_t *id, size_t len)
{
	static const uint8_t zeroes[BUILD_ID_LEN];

	return len && len <= frame->build_id_len && !memcmp(id, frame->build_id, len) &&
	       !memcmp(frame->build_id + len, zeroes, frame->build_id_len - len);
}

static bool is_same_inode(const struct module *module)
{
	struct stat st;

	return !fstat(module->fd, &st) && st.st_ino == module->inode &&
	       major(st.st_dev) == KERNEL_MAJOR(module->dev) &&
	       minor(st.st_dev) == KERNEL_MINOR(module->dev);
}

static bool is_mapped(const struct code *code, const struct module *module,
		      const struct object *object)
{
	const struct frame *frame = code_frame_with_id(code, module);
	const uint8_t *id;
	size_t len;

	/* There is one vDSO, the kernel's, and no file that could be another. */
	if (module->same_file || !strcmp(module->path, "[vdso]"))
		return true;
	id = object_build_id(object, &len);
	return frame ? is_same_id(frame, id, len) : is_same_inode(module);
}

struct object *code_object(struct code *code, const struct module *module)
{
	struct code_file *file = &code->files[module - code->config.state->modules];
	struct object *object;

	if (file->tried)
		return file->object;
	file->tried = true;
	if (module->fd > 0 && module->path &&
	    !symbol_cache_get(code->config.cache, module->fd, &file->source, &object) &&
	    is_mapped(code, module, object))
		file->object = object;
	return file->object;
}

static bool is_in_perf_map(struct code *code, uint64_t address)
{
	struct perf_map_query query = {.address = address};
	bool found;

	if (code->config.state->perf_map_fd <= 0 || code->strays++ >= STRAYS_MAX)
		return false;
	perf_map_find(code->config.state->perf_map_fd, &query, 1);
	found = query.name;
	free(query.name);
	return found;
}

bool code_is_there(struct code *code, uint64_t address)
{
	return code_module(code, address) || is_in_perf_map(code, address);
}

int code_find_rules(void *ctx, uint64_t address, Dwarf_Frame **ret_frame, uint64_t *ret_bias)
{
	struct code *code = ctx;
	const struct module *module = code_module(code, address);
	struct object *object;
	uint64_t linked;
	int err;

	if (!module)
		return is_in_perf_map(code, address) ? -ENODATA : -ENOENT;
	object = code_object(code, module);
	if (!object || !object_is_for(object, code->elf_machine) ||
	    !object_address_of(object, code_file_offset(module, address), &linked))
		return -ENODATA;
	err = object_find_rules(object, linked, ret_frame, ret_bias);
	if (!err)
		*ret_bias += address - linked;
	return err;
}
