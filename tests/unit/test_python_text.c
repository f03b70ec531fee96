// SPDX-License-Identifier: GPL-2.0
#include "python_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check(const void *characters, size_t count, unsigned int width, bool cut,
		  const char *want)
{
	uint8_t *copy = malloc(count * width + 1);
	char *text;

	/* Not aligned, and without a byte behind it. */
	memcpy(copy + 1, characters, count * width);
	text = python_text_decode(copy + 1, count, width, cut);
	assert_string_equal(text, want);
	free(text);
	free(copy);
}

#define CHECK(array, want) \
	check(array, sizeof(array) / sizeof(array[0]), sizeof(array[0]), false, want)

static void test_widths(void **state)
{
	static const uint8_t latin[] = {'a', 0x7f, 0x80, 0xe9, 0xff};
	static const uint16_t two[] = {'a', 0xe9, 0x7ff, 0x800, 0x4e00, 0xffff};
	static const uint32_t four[] = {'a', 0xe9, 0x4e00, 0x10000, 0x1f40d, 0x10ffff};

	(void)state;
	check("main", 4, 1, false, "main");
	check("", 0, 1, false, "");
	check("", 0, 4, true, "…");
	check("main", 4, 1, true, "main…");
	CHECK(latin, "a\x7f\xc2\x80éÿ");
	CHECK(two, "aé\xdf\xbf\xe0\xa0\x80一\xef\xbf\xbf");
	CHECK(four, "aé一\xf0\x90\x80\x80🐍\xf4\x8f\xbf\xbf");
}

static void test_no_characters(void **state)
{
	static const uint8_t nul[] = {'a', 0, 'b'};
	static const uint16_t surrogates[] = {0xd7ff, 0xd800, 0xdc7f, 0xdd00, 0xdfff, 0xe000};
	static const uint32_t large[] = {0x110000, UINT32_MAX, 'x'};

	(void)state;
	CHECK(nul, "a\xef\xbf\xbd"
		   "b");
	CHECK(surrogates,
	      "\xed\x9f\xbf\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xee\x80\x80");
	CHECK(large, "\xef\xbf\xbd\xef\xbf\xbdx");
}

static void test_escaped_bytes(void **state)
{
	static const uint16_t escaped[] = {'/', 0xdcff, 0xdc80, 'a'};

	(void)state;
	CHECK(escaped, "/\xff\x80"
		       "a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_widths),
		cmocka_unit_test(test_no_characters),
		cmocka_unit_test(test_escaped_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
