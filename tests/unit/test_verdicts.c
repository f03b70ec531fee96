// SPDX-License-Identifier: GPL-2.0
#include "verdicts.h"

#include "decode.h"
#include "sample_records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct ev_candidate candidate(int tgid, int adj, uint32_t verdict, int64_t points,
				     uint64_t rss)
{
	struct ev_candidate c = {.tgid = tgid, .oom_score_adj = adj, .verdict = verdict};

	c.points = points;
	c.rss_pages = rss;
	c.swap_pages = 2;
	c.pgtables_bytes = 3 * 4096 + 100;
	c.cgroup_id = 9;
	memcpy(c.comm, "task", 5);
	return c;
}

static struct incident *settled(struct ev_candidates *rec, int64_t victim, struct num total)
{
	struct incident *incident = incident_new();

	assert_non_null(incident);
	assert_int_equal(decode_candidates(rec, &sample_units, &incident->candidates), 0);
	free(rec);
	incident->has_victim = victim;
	incident->victim.process.pid = num_of(victim);
	incident->victim.score.total_pages = total;
	verdicts_settle(incident);
	return incident;
}

static void test_order(void **state)
{
	struct ev_candidates *rec = sample_record(sizeof(*rec), EV_CANDIDATES_WEIGHED, 1);
	struct incident *incident;
	const struct weighed *top;

	(void)state;
	rec->considered = 123;
	rec->eligible_count = 4;
	rec->eligible[0] = candidate(10, 0, EV_VERDICT_ELIGIBLE, 50, 45);
	rec->eligible[1] = candidate(11, 0, EV_VERDICT_ELIGIBLE, 500, 495);
	rec->eligible[2] = candidate(12, 0, EV_VERDICT_ELIGIBLE, 500, 495);
	rec->eligible[3] = candidate(13, -500, EV_VERDICT_ELIGIBLE, -4000, 995);
	rec->spared_count = 2;
	rec->spared[0] = candidate(14, -1000, EV_VERDICT_ADJ, 0, 7000);
	rec->spared[1] = candidate(1, 0, EV_VERDICT_INIT, 0, 95);
	incident = settled(rec, 12, num_of(10000));
	top = incident->candidates.top;

	assert_int_equal(incident->candidates.considered, 123);
	assert_int_equal(incident->candidates.count, 6);
	/* The chosen one before its equal, and those that are spared where their points would be. */
	assert_int_equal(top[0].pid.value, 12);
	assert_int_equal(top[0].verdict, VERDICT_CHOSEN);
	assert_null(top[0].reason);
	assert_int_equal(top[1].pid.value, 11);
	assert_int_equal(top[1].verdict, VERDICT_ELIGIBLE);
	assert_int_equal(top[2].pid.value, 1);
	assert_int_equal(top[2].points_pages.value, 95 + 2 + 3);
	assert_string_equal(top[2].reason, "init");
	assert_int_equal(top[3].pid.value, 10);
	assert_int_equal(top[4].pid.value, 14);
	assert_int_equal(top[4].points_pages.value, 7000 + 2 + 3 - 10000);
	assert_int_equal(top[4].verdict, VERDICT_UNKILLABLE);
	assert_string_equal(top[4].reason, "oom_score_adj");
	assert_int_equal(top[5].points_pages.value, -4000);
	assert_int_equal(top[5].rss_bytes.value, 995 * 4096);
	assert_int_equal(top[5].swap_bytes.value, 2 * 4096);
	assert_string_equal(top[5].comm, "task");
	incident_free(incident);
}

/* Nothing was chosen, and over how much it would have been is not known. */
static void test_no_victim(void **state)
{
	struct ev_candidates *rec = sample_record(sizeof(*rec), EV_CANDIDATES_WEIGHED, 1);
	struct incident *incident;

	(void)state;
	rec->considered = 2;
	rec->spared_count = 2;
	rec->spared[0] = candidate(14, -1000, EV_VERDICT_ADJ, 0, 7000);
	rec->spared[1] = candidate(15, 0, 77, 0, 7000);
	incident = settled(rec, 0, (struct num){0});
	assert_int_equal(incident->candidates.count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_false(incident->candidates.top[i].points_pages.known);
		assert_int_equal(incident->candidates.top[i].verdict, VERDICT_UNKILLABLE);
	}
	assert_string_equal(incident->candidates.top[1].reason, "other");
	incident_free(incident);
}

/* Counts that lie. */
static void test_counts(void **state)
{
	struct ev_candidates *rec = sample_record(sizeof(*rec), EV_CANDIDATES_WEIGHED, 1);
	struct incident *incident;

	(void)state;
	rec->eligible_count = UINT32_MAX;
	rec->spared_count = UINT32_MAX;
	for (size_t i = 0; i < EV_CANDIDATES; i++)
		rec->eligible[i] =
			candidate(INT32_MIN, INT32_MIN, EV_VERDICT_ELIGIBLE, INT64_MIN, UINT64_MAX);
	incident = settled(rec, 0, num_of(INT64_MAX >> 12));
	assert_int_equal(incident->candidates.count, EV_CANDIDATES + EV_SPARED);
	incident_free(incident);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_no_victim),
		cmocka_unit_test(test_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
