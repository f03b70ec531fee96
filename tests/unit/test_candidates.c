// SPDX-License-Identifier: GPL-2.0
#include "candidates.h"
#include "fake_machine.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct cgroup_mount mount = {.point = "/sys/fs/cgroup", .version = 2};

struct machine {
	struct temp_root root;
	struct procfs *procfs;
	struct rank_groups *groups;
};

static struct machine m;

static int setup(void **state)
{
	(void)state;
	temp_root_make(&m.root);
	fake_machine(&m.root);
	return procfs_new(m.root.path, &m.procfs) ||
	       rank_groups_new(m.root.path, &mount, &m.groups);
}

static int teardown(void **state)
{
	(void)state;
	rank_groups_free(m.groups);
	procfs_free(m.procfs);
	temp_root_remove(&m.root);
	return 0;
}

static void add(int pid, const char *comm, const char *cgroup, int rss_pages, int adj, int start)
{
	const struct fake_process process = {
		.pid = pid,
		.comm = comm,
		.cgroup = cgroup,
		.rss_pages = rss_pages,
		.held_back = 7,
		.swap_pages = 3,
		.pgtables_pages = 5,
		.adj = adj,
		.start = start,
	};

	fake_process(&m.root, &process);
}

static void test_one(void **state)
{
	struct candidate candidate;

	(void)state;
	fake_cgroup(&m.root, "/a", 32, 8, "10\n");
	add(10, "x) S 9 (y", "/a", 1000, 300, 77);
	assert_int_equal(candidate_read(m.procfs, 10, m.groups, 2, &candidate), 0);
	assert_int_equal(candidate.pid, 10);
	assert_string_equal(candidate.comm, "x) S 9 (y");
	assert_string_equal(candidate.group->path, "/a");
	assert_ptr_equal(candidate.group->nearest, candidate.group);
	assert_int_equal(candidate.badness.rss_pages, 1000);
	assert_int_equal(candidate.exact_rss_pages, 1007);
	assert_int_equal(candidate.badness.swap_pages, 3);
	assert_int_equal(candidate.badness.pgtables_pages, 5);
	assert_int_equal(candidate.badness.oom_score_adj, 300);
	assert_int_equal(candidate.start_ticks, 77);
	assert_true(candidate.oom_score > 666);
	assert_int_equal(candidate_read(m.procfs, 11, m.groups, 2, &candidate), -ESRCH);
	assert_int_equal(candidate_read(m.procfs, 2, m.groups, 2, &candidate), -ESRCH);
}

/* A first thread that has ended shows no memory, the others do; without any it is a zombie. */
static void test_dead_leader(void **state)
{
	const struct fake_process memory = {.rss_pages = 1234, .pgtables_pages = 6};
	struct candidate candidate;

	(void)state;
	add(10, "leader", "/", 0, 0, 5);
	fake_status(&m.root, "/proc/10", 10, NULL);
	assert_int_equal(candidate_read(m.procfs, 10, NULL, 0, &candidate), -ESRCH);
	fake_stat(&m.root, "/proc/10/task/10", 10, "leader", 0, 5, 0);
	fake_status(&m.root, "/proc/10/task/10", 10, NULL);
	assert_int_equal(candidate_read(m.procfs, 10, NULL, 0, &candidate), -ESRCH);
	fake_stat(&m.root, "/proc/10/task/11", 11, "other", 0, 6, 1234);
	fake_status(&m.root, "/proc/10/task/11", 10, &memory);
	assert_int_equal(candidate_read(m.procfs, 10, NULL, 0, &candidate), 0);
	assert_string_equal(candidate.comm, "leader");
	assert_int_equal(candidate.badness.rss_pages, 1234);
	assert_int_equal(candidate.badness.pgtables_pages, 6);
}

/* In the order of their birth, whatever their numbers. */
static void test_machine(void **state)
{
	static const pid_t order[] = {1, 30, 10, 20};
	struct candidates all;

	(void)state;
	add(10, "b", "/", 10, 0, 50);
	add(20, "c", "/", 10, 0, 50);
	add(30, "a", "/", 10, 0, 40);
	assert_int_equal(candidates_of_machine(m.procfs, m.groups, 2, &all), 0);
	assert_int_equal(all.count, 4);
	assert_int_equal(all.unreadable, 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(all.list[i].pid, order[i]);
		assert_int_equal(all.list[i].scanned, i);
	}
	candidates_remove(&all, 30);
	candidates_remove(&all, 31);
	assert_int_equal(all.count, 3);
	assert_int_equal(all.list[1].pid, 10);
	candidates_clear(&all);
}

