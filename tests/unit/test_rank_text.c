// SPDX-License-Identifier: GPL-2.0
#include "rank_text.h"
#include "screen.h"
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MIB INT64_C(1048576)

static const struct record_common common = {.realtime_ns = INT64_C(1795219802) * 1000000000};

static char *render(const struct rank *rank)
{
	static const struct text_style plain = {.utc = true};
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(sink_text.rank(out, &common, rank, &plain), 0);
	fclose(out);
	assert_int_equal(strlen(text), len);
	return text;
}

static void check_has(const struct rank *rank, const char *part)
{
	char *text = render(rank);

	assert_true(check_lines(text) <= 24);
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
	free(text);
}

static struct rank_entry entry(pid_t pid, const char *comm, const char *cgroup, int64_t points)
{
	struct rank_entry entry = {
		.pid = pid,
		.cgroup = cgroup,
		.points_pages = num_of(points),
		.rss_bytes = points * 4096,
		.pgtables_bytes = 40960,
		.first_limit = {.known = true, .limit_bytes = 400 * MIB, .left_bytes = 200 * MIB},
	};

	snprintf(entry.comm, sizeof(entry.comm), "%s", comm);
	return entry;
}

static struct rank machine(struct rank_entry *top, size_t count)
{
	for (size_t i = 0; i < count; i++)
		top[i].position = num_of((int64_t)i + 1);
	if (count)
		top[0].verdict = VERDICT_CHOSEN;
	return (struct rank){
		.scope = SCOPE_GLOBAL,
		.own_limit = true,
		.whole = true,
		.action = RANK_KILLS,
		.total_pages = num_of(102400),
		.limit = {.known = true, .limit_bytes = 400 * MIB, .left_bytes = 200 * MIB},
		.system = {.mem_total_bytes = num_of(400 * MIB),
			   .mem_available_bytes = num_of(200 * MIB),
			   .swap_total_bytes = num_of(0)},
		.considered = count,
		.tolerance_pages = 64,
		.top_count = count,
		.top = top,
	};
}

static void test_machine(void **state)
{
	struct rank_entry top[] = {
		entry(4242, "matrix", "/kubepods/burstable/pod42/app", 51200),
		entry(7, "sshd", "/system.slice/ssh.service", 1200),
	};
	struct rank_entry init = entry(1, "systemd", "/init.scope", 60000);
	struct rank rank = machine(top, 2);
	char *text;

	(void)state;
	top[0].oom_score_adj = 300;
	top[0].first_limit.cgroup = "/kubepods/burstable/pod42";
	top[0].first_limit.left_bytes = 56 * MIB;
	top[0].first_limit.limit_bytes = 256 * MIB;
	init.reason = "init";
	rank.unkillable = &init;
	rank.unkillable_count = 1;
	text = render(&rank);
	assert_string_equal(
		text,
		"OOM RANK  2026-11-21 00:10:02 UTC  matrix (pid 4242) would be killed\n"
		"  Machine  memory 400 MiB, available 200 MiB, no swap, points of 102400 pages\n"
		"  points      rss  pgtables  adj   pid  comm    cgroup\n"
		">  51200  200 MiB    40 KiB  300  4242  matrix  /kubepods/burstable/pod42/app\n"
		"    1200  4.7 MiB    40 KiB    0     7  sshd    /system.slice/ssh.service\n"
		"  Spared   larger, but never killed: systemd (pid 1, 234.4 MiB, init)\n"
		"  Nearest  left 56 MiB of 256 MiB in /kubepods/burstable/pod42\n"
		"           left 200 MiB of 400 MiB in the machine\n"
		"\n");
	assert_int_equal(check_lines(text), 9);
	free(text);
}

static void test_cgroup(void **state)
{
	struct rank_entry top[] = {
		entry(10, "ten", "/a", 3010),
		entry(11, "eleven", "/a/below", 3000),
		entry(12, "twelve", "/ab", 100),
	};
	struct rank rank = machine(top, 3);
	char *text;

	(void)state;
	rank.scope = SCOPE_MEMCG;
	rank.cgroup = "/a";
	rank.limit = (struct rank_limit){.known = true,
					 .cgroup = "/a",
					 .limit_bytes = 32 * MIB,
					 .usage_bytes = 30 * MIB,
					 .left_bytes = 2 * MIB,
					 .reclaimable_bytes = num_of(MIB)};
	rank.total_pages = num_of(8192);
	top[1].close = true;
	top[1].swap_bytes = 4096;
	rank.close_count = 1;
	for (size_t i = 0; i < 3; i++)
		top[i].first_limit = rank.limit;
	text = render(&rank);
	assert_string_equal(
		text, "OOM RANK  2026-11-21 00:10:02 UTC  ten (pid 10) would be killed\n"
		      "  Cgroup   /a\n"
		      "  Limit    used 30 MiB of 32 MiB (1 MiB of it page cache), left 2 MiB,\n"
		      "           points of 8192 pages\n"
		      "  Close    1 more (~) within 64 pages of the first may come before it\n"
		      "  points       rss   swap  pgtables  adj  pid  comm    cgroup\n"
		      ">   3010  11.8 MiB    0 B    40 KiB    0   10  ten     .\n"
		      "~   3000  11.7 MiB  4 KiB    40 KiB    0   11  eleven  ./below\n"
		      "     100   400 KiB    0 B    40 KiB    0   12  twelve  /ab\n"
		      "\n");
	free(text);
	rank.whole = false;
	top[0].verdict = VERDICT_ELIGIBLE;
	check_has(&rank, "ten (pid 10) comes first of those seen\n");
	rank.own_limit = false;
	check_has(&rank, "ten (pid 10) comes first here\n");
	check_has(&rank, "none of its own, next that of /a:\n");
	rank.limit.cgroup = NULL;
	check_has(&rank, "none of its own, next that of the machine:\n");
}

