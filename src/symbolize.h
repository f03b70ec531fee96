/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Unwinds and names user stacks from what was taken of their threads, when these are gone. All that
 * it reads is under the control of whoever wrote the programs: it belongs in a process without
 * privileges, whose time and memory are bounded.
 */
#ifndef OOMTRACE_SYMBOLIZE_H
#define OOMTRACE_SYMBOLIZE_H

#include "incident.h"

struct symbolizer;

struct symbolizer_config {
	/*
	 * Opens a separate debug file of state->modules[module]: by build id (debuglink NULL), or by
	 * the name of its .gnu_debuglink (build_id_len may be 0 then). Returns a readable descriptor
	 * of a regular file, the symbolizer's from then on, or -errno.
	 */
	int (*open_debug)(void *ctx, size_t module, const uint8_t *build_id, size_t build_id_len,
			  const char *debuglink);
	void *ctx;
	/* At most so many files stay open for later stacks, least recently used first out ... */
	size_t cache_files;
	uint64_t cache_bytes; /* ... and at most so many bytes of files */
};

/* -ENOMEM. */
int symbolizer_new(const struct symbolizer_config *config, struct symbolizer **ret_symbolizer);
void symbolizer_free(struct symbolizer *symbolizer);

/*
 * Takes the frames that the kernel found by frame pointers (address, and maybe build_id and
 * file_offset; innermost first; frame 0 is where the thread was, the others return addresses) and
 * gives the better of these and of what unwinding by call frame information finds. Frames get what
 * is known of symbol, offset, module, file_offset, build_id, file and line; inlined functions are
 * put before the function they are inlined into, with the same address.
 *
 * state->modules[i].fd are readable descriptors of regular files, or 0; state->perf_map_fd likewise.
 * They stay the caller's and are not used after the call. -ENOMEM: the stack is as it was.
 */
int symbolizer_run(struct symbolizer *symbolizer, const struct user_state *state,
		   struct stack *stack);

#endif
