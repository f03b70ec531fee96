/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The code that one user stack may stand in: what was mapped, and the files of it, each opened when
 * it is first asked for and only if it is the one that was mapped.
 */
#ifndef OOMTRACE_CODE_H
#define OOMTRACE_CODE_H

#include "symbol_cache.h"

struct code;

struct code_config {
	const struct user_state *state;
	const struct stack *stack; /* as the kernel found it: it knows build ids */
	struct symbol_cache *cache;
	/* A debug file of state->modules[module]; see struct debug_source. */
	int (*open_debug)(void *ctx, size_t module, const uint8_t *build_id, size_t build_id_len,
			  const char *debuglink);
	void *ctx;
};

/* What the configuration points to must outlive it. -ENOMEM. */
int code_new(const struct code_config *config, struct code **ret_code);

/* Ends the use of the cache's objects as well. */
void code_free(struct code *code);

/* NULL: nothing is known to be mapped there. */
const struct module *code_module(const struct code *code, uint64_t address);

/* Where the module's file has what is mapped at this address of it. */
static inline uint64_t code_file_offset(const struct module *module, uint64_t address)
{
	return address - module->start + module->file_offset;
}

/* The file of one of the state's modules. NULL: it is not there, or not the one that was mapped. */
struct object *code_object(struct code *code, const struct module *module);

/* A frame of the kernel's that lies in the module and has its build id; NULL: there is none. */
const struct frame *code_frame_with_id(const struct code *code, const struct module *module);

/* Whether there is code at the address: mapped, or named by a JIT compiler. */
bool code_is_there(struct code *code, uint64_t address);

/* For struct unwind_rules; ctx is the code. */
int code_find_rules(void *ctx, uint64_t address, Dwarf_Frame **ret_frame, uint64_t *ret_bias);

#endif
