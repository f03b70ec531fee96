// SPDX-License-Identifier: GPL-2.0
#include "rank.h"
#include "badness.h"
#include "fake_machine.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MIB 1048576

static struct temp_root root;
static struct rank *rank;

static int setup(void **state)
{
	(void)state;
	temp_root_make(&root);
	fake_machine(&root);
	rank = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rank_free(rank);
	temp_root_remove(&root);
	return 0;
}

static void add(int pid, const char *comm, const char *cgroup, int rss_pages, int adj)
{
	const struct fake_process process = {
		.pid = pid,
		.comm = comm,
		.cgroup = cgroup,
		.rss_pages = rss_pages,
		.pgtables_pages = 10,
		.adj = adj,
		.start = pid,
	};

	fake_process(&root, &process);
}

static int make(const char *cgroup, pid_t pid, size_t top)
{
	const struct rank_config config = {
		.root = root.path, .cgroup = cgroup, .pid = pid, .top = top};

	rank_free(rank);
	rank = NULL;
	return rank_new(&config, &rank);
}

static void check_entry(const struct rank_entry *entry, pid_t pid, int64_t points,
			enum verdict verdict)
{
	assert_int_equal(entry->pid, pid);
	assert_true(entry->points_pages.known);
	assert_int_equal(entry->points_pages.value, points);
	assert_int_equal(entry->verdict, verdict);
}

static void collect_missed(void *ctx, const char *name)
{
	strcat(ctx, name);
	strcat(ctx, " ");
}

static void check_missed(const char *want)
{
	char names[256] = "";

	rank_missed(rank, collect_missed, names);
	assert_string_equal(names, want);
}

static void test_machine(void **state)
{
	(void)state;
	fake_cgroup(&root, "/a", 32, 30, "10\n");
	fake_cgroup(&root, "/b", -1, 100, "11\n12\n");
	add(10, "ten", "/a", 5000, 0);
	add(11, "eleven", "/b", 100, 100);
	add(12, "twelve", "/b", 9000, -1000);
	assert_int_equal(make(NULL, 0, 10), 0);
	assert_int_equal(rank->scope, SCOPE_GLOBAL);
	assert_null(rank->cgroup);
	assert_true(rank->whole);
	assert_int_equal(rank->total_pages.value, FAKE_MACHINE_PAGES);
	assert_int_equal(rank->considered, 4);
	assert_int_equal(rank->action, RANK_KILLS);
	assert_int_equal(rank->top_count, 2);
	check_entry(&rank->top[0], 11, 110 + 100 * 102, VERDICT_CHOSEN);
	check_entry(&rank->top[1], 10, 5010, VERDICT_ELIGIBLE);
	assert_string_equal(rank->top[1].comm, "ten");
	assert_string_equal(rank->top[1].cgroup, "/a");
	assert_int_equal(rank->top[1].rss_bytes, 5000 * 4096);
	assert_int_equal(rank->top[1].pgtables_bytes, 10 * 4096);
	/* Larger than the first, but spared: the largest of them first. */
	assert_int_equal(rank->unkillable_count, 2);
	assert_int_equal(rank->unkillable[0].pid, 12);
	assert_string_equal(rank->unkillable[0].reason, "oom_score_adj");
	assert_false(rank->unkillable[0].points_pages.known);
	assert_int_equal(rank->unkillable[1].pid, 1);
	assert_string_equal(rank->unkillable[1].reason, "init");
	/* 2 MiB left in /a, 200 on the machine, which is all that limits /b. */
	assert_string_equal(rank->top[1].first_limit.cgroup, "/a");
	assert_int_equal(rank->top[1].first_limit.left_bytes, 2 * MIB);
	assert_true(rank->top[0].first_limit.known);
	assert_null(rank->top[0].first_limit.cgroup);
	assert_int_equal(rank->top[0].first_limit.left_bytes, 200 * MIB);
	assert_int_equal(rank->top[0].first_limit.limit_bytes, 400 * MIB);
	check_missed("");
}

