/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Brings together who was killed and when processes ended. Both come late and in any order: ends
 * are known at once, incidents when they are written.
 */
#ifndef OOMTRACE_LIFECYCLE_H
#define OOMTRACE_LIFECYCLE_H

#include "victim_exit.h"

/* How long after the kill a victim is waited for. */
#define LIFECYCLE_PATIENCE_NS 5000000000ULL
/* Threads of one process end at almost the same time, and only the last one counts. */
#define LIFECYCLE_SETTLE_NS 100000000ULL

enum {
	LIFECYCLE_VICTIMS = 1024, /* waited for at a time */
	LIFECYCLE_ENDS = 1024,	  /* remembered; the oldest are forgotten first */
};

struct lifecycle;

/* NULL when there is no memory. */
struct lifecycle *lifecycle_new(void);
void lifecycle_free(struct lifecycle *lifecycle);

/*
 * Waits from now on for those that a numbered incident killed; the incident may be freed after. For
 * one that killed nobody there is nothing to wait for. Returns for how many there was no room.
 */
size_t lifecycle_add(struct lifecycle *lifecycle, const struct incident *incident);

/* Takes a record of the kernel's, whose bytes may be anything. What decode_record() returns, and
 * -EOPNOTSUPP for a record that is no struct ev_death. */
int lifecycle_feed(struct lifecycle *lifecycle, const void *data, size_t size);

/*
 * The next victim there is something to be told of at `now_ns` (CLOCK_MONOTONIC), in the order they
 * were added; false when there is none. One that has not ended in time is handed out with an
 * unknown kill_to_exit_ns and an unknown alive, for the caller to look after it. `last`: what has
 * ended is not to be waited for any more.
 */
bool lifecycle_next(struct lifecycle *lifecycle, uint64_t now_ns, bool last,
		    struct victim_exit *ret_exit);

#endif
