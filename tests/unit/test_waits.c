// SPDX-License-Identifier: GPL-2.0
#include "waits.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS    1000000ULL
#define BEGIN (100000 * MS) /* when the first one waits */

enum { PLACE = 7, OTHER_PLACE = 8, CGROUP = 70 };

static struct waits *waits;

static int make(void **state)
{
	(void)state;
	waits = waits_new(false);
	return waits ? 0 : -1;
}

static int drop(void **state)
{
	(void)state;
	waits_free(waits);
	return 0;
}

static struct ev_wait record(uint16_t kind, uint64_t place, int32_t tid, uint64_t time_ns)
{
	struct ev_wait rec = {
		.hdr = {.size = sizeof(rec),
			.kind = kind,
			.incident = place,
			.time_ns = time_ns,
			.tgid = tid - tid % 10,
			.tid = tid},
		.start_boottime_ns = (uint64_t)tid,
		.cgroup_id = CGROUP + place,
		.comm = "matrix",
	};

	return rec;
}

static int feed(uint16_t kind, uint64_t place, int32_t tid, uint64_t time_ns)
{
	struct ev_wait rec = record(kind, place, tid, time_ns);

	return waits_feed(waits, &rec);
}

/* Begins to wait where somebody does already, or not. */
static void begins(uint64_t place, int32_t tid, uint64_t time_ns, bool first)
{
	assert_int_equal(feed(EV_WAIT, place, tid, time_ns), first);
	if (first)
		waits_number(waits, place, place + 100);
}

static void wakes(uint64_t place, int32_t tid, uint64_t time_ns)
{
	assert_int_equal(feed(EV_WOKEN, place, tid, time_ns), 0);
}

static void none_by(uint64_t now_ns)
{
	struct oom_wait_end end;

	assert_false(waits_next_end(waits, now_ns, false, &end));
}

static struct oom_wait_end next_by(uint64_t now_ns)
{
	struct oom_wait_end end;

	assert_true(waits_next_end(waits, now_ns, false, &end));
	return end;
}

static void over(bool is_over)
{
	struct waits_place place;

	assert_int_equal(waits_next_over(waits, &place), is_over);
	if (!is_over)
		return;
	assert_int_equal(place.kernel_id, PLACE);
	assert_int_equal(place.cgroup_id, CGROUP + PLACE);
	assert_int_equal(place.tgid, 0);
}

static void goes_on(void **state)
{
	struct oom_wait_end end;

	(void)state;
	begins(PLACE, 42, BEGIN, true);
	none_by(BEGIN + 100000 * MS);
	over(false);
	wakes(PLACE, 42, BEGIN + 3000 * MS);
	none_by(BEGIN + 3999 * MS);
	end = next_by(BEGIN + 4000 * MS);
	assert_int_equal(end.incident, 100 + PLACE);
	assert_int_equal(end.task.pid, 40);
	assert_int_equal(end.task.tid, 42);
	assert_string_equal(end.task.comm, "matrix");
	assert_int_equal(end.time_ns, BEGIN + 3000 * MS);
	assert_true(end.task.wait_ns.known);
	assert_int_equal(end.task.wait_ns.value, 3000 * MS);
	assert_int_equal(end.ended, WAIT_RESUMED);
	assert_false(end.derived);
	assert_int_equal(end.waiting, 0);
	assert_false(waits_any(waits));
	none_by(BEGIN + 10000 * MS);
	over(true);
	over(false);
}

/* Who is killed does not try again. */
static void is_killed(void **state)
{
	struct ev_wait rec = record(EV_WOKEN, PLACE, 42, BEGIN + 5 * MS);
	struct oom_wait_end end;

	(void)state;
	begins(PLACE, 42, BEGIN, true);
	rec.flags = EV_WAIT_KILLED;
	assert_int_equal(waits_feed(waits, &rec), 0);
	end = next_by(BEGIN + 5 * MS);
	assert_int_equal(end.ended, WAIT_KILLED);
	assert_int_equal(end.task.wait_ns.value, 5 * MS);
}

static void woken_in_vain(void **state)
{
	struct oom_wait_end end;

	(void)state;
	begins(PLACE, 42, BEGIN, true);
	for (uint64_t i = 1; i <= 5; i++) {
		wakes(PLACE, 42, BEGIN + i * 900 * MS);
		none_by(BEGIN + i * 900 * MS + 800 * MS);
		assert_int_equal(feed(EV_WAIT, PLACE, 42, BEGIN + i * 900 * MS + 800 * MS), 0);
	}
	none_by(BEGIN + 100000 * MS);
	wakes(PLACE, 42, BEGIN + 100000 * MS);
	end = next_by(BEGIN + 101000 * MS);
	assert_int_equal(end.task.wait_ns.value, 100000 * MS);
	none_by(BEGIN + 200000 * MS);
}

