/* SPDX-License-Identifier: GPL-2.0 */
/* `oomtrace rank`: one record of who would be killed next. */
#ifndef OOMTRACE_RANK_RUN_H
#define OOMTRACE_RANK_RUN_H

#include "options.h"

/* Ranks and writes, says on standard error what is wrong, and returns an exit status. */
int rank_run(const struct options *options);

#endif
