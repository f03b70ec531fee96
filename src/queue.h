/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A bounded queue of pointers from one thread to another. The side that fills it never waits for
 * the side that empties it: what does not fit is refused, for the caller to count as lost.
 */
#ifndef OOMTRACE_QUEUE_H
#define OOMTRACE_QUEUE_H

#include <stddef.h>

struct queue;

/*
 * Makes a queue of at most `capacity` items. -EINVAL when capacity is 0, -ENOMEM; else what pthread
 * says. The caller frees it with queue_free().
 */
int queue_new(size_t capacity, struct queue **ret_queue);

/*
 * Appends an item, which belongs to the queue's reader from then on. Never waits for room: -ENOSPC
 * when the queue is full, -ESHUTDOWN when it is closed; the item stays the caller's in both cases.
 */
int queue_push(struct queue *queue, void *item);

/*
 * Takes the oldest item, waiting up to timeout_ms milliseconds for one; 0 does not wait, a negative
 * time waits for good. -ETIMEDOUT when none came, -ESHUTDOWN when the queue is closed and empty:
 * what was pushed before the closing is still handed out.
 */
int queue_pop(struct queue *queue, int timeout_ms, void **ret_item);

/* Refuses further items and wakes every waiting reader. May be called more than once. */
void queue_close(struct queue *queue);

/* Frees the queue, which nobody may be using any more, but not the items in it; NULL is allowed. */
void queue_free(struct queue *queue);

#endif
