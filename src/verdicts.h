/* SPDX-License-Identifier: GPL-2.0 */
/* What the candidates of an incident come to once it is known who died of them. */
#ifndef OOMTRACE_VERDICTS_H
#define OOMTRACE_VERDICTS_H

#include "incident.h"

/*
 * Marks the chosen one, gives those that may not be killed the points they would have (as
 * oom_badness() counts, mm/oom_kill.c, 6.12: rss + swap + pgtables + oom_score_adj * (total / 1000))
 * where the total is known, and sorts: highest points first, the chosen one before its equals,
 * those without points last.
 */
void verdicts_settle(struct incident *incident);

#endif
