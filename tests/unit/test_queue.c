// SPDX-License-Identifier: GPL-2.0
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#define MANY 20000

static void bounded_and_in_order(void **state)
{
	int items[4];
	struct queue *queue;
	void *got = NULL;

	(void)state;
	assert_int_equal(queue_new(0, &queue), -EINVAL);
	assert_int_equal(queue_new(3, &queue), 0);
	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < 3; i++)
			assert_int_equal(queue_push(queue, &items[i]), 0);
		assert_int_equal(queue_push(queue, &items[3]), -ENOSPC);
		for (int i = 0; i < 3; i++) {
			assert_int_equal(queue_pop(queue, 0, &got), 0);
			assert_ptr_equal(got, &items[i]);
		}
		assert_int_equal(queue_push(queue, &items[0]), 0);
		assert_int_equal(queue_pop(queue, -1, &got), 0);
	}
	got = NULL;
	assert_int_equal(queue_pop(queue, 0, &got), -ETIMEDOUT);
	assert_int_equal(queue_pop(queue, 20, &got), -ETIMEDOUT);
	assert_null(got);
	queue_free(queue);
	queue_free(NULL);
}

static void closing_hands_out_the_rest(void **state)
{
	struct queue *queue;
	void *got = NULL;
	int item;

	(void)state;
	assert_int_equal(queue_new(2, &queue), 0);
	assert_int_equal(queue_push(queue, &item), 0);
	queue_close(queue);
	queue_close(queue);
	assert_int_equal(queue_push(queue, &item), -ESHUTDOWN);
	assert_int_equal(queue_pop(queue, -1, &got), 0);
	assert_ptr_equal(got, &item);
	assert_int_equal(queue_pop(queue, -1, &got), -ESHUTDOWN);
	queue_free(queue);
}

static void *fill(void *arg)
{
	struct queue *queue = arg;

	for (uintptr_t i = 1; i <= MANY; i++)
		while (queue_push(queue, (void *)i) == -ENOSPC)
			usleep(1);
	usleep(20000);
	queue_close(queue);
	return NULL;
}

static void two_threads(void **state)
{
	struct queue *queue;
	pthread_t thread;
	uintptr_t want = 1;
	void *got;
	int err;

	(void)state;
	assert_int_equal(queue_new(7, &queue), 0);
	assert_int_equal(pthread_create(&thread, NULL, fill, queue), 0);
	while (!(err = queue_pop(queue, -1, &got)))
		assert_int_equal((uintptr_t)got, want++);
	assert_int_equal(err, -ESHUTDOWN);
	assert_int_equal(want, MANY + 1);
	pthread_join(thread, NULL);
	queue_free(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounded_and_in_order),
		cmocka_unit_test(closing_hands_out_the_rest),
		cmocka_unit_test(two_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
