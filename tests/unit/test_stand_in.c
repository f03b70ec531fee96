// SPDX-License-Identifier: GPL-2.0
#include "stand_in.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

static cpu_set_t all_cpus; /* that this process may use */

struct taken {
	int fd;	     /* what is waited for */
	int done_fd; /* says that it was taken */
	pthread_t thread;
	cpu_set_t cpus;
};

static void take(void *ctx)
{
	struct taken *taken = ctx;
	eventfd_t value;

	eventfd_read(taken->fd, &value);
	taken->thread = pthread_self();
	sched_getaffinity(0, sizeof(taken->cpus), &taken->cpus);
	eventfd_write(taken->done_fd, 1);
}

static void wait_for(int fd)
{
	eventfd_t value;

	assert_int_equal(eventfd_read(fd, &value), 0);
}

static int restore_cpus(void **state)
{
	(void)state;
	return sched_setaffinity(0, sizeof(all_cpus), &all_cpus);
}

/* Both threads have CPUs, none has one of the other's, and together they have all. */
static void test_divides(void **state)
{
	struct taken taken = {.fd = eventfd(0, EFD_NONBLOCK), .done_fd = eventfd(0, 0)};
	struct stand_in *stand_in;
	cpu_set_t mine, both;

	(void)state;
	if (CPU_COUNT(&all_cpus) < 2)
		skip();
	assert_int_equal(stand_in_start(taken.fd, take, &taken, &stand_in), 0);
	for (int i = 0; i < 3; i++) {
		eventfd_write(taken.fd, 1);
		wait_for(taken.done_fd);
		assert_false(pthread_equal(taken.thread, pthread_self()));
	}
	stand_in_stop(stand_in);
	sched_getaffinity(0, sizeof(mine), &mine);
	CPU_AND(&both, &mine, &taken.cpus);
	assert_int_equal(CPU_COUNT(&both), 0);
	CPU_OR(&both, &mine, &taken.cpus);
	assert_true(CPU_EQUAL(&both, &all_cpus));
	assert_true(CPU_COUNT(&mine) - CPU_COUNT(&taken.cpus) <= 1);
	close(taken.fd);
	close(taken.done_fd);
}

static void test_one_cpu(void **state)
{
	struct stand_in *stand_in = NULL;
	cpu_set_t one;
	int cpu = 0;

	(void)state;
	while (!CPU_ISSET(cpu, &all_cpus))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_int_equal(stand_in_only_cpu(), cpu);
	assert_int_equal(stand_in_start(0, take, NULL, &stand_in), -ENODEV);
	assert_null(stand_in);
}

static void test_many_cpus(void **state)
{
	(void)state;
	if (CPU_COUNT(&all_cpus) < 2)
		skip();
	assert_int_equal(stand_in_only_cpu(), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_divides, restore_cpus),
		cmocka_unit_test_teardown(test_one_cpu, restore_cpus),
		cmocka_unit_test(test_many_cpus),
	};

	if (sched_getaffinity(0, sizeof(all_cpus), &all_cpus))
		return 1;
	stand_in_stop(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
