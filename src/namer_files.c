// SPDX-License-Identifier: GPL-2.0
#include "namer_files.h"

#include "namer_protocol.h"
#include "regular_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Return addresses on arm64 may be signed in the bits above. */
#define ADDRESS_MASK ((UINT64_C(1) << 48) - 1)

/* A perf map takes one of the descriptors that can be sent. */
#define FILES_MAX (NAMER_FILES_MAX - 1)

static bool points_into(uint64_t value, const struct module *module)
{
	/* A call that never returns may be the last of its module: then it returns to the end. */
	return (value >= module->start && value <= module->end) ||
	       ((value & ADDRESS_MASK) >= module->start && (value & ADDRESS_MASK) <= module->end);
}

static bool registers_point_into(const struct user_state *state, const struct module *module)
{
	for (size_t i = 0; i < state->reg_count; i++)
		if (points_into(state->regs[i], module))
			return true;
	return points_into(state->pc, module);
}

static bool frames_point_into(const struct stack *stack, const struct module *module)
{
	for (size_t i = 0; i < stack->count; i++)
		if (points_into(stack->frames[i].address, module))
			return true;
	return false;
}

static bool copy_points_into(const struct user_state *state, const struct module *module)
{
	uint64_t word;

	for (size_t at = -state->stack_address % sizeof(word);
	     at < state->stack_len && state->stack_len - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, state->stack + at, sizeof(word));
		if (points_into(word, module))
			return true;
	}
	return false;
}

static int open_in_roots(const struct debug_roots *roots, const char *path)
{
	for (size_t i = 0; i < sizeof(roots->fds) / sizeof(roots->fds[0]); i++) {
		int fd = roots->fds[i] < 0 ? -ENOENT : regular_file_open_in(roots->fds[i], path);

		if (fd > 0)
			return fd;
	}
	return 0;
}

/* The vDSO of 32-bit processes, which lies low, is another. */
static void open_vdso(struct module *module, int vdso_fd)
{
	module->fd = 0;
	module->same_file = false;
	if (vdso_fd <= 0 || module->start <= UINT32_MAX)
		return;
	module->fd = fcntl(vdso_fd, F_DUPFD_CLOEXEC, 3);
	module->same_file = module->fd > 0;
}

static void open_module(struct module *module, const struct debug_roots *roots)
{
	int fd = module->fd > 0 ? regular_file_reopen(module->fd) : 0;

	if (fd <= 0) {
		module->same_file = false;
		fd = module->path && module->path[0] == '/' ? open_in_roots(roots, module->path)
							    : 0;
	}
	module->fd = fd;
}

static void open_all(struct user_state *open, const struct stack *stack,
		     const struct debug_roots *roots, int vdso_fd)
{
	size_t count = 0;

	for (size_t i = 0; i < open->module_count; i++) {
		struct module *module = &open->modules[i];

		if (count == FILES_MAX ||
		    !(registers_point_into(open, module) || frames_point_into(stack, module) ||
		      copy_points_into(open, module)))
			module->fd = 0;
		else if (module->path && !strcmp(module->path, "[vdso]"))
			open_vdso(module, vdso_fd);
		else
			open_module(module, roots);
		count += module->fd > 0;
	}
	open->perf_map_fd = open->perf_map_fd > 0 ? regular_file_reopen(open->perf_map_fd) : 0;
	if (open->perf_map_fd < 0)
		open->perf_map_fd = 0;
}

int namer_files_open(const struct user_state *state, const struct stack *stack,
		     const struct debug_roots *roots, int vdso_fd, struct user_state *ret_open)
{
	struct user_state open = *state;

	open.modules = calloc(open.module_count + 1, sizeof(*open.modules));
	if (!open.modules)
		return -ENOMEM;
	if (open.module_count)
		memcpy(open.modules, state->modules, open.module_count * sizeof(*open.modules));
	open_all(&open, stack, roots, vdso_fd);
	*ret_open = open;
	return 0;
}

void namer_files_close(struct user_state *open)
{
	for (size_t i = 0; i < open->module_count; i++)
		if (open->modules[i].fd > 0)
			close(open->modules[i].fd);
	if (open->perf_map_fd > 0)
		close(open->perf_map_fd);
	free(open->modules);
}
