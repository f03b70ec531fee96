/* SPDX-License-Identifier: GPL-2.0 */
/* The files that the helper gets with a stack: those of the modules it may lead through. */
#ifndef OOMTRACE_NAMER_FILES_H
#define OOMTRACE_NAMER_FILES_H

#include "debug_files.h"
#include "incident.h"
#include "user_state.h"

/*
 * Makes a state whose descriptors are open for reading: that of each module to which a register, a
 * frame or a word of the stack's copy points, and of the perf map. A module that has none is looked
 * for by its path in the roots, which says nothing about whether it is the same file. `vdso_fd` is
 * given for the module "[vdso]"; 0: none. All else in *ret_open is the state's. -ENOMEM.
 */
int namer_files_open(const struct user_state *state, const struct stack *stack,
		     const struct debug_roots *roots, int vdso_fd, struct user_state *ret_open);

/* Closes and frees what namer_files_open() opened and allocated. */
void namer_files_close(struct user_state *open);

#endif
