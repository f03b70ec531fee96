/* SPDX-License-Identifier: GPL-2.0 */
/* What became of one process that the OOM killer killed, as sinks see it. */
#ifndef OOMTRACE_VICTIM_EXIT_H
#define OOMTRACE_VICTIM_EXIT_H

#include "incident.h"

struct victim_exit {
	uint64_t incident; /* the number users see */
	int64_t pid;
	char comm[COMM_LEN + 1];
	bool comm_known;
	uint64_t time_ns;	    /* monotonic: of its end, or when it was looked for in vain */
	uint64_t kill_ns;	    /* monotonic: of the SIGKILL, or else of the incident's kill */
	struct num kill_to_exit_ns; /* to the end of its last thread */
	struct num kill_to_free_ns; /* until nobody used its memory any more */
	bool reaped;		    /* the OOM reaper took its memory */
	struct num alive;	    /* 0 or 1 */
	char state;		    /* of what is alive: the letter in /proc/PID/stat; 0: unknown */
	struct stack kernel_stack;  /* of that thread; frames have no address */
};

#endif
