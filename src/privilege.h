/* SPDX-License-Identifier: GPL-2.0 */
/* What this process may do, and what it needs. */
#ifndef OOMTRACE_PRIVILEGE_H
#define OOMTRACE_PRIVILEGE_H

#include <stdbool.h>
#include <stddef.h>

struct privilege_missing {
	char names[128]; /* "CAP_BPF, CAP_PERFMON"; "" when none is missing */
	bool capture;	 /* one that capture cannot do without is missing */
};

/* Looks at the effective capabilities. -errno when they cannot be read. */
int privilege_check(struct privilege_missing *ret_missing);

/*
 * Whether the kernel, before 5.11, may refuse maps to this process since they count as locked
 * memory.
 */
bool privilege_locked_memory_limited(void);

/*
 * Makes this process the last the OOM killer takes, its memory one that stays, and its table of
 * files one that need not grow. As far as it may, and before there are other threads.
 */
void privilege_protect_self(void);

#endif