static void test_cgroup(void **state)
{
	(void)state;
	fake_cgroup(&root, "/a", 32, 30, "10\n");
	fake_cgroup(&root, "/a/below", 16, 8, "11\n");
	fake_cgroup(&root, "/b", -1, 8, "12\n");
	add(10, "ten", "/a", 3000, 0);
	add(11, "eleven", "/a/below", 1000, 300);
	add(12, "twelve", "/b", 60000, 0);
	assert_int_equal(make("/a", 0, 10), 0);
	assert_int_equal(rank->scope, SCOPE_MEMCG);
	assert_string_equal(rank->cgroup, "/a");
	assert_true(rank->whole);
	assert_int_equal(rank->total_pages.value, 8192);
	assert_int_equal(rank->top_count, 2);
	check_entry(&rank->top[0], 11, 1010 + 300 * 8, VERDICT_CHOSEN);
	check_entry(&rank->top[1], 10, 3010, VERDICT_ELIGIBLE);
	/* The limit above has less left than its own. */
	assert_string_equal(rank->top[0].first_limit.cgroup, "/a");
	assert_string_equal(rank->limit.cgroup, "/a");
	assert_int_equal(rank->limit.usage_bytes, 30 * MIB);
	assert_int_equal(rank->limit.reclaimable_bytes.value, 2 * MIB);
	/* With the mount before it, and the one below for itself. */
	assert_int_equal(make("/sys/fs/cgroup/a/below/", 0, 10), 0);
	assert_string_equal(rank->cgroup, "/a/below");
	assert_int_equal(rank->total_pages.value, 4096);
	assert_int_equal(rank->top_count, 1);
	assert_int_equal(make("/", 0, 10), 0);
	assert_int_equal(rank->scope, SCOPE_GLOBAL);
}

/* A cgroup that has no limit runs into one above, or into the machine's. */
static void test_no_limit(void **state)
{
	(void)state;
	fake_cgroup(&root, "/a", 32, 30, "");
	fake_cgroup(&root, "/a/below", -1, 8, "11\n");
	fake_cgroup(&root, "/b", -1, 8, "12\n");
	add(11, "eleven", "/a/below", 1000, 0);
	add(12, "twelve", "/b", 60000, 0);
	assert_int_equal(make("/a/below", 0, 10), 0);
	assert_false(rank->whole || rank->own_limit);
	assert_int_equal(rank->total_pages.value, 8192);
	assert_string_equal(rank->limit.cgroup, "/a");
	check_entry(&rank->top[0], 11, 1010, VERDICT_ELIGIBLE);
	assert_int_equal(make("/b", 0, 10), 0);
	assert_false(rank->whole);
	assert_int_equal(rank->total_pages.value, FAKE_MACHINE_PAGES);
	assert_null(rank->limit.cgroup);
	assert_int_equal(rank->limit.left_bytes, 200 * MIB);
}

static void test_errors(void **state)
{
	(void)state;
	fake_cgroup(&root, "/a", 32, 30, "");
	fake_cgroup(&root, "/b", 32, 30, "11\n");
	add(11, "eleven", "/b", 1000, 0);
	assert_int_equal(make("/none", 0, 10), -ENOENT);
	assert_int_equal(make("/a/../b", 0, 10), -EINVAL);
	assert_int_equal(make(NULL, 99, 10), -ESRCH);
	assert_int_equal(make(NULL, 2, 10), -ESRCH);
	assert_int_equal(make("/a", 11, 10), -EXDEV);
	assert_int_equal(make("/b", 11, 10), 0);
	temp_text(&root, "/proc/1/mountinfo", "");
	assert_int_equal(make("/a", 0, 10), -ENODEV);
	/* Without cgroups there is still the machine. */
	assert_int_equal(make(NULL, 0, 10), 0);
	check_missed("");
	assert_null(rank->top[0].first_limit.cgroup);
}