static void several_in_one_place(void **state)
{
	struct oom_wait_end end;
	struct oom_wait news;

	(void)state;
	begins(PLACE, 42, BEGIN, true);
	assert_false(waits_next_news(waits, BEGIN + 5000 * MS, &news));
	for (int32_t i = 0; i < 20; i++)
		begins(PLACE, 50 + i, BEGIN + 500 * MS, false);
	assert_false(waits_next_news(waits, BEGIN + 999 * MS, &news));
	assert_true(waits_next_news(waits, BEGIN + 1000 * MS, &news));
	assert_int_equal(news.incident, 100 + PLACE);
	assert_int_equal(news.time_ns, BEGIN + 1000 * MS);
	assert_int_equal(news.waiting, 21);
	assert_int_equal(news.count, OOM_WAIT_TASKS);
	assert_int_equal(news.tasks[0].tid, 42);
	assert_int_equal(news.tasks[0].wait_ns.value, 1000 * MS);
	assert_int_equal(news.tasks[15].tid, 64);
	assert_int_equal(news.tasks[15].wait_ns.value, 500 * MS);
	begins(PLACE, 99, BEGIN + 1001 * MS, false);
	assert_false(waits_next_news(waits, BEGIN + 1999 * MS, &news));
	assert_true(waits_next_news(waits, BEGIN + 2000 * MS, &news));
	assert_int_equal(news.waiting, 22);
	assert_false(waits_next_news(waits, BEGIN + 9000 * MS, &news));
	wakes(PLACE, 42, BEGIN + 9000 * MS);
	end = next_by(BEGIN + 10000 * MS);
	assert_int_equal(end.task.tid, 42);
	assert_int_equal(end.waiting, 21);
	over(false);
	for (int32_t i = 0; i < 20; i++)
		wakes(PLACE, 50 + i, BEGIN + 9000 * MS);
	wakes(PLACE, 99, BEGIN + 9000 * MS);
	for (uint64_t i = 0; i < 21; i++)
		assert_int_equal(next_by(BEGIN + 10000 * MS).waiting, 20 - i);
	over(true);
}

/* News of what is over meanwhile is none. */
static void short_company(void **state)
{
	struct oom_wait news;

	(void)state;
	begins(PLACE, 42, BEGIN, true);
	begins(PLACE, 43, BEGIN, false);
	wakes(PLACE, 42, BEGIN + MS);
	wakes(PLACE, 43, BEGIN + MS);
	next_by(BEGIN + 1001 * MS);
	next_by(BEGIN + 1001 * MS);
	assert_false(waits_next_news(waits, BEGIN + 1001 * MS, &news));
}

static void places_apart(void **state)
{
	struct ev_wait again = record(EV_WAIT, PLACE, 42, BEGIN);

	(void)state;
	begins(PLACE, 42, BEGIN, true);
	begins(OTHER_PLACE, 52, BEGIN, true);
	wakes(OTHER_PLACE, 42, BEGIN + MS);
	none_by(BEGIN + 5000 * MS);
	wakes(OTHER_PLACE, 52, BEGIN + MS);
	assert_int_equal(next_by(BEGIN + 5000 * MS).incident, 100 + OTHER_PLACE);
	/* The same number, and another thread. */
	again.start_boottime_ns++;
	assert_int_equal(waits_feed(waits, &again), 0);
	wakes(PLACE, 42, BEGIN + 5000 * MS);
	assert_int_equal(next_by(BEGIN + 6000 * MS).waiting, 1);
	none_by(BEGIN + 60000 * MS);
}

static void found_under_way(void **state)
{
	struct ev_wait rec = record(EV_WAIT, PLACE, 42, BEGIN);
	struct oom_wait_end end;

	(void)state;
	rec.flags = EV_WAIT_FOUND;
	assert_int_equal(waits_feed(waits, &rec), 1);
	/* Nobody has a number for it yet. */
	assert_false(waits_is_told(waits, PLACE));
	assert_true(waits_is_told(waits, OTHER_PLACE));
	wakes(PLACE, 42, BEGIN + MS);
	assert_false(waits_next_end(waits, BEGIN + 5000 * MS, true, &end));
	over(false);
	waits_number(waits, PLACE, 1);
	assert_true(waits_is_told(waits, PLACE));
	end = next_by(BEGIN + 5000 * MS);
	assert_false(end.task.wait_ns.known);
	assert_int_equal(end.ended, WAIT_RESUMED);
}

/* Where its return is not told, it is missed. */
static void not_seen_any_more(void **state)
{
	struct ev_wait rec = record(EV_WAIT, PLACE, 42, BEGIN + 2000 * MS);
	struct oom_wait_end end;

	(void)state;
	begins(PLACE, 42, BEGIN, true);
	waits_looked(waits, BEGIN - MS);
	rec.flags = EV_WAIT_FOUND;
	assert_int_equal(waits_feed(waits, &rec), 0);
	waits_looked(waits, BEGIN + 2000 * MS);
	none_by(BEGIN + 90000 * MS);
	waits_looked(waits, BEGIN + 3000 * MS);
	none_by(BEGIN + 3999 * MS);
	end = next_by(BEGIN + 4000 * MS);
	assert_true(end.derived);
	assert_int_equal(end.ended, WAIT_ENDED_UNKNOWN);
	assert_int_equal(end.task.wait_ns.value, 3000 * MS);
}

