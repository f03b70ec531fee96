// SPDX-License-Identifier: GPL-2.0
#include "patience.h"

#include "clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>

#define NS_PER_MS 1000000

/* Rounded up: never too early. */
static int left_ms(const struct patience *patience, int64_t now)
{
	int64_t ms;

	if (patience->deadline_ns == INT64_MAX)
		return -1;
	if (patience->deadline_ns <= now)
		return 0;
	ms = (patience->deadline_ns - now - 1) / NS_PER_MS + 1;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

static void stop(struct patience *patience)
{
	int64_t last = clock_ns(CLOCK_MONOTONIC) + patience->grace_ns;

	patience->stop_fd = 0;
	if (last < patience->deadline_ns)
		patience->deadline_ns = last;
}

int patience_poll(struct patience *patience, int fd, short events)
{
	for (;;) {
		struct pollfd fds[] = {
			{.fd = fd, .events = events},
			{.fd = patience->stop_fd > 0 ? patience->stop_fd : -1, .events = POLLIN},
		};
		int64_t now = clock_ns(CLOCK_MONOTONIC);
		int ready = poll(fds, 2, left_ms(patience, now));

		if (ready < 0 && errno != EINTR)
			return -errno;
		if (ready > 0 && fds[0].revents)
			return 0;
		if (ready > 0 && fds[1].revents)
			stop(patience);
		else if (!ready && clock_ns(CLOCK_MONOTONIC) >= patience->deadline_ns)
			return -ETIMEDOUT;
	}
}
