// SPDX-License-Identifier: GPL-2.0
/* Tables of real interpreters against what they say of them (tests/python/lines.py). */
#include "python_lines.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A byte of a table in hexadecimal. */
static uint8_t byte_of(const char *hex)
{
	char digits[] = {hex[0], hex[1], 0};

	return (uint8_t)strtoul(digits, NULL, 16);
}

/* "C FIRST_LINE TABLE"; the table has no byte behind it. */
static uint8_t *parse_code(char *line, int *ret_first_line, size_t *ret_len)
{
	char *hex = strchr(line + 2, ' ') + 1;
	size_t len = strspn(hex, "0123456789abcdef") / 2;
	uint8_t *table = malloc(len ? len : 1);

	*ret_first_line = (int)strtol(line + 2, NULL, 10);
	*ret_len = len;
	for (size_t i = 0; i < len; i++)
		table[i] = byte_of(hex + 2 * i);
	return table;
}

static void check_file(const char *version, enum python_lines format, size_t codes_min)
{
	char path[512], *line = NULL;
	size_t room = 0, len = 0, codes = 0;
	uint8_t *table = NULL;
	int first_line = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/python/%s.lines", FIXTURES, version);
	file = fopen(path, "re");
	assert_non_null(file);
	while (getline(&line, &room, file) > 0) {
		int begin, end, number;

		if (*line == 'C') {
			free(table);
			table = parse_code(line, &first_line, &len);
			codes++;
			continue;
		}
		assert_int_equal(sscanf(line, "%d %d %d", &begin, &end, &number), 3);
		assert_true(begin < end);
		for (int at = begin; at < end; at++)
			assert_int_equal(python_line(format, table, len, false, first_line, at),
					 number);
	}
	assert_true(codes >= codes_min);
	free(table);
	free(line);
	fclose(file);
}

static void test_lnotab(void **state)
{
	(void)state;
	check_file("3.8", PYTHON_LNOTAB, 9);
	check_file("3.9", PYTHON_LNOTAB, 9);
}

static void test_linetable(void **state)
{
	(void)state;
	check_file("3.10", PYTHON_LINETABLE, 9);
}

static void test_locations(void **state)
{
	(void)state;
	check_file("3.11", PYTHON_LOCATIONS, 9);
	check_file("3.12", PYTHON_LOCATIONS, 9);
	check_file("3.13", PYTHON_LOCATIONS, 9);
	check_file("3.14", PYTHON_LOCATIONS, 9);
	check_file("3.15", PYTHON_LOCATIONS, 9);
}

static int line(enum python_lines format, const char *table, size_t len, bool cut, int first,
		int64_t offset)
{
	/* Without a byte behind it. */
	uint8_t *copy = malloc(len ? len : 1);
	int result;

	memcpy(copy, table, len);
	result = python_line(format, copy, len, cut, first, offset);
	free(copy);
	return result;
}

static void test_not_begun(void **state)
{
	(void)state;
	assert_int_equal(line(PYTHON_LNOTAB, "", 0, false, 7, -1), 7);
	assert_int_equal(line(PYTHON_LINETABLE, "", 0, false, 7, -2), 7);
	assert_int_equal(line(PYTHON_LOCATIONS, "", 0, false, 7, -2), 7);
	assert_int_equal(line(PYTHON_LOCATIONS, "", 0, false, -7, -2), 0);
}

/* The last line of a function has no end; that of a table that was cut is not the last. */
static void test_behind_the_end(void **state)
{
	(void)state;
	assert_int_equal(line(PYTHON_LNOTAB, "", 0, false, 7, 0), 7);
	assert_int_equal(line(PYTHON_LNOTAB, "\2\1", 2, false, 7, 100), 8);
	assert_int_equal(line(PYTHON_LNOTAB, "\2\1", 2, true, 7, 100), 0);
	assert_int_equal(line(PYTHON_LNOTAB, "\2\1", 2, true, 7, 1), 7);
	assert_int_equal(line(PYTHON_LNOTAB, "\2", 1, false, 7, 100), 7);
	assert_int_equal(line(PYTHON_LINETABLE, "", 0, false, 7, 0), 0);
	assert_int_equal(line(PYTHON_LINETABLE, "\2\1", 2, false, 7, 2), 0);
	assert_int_equal(line(PYTHON_LINETABLE, "\2\1\2", 3, false, 7, 2), 0);
	assert_int_equal(line(PYTHON_LOCATIONS, "", 0, false, 7, 0), 0);
	assert_int_equal(line(PYTHON_LOCATIONS, "\xd8\0\0", 3, false, 7, 2), 0);
	assert_int_equal(line(PYTHON_LOCATIONS, "\xd8\0\0", 3, false, 7, INT64_MAX), 0);
}

static void test_hostile(void **state)
{
	static const char *const longest = "\xe8\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f";

	(void)state;
	/* Before the first line, and more than there are numbers for. */
	assert_int_equal(line(PYTHON_LNOTAB, "\0\x80", 2, false, 1, 0), 0);
	assert_int_equal(line(PYTHON_LNOTAB, "\0\x7f", 2, false, INT_MAX, 0), 0);
	assert_int_equal(line(PYTHON_LINETABLE, "\2\x81", 2, false, 1, 0), 0);
	assert_int_equal(line(PYTHON_LINETABLE, "\2\x7f", 2, false, INT_MAX, 0), 0);
	assert_int_equal(line(PYTHON_LOCATIONS, "\xe8\x03", 2, false, 1, 0), 0);
	assert_int_equal(line(PYTHON_LOCATIONS, "\xe8\x02", 2, false, INT_MAX, 0), 0);
	assert_int_equal(line(PYTHON_LOCATIONS, longest, strlen(longest), false, 1, 0), 0);
	/* A number that goes on behind the end, and none. */
	assert_int_equal(line(PYTHON_LOCATIONS, "\xe8\x42", 2, false, 1, 0), 2);
	assert_int_equal(line(PYTHON_LOCATIONS, "\xe8", 1, false, 1, 0), 1);
	/* It does not begin with an entry. */
	assert_int_equal(line(PYTHON_LOCATIONS, "\x02\xd8", 2, false, 1, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lnotab),	  cmocka_unit_test(test_linetable),
		cmocka_unit_test(test_locations), cmocka_unit_test(test_not_begun),
		cmocka_unit_test(test_hostile),	  cmocka_unit_test(test_behind_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
