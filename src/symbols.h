/* SPDX-License-Identifier: GPL-2.0 */
/* What stands in the source for an address of code. */
#ifndef OOMTRACE_SYMBOLS_H
#define OOMTRACE_SYMBOLS_H

#include "object.h"

/* One function that the address is in: itself, or inlined into the next. */
struct source_frame {
	char *symbol;	   /* demangled; NULL: unknown */
	struct num offset; /* of the address in the symbol */
	char *file;	   /* NULL: unknown */
	int line;	   /* 0: unknown */
	bool inlined;
};

/* Longest path of a source file kept, in bytes. */
#define SOURCE_PATH_MAX 4096

enum { SOURCE_FRAMES_MAX = INLINED_MAX + 1 };

/*
 * The functions at a link-time address of the object, innermost first; the last is the one that is
 * not inlined, and there is always one, be nothing known of it. A frame's file and line are where
 * the address itself stands, or where the one before it is called. source_frame_clear() is the
 * caller's.
 *
 * Returns how many, at most SOURCE_FRAMES_MAX.
 */
size_t symbols_find(struct object *object, uint64_t address,
		    struct source_frame ret_frames[SOURCE_FRAMES_MAX]);

void source_frame_clear(struct source_frame *frame);

#endif
