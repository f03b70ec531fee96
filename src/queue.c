// SPDX-License-Identifier: GPL-2.0
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	bool closed;
	size_t capacity;
	size_t first; /* index of the oldest item */
	size_t count;
	void *items[];
};

/* A deadline of the wall clock would move when the clock is set. */
static int cond_init_monotonic(pthread_cond_t *cond)
{
	pthread_condattr_t attr;
	int err;

	err = pthread_condattr_init(&attr);
	if (err)
		return -err;
	err = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	if (!err)
		err = pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
	return -err;
}

int queue_new(size_t capacity, struct queue **ret_queue)
{
	struct queue *queue;
	int err;

	if (!capacity)
		return -EINVAL;
	if (capacity > (SIZE_MAX - sizeof(*queue)) / sizeof(queue->items[0]))
		return -ENOMEM;
	queue = calloc(1, sizeof(*queue) + capacity * sizeof(queue->items[0]));
	if (!queue)
		return -ENOMEM;
	queue->capacity = capacity;

	err = -pthread_mutex_init(&queue->lock, NULL);
	if (err)
		goto fail;
	err = cond_init_monotonic(&queue->filled);
	if (err)
		goto fail_lock;
	*ret_queue = queue;
	return 0;

fail_lock:
	pthread_mutex_destroy(&queue->lock);
fail:
	free(queue);
	return err;
}

int queue_push(struct queue *queue, void *item)
{
	int err = 0;

	pthread_mutex_lock(&queue->lock);
	if (queue->closed) {
		err = -ESHUTDOWN;
	} else if (queue->count == queue->capacity) {
		err = -ENOSPC;
	} else {
		queue->items[(queue->first + queue->count) % queue->capacity] = item;
		queue->count++;
		pthread_cond_signal(&queue->filled);
	}
	pthread_mutex_unlock(&queue->lock);
	return err;
}

static struct timespec deadline_in(int timeout_ms)
{
	struct timespec deadline;

	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += timeout_ms / 1000;
	deadline.tv_nsec += timeout_ms % 1000 * 1000000L;
	if (deadline.tv_nsec >= 1000000000L) {
		deadline.tv_sec++;
		deadline.tv_nsec -= 1000000000L;
	}
	return deadline;
}

int queue_pop(struct queue *queue, int timeout_ms, void **ret_item)
{
	struct timespec deadline = {0};
	int err = 0;

	if (timeout_ms > 0)
		deadline = deadline_in(timeout_ms);

	pthread_mutex_lock(&queue->lock);
	while (!queue->count && !queue->closed && !err) {
		if (timeout_ms < 0)
			err = -pthread_cond_wait(&queue->filled, &queue->lock);
		else if (timeout_ms == 0)
			err = -ETIMEDOUT;
		else
			err = -pthread_cond_timedwait(&queue->filled, &queue->lock, &deadline);
	}
	if (queue->count) {
		*ret_item = queue->items[queue->first];
		queue->first = (queue->first + 1) % queue->capacity;
		queue->count--;
		err = 0;
	} else if (queue->closed) {
		err = -ESHUTDOWN;
	}
	pthread_mutex_unlock(&queue->lock);
	return err;
}

void queue_close(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->closed = true;
	pthread_cond_broadcast(&queue->filled);
	pthread_mutex_unlock(&queue->lock);
}

void queue_free(struct queue *queue)
{
	if (!queue)
		return;
	pthread_cond_destroy(&queue->filled);
	pthread_mutex_destroy(&queue->lock);
	free(queue);
}
