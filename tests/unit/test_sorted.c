// SPDX-License-Identifier: GPL-2.0
#include "sorted.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct element {
	uint64_t address;
	char other[5];
};

/* Against one that goes through all of them. */
static void test_all(void **state)
{
	static const uint64_t addresses[] = {0, 1, 1, 5, 7, 7, 7, 100, UINT64_MAX - 1, UINT64_MAX};
	const size_t all = sizeof(addresses) / sizeof(addresses[0]);
	struct element elements[sizeof(addresses) / sizeof(addresses[0])] = {0};

	(void)state;
	for (size_t i = 0; i < all; i++)
		elements[i].address = addresses[i];
	for (size_t count = 0; count <= all; count++) {
		for (uint64_t step = 0; step < 110; step++) {
			/* The upper ones as well. */
			uint64_t address = step < 105 ? step : UINT64_MAX - (109 - step);
			size_t expected = 0;

			while (expected < count && addresses[expected] <= address)
				expected++;
			assert_int_equal(
				sorted_up_to(elements, count, sizeof(elements[0]), address),
				expected);
		}
	}
	assert_int_equal(sorted_up_to(NULL, 0, 8, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
