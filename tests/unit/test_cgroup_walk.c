// SPDX-License-Identifier: GPL-2.0
#include "cgroup_walk.h"
#include "temp_root.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct cgroup_mount mount = {.point = "", .version = 2};

struct seen {
	char paths[512];
	int stop_at; /* 0: never */
	int count;
};

static int note(void *ctx, int dir, const char *path)
{
	struct seen *seen = ctx;

	assert_true(dir >= 0);
	strcat(seen->paths, path);
	strcat(seen->paths, " ");
	return ++seen->count == seen->stop_at ? -EINTR : 0;
}

static uint64_t inode_of(const struct temp_root *root, const char *name)
{
	struct stat st;

	assert_int_equal(stat(temp_path(root, name), &st), 0);
	return st.st_ino;
}

/* A parent before its children, these by inode, which is the order of their making in a cgroup. */
static void test_order(void **state)
{
	struct seen seen = {0};
	struct temp_root root;
	size_t unreadable = 0;
	char want[128] = "/g ";
	const char *names[] = {"z", "a", "m"};

	(void)state;
	temp_root_make(&root);
	temp_dir(&root, "/g/z");
	temp_dir(&root, "/g/a");
	temp_dir(&root, "/g/m");
	temp_dir(&root, "/g/a/deep");
	temp_text(&root, "/g/a/cgroup.procs", "1\n");
	assert_int_equal(symlink("/proc", temp_path(&root, "/g/link")), 0);
	for (int i = 0; i < 3; i++) {
		for (int k = i + 1; k < 3; k++) {
			char first[16], second[16];

			snprintf(first, sizeof(first), "/g/%s", names[i]);
			snprintf(second, sizeof(second), "/g/%s", names[k]);
			if (inode_of(&root, first) > inode_of(&root, second)) {
				const char *name = names[i];

				names[i] = names[k];
				names[k] = name;
			}
		}
		snprintf(want + strlen(want), sizeof(want) - strlen(want), "/g/%s %s", names[i],
			 *names[i] == 'a' ? "/g/a/deep " : "");
	}
	assert_int_equal(cgroup_walk(root.path, &mount, "/g", true, note, &seen, &unreadable), 0);
	assert_string_equal(seen.paths, want);
	assert_int_equal(unreadable, 0);

	seen = (struct seen){0};
	assert_int_equal(cgroup_walk(root.path, &mount, "/g", false, note, &seen, &unreadable), 0);
	assert_string_equal(seen.paths, "/g ");

	seen = (struct seen){.stop_at = 2};
	assert_int_equal(cgroup_walk(root.path, &mount, "/g", true, note, &seen, &unreadable),
			 -EINTR);
	assert_int_equal(seen.count, 2);
	assert_int_equal(cgroup_walk(root.path, &mount, "/none", true, note, &seen, &unreadable),
			 -ENOENT);
	assert_int_equal(cgroup_walk(root.path, &mount, "/g/..", true, note, &seen, &unreadable),
			 -EINVAL);
	temp_root_remove(&root);
}

static void test_top(void **state)
{
	struct seen seen = {0};
	struct temp_root root;
	size_t unreadable = 0;

	(void)state;
	temp_root_make(&root);
	temp_dir(&root, "/g/.a");
	assert_int_equal(cgroup_walk(root.path, &mount, "/", true, note, &seen, &unreadable), 0);
	assert_string_equal(seen.paths, "/ /g /g/.a ");
	temp_root_remove(&root);
}

static void test_pids(void **state)
{
	static const char text[] = "12\n7\n0\n12\n-3\nx\n 5\n99999999999\n4194304\n8";
	pid_t *pids;
	size_t count;

	(void)state;
	assert_int_equal(cgroup_parse_pids(text, strlen(text), &pids, &count), 0);
	assert_int_equal(count, 4);
	assert_int_equal(pids[0], 12);
	assert_int_equal(pids[1], 7);
	assert_int_equal(pids[2], 12);
	assert_int_equal(pids[3], 4194304);
	free(pids);
	assert_int_equal(cgroup_parse_pids("", 0, &pids, &count), 0);
	assert_int_equal(count, 0);
	assert_null(pids);
}

static void test_read_pids(void **state)
{
	struct temp_root root;
	pid_t *pids;
	size_t count;
	int dir;

	(void)state;
	temp_root_make(&root);
	temp_text(&root, "/g/cgroup.procs", "3\n2\n");
	dir = open(temp_path(&root, "/g"), O_PATH | O_CLOEXEC);
	assert_int_equal(cgroup_read_pids(dir, &pids, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(pids[0], 3);
	free(pids);
	unlink(temp_path(&root, "/g/cgroup.procs"));
	assert_int_equal(cgroup_read_pids(dir, &pids, &count), -ENOENT);
	close(dir);
	temp_root_remove(&root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_top),
		cmocka_unit_test(test_pids),
		cmocka_unit_test(test_read_pids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
