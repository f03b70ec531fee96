/* SPDX-License-Identifier: GPL-2.0 */
/* Takes from a process what it does not need for reading hostile files that are open already. */
#ifndef OOMTRACE_SANDBOX_H
#define OOMTRACE_SANDBOX_H

/*
 * From here on this process is nobody, has no capability and cannot get one, opens no file, makes
 * no socket and no process, sends no signal but to itself and makes no memory executable; it is
 * called `name`, small, of low priority, on all CPUs, the first that the OOM killer takes, and ends
 * with the thread that started it. To be called with one thread. What of that the process may not
 * do, such as becoming nobody, is left out; the filter of system calls is not: then -errno.
 */
int sandbox_enter(const char *name);

#endif
