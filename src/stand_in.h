/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A second thread that takes records. A task that waits inside the kernel for its victim to be read
 * keeps its CPU, and so a reader that was put on that CPU's queue would never run. The CPUs are
 * divided between two threads: whichever CPU is kept, the other thread has one of its own.
 */
#ifndef OOMTRACE_STAND_IN_H
#define OOMTRACE_STAND_IN_H

struct stand_in;

/*
 * Leaves to the calling thread every second of the CPUs it may use, and starts a thread on the
 * rest that calls `take` whenever `fd` can be read; what both threads use must be locked. Both get
 * the highest priority they may have, short of a realtime one. Threads inherit CPUs and priority:
 * others are to be started before. Returns 0 and what the caller ends with stand_in_stop(); -ENODEV
 * where there is but one CPU, -ENOMEM, or what starting a thread failed with: then nothing has
 * changed but the priority.
 */
int stand_in_start(int fd, void (*take)(void *ctx), void *ctx, struct stand_in **ret_stand_in);

/* Ends the thread; the caller's CPUs stay as they are. */
void stand_in_stop(struct stand_in *stand_in);

/* The one CPU that the calling thread may use, or -1 when there are more or it cannot be told. */
int stand_in_only_cpu(void);

#endif
