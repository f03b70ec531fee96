/* SPDX-License-Identifier: GPL-2.0 */
/* Who would be killed next, on a page. */
#ifndef OOMTRACE_RANK_TEXT_H
#define OOMTRACE_RANK_TEXT_H

#include "sink.h"

/*
 * Writes it and an empty line: with up to ten processes one screen of 24 lines of 80 columns, more of
 * them make it longer. -ENOMEM, or what writing failed with.
 */
int rank_text(FILE *out, const struct record_common *common, const struct rank *rank,
	      const struct text_style *style);

#endif
