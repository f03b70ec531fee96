// SPDX-License-Identifier: GPL-2.0
#include "clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)

static void test_clock_ns(void **state)
{
	struct timespec ts;
	int64_t before = clock_ns(CLOCK_MONOTONIC), between, after;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	between = ts.tv_sec * SECOND + ts.tv_nsec;
	after = clock_ns(CLOCK_MONOTONIC);
	assert_true(before <= between && between <= after);
	assert_true(llabs(clock_ns(CLOCK_REALTIME) - time(NULL) * SECOND) < 10 * SECOND);
}

static void test_difference(void **state)
{
	static const clockid_t clocks[] = {CLOCK_MONOTONIC, CLOCK_BOOTTIME};

	(void)state;
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		int64_t ahead = clock_realtime_minus(clocks[i]);
		int64_t now = clock_ns(clocks[i]) + ahead;

		assert_true(llabs(clock_ns(CLOCK_REALTIME) - now) < 10 * SECOND);
	}
	assert_true(llabs(clock_realtime_minus(CLOCK_REALTIME)) < SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clock_ns),
		cmocka_unit_test(test_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
