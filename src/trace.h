/* SPDX-License-Identifier: GPL-2.0 */
/* Tracing itself: from the options to the stop record. Main-level: prints its diagnostics. */
#ifndef OOMTRACE_TRACE_H
#define OOMTRACE_TRACE_H

#include "options.h"

/* Returns the exit status of the program. */
int trace_run(const struct options *options);

#endif
