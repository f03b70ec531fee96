/* SPDX-License-Identifier: GPL-2.0 */
/* Why the kernel chose this victim and no other, on a page. */
#ifndef OOMTRACE_TEXT_WHY_H
#define OOMTRACE_TEXT_WHY_H

#include "incident.h"
#include "text_page.h"

enum { TEXT_WHY_ROWS_MAX = 6 };

/*
 * The section "Why", of at most so many rows: those with most points, as a table where there is
 * room for two or more of them, and who is larger than the chosen one but was not killed. In one
 * row, only what tells most. Nothing when it is not known whom the kernel weighed, when that was
 * nobody or the victim alone, and when it stopped without choosing.
 */
void text_why(struct page *page, const struct incident *incident, size_t rows);

/* Whether the kernel had no choice: only one process was there to be weighed, and it was killed. */
bool text_why_alone(const struct incident *incident);

/*
 * What the trigger itself has resident, where that is known and is less than a tenth of the
 * victim's: it asked for the memory, but is not who filled it. Unknown otherwise.
 */
struct num text_why_small_trigger(const struct incident *incident);

#endif
