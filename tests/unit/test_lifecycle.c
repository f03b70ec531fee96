// SPDX-License-Identifier: GPL-2.0
#include "event.h"
#include "lifecycle.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS   1000000ULL
#define KILL (100000 * MS) /* when everything here is killed */

static struct lifecycle *lifecycle;

static int make(void **state)
{
	(void)state;
	lifecycle = lifecycle_new();
	return lifecycle ? 0 : -1;
}

static int drop(void **state)
{
	(void)state;
	lifecycle_free(lifecycle);
	return 0;
}

static struct process process_of(int64_t pid)
{
	return (struct process){
		.pid = num_of(pid), .tid = num_of(pid), .comm = "matrix", .comm_known = true};
}

/* An incident that killed `pid`, and `others` with the numbers after it. */
static size_t killed(uint64_t number, int64_t pid, size_t others)
{
	struct incident incident = {
		.number = number,
		.monotonic_ns = KILL - MS,
		.kill_ns = KILL,
		.outcome = OUTCOME_KILLED,
		.has_victim = true,
		.victim.process = process_of(pid),
		.also_killed_count = others,
		.also_killed = calloc(others + 1, sizeof(*incident.also_killed)),
	};
	size_t refused;

	assert_non_null(incident.also_killed);
	for (size_t i = 0; i < others; i++)
		incident.also_killed[i].process = process_of(pid + 1 + (int64_t)i);
	refused = lifecycle_add(lifecycle, &incident);
	free(incident.also_killed);
	return refused;
}

static struct ev_death death(uint16_t kind, int32_t tgid, uint64_t time_ns)
{
	return (struct ev_death){
		.hdr = {.size = sizeof(struct ev_death),
			.kind = kind,
			.time_ns = time_ns,
			.tgid = tgid,
			.tid = tgid},
		.start_boottime_ns = 1,
	};
}

static void feed(struct ev_death rec)
{
	assert_int_equal(lifecycle_feed(lifecycle, &rec, sizeof(rec)), 0);
}

static void ends(int32_t pid, uint64_t time_ns)
{
	feed(death(EV_EXITED, pid, time_ns));
}

static void none_by(uint64_t now_ns)
{
	struct victim_exit exit;

	assert_false(lifecycle_next(lifecycle, now_ns, false, &exit));
}

static struct victim_exit next_by(uint64_t now_ns)
{
	struct victim_exit exit;

	assert_true(lifecycle_next(lifecycle, now_ns, false, &exit));
	return exit;
}

static void end_comes_last(void **state)
{
	struct victim_exit exit;

	(void)state;
	assert_int_equal(killed(3, 42, 0), 0);
	none_by(KILL + 10 * MS);
	ends(41, KILL + 10 * MS);
	none_by(KILL + 1000 * MS);
	ends(42, KILL + 1020 * MS);
	exit = next_by(KILL + 2000 * MS);
	assert_int_equal(exit.incident, 3);
	assert_int_equal(exit.pid, 42);
	assert_string_equal(exit.comm, "matrix");
	assert_true(exit.comm_known);
	assert_int_equal(exit.time_ns, KILL + 1020 * MS);
	assert_int_equal(exit.kill_to_exit_ns.value, 1020 * MS);
	assert_true(exit.alive.known);
	assert_int_equal(exit.alive.value, 0);
	assert_false(exit.kill_to_free_ns.known);
	assert_false(exit.reaped);
	none_by(KILL + 100000 * MS);
}

static void end_comes_first(void **state)
{
	(void)state;
	ends(42, KILL + 20 * MS);
	none_by(KILL + 1000 * MS);
	killed(1, 42, 0);
	assert_int_equal(next_by(KILL + 1000 * MS).kill_to_exit_ns.value, 20 * MS);
}

