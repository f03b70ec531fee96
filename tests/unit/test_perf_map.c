// SPDX-License-Identifier: GPL-2.0
#include "perf_map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static int map_of(const char *text, size_t len)
{
	int fd = memfd_create("map", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	return fd;
}

/* NULL: no name. */
static void check(const char *text, uint64_t address, const char *name, uint64_t start)
{
	struct perf_map_query query = {.address = address};
	int fd = map_of(text, strlen(text));

	assert_int_equal(perf_map_find(fd, &query, 1), 0);
	close(fd);
	if (!name) {
		assert_null(query.name);
		return;
	}
	assert_non_null(query.name);
	assert_string_equal(query.name, name);
	assert_int_equal(query.start, start);
	free(query.name);
}

static void test_lines(void **state)
{
	static const char text[] = "7f00 10 one\n"
				   "0x7f10 0x20 two (a, b)\r\n"
				   "7f30 1\tthree\n"
				   "7f31 10 four";

	(void)state;
	check(text, 0x7eff, NULL, 0);
	check(text, 0x7f00, "one", 0x7f00);
	check(text, 0x7f0f, "one", 0x7f00);
	check(text, 0x7f10, "two (a, b)\r", 0x7f10);
	check(text, 0x7f30, "three", 0x7f30);
	/* Half a line: its name may be another. */
	check(text, 0x7f31, NULL, 0);
	check("", 0, NULL, 0);
}

/* Memory of code that is gone is used again. */
static void test_last_counts(void **state)
{
	static const char text[] = "1000 100 old\n1040 10 new\n";

	(void)state;
	check(text, 0x103f, "old", 0x1000);
	check(text, 0x1040, "new", 0x1040);
	check(text, 0x104f, "new", 0x1040);
	check(text, 0x1050, "old", 0x1000);
}

static void test_malformed(void **state)
{
	(void)state;
	check("1000 100\n", 0x1000, NULL, 0);
	check("1000 100 \n", 0x1000, NULL, 0);
	check("1000\n", 0x1000, NULL, 0);
	check("\n\n \n", 0, NULL, 0);
	check("x 100 a\n1000 y b\n1000 0 c\n", 0x1000, NULL, 0);
	check("0x 100 a\n", 0, NULL, 0);
	check("11000000000000000 1000 a\n", 0x1000, NULL, 0);
	check("-1000 1000 a\n", 0x1000, NULL, 0);
	/* To the end of what can be addressed, and beyond. */
	check("ffffffffffffff00 ffff a\n", UINT64_MAX, "a", 0xffffffffffffff00);
	check("ffffffffffffff00 ffff a\n", 5, NULL, 0);
	check("0 ffffffffffffffff a\n", UINT64_MAX - 1, "a", 0);
}

static void test_long_lines(void **state)
{
	static char text[200000];
	struct perf_map_query query = {.address = 0x1000};
	int fd;

	(void)state;
	memset(text, 'n', sizeof(text));
	memcpy(text, "1000 10 ", 8);
	text[10000] = '\n';
	fd = map_of(text, 10001);
	assert_int_equal(perf_map_find(fd, &query, 1), 0);
	assert_int_equal(strlen(query.name), PERF_MAP_NAME_MAX);
	free(query.name);
	close(fd);

	/* Longer than what is read at once: it is not understood, but what follows is. */
	text[10000] = 'n';
	memcpy(text + 199985, "\n2000 10 name\n", 14);
	fd = map_of(text, 199999);
	query = (struct perf_map_query){.address = 0x1000};
	assert_int_equal(perf_map_find(fd, &query, 1), 0);
	assert_null(query.name);
	query.address = 0x2005;
	assert_int_equal(perf_map_find(fd, &query, 1), 0);
	assert_string_equal(query.name, "name");
	free(query.name);
	close(fd);
}

/* Lines fall across what is read at once, and queries come in any order. */
static void test_many(void **state)
{
	enum { LINES = 20000, QUERIES = 200 };
	struct perf_map_query queries[QUERIES] = {0};
	char *text = malloc(LINES * 32);
	uint64_t addresses[QUERIES];
	size_t len = 0;
	int fd;

	(void)state;
	for (int i = 0; i < LINES; i++)
		len += (size_t)sprintf(text + len, "%x 10 function-%d\n", i * 16, i);
	for (size_t i = 0; i < QUERIES; i++) {
		addresses[i] = (i * 7919 % LINES) * 16 + i % 16;
		queries[i].address = addresses[i];
		queries[i].owner = &addresses[i];
	}
	fd = map_of(text, len);
	assert_int_equal(perf_map_find(fd, queries, QUERIES), 0);
	for (size_t i = 0; i < QUERIES; i++) {
		char name[32];

		assert_int_equal(queries[i].address, *(uint64_t *)queries[i].owner);
		snprintf(name, sizeof(name), "function-%d", (int)(queries[i].address / 16));
		assert_non_null(queries[i].name);
		assert_string_equal(queries[i].name, name);
		assert_int_equal(queries[i].start, queries[i].address / 16 * 16);
		free(queries[i].name);
	}
	close(fd);
	free(text);
}

static void test_unreadable(void **state)
{
	struct perf_map_query query = {.address = 1};
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_true(perf_map_find(fds[0], &query, 1) < 0);
	assert_true(perf_map_find(-1, &query, 1) < 0);
	assert_int_equal(perf_map_find(-1, NULL, 0), 0);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),	  cmocka_unit_test(test_last_counts),
		cmocka_unit_test(test_malformed), cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_many),	  cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
