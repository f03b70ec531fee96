// SPDX-License-Identifier: GPL-2.0
#include "badness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NONE BADNESS_NO_LIMIT(4096)

/* Figures of real kills: the kernel's task table and limits, and the points it chose by. */
static void test_points(void **state)
{
	static const struct {
		struct badness badness;
		int64_t total, points;
	} cases[] = {
		{{8297, 0, 19, 0}, 8192, 8316},
		{{8297, 100, 19, 0}, 8192, 8416},
		{{2000, 0, 10, 500}, 12288, 2010 + 500 * 12},
		{{2000, 0, 10, -500}, 12288, 2010 - 500 * 12},
		{{2000, 0, 10, 1000}, 999, 2010},
		{{2000, 0, 10, 1000}, 1999, 3010},
		{{0, 0, 0, -999}, 6171023, -999 * INT64_C(6171)},
		{{1, 2, 3, 1}, 1, 6},
		{{1, 0, 0, 1000}, NONE, 1 + 1000 * (NONE / 1000)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(badness_points(&cases[i].badness, cases[i].total),
				 cases[i].points);
	assert_int_equal(badness_memory(&cases[1].badness), 8416);
	assert_int_equal(badness_adj(-1000, 12345), -12000);
}

static void test_oom_score(void **state)
{
	(void)state;
	assert_int_equal(badness_oom_score(0, 1000000), 666);
	assert_int_equal(badness_oom_score(1000000, 1000000), 1333);
	assert_int_equal(badness_oom_score(2000000, 1000000), 2000);
	assert_int_equal(badness_oom_score(-998000, 1000000), 1);
	assert_int_equal(badness_oom_score(-999000, 1000000), 0);
	assert_int_equal(badness_oom_score(-2000000, 1000000), 0);
	assert_int_equal(badness_oom_score(5, 0), 0);
}

static void test_limit_total(void **state)
{
	static const struct {
		struct badness_limit limit;
		int64_t swap, total;
	} cases[] = {
		{{2, 8192, 0, true}, 1000, 8192},	    {{2, 8192, 500, true}, 1000, 8692},
		{{2, 8192, NONE, true}, 1000, 9192},	    {{2, 8192, NONE, false}, 1000, 8192},
		{{2, 8192, NONE, true}, 0, 8192},	    {{2, 0, 0, true}, 0, 1},
		{{2, NONE, NONE, true}, 1000, NONE + 1000}, {{1, 8192, 8192, true}, 1000, 8192},
		{{1, 8192, 8500, true}, 1000, 8500},	    {{1, 8192, NONE, true}, 1000, 9192},
		{{1, 8192, NONE, false}, 1000, 8192},	    {{1, 8192, 100, true}, 1000, 8192},
		{{1, NONE, NONE, true}, 1000, NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(badness_limit_total(&cases[i].limit, cases[i].swap),
				 cases[i].total);
}

static void test_order(void **state)
{
	(void)state;
	assert_true(badness_before(2, 0, 1, 9));
	assert_false(badness_before(1, 9, 2, 0));
	assert_true(badness_before(-1, 0, -2, 9));
	/* Equal points: the last one scanned. */
	assert_true(badness_before(5, 2, 5, 1));
	assert_false(badness_before(5, 1, 5, 2));
}

static void test_tolerance(void **state)
{
	(void)state;
	assert_int_equal(badness_tolerance(1), 32);
	assert_int_equal(badness_tolerance(2), 64);
	assert_int_equal(badness_tolerance(64), 64 * 128);
	assert_int_equal(badness_tolerance(-1), 32);
}

static void test_exact(void **state)
{
	(void)state;
	assert_false(badness_is_exact("5.10.0-46-cloud-amd64"));
	assert_false(badness_is_exact("6.19.12"));
	assert_true(badness_is_exact("7.0"));
	assert_true(badness_is_exact("10.1.0-rc1"));
	assert_false(badness_is_exact(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_points),	    cmocka_unit_test(test_oom_score),
		cmocka_unit_test(test_limit_total), cmocka_unit_test(test_order),
		cmocka_unit_test(test_tolerance),   cmocka_unit_test(test_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