/* The SIGKILL itself is nearer to the truth than the incident's time, and may come before it. */
static void kill_was_seen(void **state)
{
	struct ev_death rec = death(EV_EXITED, 42, KILL - MS / 2);
	struct victim_exit exit;

	(void)state;
	killed(1, 42, 0);
	killed(2, 43, 0);
	rec.killed_ns = KILL - 2 * MS;
	feed(rec);
	exit = next_by(KILL + 1000 * MS);
	assert_int_equal(exit.kill_to_exit_ns.value, 3 * MS / 2);
	assert_int_equal(exit.kill_ns, KILL - 2 * MS);
	rec = death(EV_EXITED, 43, KILL - MS / 2);
	feed(rec);
	assert_int_equal(next_by(KILL + 1000 * MS).kill_to_exit_ns.value, 0);
}

/* Several threads may each find that none is left; the last one is right. */
static void last_thread_counts(void **state)
{
	struct ev_death rec = death(EV_EXITING, 42, KILL + 20 * MS);
	struct victim_exit exit;

	(void)state;
	killed(1, 42, 0);
	rec.freed = 1;
	feed(rec);
	none_by(KILL + 50 * MS);
	rec.hdr.time_ns = KILL + 60 * MS;
	feed(rec);
	rec.hdr.time_ns = KILL + 59 * MS;
	feed(rec);
	rec = death(EV_EXITED, 42, KILL + 70 * MS);
	rec.freed = 1;
	feed(rec);
	none_by(KILL + 169 * MS);
	exit = next_by(KILL + 170 * MS);
	assert_int_equal(exit.kill_to_exit_ns.value, 70 * MS);
	assert_int_equal(exit.kill_to_free_ns.value, 60 * MS);
}

/* A thread that still has its memory when it says that it exits. */
static void free_is_told_late(void **state)
{
	struct ev_death rec = death(EV_EXITED, 42, KILL + 70 * MS);
	struct victim_exit exit;

	(void)state;
	killed(1, 42, 0);
	feed(death(EV_EXITING, 42, KILL + 10 * MS));
	rec.freed = 1;
	feed(rec);
	exit = next_by(KILL + 1000 * MS);
	assert_int_equal(exit.kill_to_exit_ns.value, 70 * MS);
	assert_int_equal(exit.kill_to_free_ns.value, 70 * MS);
}

static void number_is_used_again(void **state)
{
	struct ev_death rec = death(EV_EXITED, 42, KILL - 2000 * MS);

	(void)state;
	/* One before, which has nothing to do with it, and one after. */
	feed(rec);
	killed(1, 42, 0);
	none_by(KILL + 1000 * MS);
	rec.start_boottime_ns = 3;
	rec.hdr.time_ns = KILL + 900 * MS;
	feed(rec);
	rec.start_boottime_ns = 2;
	rec.hdr.time_ns = KILL + 5 * MS;
	feed(rec);
	assert_int_equal(next_by(KILL + 2000 * MS).kill_to_exit_ns.value, 5 * MS);
}

static void stays_alive(void **state)
{
	struct victim_exit exit;

	(void)state;
	killed(1, 42, 0);
	feed(death(EV_REAPED, 42, KILL + 2000 * MS));
	none_by(KILL + 4999 * MS);
	exit = next_by(KILL + 5000 * MS);
	assert_false(exit.kill_to_exit_ns.known);
	assert_false(exit.alive.known);
	assert_true(exit.reaped);
	assert_int_equal(exit.time_ns, KILL + 5000 * MS);
	/* Told once. */
	ends(42, KILL + 6000 * MS);
	none_by(KILL + 20000 * MS);
}

static void reaped_by_its_thread(void **state)
{
	struct incident incident = {
		.number = 1,
		.monotonic_ns = KILL,
		.outcome = OUTCOME_KILLED,
		.has_victim = true,
		.victim.process = process_of(42),
	};

	(void)state;
	incident.victim.process.tid = num_of(45);
	lifecycle_add(lifecycle, &incident);
	feed(death(EV_REAPED, 44, KILL + 2000 * MS));
	feed(death(EV_REAPED, 45, KILL - 2000 * MS));
	ends(42, KILL + 20 * MS);
	assert_false(next_by(KILL + 3000 * MS).reaped);
	lifecycle_add(lifecycle, &incident);
	feed(death(EV_REAPED, 45, KILL + 2000 * MS));
	assert_true(next_by(KILL + 3000 * MS).reaped);
}

