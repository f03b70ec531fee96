/* SPDX-License-Identifier: GPL-2.0 */
/* Whether a report fits a terminal. */
#ifndef OOMTRACE_SCREEN_H
#define OOMTRACE_SCREEN_H

#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Lines of at most 80 columns, an empty one at the end and nowhere else; how many there are. */
static inline size_t check_lines(const char *text)
{
	size_t lines = 0;

	for (const char *line = text; *line; lines++) {
		size_t len = strcspn(line, "\n");
		char *copy = strndup(line, len);

		assert_int_equal(line[len], '\n');
		assert_true(text_width(copy) <= 80);
		assert_true(len ? strspn(copy, " ") < len : !line[1]);
		for (size_t i = 0; i < len; i++)
			assert_true((unsigned char)copy[i] >= ' ' && copy[i] != 0x7f);
		free(copy);
		line += len + 1;
	}
	return lines;
}

#endif
