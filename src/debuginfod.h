/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Debug files from the servers in DEBUGINFOD_URLS, by way of elfutils' program debuginfod-find: it
 * keeps a cache of its own on the disk.
 */
#ifndef OOMTRACE_DEBUGINFOD_H
#define OOMTRACE_DEBUGINFOD_H

#include "patience.h"

#include <stddef.h>
#include <stdint.h>

#define DEBUGINFOD_PROGRAM "debuginfod-find"

enum { DEBUGINFOD_REASON_LEN = 160 };

struct debuginfod;

/* `program` is looked for in PATH and must live as long. NULL when there is no memory. */
struct debuginfod *debuginfod_new(const char *program);
void debuginfod_free(struct debuginfod *debuginfod);

/* Can it be asked? 0; else -ENOENT and why not, one line. */
int debuginfod_check(const char *program, char reason[DEBUGINFOD_REASON_LEN]);

/*
 * Asks for the debug file with this build id, unless it was asked for before and not found. Returns
 * a descriptor for reading, which is the caller's; -ENOENT, -ETIMEDOUT, or -errno.
 */
int debuginfod_find(struct debuginfod *debuginfod, const uint8_t *id, size_t len,
		    struct patience *patience);

#endif