static void whole_group(void **state)
{
	(void)state;
	assert_int_equal(killed(1, 100, 2), 0);
	ends(102, KILL + 3 * MS);
	ends(100, KILL + 1 * MS);
	assert_int_equal(next_by(KILL + 1000 * MS).pid, 100);
	assert_int_equal(next_by(KILL + 1000 * MS).pid, 102);
	none_by(KILL + 1000 * MS);
	assert_int_equal(next_by(KILL + 5000 * MS).pid, 101);
}

static void at_the_end_nothing_is_waited_for(void **state)
{
	struct victim_exit exit;

	(void)state;
	killed(1, 100, 1);
	ends(101, KILL + 3 * MS);
	none_by(KILL + 4 * MS);
	assert_true(lifecycle_next(lifecycle, KILL + 4 * MS, true, &exit));
	assert_int_equal(exit.pid, 101);
	assert_false(lifecycle_next(lifecycle, KILL + 4 * MS, true, &exit));
}

static void nobody_was_killed(void **state)
{
	struct incident incident = {
		.monotonic_ns = KILL,
		.outcome = OUTCOME_VICTIM_EXITING,
		.has_victim = true,
		.victim.process = process_of(42),
	};

	(void)state;
	assert_int_equal(lifecycle_add(lifecycle, &incident), 0);
	incident.outcome = OUTCOME_KILLED;
	incident.victim.process.pid = (struct num){0};
	assert_int_equal(lifecycle_add(lifecycle, &incident), 0);
	none_by(KILL + 100000 * MS);
}

static void tables_are_bounded(void **state)
{
	struct victim_exit exit;
	size_t told = 0;

	(void)state;
	assert_int_equal(killed(1, 1, LIFECYCLE_VICTIMS + 2), 3);
	for (int32_t pid = 1; pid <= LIFECYCLE_ENDS + 10; pid++)
		ends(pid, KILL + MS);
	while (lifecycle_next(lifecycle, KILL + 1000 * MS, false, &exit))
		told++;
	/* The ends of the first ten are forgotten. */
	assert_int_equal(told, LIFECYCLE_VICTIMS - 10);
	assert_int_equal(killed(2, 5000, LIFECYCLE_VICTIMS - 11), 0);
}

static void malformed(void **state)
{
	struct ev_death rec = death(EV_EXITED, 42, KILL);

	(void)state;
	killed(1, 42, 0);
	assert_int_equal(lifecycle_feed(lifecycle, &rec, sizeof(rec) - 8), -EBADMSG);
	rec.hdr.kind = EV_KIND_END;
	assert_int_equal(lifecycle_feed(lifecycle, &rec, sizeof(rec)), -EOPNOTSUPP);
	rec = death(EV_EXITED, 0, KILL);
	assert_int_equal(lifecycle_feed(lifecycle, &rec, sizeof(rec)), -EBADMSG);
	rec = death(EV_EXITED, 42, UINT64_MAX);
	assert_int_equal(lifecycle_feed(lifecycle, &rec, sizeof(rec)), -EBADMSG);
	none_by(KILL + 1000 * MS);
}

static void of_another_kind(void **state)
{
	struct ev_returned rec = {.hdr = {.size = sizeof(rec), .kind = EV_RETURNED}};

	(void)state;
	assert_int_equal(lifecycle_feed(lifecycle, &rec, sizeof(rec)), -EOPNOTSUPP);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)
	const struct CMUnitTest tests[] = {
		TEST(end_comes_last),	 TEST(end_comes_first),
		TEST(kill_was_seen),	 TEST(last_thread_counts),
		TEST(free_is_told_late), TEST(number_is_used_again),
		TEST(stays_alive),	 TEST(reaped_by_its_thread),
		TEST(whole_group),	 TEST(at_the_end_nothing_is_waited_for),
		TEST(nobody_was_killed), TEST(tables_are_bounded),
		TEST(malformed),	 TEST(of_another_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
