/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The names that a JIT compiler leaves for its code in /tmp/perf-PID.map: lines "START SIZE NAME",
 * the numbers in hexadecimal. The file is its process's: it may hold anything, and more than there
 * is memory for.
 */
#ifndef OOMTRACE_PERF_MAP_H
#define OOMTRACE_PERF_MAP_H

#include <stddef.h>
#include <stdint.h>

/* What is read of a file, in bytes: later lines are not seen. The longest name kept. */
#define PERF_MAP_MAX	  (64 << 20)
#define PERF_MAP_NAME_MAX 1024

struct perf_map_query {
	uint64_t address;
	char *name;	/* NULL: none was found. The caller's to free */
	uint64_t start; /* of what has that name */
	void *owner;	/* the caller's, to know it by: the order changes */
};

/*
 * Sets name and start of each of the queries whose address a line covers; of several lines it is
 * the last, since compilers use the memory of dead code again. Names must be NULL before. -ENOMEM,
 * or what reading failed with; names found before that are set.
 */
int perf_map_find(int fd, struct perf_map_query *queries, size_t count);

#endif
