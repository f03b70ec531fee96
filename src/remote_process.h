/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OOMTRACE_REMOTE_PROCESS_H
#define OOMTRACE_REMOTE_PROCESS_H

#include "remote.h"

#include <sys/types.h>

/*
 * Reads the memory of process `*pid` (its number for the caller; it must live as long as the
 * result) with process_vm_readv(), which wants the right to trace it. It gives -ESRCH when the
 * process has gone or has lost its memory, -EPERM, -EFAULT.
 *
 * The pages are faulted in as if the process had touched them: one that was swapped out is swapped
 * in and charged to the process's cgroup.
 */
struct remote remote_of_process(const pid_t *pid);

#endif
