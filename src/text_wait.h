/* SPDX-License-Identifier: GPL-2.0 */
/* Tasks that wait for memory, for a person. Of the sink's functions. */
#ifndef OOMTRACE_TEXT_WAIT_H
#define OOMTRACE_TEXT_WAIT_H

#include "sink.h"

/* How many wait, and who, on three rows at most. */
int text_oom_wait(FILE *out, const struct record_common *common, const struct oom_wait *wait,
		  const struct text_style *style);

/*
 * That a task goes on or was killed, on one row. Of tasks that go on while others wait still only
 * when the style is verbose: they may be many, and it is over with the last.
 */
int text_oom_wait_end(FILE *out, const struct record_common *common, const struct oom_wait_end *end,
		      const struct text_style *style);

#endif
