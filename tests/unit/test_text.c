// SPDX-License-Identifier: GPL-2.0
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BAD "\xef\xbf\xbd"

typedef char *(*convert_fn)(const char *bytes, size_t len);

/* Converts from a buffer of exactly that size, so that reading beyond it is noticed. */
static void check_len(convert_fn fn, const char *bytes, size_t len, const char *want)
{
	char *copy = malloc(len ? len : 1), *text;

	if (len)
		memcpy(copy, bytes, len);
	text = fn(copy, len);
	assert_non_null(text);
	assert_string_equal(text, want);
	free(text);
	free(copy);
}

static void check(convert_fn fn, const char *bytes, const char *want)
{
	check_len(fn, bytes, strlen(bytes), want);
}

static void test_utf8_valid(void **state)
{
	(void)state;
	check(text_utf8, "", "");
	check(text_utf8, "nginx: worker\n\x1b[1m\\", "nginx: worker\n\x1b[1m\\");
	check(text_utf8, "\xc2\x80\xdf\xbf", "\xc2\x80\xdf\xbf");
	check(text_utf8, "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf",
	      "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf");
	check(text_utf8, "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
	check_len(text_utf8, NULL, 0, "");
}

static void test_utf8_bad(void **state)
{
	(void)state;
	check(text_utf8,
	      "a\x80"
	      "b\xff",
	      "a" BAD "b" BAD);
	check(text_utf8, "\xc0\xaf", BAD BAD);
	check(text_utf8, "\xc1\xbf", BAD BAD);
	check(text_utf8, "\xe0\x9f\xbf", BAD BAD BAD);
	check(text_utf8, "\xf0\x8f\xbf\xbf", BAD BAD BAD BAD);
	check(text_utf8, "\xed\xa0\x80", BAD BAD BAD);
	check(text_utf8, "\xed\xbf\xbf", BAD BAD BAD);
	check(text_utf8, "\xf4\x90\x80\x80", BAD BAD BAD BAD);
	check(text_utf8, "\xf8\x88\x80\x80\x80", BAD BAD BAD BAD BAD);
	check(text_utf8, "\xe2\x82", BAD BAD);
	check(text_utf8, "\xe2\x82x", BAD BAD "x");
	check(text_utf8, "\xf0\x9f\x98", BAD BAD BAD);
	check(text_utf8, "\xc3\xc3\xa4", BAD "\xc3\xa4");
	check_len(text_utf8, "a\0b", 3, "a" BAD "b");
}

static void test_printable(void **state)
{
	(void)state;
	check(text_printable, "plain \xc3\xa4 \xe2\x82\xac", "plain \xc3\xa4 \xe2\x82\xac");
	check(text_printable, "\n\t\r\x1b[31m\a\b\v\f", "\\n\\t\\r\\e[31m\\a\\b\\v\\f");
	check(text_printable, "\x01\x1f\x7f", "\\x01\\x1f\\x7f");
	check_len(text_printable, "\0", 1, "\\x00");
	check(text_printable, "a\\n", "a\\\\n");
	check(text_printable,
	      "\x9b"
	      "31m",
	      BAD "31m");
	check(text_printable,
	      "\xc2\x9b"
	      "31m",
	      "\\u{9b}31m");
	check(text_printable, "\xc2\x80\xc2\x9f\xc2\xa0", "\\u{80}\\u{9f}\xc2\xa0");
	check(text_printable, "\xe2\x80\xa8\xe2\x80\xa9", "\\u{2028}\\u{2029}");
	check(text_printable, "\xe2\x80\xaa\xe2\x80\xae", "\\u{202a}\\u{202e}");
	check(text_printable, "\xe2\x81\xa6\xe2\x81\xa9", "\\u{2066}\\u{2069}");
	check(text_printable, "\xe2\x80\x8e\xd8\x9c", "\\u{200e}\\u{61c}");
}

static void test_width(void **state)
{
	(void)state;
	assert_int_equal(text_width(""), 0);
	assert_int_equal(text_width("abc"), 3);
	assert_int_equal(text_width("\xc3\xa4"
				    "b\xe2\x82\xac"),
			 3);
	assert_int_equal(text_width("e\xcc\x81"), 1);
	assert_int_equal(text_width("\xe6\x97\xa5\xe6\x9c\xac"), 4);
	assert_int_equal(text_width("\xf0\x9f\x98\x80"), 2);
	assert_int_equal(text_width("a\xff\xe2"), 3);
}

static void check_size(uint64_t bytes, const char *want)
{
	char buf[TEXT_NUMBER_LEN];

	assert_ptr_equal(text_size(buf, sizeof(buf), bytes), buf);
	assert_string_equal(buf, want);
}

static void test_size(void **state)
{
	char tiny[4];

	(void)state;
	check_size(0, "0 B");
	check_size(1, "1 B");
	check_size(1023, "1023 B");
	check_size(1024, "1 KiB");
	check_size(1025, "1.0 KiB");
	check_size(640 * 1024, "640 KiB");
	check_size(12897485, "12.3 MiB");
	check_size(2040109466, "1.9 GiB");
	check_size(UINT64_C(2) << 30, "2 GiB");
	check_size((UINT64_C(2) << 30) - 4096, "2.0 GiB");
	check_size(1048575, "1.0 MiB");
	check_size(1048576, "1 MiB");
	check_size((UINT64_C(1) << 60) - 1, "1.0 EiB");
	check_size(UINT64_MAX, "16.0 EiB");
	assert_string_equal(text_size(tiny, sizeof(tiny), 640 * 1024), "640");
}

static void test_thousands(void **state)
{
	char buf[TEXT_NUMBER_LEN];

	(void)state;
	assert_string_equal(text_thousands(buf, sizeof(buf), 0), "0");
	assert_string_equal(text_thousands(buf, sizeof(buf), 999), "999");
	assert_string_equal(text_thousands(buf, sizeof(buf), 1000), "1,000");
	assert_string_equal(text_thousands(buf, sizeof(buf), 123456), "123,456");
	assert_string_equal(text_thousands(buf, sizeof(buf), 1234567), "1,234,567");
	assert_string_equal(text_thousands(buf, sizeof(buf), UINT64_MAX),
			    "18,446,744,073,709,551,615");
	assert_string_equal(text_thousands(buf, 4, 1234567), "1,2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utf8_valid), cmocka_unit_test(test_utf8_bad),
		cmocka_unit_test(test_printable),  cmocka_unit_test(test_width),
		cmocka_unit_test(test_size),	   cmocka_unit_test(test_thousands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