/* It was awake for a moment, or its return was told late. */
static void missed_in_vain(void **state)
{
	struct oom_wait_end end;

	(void)state;
	begins(PLACE, 42, BEGIN, true);
	waits_looked(waits, BEGIN + 1000 * MS);
	assert_int_equal(feed(EV_WAIT, PLACE, 42, BEGIN + 1001 * MS), 0);
	none_by(BEGIN + 9000 * MS);
	waits_looked(waits, BEGIN + 9000 * MS);
	wakes(PLACE, 42, BEGIN + 8999 * MS);
	end = next_by(BEGIN + 9999 * MS);
	assert_false(end.derived);
	assert_int_equal(end.time_ns, BEGIN + 8999 * MS);
}

static void filtered(void **state)
{
	struct oom_wait news;

	(void)state;
	assert_int_equal(feed(EV_WAIT, PLACE, 42, BEGIN), 1);
	waits_number(waits, PLACE, 0);
	assert_int_equal(feed(EV_WAIT, PLACE, 43, BEGIN), 0);
	assert_false(waits_next_news(waits, BEGIN + 5000 * MS, &news));
	wakes(PLACE, 42, BEGIN + MS);
	wakes(PLACE, 43, BEGIN + MS);
	none_by(BEGIN + 5000 * MS);
	assert_false(waits_any(waits));
	over(true);
}

static void the_end(void **state)
{
	struct oom_wait_end end;

	(void)state;
	begins(PLACE, 42, BEGIN, true);
	begins(PLACE, 43, BEGIN, false);
	wakes(PLACE, 43, BEGIN + MS);
	none_by(BEGIN + 2 * MS);
	assert_true(waits_next_end(waits, BEGIN + 2 * MS, true, &end));
	assert_int_equal(end.task.tid, 43);
	assert_int_equal(end.waiting, 1);
	assert_false(waits_next_end(waits, BEGIN + 2 * MS, true, &end));
}

static void by_process(void **state)
{
	struct waits_place place;
	struct ev_wait rec = record(EV_WAIT, PLACE, 42, BEGIN);
	struct waits *w = waits_new(true);
	struct oom_wait_end end;

	(void)state;
	assert_non_null(w);
	assert_int_equal(waits_feed(w, &rec), 1);
	waits_number(w, PLACE, 1);
	rec.hdr.kind = EV_WOKEN;
	assert_int_equal(waits_feed(w, &rec), 0);
	assert_true(waits_next_end(w, BEGIN, true, &end));
	assert_true(waits_next_over(w, &place));
	assert_int_equal(place.tgid, 40);
	waits_free(w);
}

static void too_many(void **state)
{
	(void)state;
	for (int32_t i = 0; i < WAITS_TASKS; i++)
		assert_int_equal(feed(EV_WAIT, PLACE + (uint64_t)i % WAITS_PLACES, 10 + i, BEGIN),
				 i < WAITS_PLACES);
	assert_int_equal(feed(EV_WAIT, PLACE, 10 + WAITS_TASKS, BEGIN), -ENOSPC);
	wakes(PLACE, 10, BEGIN);
	waits_number(waits, PLACE, 1);
	next_by(BEGIN + 5000 * MS);
	assert_int_equal(feed(EV_WAIT, PLACE + WAITS_PLACES, 10 + WAITS_TASKS, BEGIN), -ENOSPC);
	assert_int_equal(feed(EV_WAIT, PLACE, 10 + WAITS_TASKS, BEGIN), 0);
}

static void refused(void **state)
{
	(void)state;
	assert_int_equal(feed(EV_REAPED, PLACE, 42, BEGIN), -EOPNOTSUPP);
	assert_int_equal(feed(EV_WAIT, PLACE, 0, BEGIN), -EBADMSG);
	assert_int_equal(feed(EV_WAIT, PLACE, -42, BEGIN), -EBADMSG);
	assert_int_equal(feed(EV_WAIT, PLACE, 42, 1ULL << 63), -EBADMSG);
	wakes(PLACE, 42, BEGIN);
	waits_number(waits, PLACE, 1);
	assert_false(waits_any(waits));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(goes_on, make, drop),
		cmocka_unit_test_setup_teardown(is_killed, make, drop),
		cmocka_unit_test_setup_teardown(woken_in_vain, make, drop),
		cmocka_unit_test_setup_teardown(several_in_one_place, make, drop),
		cmocka_unit_test_setup_teardown(short_company, make, drop),
		cmocka_unit_test_setup_teardown(places_apart, make, drop),
		cmocka_unit_test_setup_teardown(found_under_way, make, drop),
		cmocka_unit_test_setup_teardown(not_seen_any_more, make, drop),
		cmocka_unit_test_setup_teardown(missed_in_vain, make, drop),
		cmocka_unit_test_setup_teardown(filtered, make, drop),
		cmocka_unit_test_setup_teardown(the_end, make, drop),
		cmocka_unit_test(by_process),
		cmocka_unit_test_setup_teardown(too_many, make, drop),
		cmocka_unit_test_setup_teardown(refused, make, drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