/* A process is ranked where its nearest limit is, and on the machine. */
static void test_process(void **state)
{
	(void)state;
	fake_cgroup(&root, "/a", 100, 40, "");
	fake_cgroup(&root, "/a/x", 80, 30, "10\n11\n");
	fake_cgroup(&root, "/a/y", 50, 10, "12\n");
	fake_cgroup(&root, "/b", -1, 10, "13\n");
	add(10, "ten", "/a/x", 100, 0);
	add(11, "eleven", "/a/x", 300, 0);
	add(12, "twelve", "/a/y", 9000, 0);
	add(13, "thirteen", "/b", 9000, 0);
	assert_int_equal(make(NULL, 10, 10), 0);
	assert_string_equal(rank->cgroup, "/a/x");
	assert_true(rank->has_process);
	assert_int_equal(rank->process.pid, 10);
	assert_int_equal(rank->process.position.value, 2);
	assert_int_equal(rank->process.verdict, VERDICT_ELIGIBLE);
	assert_int_equal(rank->global_position.value, 4);
	assert_int_equal(rank->global_considered.value, 5);
	assert_int_equal(rank->global_points_pages.value, 110);
	assert_int_equal(rank->global_total_pages.value, FAKE_MACHINE_PAGES);
	assert_int_equal(make(NULL, 11, 10), 0);
	assert_int_equal(rank->process.verdict, VERDICT_CHOSEN);
	assert_int_equal(make(NULL, 13, 10), 0);
	assert_int_equal(rank->scope, SCOPE_GLOBAL);
	assert_int_equal(rank->process.position.value, 1);
	assert_false(rank->global_position.known);
	assert_int_equal(make(NULL, 1, 10), 0);
	assert_false(rank->process.position.known);
	assert_string_equal(rank->process.reason, "init");
	/* In another cgroup than its nearest, when that is asked for. */
	assert_int_equal(make("/a", 10, 1), 0);
	assert_int_equal(rank->process.position.value, 3);
	assert_int_equal(rank->top_count, 1);
}

/* Of equal points the last one scanned is chosen; the difference is within the tolerance. */
static void test_equal(void **state)
{
	(void)state;
	fake_cgroup(&root, "/a", 32, 30, "12\n10\n11\n13\n");
	add(10, "ten", "/a", 1000, 0);
	add(11, "eleven", "/a", 1000, 0);
	add(12, "twelve", "/a", 1000, 0);
	add(13, "thirteen", "/a", 1000 - 1 - (int)badness_tolerance(sysconf(_SC_NPROCESSORS_ONLN)),
	    0);
	assert_int_equal(make("/a", 0, 10), 0);
	assert_int_equal(rank->top[0].pid, 11);
	assert_int_equal(rank->top[1].pid, 10);
	assert_int_equal(rank->top[2].pid, 12);
	assert_int_equal(rank->close_count, 2);
	assert_true(!rank->top[0].close && rank->top[1].close && rank->top[2].close);
	assert_false(rank->top[3].close);
	/* On the machine it is the youngest. */
	assert_int_equal(make(NULL, 0, 10), 0);
	assert_int_equal(rank->top[0].pid, 12);
	assert_int_equal(rank->top[1].pid, 11);
}

/* What the CPUs hold back decides where the kernel weighs it. */
static void test_exact(void **state)
{
	struct rank_config config = {.root = root.path, .cgroup = "/a", .top = 10};
	struct fake_process process = {
		.pid = 11,
		.comm = "eleven",
		.cgroup = "/a",
		.rss_pages = 990,
		.held_back = 20,
		.pgtables_pages = 10,
		.start = 11,
	};

	(void)state;
	fake_cgroup(&root, "/a", 32, 30, "10\n11\n");
	add(10, "ten", "/a", 1000, 0);
	fake_process(&root, &process);
	assert_int_equal(make("/a", 0, 10), 0);
	check_entry(&rank->top[0], 10, 1010, VERDICT_CHOSEN);
	check_entry(&rank->top[1], 11, 1000, VERDICT_ELIGIBLE);
	assert_true(rank->top[1].close);
	rank_free(rank);
	rank = NULL;
	config.exact = true;
	assert_int_equal(rank_new(&config, &rank), 0);
	check_entry(&rank->top[0], 11, 1020, VERDICT_CHOSEN);
	check_entry(&rank->top[1], 10, 1010, VERDICT_ELIGIBLE);
	assert_int_equal(rank->top[0].rss_bytes, 1010 * 4096);
	assert_false(rank->top[1].close);
	assert_int_equal(rank->tolerance_pages, 0);
}

