// SPDX-License-Identifier: GPL-2.0
#include "verdicts.h"

#include <stdlib.h>

static void set_points(struct weighed *candidate, struct num total)
{
	if (candidate->verdict != VERDICT_UNKILLABLE || !total.known)
		return;
	candidate->points_pages = num_of(candidate->own_pages +
					 candidate->oom_score_adj.value * (total.value / 1000));
}

static int by_points(const void *one, const void *other)
{
	const struct weighed *a = one, *b = other;

	if (a->points_pages.known != b->points_pages.known)
		return a->points_pages.known ? -1 : 1;
	if (a->points_pages.value != b->points_pages.value)
		return a->points_pages.value > b->points_pages.value ? -1 : 1;
	if (a->verdict != b->verdict)
		return a->verdict < b->verdict ? -1 : 1;
	return a->pid.value < b->pid.value ? -1 : a->pid.value > b->pid.value;
}

void verdicts_settle(struct incident *incident)
{
	struct weighing *candidates = &incident->candidates;
	int64_t victim = incident->victim.process.pid.value;

	for (size_t i = 0; i < candidates->count; i++) {
		struct weighed *candidate = &candidates->top[i];

		set_points(candidate, incident->victim.score.total_pages);
		if (incident->has_victim && candidate->verdict == VERDICT_ELIGIBLE &&
		    candidate->pid.value == victim)
			candidate->verdict = VERDICT_CHOSEN;
	}
	if (candidates->count)
		qsort(candidates->top, candidates->count, sizeof(*candidates->top), by_points);
}
