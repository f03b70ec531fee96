// SPDX-License-Identifier: GPL-2.0
#include "cgroup_files.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const struct cgroup_mount v1 = {.point = "/sys/fs/cgroup/memory", .version = 1};
static const struct cgroup_mount v2 = {.point = "/sys/fs/cgroup", .version = 2};

static int64_t value_of(const struct stat_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->entries[i].name, name))
			return list->entries[i].value;
	fail_msg("no %s", name);
	return -1;
}

static void test_v1(void **state)
{
	struct cgroup_files files;

	(void)state;
	assert_int_equal(cgroup_files_read(FIXTURES "/cgroup/v1", &v1, "/app", &files), 0);
	assert_true(files.stat.known);
	assert_int_equal(files.stat.count, 40);
	assert_string_equal(files.stat.entries[0].name, "cache");
	assert_int_equal(value_of(&files.stat, "cache"), 2772992);
	assert_int_equal(value_of(&files.stat, "rss"), 9060352);
	assert_int_equal(value_of(&files.stat, "hierarchical_memory_limit"), LIMIT_NONE(4096));
	assert_int_equal(value_of(&files.stat, "total_unevictable"), 0);
	assert_true(files.events.known);
	assert_int_equal(files.events.count, 3);
	assert_int_equal(value_of(&files.events, "oom_kill_disable"), 0);
	assert_int_equal(value_of(&files.events, "under_oom"), 0);
	assert_int_equal(value_of(&files.events, "oom_kill"), 0);
	assert_false(files.pressure.some.known || files.pressure.full.known);
	cgroup_files_clear(&files);
	assert_false(files.stat.known || files.stat.entries || files.events.entries);
}

static void test_v2(void **state)
{
	struct cgroup_files files;

	(void)state;
	assert_int_equal(cgroup_files_read(FIXTURES "/cgroup/v2", &v2, "/app", &files), 0);
	assert_int_equal(files.stat.count, 60);
	assert_int_equal(value_of(&files.stat, "anon"), 9060352);
	assert_int_equal(value_of(&files.stat, "file"), 2772992);
	assert_int_equal(files.events.count, 6);
	assert_int_equal(value_of(&files.events, "oom_group_kill"), 0);
	assert_true(files.pressure.some.known && files.pressure.full.known);
	cgroup_files_clear(&files);
}

static void test_root_of_v2(void **state)
{
	struct cgroup_files files;

	(void)state;
	assert_int_equal(cgroup_files_read(FIXTURES "/cgroup/v2", &v2, "/", &files), 0);
	assert_true(files.stat.known);
	assert_false(files.events.known);
	assert_null(files.events.entries);
	cgroup_files_clear(&files);
	cgroup_files_clear(NULL);
	stat_list_clear(NULL);
}

static void test_paths(void **state)
{
	static const struct {
		const char *path;
		int err;
	} bad[] = {
		{"", -EINVAL},
		{"app", -EINVAL},
		{"/..", -EINVAL},
		{"/app/..", -EINVAL},
		{"/app/../app", -EINVAL},
		{"/app/../../../../../etc", -EINVAL},
		{"/none", -ENOENT},
		{"/app/memory.stat", -ENOTDIR},
		{"/\xe2\x80\xa6/app", -ENOENT},
	};
	struct cgroup_files files = {.stat.count = 42};
	char name[400];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(cgroup_files_read(FIXTURES "/cgroup/v2", &v2, bad[i].path, &files),
				 bad[i].err);
	memset(name, 'a', sizeof(name));
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(cgroup_files_read(FIXTURES "/cgroup/v2", &v2, name, &files),
			 -ENAMETOOLONG);
	assert_int_equal(cgroup_files_read("/nonexistent", &v2, "/app", &files), -ENOENT);
	assert_int_equal(files.stat.count, 42);
	assert_int_equal(cgroup_files_read(FIXTURES "/cgroup/v2", &v2, "//app/./", &files), 0);
	cgroup_files_clear(&files);
}

