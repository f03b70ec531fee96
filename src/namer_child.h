/* SPDX-License-Identifier: GPL-2.0 */
/* The helper that names stacks, from inside: it parses what may be hostile. */
#ifndef OOMTRACE_NAMER_CHILD_H
#define OOMTRACE_NAMER_CHILD_H

#include <stdbool.h>

/* The one argument that makes this program the helper. Not for people: --help has no word of it. */
#define NAMER_CHILD_WORD "@name-stacks"

bool namer_child_wanted(int argc, char *const argv[]);

/*
 * Gives up every right, then names the stacks that come over the socket that is its standard input,
 * until the other side closes it or nothing came for a while. Returns the exit status.
 */
int namer_child_run(void);

#endif
