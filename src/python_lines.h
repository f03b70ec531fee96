/* SPDX-License-Identifier: GPL-2.0 */
/* From an instruction of CPython's to the line it was compiled from. */
#ifndef OOMTRACE_PYTHON_LINES_H
#define OOMTRACE_PYTHON_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The table's format. */
enum python_lines {
	PYTHON_LNOTAB,	  /* up to 3.9: co_lnotab */
	PYTHON_LINETABLE, /* 3.10: co_linetable, PEP 626 */
	PYTHON_LOCATIONS, /* from 3.11 on: co_linetable with columns, PEP 657 */
};

/*
 * The line of the instruction `offset` bytes behind the code's begin; `first_line` is that of
 * the function. A negative offset is that of a function which has not begun. `cut` says that the
 * table goes on behind its `len` bytes. 0: there is no line, or the table says nothing of it.
 */
int python_line(enum python_lines format, const uint8_t *table, size_t len, bool cut,
		int first_line, int64_t offset);

#endif
