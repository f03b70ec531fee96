// SPDX-License-Identifier: GPL-2.0
#include "user_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { INNER = 0x10000, OUTER = 0x80000, LEN = 4 * USER_STACK_PAGE };

static uint8_t bytes[LEN];

static void assert_at(const struct user_state *user, uint64_t address, size_t size, size_t offset)
{
	assert_ptr_equal(user_state_find(user, address, size), bytes + offset);
}

static void assert_none(const struct user_state *user, uint64_t address, size_t size)
{
	assert_null(user_state_find(user, address, size));
}

static void test_one(void **state)
{
	struct user_state user = {.stack_address = INNER, .stack_len = LEN, .stack = bytes};

	(void)state;
	assert_at(&user, INNER, 8, 0);
	assert_at(&user, INNER + LEN - 8, 8, LEN - 8);
	assert_at(&user, INNER, LEN, 0);
	assert_none(&user, INNER, LEN + 1);
	assert_none(&user, INNER, SIZE_MAX);
	assert_none(&user, INNER, 0);
	assert_none(&user, INNER - 1, 8);
	assert_none(&user, INNER + LEN - 7, 8);
	assert_none(&user, UINT64_MAX, 8);
	assert_none(&user, 0, 8);
}

static void test_missing_pages(void **state)
{
	struct user_state user = {
		.stack_address = INNER, .stack_len = LEN, .stack = bytes, .stack_missing = 2};

	(void)state;
	assert_at(&user, INNER + USER_STACK_PAGE - 8, 8, USER_STACK_PAGE - 8);
	assert_none(&user, INNER + USER_STACK_PAGE - 7, 8);
	assert_none(&user, INNER + USER_STACK_PAGE, 8);
	assert_none(&user, INNER + 2 * USER_STACK_PAGE - 1, 1);
	assert_at(&user, INNER + 2 * USER_STACK_PAGE, 1, 2 * USER_STACK_PAGE);
}

/* A signal's handler has a stack of its own: what it interrupted lies behind it, from elsewhere. */
static void test_two(void **state)
{
	struct user_state user = {.stack_address = INNER,
				  .stack_len = LEN,
				  .stack = bytes,
				  .stack_missing = 8,
				  .outer_address = OUTER,
				  .outer_at = USER_STACK_PAGE};

	(void)state;
	assert_at(&user, INNER + USER_STACK_PAGE - 8, 8, USER_STACK_PAGE - 8);
	assert_none(&user, INNER + USER_STACK_PAGE - 4, 8);
	assert_none(&user, INNER + USER_STACK_PAGE, 8);
	assert_at(&user, OUTER, 8, USER_STACK_PAGE);
	assert_none(&user, OUTER - 1, 8);
	assert_at(&user, OUTER + 2 * USER_STACK_PAGE - 8, 8, 3 * USER_STACK_PAGE - 8);
	assert_none(&user, OUTER + 2 * USER_STACK_PAGE, 8);
	assert_none(&user, OUTER + 3 * USER_STACK_PAGE, 8);
	/* Below the handler's stack, as that of a thread may lie. */
	user.outer_address = INNER - 2 * USER_STACK_PAGE;
	assert_at(&user, user.outer_address + 8, 8, USER_STACK_PAGE + 8);
	assert_at(&user, INNER, 8, 0);
	/* What no kernel would say. */
	user.outer_at = LEN + 1;
	assert_none(&user, INNER, 8);
	assert_none(&user, user.outer_address, 8);
}

static void test_cut(void **state)
{
	struct user_state user = {.stack_address = INNER, .stack_len = LEN, .stack = bytes};

	(void)state;
	assert_false(user_state_is_cut(&user, INNER + LEN));
	user.stack_cut = true;
	assert_true(user_state_is_cut(&user, INNER + LEN));
	assert_false(user_state_is_cut(&user, INNER - 8));
	user.outer_at = USER_STACK_PAGE;
	user.outer_address = OUTER;
	assert_false(user_state_is_cut(&user, INNER + LEN));
	assert_true(user_state_is_cut(&user, OUTER + LEN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_missing_pages),
		cmocka_unit_test(test_two),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
