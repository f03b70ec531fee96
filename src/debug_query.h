/* SPDX-License-Identifier: GPL-2.0 */
/* The separate debug file that an ELF file names, asked for and checked to be the one it means. */
#ifndef OOMTRACE_DEBUG_QUERY_H
#define OOMTRACE_DEBUG_QUERY_H

#include "object.h"

struct debug_query {
	bool asked;
	/* What for: one of the two, or both. Not owned. */
	const uint8_t *build_id;
	size_t build_id_len;
	const char *debuglink;
	uint32_t debuglink_crc;
	/* And what came of it. */
	bool found;
	struct file_id file;
};

/*
 * Asks `source` by the name of .gnu_debuglink if there is one, else by the build id, and gives the
 * descriptor of the file, which the caller closes, if its CRC or its build id is the right one.
 * -ENOENT when it is not, or when the name is no plain file name; what the source failed with.
 */
int debug_query_run(struct debug_query *query, const struct debug_source *source);

/* Whether it would come to the same with this source, now. True when it has not run. */
bool debug_query_holds(const struct debug_query *query, const struct debug_source *source);

#endif
