/* SPDX-License-Identifier: GPL-2.0 */
/* A process that was killed and is still there: what it does in the kernel, by its /proc. */
#ifndef OOMTRACE_SURVIVOR_H
#define OOMTRACE_SURVIVOR_H

#include "incident.h"
#include "procfs.h"

/*
 * Looks for process `pid`, of which a thread still lives, and tells its state (the letter of
 * /proc/PID/stat) and its kernel stack: of a thread in uninterruptible sleep when there is one. A
 * process that started after `killed_boottime_ns` is another one. The stack is the caller's
 * (stack_clear()); it is invalid when it cannot be read, which takes CAP_SYS_ADMIN.
 *
 * -ESRCH when it is gone, -ENOMEM, or what looking for it failed with; nothing is changed then.
 */
int survivor_read(const struct procfs *procfs, pid_t pid, uint64_t killed_boottime_ns,
		  char *ret_state, struct stack *ret_stack);

/* The state in the text of /proc/PID/stat. -EINVAL. */
int survivor_parse_state(const char *text, char *ret_state);

/*
 * The frames in the text of /proc/PID/stack: "[<0>] name+0x12/0x340 [module]", a line each. A line
 * without a name is a frame without one. -EINVAL for other text, -ENOMEM.
 */
int survivor_parse_stack(const char *text, struct stack *ret_stack);

#endif
