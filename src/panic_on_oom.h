/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel is told to do when memory runs out. */
#ifndef OOMTRACE_PANIC_ON_OOM_H
#define OOMTRACE_PANIC_ON_OOM_H

#include <stdbool.h>

/*
 * Whether vm.panic_on_oom, below `root`, is 2 now: then the kernel panics for the limit of a cgroup
 * as well. False when it cannot be read.
 */
bool panic_on_oom_compulsory(const char *root);

#endif
