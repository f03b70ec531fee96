/* SPDX-License-Identifier: GPL-2.0 */
/* Tasks that wait for memory since nobody may be killed for them, as sinks see them. */
#ifndef OOMTRACE_OOM_WAIT_H
#define OOMTRACE_OOM_WAIT_H

#include "incident.h"

enum { OOM_WAIT_TASKS = 16 };

/* One that waits. */
struct waiting_task {
	int64_t pid;
	int64_t tid;
	char comm[COMM_LEN + 1];
	struct num wait_ns; /* so far; unknown when nobody saw it begin */
};

/* More tasks wait for what an incident is of. */
struct oom_wait {
	uint64_t incident; /* the number users see */
	uint64_t time_ns;  /* monotonic */
	uint64_t waiting;  /* how many */
	size_t count;	   /* of them, these: the longest waiting first */
	struct waiting_task tasks[OOM_WAIT_TASKS];
};

enum wait_ended {
	WAIT_ENDED_UNKNOWN, /* it does not wait any more: nobody saw why */
	WAIT_RESUMED,
	WAIT_KILLED, /* SIGKILL, whoever sent it */
};

/* The wait of one task is over. */
struct oom_wait_end {
	uint64_t incident;
	uint64_t time_ns; /* monotonic: when it was */
	struct waiting_task task;
	bool derived; /* it was found not to wait any more: it may have been over a little earlier */
	enum wait_ended ended;
	uint64_t waiting; /* others of the incident, still */
};

/* The word of the record; NULL for the unknown value. */
const char *wait_ended_name(enum wait_ended ended);

#endif
