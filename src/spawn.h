/* SPDX-License-Identifier: GPL-2.0 */
/* Other programs, started with nothing of this process but what they are given. */
#ifndef OOMTRACE_SPAWN_H
#define OOMTRACE_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

struct spawn_config {
	const char *program; /* with search_path: a name to look for in PATH */
	char *const *argv;
	char *const *environment;
	int in, out; /* descriptors; 0: /dev/null, as standard error always is */
	bool search_path;
	bool own_group; /* of processes, so that all that it starts can be ended with it */
};

/*
 * Starts it: without other descriptors, with no signal blocked or ignored. The caller waits for its
 * end. Returns what the system says.
 */
int spawn_start(const struct spawn_config *config, pid_t *ret_pid);

/*
 * Its oom_score_adj, which it inherits, to be written and closed by the caller; -1 with errno. To
 * be opened before it gives up its rights: then nobody but root may.
 */
int spawn_open_adj(pid_t pid);

#endif
