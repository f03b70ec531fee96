// SPDX-License-Identifier: GPL-2.0
#include "cgroup_limit.h"
#include "temp_root.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct num parse(const char *text)
{
	return cgroup_limit_parse(text, strlen(text));
}

static void test_numbers(void **state)
{
	static const char *const bad[] = {
		"", "\n", "1", "max", "-1\n", "1 \n", "1x\n", "maximum\n", "18446744073709551616\n",
	};
	const int64_t none = LIMIT_NONE(sysconf(_SC_PAGESIZE));

	(void)state;
	assert_int_equal(parse("0\n").value, 0);
	assert_true(parse("0\n").known);
	assert_int_equal(parse("33554432\n").value, 33554432);
	assert_int_equal(parse("max\n").value, none);
	assert_int_equal(parse("9223372036854771712\n").value, none);
	assert_int_equal(parse("18446744073709551615\n").value, none);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(parse(bad[i]).known);
}

static void read_dir(const struct temp_root *root, int version, struct cgroup_limit *limit)
{
	int dir = open(temp_path(root, "/g"), O_PATH | O_DIRECTORY | O_CLOEXEC);

	assert_true(dir >= 0);
	cgroup_limit_read(dir, version, limit);
	close(dir);
}

static void test_v2(void **state)
{
	struct cgroup_limit limit;
	struct temp_root root;

	(void)state;
	temp_root_make(&root);
	temp_text(&root, "/g/memory.max", "33554432\n");
	temp_text(&root, "/g/memory.swap.max", "max\n");
	temp_text(&root, "/g/memory.current", "4096\n");
	temp_text(&root, "/g/memory.oom.group", "1\n");
	read_dir(&root, 2, &limit);
	assert_int_equal(limit.limit_bytes.value, 33554432);
	assert_int_equal(limit.swap_limit_bytes.value, LIMIT_NONE(sysconf(_SC_PAGESIZE)));
	assert_int_equal(limit.usage_bytes.value, 4096);
	assert_true(limit.oom_group);
	assert_false(limit.oom_kill_disable || limit.alone || limit.swappiness.known);
	temp_text(&root, "/g/memory.oom.group", "0\n");
	temp_text(&root, "/g/memory.max", "rubbish\n");
	read_dir(&root, 2, &limit);
	assert_false(limit.oom_group || limit.limit_bytes.known);
	temp_root_remove(&root);
}

static void test_v1(void **state)
{
	struct cgroup_limit limit;
	struct temp_root root;

	(void)state;
	temp_root_make(&root);
	temp_text(&root, "/g/memory.limit_in_bytes", "33554432\n");
	temp_text(&root, "/g/memory.memsw.limit_in_bytes", "67108864\n");
	temp_text(&root, "/g/memory.usage_in_bytes", "8192\n");
	temp_text(&root, "/g/memory.swappiness", "0\n");
	temp_text(&root, "/g/memory.oom_control", "oom_kill_disable 1\nunder_oom 0\noom_kill 0\n");
	temp_text(&root, "/g/memory.use_hierarchy", "0\n");
	read_dir(&root, 1, &limit);
	assert_int_equal(limit.limit_bytes.value, 33554432);
	assert_int_equal(limit.swap_limit_bytes.value, 67108864);
	assert_int_equal(limit.usage_bytes.value, 8192);
	assert_true(limit.swappiness.known && !limit.swappiness.value);
	assert_true(limit.oom_kill_disable && limit.alone);
	temp_text(&root, "/g/memory.oom_control", "oom_kill_disable 0\nunder_oom 1\n");
	temp_text(&root, "/g/memory.use_hierarchy", "1\n");
	read_dir(&root, 1, &limit);
	assert_false(limit.oom_kill_disable || limit.alone);
	temp_root_remove(&root);
}

/* Without the files there is no limit; what is no file must be neither followed nor waited for. */
static void test_absent(void **state)
{
	const int64_t none = LIMIT_NONE(sysconf(_SC_PAGESIZE));
	struct cgroup_limit limit;
	struct temp_root root;

	(void)state;
	temp_root_make(&root);
	temp_dir(&root, "/g");
	for (int version = 1; version <= 2; version++) {
		read_dir(&root, version, &limit);
		assert_true(limit.limit_bytes.known && limit.swap_limit_bytes.known);
		assert_int_equal(limit.limit_bytes.value, none);
		assert_false(limit.usage_bytes.known || limit.oom_group || limit.alone);
	}
	assert_int_equal(symlink("/proc/sys/vm/swappiness", temp_path(&root, "/g/memory.max")), 0);
	assert_int_equal(mkfifo(temp_path(&root, "/g/memory.current"), 0600), 0);
	read_dir(&root, 2, &limit);
	assert_false(limit.limit_bytes.known || limit.usage_bytes.known);
	temp_root_remove(&root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_v2),
		cmocka_unit_test(test_v1),
		cmocka_unit_test(test_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
