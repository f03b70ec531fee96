// SPDX-License-Identifier: GPL-2.0
#include "cgroup.h"
#include "readfile.h"
#include "temp_root.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void check_table(const char *name, int version, const char *point)
{
	struct cgroup_mount mount = {.version = -1};
	char path[512], *text;

	snprintf(path, sizeof(path), "%s/mountinfo/%s", FIXTURES, name);
	assert_int_equal(file_read(path, &text, NULL, 1 << 20), 0);
	if (!point) {
		assert_int_equal(cgroup_parse_mountinfo(text, &mount), -ENOENT);
		assert_int_equal(mount.version, -1);
	} else {
		assert_int_equal(cgroup_parse_mountinfo(text, &mount), 0);
		assert_int_equal(mount.version, version);
		assert_string_equal(mount.point, point);
		cgroup_mount_clear(&mount);
		assert_null(mount.point);
	}
	free(text);
}

static void test_tables(void **state)
{
	(void)state;
	check_table("hybrid", 1, "/sys/fs/cgroup/memory");
	check_table("v2", 2, "/sys/fs/cgroup");
	check_table("v1", 1, "/cgroup/all");
	check_table("none", 0, NULL);
	/* What a container sees is a part of the hierarchy, whose paths are not the kernel's. */
	check_table("container", 0, NULL);
	check_table("container-with-host", 1, "/host/sys/fs/cgroup/memory");
	/* Octal escapes; what only looks like one stays. */
	check_table("escapes", 2, "/srv/a b\tc\nd\\040\\400\\18/x\\13");
}

static void test_malformed_tables(void **state)
{
	static const char *const tables[] = {
		"",
		"\n\n",
		" - ",
		" - cgroup2 none rw",
		"1 2 3:4 / - cgroup2 none rw",
		"1 2 3:4 / /x rw - ",
		"1 2 3:4 / /x rw - cgroup",
		"1 2 3:4 / /x rw - cgroup none",
		"1 2 3:4 / /x rw - cgroup none ",
		"1 2 3:4 / /x rw - cgroup none rw,memoryx,xmemory",
		"1 2 3:4 / /x rw cgroup2 none rw",
		"1 2 3:4 /a /x rw - cgroup2 none rw",
		"1 2 3:4 / /x rw - cgroup22 none rw",
	};
	struct cgroup_mount mount;

	(void)state;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (cgroup_parse_mountinfo(tables[i], &mount) != -ENOENT)
			fail_msg("accepted: %s", tables[i]);
	/* The last line may lack its end, and the options are not needed on v2. */
	assert_int_equal(cgroup_parse_mountinfo("1 2 3:4 / /x rw - cgroup2", &mount), 0);
	assert_string_equal(mount.point, "/x");
	cgroup_mount_clear(&mount);
}

static void test_find_mount(void **state)
{
	struct cgroup_mount mount;
	struct temp_root root;
	char deep[9000];

	(void)state;
	temp_root_make(&root);
	assert_int_equal(cgroup_find_mount(root.path, &mount), -ENOENT);
	temp_text(&root, "/proc/1/mountinfo", "30 22 0:26 / /cg rw - cgroup2 cgroup2 rw\n");
	assert_int_equal(cgroup_find_mount(root.path, &mount), 0);
	/* Without the root before it. */
	assert_string_equal(mount.point, "/cg");
	cgroup_mount_clear(&mount);
	temp_root_remove(&root);

	memset(deep, 'd', sizeof(deep));
	deep[sizeof(deep) - 1] = '\0';
	assert_int_equal(cgroup_find_mount(deep, &mount), -ENAMETOOLONG);
}

static void check_normal(const char *point, const char *path, const char *want)
{
	char copy[256];
	const struct cgroup_mount mount = {.point = copy, .version = 2};
	char *got;

	strcpy(copy, point);
	got = cgroup_normalize(&mount, path);
	if (!want) {
		assert_null(got);
		return;
	}
	assert_non_null(got);
	assert_string_equal(got, want);
	free(got);
}

static void test_normalize(void **state)
{
	const char *point = "/sys/fs/cgroup";

	(void)state;
	check_normal(point, "/kubepods", "/kubepods");
	check_normal(point, "/sys/fs/cgroup/kubepods", "/kubepods");
	check_normal(point, "/sys/fs/cgroup", "/");
	check_normal(point, "/sys/fs/cgroup/", "/");
	check_normal(point, "/sys/fs/cgroupx/a", "/sys/fs/cgroupx/a");
	check_normal(point, "/", "/");
	check_normal(point, "", "/");
	check_normal(point, "a", "/a");
	check_normal(point, "//a///b//", "/a/b");
	check_normal(point, "/a/./b/.", "/a/b");
	check_normal(point, "/a/.b/..c/d..", "/a/.b/..c/d..");
	check_normal(point, "/..", NULL);
	check_normal(point, "/a/../b", NULL);
	check_normal(point, "..", NULL);
	check_normal(point, "/sys/fs/cgroup/../x", NULL);
	check_normal("/", "/a/b", "/a/b");
	check_normal("", "/a/b", "/a/b");
}

static void test_id(void **state)
{
	char point[] = "/cg";
	const struct cgroup_mount mount = {.point = point, .version = 2};
	struct temp_root root;
	uint64_t id = 42, other = 42;
	char deep[9000];
	struct stat st;

	(void)state;
	temp_root_make(&root);
	temp_dir(&root, "/cg/a/b");
	temp_text(&root, "/cg/a/memory.max", "1\n");
	assert_int_equal(cgroup_id(root.path, &mount, "/a", &id), 0);
	assert_int_equal(stat(temp_path(&root, "/cg/a"), &st), 0);
	assert_int_equal(id, st.st_ino);
	assert_int_equal(cgroup_id(root.path, &mount, "/a/b", &other), 0);
	assert_int_not_equal(id, other);
	assert_int_equal(cgroup_id(root.path, &mount, "/", &other), 0);
	other = 42;
	assert_int_equal(cgroup_id(root.path, &mount, "/none", &other), -ENOENT);
	assert_int_equal(cgroup_id(root.path, &mount, "/a/memory.max", &other), -ENOTDIR);
	memset(deep, '/', sizeof(deep));
	deep[sizeof(deep) - 1] = '\0';
	assert_int_equal(cgroup_id(root.path, &mount, deep, &other), -ENAMETOOLONG);
	assert_int_equal(other, 42);
	temp_root_remove(&root);
}

static void test_below(void **state)
{
	(void)state;
	assert_true(cgroup_is_below("/", "/"));
	assert_true(cgroup_is_below("/a", "/"));
	assert_true(cgroup_is_below("/a", "/a"));
	assert_true(cgroup_is_below("/a/b", "/a"));
	assert_false(cgroup_is_below("/ab", "/a"));
	assert_false(cgroup_is_below("/a", "/a/b"));
	assert_false(cgroup_is_below("/", "/a"));
	assert_false(cgroup_is_below("/b/a", "/a"));
	assert_false(cgroup_is_below("\xe2\x80\xa6/a", "/a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),	   cmocka_unit_test(test_malformed_tables),
		cmocka_unit_test(test_find_mount), cmocka_unit_test(test_normalize),
		cmocka_unit_test(test_id),	   cmocka_unit_test(test_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
