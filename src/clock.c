// SPDX-License-Identifier: GPL-2.0
#include "clock.h"

int64_t clock_ns(clockid_t clock)
{
	struct timespec ts = {0};

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t clock_realtime_minus(clockid_t clock)
{
	int64_t before = clock_ns(clock);
	int64_t realtime = clock_ns(CLOCK_REALTIME);
	int64_t after = clock_ns(clock);

	/* The middle of the two readings around it is the best guess at the same moment. */
	return realtime - (before + (after - before) / 2);
}
