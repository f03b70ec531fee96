/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Unwinds and names user stacks, in a helper process without rights: files of processes that run
 * out of memory are parsed there and may be hostile. It is started when it is first needed, kept
 * for the next stack, and killed when it takes too long. While the machine has no memory left none
 * is started and none kept: stacks wait five seconds for better times.
 */
#ifndef OOMTRACE_NAMER_H
#define OOMTRACE_NAMER_H

#include "incident.h"

#include <stdbool.h>
#include <stdint.h>

/* What one stack may take of the helper's time, and of a debuginfod server's. */
#define NAMER_TIMEOUT_MS	    10000
#define NAMER_DEBUGINFOD_TIMEOUT_MS 60000

struct namer;

/* Strings must live as long as the namer. */
struct namer_config {
	const char *root; /* where the host's root directory is; "" */
	bool debuginfod;  /* also ask servers for debug files */
	int stop_fd; /* once it is readable, all that is left to name gets a few seconds; 0: none */
	const char *program;		/* NULL: this one */
	const char *debuginfod_program; /* NULL: DEBUGINFOD_PROGRAM */
	unsigned int timeout_ms;	/* 0: NAMER_TIMEOUT_MS */
};

/* Starts nothing yet. -ENOMEM. */
int namer_new(const struct namer_config *config, struct namer **ret_namer);

/* Ends the helper; NULL is allowed. */
void namer_free(struct namer *namer);

/*
 * Unwinds and names the stack of a thread of process `pid`, below whose root files are looked for
 * as well, as long as it exists. What the helper does not give keeps the module's path, the offset
 * in its file and the build id.
 */
void namer_name_stack(struct namer *namer, int64_t pid, const struct user_state *state,
		      struct stack *stack);

/* The latter alone, without the helper: of each frame without a name where it lies. */
void namer_locate_frames(const struct user_state *state, struct stack *stack);

/* 0, or the -errno for which the helper could not be started; after three it is not tried again. */
int namer_start_error(const struct namer *namer);

#endif