static void test_words(void **state)
{
	struct rank_entry top[] = {entry(10, "ten", "/a", 3010)};
	struct rank rank = machine(top, 1);

	(void)state;
	rank.kills_group = "/a";
	rank.group_processes = 3;
	check_has(&rank, "oom.group: all 3 processes of /a die\n");
	rank.sharing = top;
	rank.sharing_count = 1;
	check_has(&rank, "the same memory, dies as well: ten (pid 10)\n");
	rank.hidden = true;
	check_has(&rank, "/proc hides processes (hidepid)");
	rank.hidden = false;
	rank.unreadable = 4;
	check_has(&rank, "4 processes not readable");
	rank.action = RANK_PANICS;
	check_has(&rank, "the kernel would panic\n");
	rank.action = RANK_KILLS_TRIGGER;
	check_has(&rank, "who asks for memory would be killed\n");
	rank.action = RANK_WAITS;
	check_has(&rank, "nothing killed, tasks wait\n");
	rank.action = RANK_UNKNOWN;
	check_has(&rank, "nobody is seen who could be killed\n");
	rank.action = RANK_NOTHING;
	rank.top_count = 0;
	check_has(&rank, "nothing can be killed\n");
}

static void test_process(void **state)
{
	struct rank_entry top[] = {entry(10, "ten", "/a", 3010), entry(11, "eleven", "/a", 2000)};
	struct rank rank = machine(top, 1);

	(void)state;
	rank.has_process = true;
	rank.process = top[1];
	rank.process.position = num_of(2);
	rank.considered = 5;
	check_has(&rank, "  Asked    eleven (pid 11) is number 2 of 5\n");
	check_has(&rank, "\n*   2000 ");
	rank.scope = SCOPE_MEMCG;
	rank.cgroup = "/a";
	rank.global_position = num_of(8);
	rank.global_considered = num_of(90);
	check_has(&rank, "is number 2 of 5 here, 8 of 90 on the machine\n");
	rank.process.position = (struct num){0};
	rank.process.points_pages = (struct num){0};
	rank.process.reason = "oom_score_adj";
	check_has(&rank, "eleven (pid 11) is never killed (oom_score_adj)");
	check_has(&rank, "\n*  never ");
}

/* Names and numbers at their worst still make a screen. */
static void test_hostile(void **state)
{
	struct rank_entry top[10], spared[10];
	struct rank rank;
	char path[4000];
	char *text;

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	path[0] = '/';
	for (size_t i = 0; i < 10; i++) {
		top[i] = entry(4194304, "\033[2J\n\xff\xfe\u202e\t", path, INT64_C(1) << 48);
		top[i].oom_score_adj = -1000;
		top[i].swap_bytes = (INT64_C(1) << 60) - 1;
		top[i].pgtables_bytes = (INT64_C(1) << 60) - 1024;
		top[i].close = i > 0;
		top[i].first_limit.cgroup = path + i;
		spared[i] = top[i];
		spared[i].reason = "vfork_or_reaped";
	}
	rank = machine(top, 10);
	rank.scope = SCOPE_MEMCG;
	rank.cgroup = path;
	rank.kills_group = path;
	rank.group_processes = SIZE_MAX;
	rank.limit.cgroup = path;
	rank.whole = rank.own_limit = false;
	rank.close_count = SIZE_MAX;
	rank.sharing = top;
	rank.sharing_count = 10;
	rank.unkillable = spared;
	rank.unkillable_count = 10;
	rank.has_process = true;
	rank.process = top[0];
	rank.process.position = num_of(INT64_MAX);
	rank.global_position = rank.global_considered = num_of(INT64_MAX);
	rank.unreadable = SIZE_MAX;
	rank.hidden = true;
	text = render(&rank);
	assert_true(check_lines(text) <= 24);
	free(text);
	for (size_t i = 0; i < 10; i++)
		top[i].cgroup = NULL;
	rank.total_pages = (struct num){0};
	rank.system = (struct system){0};
	rank.limit.known = false;
	text = render(&rank);
	assert_true(check_lines(text) <= 24);
	free(text);
}

static void test_long(void **state)
{
	struct rank_entry top[100];
	struct rank rank;
	char *text;

	(void)state;
	for (int i = 0; i < 100; i++)
		top[i] = entry(i + 10, "x", "/", 1000 - i);
	rank = machine(top, 100);
	text = render(&rank);
	assert_int_equal(check_lines(text), 2 + 1 + 100 + 1);
	assert_non_null(strstr(text, "\n     901 "));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_machine), cmocka_unit_test(test_cgroup),
		cmocka_unit_test(test_words),	cmocka_unit_test(test_process),
		cmocka_unit_test(test_hostile), cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
