/* SPDX-License-Identifier: GPL-2.0 */
/* The system calls that are left to a process which only reads open files (seccomp). */
#ifndef OOMTRACE_SYSCALL_FILTER_H
#define OOMTRACE_SYSCALL_FILTER_H

/*
 * All others fail with EPERM in this thread and those it starts, for good. Needs
 * PR_SET_NO_NEW_PRIVS or CAP_SYS_ADMIN. -ENOTSUP on a machine it does not know, or what seccomp
 * fails with.
 */
int syscall_filter_install(void);

#endif
