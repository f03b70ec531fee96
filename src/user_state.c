// SPDX-License-Identifier: GPL-2.0
#include "user_state.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void close_fd(int fd)
{
	if (fd > 0)
		close(fd);
}

/* The bytes of one part of the copy, which ends at `end`. */
static const uint8_t *find_in_part(const struct user_state *state, size_t begin, size_t end,
				   uint64_t offset, size_t size)
{
	if (!size || end > state->stack_len || begin > end || offset > end - begin ||
	    size > end - begin - offset)
		return NULL;
	offset += begin;
	for (uint64_t page = offset / USER_STACK_PAGE;
	     page <= (offset + size - 1) / USER_STACK_PAGE; page++)
		if (page < 64 && (state->stack_missing >> page & 1))
			return NULL;
	return state->stack + offset;
}

const uint8_t *user_state_find(const struct user_state *state, uint64_t address, size_t size)
{
	size_t end = state->outer_at ? state->outer_at : state->stack_len;
	const uint8_t *found = NULL;

	if (address >= state->stack_address)
		found = find_in_part(state, 0, end, address - state->stack_address, size);
	if (!found && state->outer_at && address >= state->outer_address)
		found = find_in_part(state, state->outer_at, state->stack_len,
				     address - state->outer_address, size);
	return found;
}

bool user_state_is_cut(const struct user_state *state, uint64_t address)
{
	return state->stack_cut &&
	       address >= (state->outer_at ? state->outer_address : state->stack_address);
}

void user_state_clear(struct user_state *state)
{
	if (!state)
		return;
	for (size_t i = 0; i < state->module_count; i++) {
		free(state->modules[i].path);
		close_fd(state->modules[i].fd);
	}
	free(state->modules);
	free(state->stack);
	close_fd(state->root_fd);
	close_fd(state->perf_map_fd);
	memset(state, 0, sizeof(*state));
}