static void test_oom_group(void **state)
{
	(void)state;
	fake_cgroup(&root, "/a", 64, 30, "");
	fake_cgroup(&root, "/a/g", -1, 30, "10\n");
	fake_cgroup(&root, "/a/g/h", -1, 30, "11\n12\n");
	fake_cgroup(&root, "/a/g2", -1, 30, "13\n");
	add(10, "ten", "/a/g", 100, 0);
	add(11, "eleven", "/a/g/h", 1000, 0);
	add(12, "twelve", "/a/g/h", 10, -1000);
	add(13, "thirteen", "/a/g2", 10, 0);
	fake_file(&root, "/sys/fs/cgroup/a/g", "memory.oom.group", "1\n");
	fake_file(&root, "/sys/fs/cgroup/a/g/h", "memory.oom.group", "1\n");
	assert_int_equal(make("/a", 0, 10), 0);
	assert_string_equal(rank->kills_group, "/a/g");
	assert_int_equal(rank->group_processes, 2);
	/* Only what lies below the limit that is hit counts. */
	fake_file(&root, "/sys/fs/cgroup/a/g/h", "memory.max", "33554432\n");
	assert_int_equal(make("/a/g/h", 0, 10), 0);
	assert_string_equal(rank->kills_group, "/a/g/h");
	assert_int_equal(rank->group_processes, 1);
	fake_file(&root, "/sys/fs/cgroup/a/g/h", "memory.oom.group", "0\n");
	assert_int_equal(make("/a/g/h", 0, 10), 0);
	assert_null(rank->kills_group);
	assert_int_equal(make(NULL, 0, 10), 0);
	assert_string_equal(rank->kills_group, "/a/g");
}

static void test_actions(void **state)
{
	(void)state;
	fake_cgroup(&root, "/a", 32, 30, "10\n");
	add(10, "ten", "/a", 1000, 0);
	fake_sysctl(&root, "oom_kill_allocating_task", 1);
	assert_int_equal(make(NULL, 0, 10), 0);
	assert_int_equal(rank->action, RANK_KILLS_TRIGGER);
	assert_int_equal(rank->top[0].verdict, VERDICT_ELIGIBLE);
	assert_int_equal(make("/a", 0, 10), 0);
	assert_int_equal(rank->action, RANK_KILLS);
	fake_sysctl(&root, "panic_on_oom", 1);
	assert_int_equal(make("/a", 0, 10), 0);
	assert_int_equal(rank->action, RANK_KILLS);
	assert_int_equal(make(NULL, 0, 10), 0);
	assert_int_equal(rank->action, RANK_PANICS);
	fake_sysctl(&root, "panic_on_oom", 2);
	assert_int_equal(make("/a", 0, 10), 0);
	assert_int_equal(rank->action, RANK_PANICS);
	fake_sysctl(&root, "panic_on_oom", 0);
	fake_sysctl(&root, "oom_kill_allocating_task", 0);
	add(10, "ten", "/a", 1000, -1000);
	assert_int_equal(make("/a", 0, 10), 0);
	assert_int_equal(rank->action, RANK_NOTHING);
	assert_int_equal(rank->top_count, 0);
	assert_int_equal(rank->unkillable_count, 1);
	assert_int_equal(make(NULL, 0, 10), 0);
	assert_int_equal(rank->action, RANK_PANICS);
}

static void v1_text(const char *cgroup, const char *name, const char *text)
{
	char dir[128];

	snprintf(dir, sizeof(dir), "/sys/fs/cgroup/memory%s", cgroup);
	fake_file(&root, dir, name, text);
}

static void v1_cgroup(const char *cgroup, const char *limit, const char *hierarchy,
		      const char *pids)
{
	v1_text(cgroup, "memory.limit_in_bytes", limit);
	v1_text(cgroup, "memory.memsw.limit_in_bytes", "67108864\n");
	v1_text(cgroup, "memory.usage_in_bytes", "16777216\n");
	v1_text(cgroup, "memory.swappiness", "60\n");
	v1_text(cgroup, "memory.use_hierarchy", hierarchy);
	v1_text(cgroup, "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\n");
	v1_text(cgroup, "cgroup.procs", pids);
}