/* In the order of cgroup.procs, parents first, each once. */
static void test_cgroup(void **state)
{
	static const pid_t order[] = {20, 10, 30};
	struct candidates all;

	(void)state;
	fake_cgroup(&m.root, "/g", 32, 8, "20\n10\n10\n");
	fake_cgroup(&m.root, "/g/below", -1, 8, "30\n20\n77\n");
	add(10, "a", "/g", 10, 0, 1);
	add(20, "b", "/g", 10, 0, 2);
	add(30, "c", "/g/below", 10, 0, 0);
	assert_int_equal(
		candidates_of_cgroup(m.procfs, m.groups, m.root.path, &mount, "/g", true, &all), 0);
	assert_int_equal(all.count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(all.list[i].pid, order[i]);
		assert_int_equal(all.list[i].scanned, i);
	}
	assert_string_equal(all.list[0].group->path, "/g");
	assert_string_equal(all.list[2].group->path, "/g/below");
	assert_string_equal(all.list[2].group->nearest->path, "/g");
	candidates_clear(&all);
	assert_int_equal(
		candidates_of_cgroup(m.procfs, m.groups, m.root.path, &mount, "/g", false, &all),
		0);
	assert_int_equal(all.count, 2);
	candidates_clear(&all);
	assert_int_equal(
		candidates_of_cgroup(m.procfs, m.groups, m.root.path, &mount, "/no", true, &all),
		-ENOENT);
}

static void test_unreadable(void **state)
{
	struct candidates all;

	(void)state;
	add(10, "a", "/", 10, 0, 1);
	add(11, "b", "/", 10, 0, 1);
	add(12, "c", "/", 10, 0, 1);
	fake_file(&m.root, "/proc/10", "oom_score_adj", "1001\n");
	fake_file(&m.root, "/proc/11", "stat", "11 (b) S 1\n");
	assert_int_equal(candidates_of_machine(m.procfs, m.groups, 2, &all), 0);
	assert_int_equal(all.count, 2);
	assert_int_equal(all.unreadable, 2);
	candidates_clear(&all);
}

static void test_unkillable(void **state)
{
	struct fake_process skipped = {.pid = 13, .comm = "d", .cgroup = "/", .rss_pages = 1000};
	struct candidates all;

	(void)state;
	add(10, "a", "/", 1000, 0, 1);
	add(11, "b", "/", 1000, -1000, 2);
	add(12, "c", "/", 1, -999, 3);
	skipped.start = 4;
	skipped.oom_score = -1;
	fake_process(&m.root, &skipped);
	assert_int_equal(candidates_of_machine(m.procfs, NULL, 0, &all), 0);
	candidates_find_unkillable(&all, FAKE_MACHINE_PAGES);
	assert_int_equal(all.count, 5);
	assert_int_equal(all.list[0].unkillable, UNKILLABLE_INIT);
	assert_int_equal(all.list[1].unkillable, KILLABLE);
	assert_int_equal(all.list[2].unkillable, UNKILLABLE_ADJ);
	/* Its score is 0 as well, but so would a kernel's be that may kill it. */
	assert_int_equal(all.list[3].unkillable, KILLABLE);
	assert_int_equal(all.list[4].unkillable, UNKILLABLE_SKIPPED);
	candidates_clear(&all);
}

/* Kernels before 5.9 give per mille of the memory, 0 for what is small. */
static void test_old_scores(void **state)
{
	struct candidates all;

	(void)state;
	add(10, "a", "/", 1000, 0, 1);
	add(11, "b", "/", 20, 0, 2);
	fake_file(&m.root, "/proc/10", "oom_score", "9\n");
	fake_file(&m.root, "/proc/11", "oom_score", "0\n");
	assert_int_equal(candidates_of_machine(m.procfs, NULL, 0, &all), 0);
	candidates_find_unkillable(&all, FAKE_MACHINE_PAGES);
	assert_int_equal(all.list[1].unkillable, KILLABLE);
	assert_int_equal(all.list[2].unkillable, KILLABLE);
	candidates_clear(&all);
}

/* The first process of a container has the number 1 there and is killed like others. */
static void test_container_init(void **state)
{
	const struct fake_process init = {.pid = 1, .comm = "app", .cgroup = "/", .rss_pages = 50};
	struct candidates all;

	(void)state;
	fake_process(&m.root, &init);
	assert_int_equal(candidates_of_machine(m.procfs, NULL, 0, &all), 0);
	candidates_find_unkillable(&all, FAKE_MACHINE_PAGES);
	assert_int_equal(all.list[0].unkillable, KILLABLE);
	candidates_clear(&all);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_one),	       CASE(test_dead_leader),	  CASE(test_machine),
		CASE(test_cgroup),     CASE(test_unreadable),	  CASE(test_unkillable),
		CASE(test_old_scores), CASE(test_container_init),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
