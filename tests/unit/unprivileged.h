/* SPDX-License-Identifier: GPL-2.0 */
/* For tests of what happens without the right to BPF: the same when root runs them. */
#ifndef OOMTRACE_UNPRIVILEGED_H
#define OOMTRACE_UNPRIVILEGED_H

#include <bpf/libbpf.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#define NOBODY 65534

static inline void become_unprivileged(void)
{
	/* libbpf would tell of each refusal. */
	libbpf_set_print(NULL);
	if (!geteuid() && (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
			   setresuid(NOBODY, NOBODY, NOBODY))) {
		perror("cannot drop privileges");
		exit(1);
	}
	/* The leak checker attaches to its own process, which a change of user forbids. */
	prctl(PR_SET_DUMPABLE, 1);
}

#endif
