// SPDX-License-Identifier: GPL-2.0
#include "text.h"
#include "text_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MARGIN "           "

static void check_row(const struct page *page, size_t row, const char *want)
{
	assert_true(row < page->count);
	assert_string_equal(page->rows[row].text, want);
	assert_true(text_width(want) <= PAGE_COLUMNS);
}

static void items_go_on(void **state)
{
	struct page page = {.max = 5};
	static const char word[] = "0123456789012345678901234567"; /* 28 columns */

	(void)state;
	page_section(&page, "Label", 3, TONE_PLAIN);
	for (int i = 0; i < 2; i++)
		page_item(&page, ", ", "%s", word);
	/* "," stays behind. */
	page_item(&page, ", ", "%s", word);
	/* " <" goes along. */
	page_item(&page, " < ", "%s", word);
	page_item(&page, " < ", "%s", word);
	assert_int_equal(page.count, 3);
	check_row(&page, 0,
		  "  Label    0123456789012345678901234567, 0123456789012345678901234567,");
	check_row(&page, 1, MARGIN "0123456789012345678901234567 < 0123456789012345678901234567");
	check_row(&page, 2, MARGIN "< 0123456789012345678901234567");
	assert_false(page_is_full(&page));
	assert_int_equal(page_room(&page), 80 - 11 - 30);
}

static void sections_end(void **state)
{
	struct page page = {.max = 3};

	(void)state;
	page_section(&page, "One", 1, TONE_PLAIN);
	page_item(&page, "", "a");
	page_next_row(&page, TONE_PLAIN);
	assert_true(page_is_full(&page));
	page_item(&page, ", ", "b");
	page_next_row(&page, TONE_PLAIN);
	assert_false(page_append_whole(&page, "c"));
	page_section(&page, "Two", 9, TONE_DIM);
	page_item(&page, "", "a");
	page_next_row(&page, TONE_PLAIN);
	page_item(&page, "", "b");
	page_next_row(&page, TONE_PLAIN);
	page_item(&page, "", "c");
	/* Of what begins on a page without rows nothing is seen. */
	page_section(&page, "Three", 1, TONE_PLAIN);
	page_item(&page, "", "a");
	assert_int_equal(page.count, 3);
	check_row(&page, 0, "  One      a …");
	check_row(&page, 1, "  Two      a");
	check_row(&page, 2, MARGIN "b …");
	assert_int_equal(page.rows[1].tone, TONE_DIM);

	page_rewind(&page, 1);
	page_section(&page, "", 1, TONE_PLAIN);
	page_item(&page, "", "again");
	assert_int_equal(page.count, 2);
	check_row(&page, 1, MARGIN "again");
}

static void rows_are_kept(void **state)
{
	struct page page = {.max = 3};
	static const char word[] = "0123456789012345678901234567890123456789";

	(void)state;
	page_section(&page, "Row", 2, TONE_PLAIN);
	page_keep_row(&page);
	page_item(&page, " < ", "%s", word);
	page_item(&page, " < ", "%s", word);
	page_item(&page, " < ", "short");
	page_next_row(&page, TONE_PLAIN);
	page_item(&page, "", "next");
	page_next_row(&page, TONE_PLAIN);
	assert_int_equal(page.count, 2);
	check_row(&page, 0, "  Row      0123456789012345678901234567890123456789 …");
	check_row(&page, 1, MARGIN "next …");
}

