/* SPDX-License-Identifier: GPL-2.0 */
/* How long a thread may wait for another process. */
#ifndef OOMTRACE_PATIENCE_H
#define OOMTRACE_PATIENCE_H

#include <stdint.h>

struct patience {
	int64_t deadline_ns; /* on CLOCK_MONOTONIC; INT64_MAX: never */
	int stop_fd;	     /* once it is readable there is but grace_ns left; 0: none */
	int64_t grace_ns;
};

/*
 * Waits until one of poll(2)'s `events`, an error or a hang-up is on `fd`; -1 only waits. When
 * stop_fd is readable it becomes 0 and the deadline is brought forward. -ETIMEDOUT, or what poll
 * failed with.
 */
int patience_poll(struct patience *patience, int fd, short events);

#endif