static void test_v1(void **state)
{
	(void)state;
	temp_text(&root, "/proc/1/mountinfo",
		  "30 23 0:26 / /sys/fs/cgroup/memory rw - cgroup none rw,memory\n");
	v1_cgroup("/a", "33554432\n", "1\n", "10\n");
	v1_cgroup("/a/b", "9223372036854771712\n", "1\n", "11\n");
	add(10, "ten", "/", 1000, 0);
	add(11, "eleven", "/", 2000, 0);
	fake_file(&root, "/proc/11", "cgroup", "4:memory:/a/b\n0::/x\n");
	temp_text(&root, "/proc/meminfo",
		  "MemTotal: 409600 kB\nMemAvailable: 204800 kB\n"
		  "SwapTotal: 8192 kB\nSwapFree: 4096 kB\n");
	assert_int_equal(make("/a", 0, 10), 0);
	assert_int_equal(rank->total_pages.value, 8192 + 2048);
	assert_int_equal(rank->top_count, 2);
	assert_int_equal(rank->action, RANK_KILLS);
	assert_int_equal(make(NULL, 11, 10), 0);
	assert_string_equal(rank->cgroup, "/a");
	assert_int_equal(rank->process.position.value, 1);
	assert_string_equal(rank->process.cgroup, "/a/b");
	v1_text("/a", "memory.swappiness", "0\n");
	v1_text("/a", "memory.oom_control", "oom_kill_disable 1\nunder_oom 0\n");
	assert_int_equal(make("/a", 0, 10), 0);
	assert_int_equal(rank->total_pages.value, 8192);
	assert_int_equal(rank->action, RANK_WAITS);
	/* Its own processes alone; and what lies below is not limited by it. */
	v1_text("/a", "memory.use_hierarchy", "0\n");
	assert_int_equal(make("/a", 0, 10), 0);
	assert_int_equal(rank->top_count, 1);
	assert_int_equal(make(NULL, 11, 10), 0);
	assert_int_equal(rank->scope, SCOPE_GLOBAL);
}

static void test_missed(void **state)
{
	(void)state;
	add(10, "ten", "/gone (deleted)", 1000, 0);
	add(11, "eleven", "/", 1000, 0);
	fake_file(&root, "/proc/11", "oom_score_adj", "");
	assert_int_equal(make(NULL, 0, 10), 0);
	assert_int_equal(rank->unreadable, 1);
	assert_false(rank->top[0].first_limit.known);
	/* Who is not seen may be larger. */
	assert_int_equal(rank->action, RANK_KILLS);
	assert_false(rank->whole);
	assert_int_equal(rank->top[0].verdict, VERDICT_ELIGIBLE);
	check_missed("candidates candidates.first_limit ");
	unlink(temp_path(&root, "/proc/1/stat"));
	unlink(temp_path(&root, "/proc/meminfo"));
	assert_int_equal(make(NULL, 0, 10), 0);
	assert_true(rank->hidden);
	assert_false(rank->total_pages.known || rank->top[0].points_pages.known);
	check_missed("total_pages system candidates candidates.first_limit ");
	add(10, "ten", "/", 1000, -1000);
	assert_int_equal(make(NULL, 0, 10), 0);
	assert_int_equal(rank->action, RANK_UNKNOWN);
	check_missed("total_pages system candidates action ");
}

/* The real one: whoever reads it is there, with memory, and not on the list. */
static void test_live(void **state)
{
	const struct rank_config config = {.root = "", .pid = getppid(), .top = 100000};

	(void)state;
	assert_int_equal(rank_new(&config, &rank), 0);
	assert_true(rank->has_process && rank->process.rss_bytes > 0);
	assert_true(rank->total_pages.known && rank->considered > 0);
	for (size_t i = 0; i < rank->top_count; i++) {
		assert_int_not_equal(rank->top[i].pid, getpid());
		assert_true(!i ||
			    rank->top[i].points_pages.value <= rank->top[i - 1].points_pages.value);
	}
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_machine), CASE(test_cgroup), CASE(test_no_limit), CASE(test_errors),
		CASE(test_process), CASE(test_equal),  CASE(test_exact),    CASE(test_oom_group),
		CASE(test_actions), CASE(test_v1),     CASE(test_missed),   CASE(test_live),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
