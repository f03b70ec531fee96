/* SPDX-License-Identifier: GPL-2.0 */
/* The helper that names stacks, as a process: this program again, with a socket. */
#ifndef OOMTRACE_NAMER_PROCESS_H
#define OOMTRACE_NAMER_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

enum { NAMER_ZOMBIES_MAX = 8 };

/* Starts zeroed: no helper runs. */
struct namer_process {
	pid_t pid;  /* 0: none runs */
	int fd;	    /* the socket to it */
	int adj_fd; /* its oom_score_adj; -1: none */
	/* Killed ones that were not gone within a moment, hung in a file system perhaps. */
	pid_t zombies[NAMER_ZOMBIES_MAX];
};

/*
 * Starts `program` with NAMER_CHILD_WORD, one end of a stream socket as its standard input, and
 * nothing else of this process: no descriptor, no environment, no signal settings. -EAGAIN when too
 * many helpers that were killed have not ended, or what the system says.
 */
int namer_process_start(struct namer_process *process, const char *program);

/*
 * While it works on files of others it is the first that the OOM killer takes, whatever that costs;
 * one that only keeps what it knows is taken by its size, like any process.
 */
void namer_process_set_busy(const struct namer_process *process, bool busy);

/* Kills it, without waiting long; nothing when none runs. */
void namer_process_end(struct namer_process *process);

#endif