static void rows_have_an_end(void **state)
{
	struct page page = {.max = 2};
	char wide[200];

	(void)state;
	memset(wide, 'x', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	page_headline(&page, TONE_ALARM);
	page_append(&page, "headline");
	check_row(&page, 0, "headline");
	assert_false(page_append_whole(&page, wide));
	check_row(&page, 0, "headline");
	assert_true(page_append_whole(&page, ", more"));
	page_append(&page, wide);
	assert_int_equal(text_width(page.rows[0].text), PAGE_COLUMNS);
	assert_int_equal(page_room(&page), 0);
	page_section(&page, "A", 1, TONE_PLAIN);
	page_item(&page, "", "%s%s%s%s", wide, wide, wide, wide);
	assert_int_equal(text_width(page.rows[1].text), PAGE_COLUMNS);
}

static void check_text(struct shown shown, const char *want)
{
	assert_string_equal(shown.text, want);
}

static void texts_are_clipped(void **state)
{
	struct page page = {.max = 1};
	char *marks = calloc(5000, 2);

	(void)state;
	check_text(show_text(&page, NULL, 10, 3), "?");
	check_text(show_text(&page, "0123456789", 10, 3), "0123456789");
	check_text(show_text(&page, "0123456789a", 10, 3), "012345…89a");
	check_text(show_text(&page, "0123456789a", 10, 9), "…23456789a");
	check_text(show_text(&page, "0123456789a", 10, 0), "012345678…");
	check_text(show_path(&page, "/a/very/long/path", 10), "/a/…g/path");
	check_text(show_name(&page, "a_very_long_name", 10), "a_very…ame");
	check_text(show_name(&page, "\033[2J\n\xff", 20), "\\e[2J\\n\xef\xbf\xbd");
	/* Two columns each: no half of one. */
	check_text(show_text(&page, "漢漢漢漢漢", 8, 3), "漢漢…漢");
	/* No columns at all, so that only bytes are a bound. */
	for (size_t i = 0; i < 2500; i++)
		strcat(marks + 2 * i, "\xcc\x81");
	assert_true(strlen(show_name(&page, marks, 10).text) <= PAGE_ROW_BYTES);
	assert_false(page.no_memory);
	free(marks);
}

static void numbers(void **state)
{
	const struct num unknown = {0}, none = num_of(LIMIT_NONE(4096));

	(void)state;
	check_text(show_num(unknown), "?");
	check_text(show_num(num_of(-5)), "-5");
	check_text(show_size(unknown), "?");
	check_text(show_size(num_of(-1)), "?");
	check_text(show_size(num_of(1536)), "1.5 KiB");
	check_text(show_size(none), "no limit");
	check_text(show_kb(num_of(4096)), "4");
	check_text(show_kb(unknown), "?");
	check_text(show_exact(num_of(1 << 20)), "1 MiB (1024 kB)");
	check_text(show_exact(num_of(0)), "0 B");
	check_text(show_exact(none), "no limit");
	check_text(show_ms(unknown), "?");
	check_text(show_ms(num_of(3140000)), "3.1 ms");
	check_text(show_age(INT64_C(59) * 1000000000), "59 s");
	check_text(show_age(INT64_C(60) * 1000000000), "1 min");
	check_text(show_age(INT64_C(7500) * 1000000000), "2 h 5 min");
	check_text(show_age(INT64_C(176400) * 1000000000), "2 d 1 h");
	check_text(show_time(0, true), "1970-01-01 00:00:00 UTC");
}

static void tables(void **state)
{
	const struct page_column columns[] = {
		{"name", {{"1 B"}, {"1000000"}}},
		{"x", {{"2 B"}, {"2"}}},
	};
	struct page page = {.max = 5};

	(void)state;
	page_table(&page, "Table", "in kB", columns, 2);
	page_table(&page, "Table", "in kB", columns, 2);
	assert_int_equal(page.count, 3);
	page_table(&page, "Short", NULL, columns, 2);
	assert_int_equal(page.count, 5);
	check_row(&page, 0, "  Table       name    x");
	check_row(&page, 1, MARGIN "    1 B  2 B");
	check_row(&page, 2, "    in kB  1000000    2");
	check_row(&page, 4, MARGIN "    1 B  2 B");
}

static void tones(void **state)
{
	struct page page = {.max = 2};

	(void)state;
	page_headline(&page, TONE_ALARM);
	page_append(&page, "a");
	page_section(&page, "B", 1, TONE_PLAIN);
	for (int colour = 0; colour < 2; colour++) {
		char *text;
		size_t len;
		FILE *out = open_memstream(&text, &len);

		page_write(out, &page, colour);
		fclose(out);
		assert_string_equal(text, colour ? "\033[1;31ma\033[0m\n  B        \n"
						 : "a\n  B        \n");
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_go_on),	 cmocka_unit_test(sections_end),
		cmocka_unit_test(rows_are_kept), cmocka_unit_test(rows_have_an_end),
		cmocka_unit_test(numbers),	 cmocka_unit_test(texts_are_clipped),
		cmocka_unit_test(tables),	 cmocka_unit_test(tones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
