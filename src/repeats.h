/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Invocations of the OOM killer that come to nothing come in floods: while a victim dies, who
 * writes a limit enters it again and again, and in a cgroup where nobody may be killed every
 * allocation does. Of each kind one in a second is news; all are counted. So are the threads of a
 * process that is known to die, which the kernel lets die one by one.
 */
#ifndef OOMTRACE_REPEATS_H
#define OOMTRACE_REPEATS_H

#include "incident.h"

enum { REPEATS_KINDS = 16, REPEATS_VICTIMS = 64 };

/* Begins as zeros. */
struct repeats {
	uint64_t total;	    /* that were only counted */
	uint64_t no_victim; /* of them, those that found nobody to kill */
	struct repeat_kind {
		enum outcome outcome; /* OUTCOME_UNKNOWN: unused */
		int64_t tid;	      /* of an aborted one, who asked; else 0 */
		uint64_t cgroup;      /* 0: the machine */
		uint64_t told_ns;
		uint64_t seen_ns;
		uint64_t count; /* since it was told */
	} kinds[REPEATS_KINDS];
	struct repeat_victim {
		int64_t pid; /* 0: none */
		int64_t start_realtime_ns;
	} victims[REPEATS_VICTIMS];
	uint64_t victim_count; /* in all; the latest are kept */
};

/*
 * Whether this incident is like one just told, and only to be counted. Of one that is to be told it
 * sets how many like it came before it since.
 */
bool repeats_take(struct repeats *repeats, struct incident *incident);

#endif
