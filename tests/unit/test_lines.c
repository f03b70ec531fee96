// SPDX-License-Identifier: GPL-2.0
#include "incident.h"
#include "lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct span span(const char *text)
{
	return (struct span){text, strlen(text)};
}

static void test_lines(void **state)
{
	struct span text = {"a\n\nb\0c\nhalf", 12}, line;

	(void)state;
	assert_true(span_take_line(&text, &line) && span_equals(line, "a"));
	assert_true(span_take_line(&text, &line) && span_equals(line, ""));
	assert_true(span_take_line(&text, &line));
	assert_int_equal(line.len, 3);
	assert_memory_equal(line.at, "b\0c", 3);
	assert_false(span_take_line(&text, &line));
	text = (struct span){NULL, 0};
	assert_false(span_take_line(&text, &line));
}

static void test_words(void **state)
{
	struct span line = span(" \ta  b:c\t"), word;

	(void)state;
	assert_true(span_take_word(&line, &word) && span_equals(word, "a"));
	assert_true(span_take_word(&line, &word) && span_equals(word, "b:c"));
	assert_false(span_take_word(&line, &word));
	assert_false(span_equals(word, "b:"));
	assert_false(span_equals(word, "b:cd"));
}

static void test_numbers(void **state)
{
	int64_t value = 7;
	uint64_t number = 7;

	(void)state;
	assert_true(span_decimal(span("9223372036854775807"), &value) && value == INT64_MAX);
	assert_true(span_decimal(span("-9223372036854775808"), &value) && value == INT64_MIN);
	assert_true(span_decimal(span("-0"), &value) && value == 0);
	assert_false(span_decimal(span("9223372036854775808"), &value));
	assert_false(span_decimal(span("-9223372036854775809"), &value));
	assert_false(span_decimal(span("99999999999999999999999"), &value));
	assert_false(span_decimal(span(""), &value));
	assert_false(span_decimal(span("-"), &value));
	assert_false(span_decimal(span("--1"), &value));
	assert_false(span_decimal(span("+1"), &value));
	assert_false(span_decimal(span("1 "), &value));
	assert_false(span_decimal((struct span){"1\0", 2}, &value));
	assert_int_equal(value, 0);

	assert_true(span_unsigned(span("18446744073709551615"), &number) && number == UINT64_MAX);
	assert_false(span_unsigned(span("18446744073709551616"), &number));
	assert_false(span_unsigned(span("-1"), &number));
	assert_false(span_unsigned(span(""), &number));

	assert_true(span_hex(span("ffffffffff600000"), &number) && number == 0xffffffffff600000);
	assert_false(span_hex(span("0ffffffffff600000"), &number));
	assert_false(span_hex(span("0x1"), &number));
	assert_false(span_hex(span("FF"), &number));
	assert_false(span_hex(span(""), &number));
}

static void check_field(const char *line, struct num want)
{
	static const struct kb_field field = {"Rss", 0};
	struct num num = {0};

	assert_int_equal(kb_field_set(span(line), &field, 1, &num), want.known ? 0 : -1);
	assert_int_equal(num.known, want.known);
	assert_int_equal(num.value, want.value);
}

static void test_kilobytes(void **state)
{
	static const struct kb_field field = {"Rss", 0};
	struct num num = {0};

	(void)state;
	check_field("Rss:                1748 kB", num_of(1748 * 1024));
	check_field("Rss:\t0 kB", num_of(0));
	check_field("Rss:9007199254740991 kB", num_of(9007199254740991 * 1024));
	check_field("Rss: 9007199254740992 kB", (struct num){0});
	check_field("Rss: 99999999999999999999 kB", (struct num){0});
	check_field("Rss: -4 kB", (struct num){0});
	check_field("Rss: 4", (struct num){0});
	check_field("Rss: 4 MB", (struct num){0});
	check_field("Rss: kB", (struct num){0});
	check_field("Rss:", (struct num){0});
	check_field("Rss", (struct num){0});
	check_field("", (struct num){0});
	check_field("RssAnon: 4 kB", (struct num){0});
	check_field(" Rss: 4 kB", (struct num){0});
	/* The first one counts. */
	kb_fields_set(span("Rss: x kB\nRss: 1 kB\nRss: 2 kB\n"), &field, 1, &num);
	assert_int_equal(num.value, 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_kilobytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
