// SPDX-License-Identifier: GPL-2.0
#include "badness.h"

#include <stdlib.h>

int64_t badness_memory(const struct badness *badness)
{
	return badness->rss_pages + badness->swap_pages + badness->pgtables_pages;
}

int64_t badness_adj(int oom_score_adj, int64_t total_pages)
{
	return oom_score_adj * (total_pages / 1000);
}

int64_t badness_points(const struct badness *badness, int64_t total_pages)
{
	return badness_memory(badness) + badness_adj(badness->oom_score_adj, total_pages);
}

int64_t badness_oom_score(int64_t points, int64_t machine_pages)
{
	int64_t score;

	if (machine_pages <= 0)
		return 0;
	score = (1000 + points * 1000 / machine_pages) * 2 / 3;
	return score > 0 ? score : 0;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t badness_limit_total(const struct badness_limit *limit, int64_t machine_swap_pages)
{
	int64_t total = limit->memory_pages, swap = limit->swap_pages;

	/* The limit of both is never below that of memory, but they are not read at once. */
	if (limit->version == 1)
		swap = swap > total ? swap - total : 0;
	if (limit->swaps)
		total += least(swap, machine_swap_pages);
	return total > 0 ? total : 1;
}

bool badness_before(int64_t points, uint64_t scanned, int64_t other_points, uint64_t other_scanned)
{
	return points != other_points ? points > other_points : scanned > other_scanned;
}

bool badness_is_exact(const char *release)
{
	return strtol(release, NULL, 10) >= 7;
}

int64_t badness_tolerance(long cpus)
{
	int64_t batch;

	if (cpus < 1)
		cpus = 1;
	batch = 2 * cpus > 32 ? 2 * cpus : 32;
	return batch * cpus;
}
