// SPDX-License-Identifier: GPL-2.0
#include "reserves.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int policy(void)
{
	return sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
}

static int policy_of_child(void)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(policy());
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_use(void **state)
{
	(void)state;
	/* Without the right to. */
	if (!reserves_use()) {
		assert_int_equal(policy(), SCHED_OTHER);
		skip();
	}
	assert_int_equal(policy(), SCHED_FIFO);
	assert_int_equal(policy_of_child(), SCHED_OTHER);
	reserves_leave();
	assert_int_equal(policy(), SCHED_OTHER);
	assert_int_equal(policy_of_child(), SCHED_OTHER);
}

/* Once, and also when nothing was laid in. */
static void test_spend(void **state)
{
	(void)state;
	reserves_spend();
	reserves_lay_in();
	reserves_spend();
	reserves_spend();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_use),
		cmocka_unit_test(test_spend),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