/* A tree with a link, and deeper than any path the kernel takes at once. */
static void test_tree(void **state)
{
	enum { DEPTH = 40, NAME = 200 };
	static const struct cgroup_mount mount = {.point = "", .version = 2};
	char top[] = "/tmp/test_cgroup_files.XXXXXX", path[DEPTH * (NAME + 1) + 1], name[NAME + 1];
	struct cgroup_files files;
	int fd, dir, up;

	(void)state;
	assert_non_null(mkdtemp(top));
	dir = open(top, O_PATH | O_DIRECTORY);
	assert_int_equal(symlinkat("/", dir, "link"), 0);
	assert_int_equal(cgroup_files_read(top, &mount, "/link", &files), -ENOTDIR);
	assert_int_equal(cgroup_files_read(top, &mount, "/link/proc", &files), -ENOTDIR);
	unlinkat(dir, "link", 0);
	memset(name, 'n', NAME);
	name[NAME] = path[0] = '\0';
	for (int i = 0; i < DEPTH; i++) {
		assert_int_equal(mkdirat(dir, name, 0700), 0);
		snprintf(path + strlen(path), sizeof(path) - strlen(path), "/%s", name);
		fd = openat(dir, name, O_PATH | O_DIRECTORY);
		close(dir);
		dir = fd;
	}
	/* What is no file must be neither followed nor waited for. */
	assert_int_equal(symlinkat("/proc/meminfo", dir, "memory.stat"), 0);
	assert_int_equal(mkfifoat(dir, "memory.events", 0600), 0);
	assert_int_equal(cgroup_files_read(top, &mount, path, &files), 0);
	assert_false(files.stat.known || files.events.known);
	cgroup_files_clear(&files);
	unlinkat(dir, "memory.stat", 0);
	unlinkat(dir, "memory.events", 0);
	for (int i = 0; i < DEPTH; i++) {
		up = openat(dir, "..", O_PATH | O_DIRECTORY);
		assert_int_equal(unlinkat(up, name, AT_REMOVEDIR), 0);
		close(dir);
		dir = up;
	}
	close(dir);
	rmdir(top);
}

static struct stat_list parse(const char *text, size_t len)
{
	/* Without the NUL, so that a byte too many is an error of the address sanitizer. */
	char *copy = malloc(len ? len : 1);
	struct stat_list list;

	memcpy(copy, text, len);
	assert_int_equal(stat_list_parse(copy, len, &list), 0);
	free(copy);
	return list;
}

static void test_hostile(void **state)
{
	static const char text[] =
		"a 9223372036854775807\nb 9223372036854775808\nc -5\nd\ne \n 7\n\n"
		"f 1 2\ng 0x10\nh\0i 1\n\x1b[2J 1\n\xff 1\nj\t8\nk 1";
	struct stat_list list = parse(text, sizeof(text) - 1);
	char long_name[STAT_NAME_MAX + 8];

	(void)state;
	assert_int_equal(list.count, 3);
	assert_int_equal(value_of(&list, "a"), INT64_MAX);
	assert_int_equal(value_of(&list, "c"), -5);
	assert_int_equal(value_of(&list, "j"), 8);
	stat_list_clear(&list);
	list = parse("", 0);
	assert_false(list.known || list.entries);
	list = parse("a 1", 3);
	assert_false(list.known);

	memset(long_name, 'a', sizeof(long_name));
	memcpy(long_name + STAT_NAME_MAX, " 1\n", 3);
	list = parse(long_name, STAT_NAME_MAX + 3);
	assert_int_equal(list.count, 1);
	stat_list_clear(&list);
	memcpy(long_name + STAT_NAME_MAX, "a 1\n", 4);
	list = parse(long_name, STAT_NAME_MAX + 4);
	assert_int_equal(list.count, 0);
}

static void test_bounded(void **state)
{
	enum { MANY = 3000 };
	char *text = malloc(MANY * 4);
	struct stat_list list;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		memcpy(text + i * 4, "a 1\n", 4);
	list = parse(text, MANY * 4);
	assert_int_equal(list.count, STAT_LIST_MAX);
	stat_list_clear(&list);
	free(text);
}

static void test_live(void **state)
{
	struct cgroup_mount mount;
	struct cgroup_files files;

	(void)state;
	if (cgroup_find_mount("", &mount))
		skip();
	assert_int_equal(cgroup_files_read("", &mount, "/", &files), 0);
	if (mount.version == 1) {
		assert_true(files.stat.known && files.events.known);
		assert_true(value_of(&files.stat, "total_cache") >= 0);
		assert_true(value_of(&files.events, "oom_kill") >= 0);
	}
	cgroup_files_clear(&files);
	cgroup_mount_clear(&mount);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v1),	   cmocka_unit_test(test_v2),
		cmocka_unit_test(test_root_of_v2), cmocka_unit_test(test_paths),
		cmocka_unit_test(test_tree),	   cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_bounded),	   cmocka_unit_test(test_live),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
