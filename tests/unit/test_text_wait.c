// SPDX-License-Identifier: GPL-2.0
#include "text.h"
#include "text_wait.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)

static const struct record_common common = {.host_name = "node-7"};

static void check_wait(const struct oom_wait *wait, const char *want)
{
	const struct text_style style = {.utc = true};
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(text_oom_wait(out, &common, wait, &style), 0);
	fclose(out);
	assert_string_equal(text, want);
	free(text);
}

static void check_end(const struct oom_wait_end *end, bool verbose, const char *want)
{
	const struct text_style style = {.verbose = verbose};
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(text_oom_wait_end(out, &common, end, &style), 0);
	fclose(out);
	assert_string_equal(text, want);
	free(text);
}

static void who_waits(void **state)
{
	struct oom_wait wait = {
		.incident = 3,
		.waiting = 2,
		.count = 2,
		.tasks = {{.pid = 42,
			   .tid = 42,
			   .comm = "ma\033trix",
			   .wait_ns = num_of(90 * SECOND)},
			  {.pid = 50, .tid = 51, .comm = "b"}},
	};

	(void)state;
	check_wait(&wait, "OOM #3: 2 tasks wait for memory\n"
			  "  Waiting  ma\\etrix (pid 42) 1 min, b (pid 50, thread 51)\n\n");
	wait.waiting = wait.count = 1;
	wait.tasks[0].wait_ns = num_of(SECOND / 2);
	check_wait(&wait, "OOM #3: 1 task waits for memory\n"
			  "  Waiting  ma\\etrix (pid 42) 500.0 ms\n\n");
}

/* However many and however named: three rows, and a mark that there are more. */
static void too_many_for_the_rows(void **state)
{
	struct oom_wait wait = {.incident = 3, .waiting = 4096, .count = OOM_WAIT_TASKS};
	const struct text_style style = {.utc = true};
	char *text, *row, *end;
	size_t len, rows = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	for (size_t i = 0; i < wait.count; i++) {
		wait.tasks[i] = (struct waiting_task){
			.pid = 4000000, .tid = 4194303, .wait_ns = num_of(INT64_MAX)};
		memset(wait.tasks[i].comm, '\001', COMM_LEN);
	}
	assert_int_equal(text_oom_wait(out, &common, &wait, &style), 0);
	fclose(out);
	assert_non_null(strstr(text, "…\n"));
	for (row = text; *row; row = end + 1, rows++) {
		end = strchr(row, '\n');
		*end = '\0';
		assert_true(text_width(row) <= 80);
	}
	assert_int_equal(rows, 4);
	free(text);
}

static void how_it_ends(void **state)
{
	struct oom_wait_end end = {
		.incident = 3,
		.task = {.pid = 42, .tid = 42, .comm = "matrix", .wait_ns = num_of(3 * SECOND)},
		.ended = WAIT_RESUMED,
	};

	(void)state;
	check_end(&end, false,
		  "OOM #3: matrix (pid 42) goes on, after 3 s, nobody waits any more\n\n");
	end.waiting = 2;
	check_end(&end, false, "");
	check_end(&end, true, "OOM #3: matrix (pid 42) goes on, after 3 s, 2 still wait\n\n");
	end.ended = WAIT_KILLED;
	end.waiting = 1;
	check_end(&end, false,
		  "OOM #3: matrix (pid 42) was killed as it waited, after 3 s, 1 still waits\n\n");
	end.ended = WAIT_ENDED_UNKNOWN;
	end.task.wait_ns.known = false;
	end.waiting = 0;
	check_end(&end, false, "OOM #3: matrix (pid 42) waits no more, nobody waits any more\n\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_waits),
		cmocka_unit_test(too_many_for_the_rows),
		cmocka_unit_test(how_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
