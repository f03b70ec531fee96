/* SPDX-License-Identifier: GPL-2.0 */
/* Clocks, and how they stand to each other at this moment. */
#ifndef OOMTRACE_CLOCK_H
#define OOMTRACE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds on the clock: since 1970 for CLOCK_REALTIME, since boot for the others. */
int64_t clock_ns(clockid_t clock);

/* How far CLOCK_REALTIME is ahead of `clock`, in nanoseconds. */
int64_t clock_realtime_minus(clockid_t clock);

#endif
