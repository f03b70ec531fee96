// SPDX-License-Identifier: GPL-2.0
#include "repeats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MS UINT64_C(1000000)

static struct repeats repeats;

static int reset(void **state)
{
	(void)state;
	memset(&repeats, 0, sizeof(repeats));
	return 0;
}

static struct incident of(enum outcome outcome, int64_t tid, uint64_t cgroup, uint64_t ms)
{
	struct incident incident = {.outcome = outcome, .monotonic_ns = (ms + 5000) * MS};

	incident.trigger.process.tid = num_of(tid);
	incident.limit.present = cgroup;
	incident.limit.cgroup_ids[0] = cgroup;
	return incident;
}

/* Whether it is told; how many were not before it in *ret_before. */
static bool told(struct incident incident, uint64_t *ret_before)
{
	bool repeat = repeats_take(&repeats, &incident);

	if (ret_before)
		*ret_before = incident.repeats;
	return !repeat;
}

/* However many came to nothing before it. */
static void test_panic(void **state)
{
	struct incident panic = of(OUTCOME_NO_VICTIM, 7, 0, 2);

	(void)state;
	panic.panic = num_of(1);
	assert_true(told(of(OUTCOME_NO_VICTIM, 7, 0, 0), NULL));
	assert_false(told(of(OUTCOME_NO_VICTIM, 7, 0, 1), NULL));
	assert_true(told(panic, NULL));
}

static void test_flood(void **state)
{
	uint64_t before, shown = 0, counted = 0;

	(void)state;
	/* For ten seconds, one each millisecond, from two tasks in turn. */
	for (uint64_t ms = 0; ms < 10000; ms++) {
		if (!told(of(OUTCOME_NO_VICTIM, 7 + ms % 2, 42, ms), &before))
			continue;
		shown++;
		counted += before;
	}
	assert_int_equal(shown, 10);
	assert_int_equal(counted, 9 * 999);
	assert_int_equal(repeats.no_victim, 10000 - 10);
	assert_int_equal(repeats.total, 10000 - 10);
	/* What was left over is told with the next one. */
	assert_true(told(of(OUTCOME_NO_VICTIM, 7, 42, 60000), &before));
	assert_int_equal(before, 999);
}

static void test_two_cgroups(void **state)
{
	uint64_t before;

	(void)state;
	for (uint64_t ms = 0; ms < 500; ms++)
		for (uint64_t cgroup = 1; cgroup <= 3; cgroup++)
			assert_int_equal(told(of(OUTCOME_NO_VICTIM, 7, cgroup, ms), NULL), ms == 0);
	assert_true(told(of(OUTCOME_NO_VICTIM, 7, 2, 2000), &before));
	assert_int_equal(before, 499);
}

static void test_aborted(void **state)
{
	(void)state;
	assert_true(told(of(OUTCOME_ABORTED, 7, 42, 0), NULL));
	/* However long it takes its victim to die. */
	for (uint64_t ms = 1; ms < 5000; ms += 900)
		assert_false(told(of(OUTCOME_ABORTED, 7, 42, ms), NULL));
	assert_true(told(of(OUTCOME_ABORTED, 8, 42, 5000), NULL));
	assert_true(told(of(OUTCOME_ABORTED, 7, 43, 5000), NULL));
	assert_true(told(of(OUTCOME_ABORTED, 7, 42, 6000), NULL));
	assert_int_equal(repeats.no_victim, 0);
}

static void test_kill_between(void **state)
{
	(void)state;
	assert_true(told(of(OUTCOME_NO_VICTIM, 7, 42, 0), NULL));
	assert_false(told(of(OUTCOME_NO_VICTIM, 7, 42, 1), NULL));
	assert_true(told(of(OUTCOME_KILLED, 7, 42, 2), NULL));
	assert_true(told(of(OUTCOME_KILLED, 7, 42, 3), NULL));
	assert_true(told(of(OUTCOME_NO_VICTIM, 7, 42, 4), NULL));
}

/* More kinds than there is room for: told too often, and never lost. */
static void test_many_kinds(void **state)
{
	uint64_t shown = 0;

	(void)state;
	for (uint64_t ms = 0; ms < 100; ms++)
		for (uint64_t cgroup = 1; cgroup <= 2 * REPEATS_KINDS; cgroup++)
			shown += told(of(OUTCOME_NO_VICTIM, 7, cgroup, ms), NULL);
	assert_int_equal(shown + repeats.total, 100 * 2 * REPEATS_KINDS);
}

static struct incident with_victim(enum outcome outcome, int64_t pid, int64_t start_s)
{
	struct incident incident = of(outcome, 7, 0, 0);

	incident.has_victim = true;
	incident.victim.process.pid = num_of(pid);
	incident.victim.process.start_realtime_ns = num_of(start_s * 1000000000);
	return incident;
}

/* The kernel lets each thread die on its own. */
static void test_dying_threads(void **state)
{
	struct incident nameless = with_victim(OUTCOME_VICTIM_EXITING, 42, 100);

	(void)state;
	assert_true(told(with_victim(OUTCOME_VICTIM_EXITING, 42, 100), NULL));
	assert_false(told(with_victim(OUTCOME_VICTIM_EXITING, 42, 100), NULL));
	/* Where the outcome is told by the stack, it is not known yet. */
	assert_false(told(with_victim(OUTCOME_UNKNOWN, 42, 100), NULL));
	assert_int_equal(repeats.total, 2);
	assert_int_equal(repeats.no_victim, 0);
	assert_true(told(with_victim(OUTCOME_VICTIM_EXITING, 43, 100), NULL));
	/* The number was used again, or nobody knows. */
	assert_true(told(with_victim(OUTCOME_VICTIM_EXITING, 42, 200), NULL));
	nameless.victim.process.start_realtime_ns.known = false;
	assert_true(told(nameless, NULL));
	/* No kill is ever left out. */
	assert_true(told(with_victim(OUTCOME_KILLED, 42, 200), NULL));
}

static void test_threads_of_the_killed(void **state)
{
	struct incident killed = with_victim(OUTCOME_KILLED, 42, 100);
	struct also_killed other = {.reason = KILL_OOM_GROUP};

	(void)state;
	other.process.pid = num_of(43);
	other.process.start_realtime_ns = num_of(INT64_C(101000000000));
	killed.also_killed = &other;
	killed.also_killed_count = 1;
	assert_true(told(killed, NULL));
	assert_false(told(with_victim(OUTCOME_VICTIM_EXITING, 42, 100), NULL));
	assert_false(told(with_victim(OUTCOME_VICTIM_EXITING, 43, 101), NULL));
	/* Only the latest are remembered. */
	for (int64_t pid = 1000; pid < 1000 + REPEATS_VICTIMS; pid++)
		assert_true(told(with_victim(OUTCOME_KILLED, pid, 100), NULL));
	assert_true(told(with_victim(OUTCOME_VICTIM_EXITING, 42, 100), NULL));
}

#define TEST(name) cmocka_unit_test_setup(name, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_flood),	  TEST(test_two_cgroups),
		TEST(test_aborted),	  TEST(test_kill_between),
		TEST(test_many_kinds),	  TEST(test_panic),
		TEST(test_dying_threads), TEST(test_threads_of_the_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
