// SPDX-License-Identifier: GPL-2.0
#include "identity.h"
#include "temp_root.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define BOOT_ID "3f2504e0-4f89-41d3-9a0c-0305e82c3301"

static void check_uuid(const char *uuid)
{
	assert_int_equal(strlen(uuid), 36);
	for (size_t i = 0; i < 36; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23)
			assert_int_equal(uuid[i], '-');
		else
			assert_true(isdigit(uuid[i]) || (uuid[i] >= 'a' && uuid[i] <= 'f'));
	/* Version 4, variant 10. */
	assert_int_equal(uuid[14], '4');
	assert_non_null(strchr("89ab", uuid[19]));
}

static void test_run(void **state)
{
	struct identity first, second;
	struct utsname host;

	(void)state;
	assert_int_equal(identity_read("", &first), 0);
	assert_int_equal(identity_read("", &second), 0);
	check_uuid(first.run);
	check_uuid(second.run);
	assert_string_not_equal(first.run, second.run);
	assert_int_equal(uname(&host), 0);
	assert_string_equal(first.host.release, host.release);
	assert_string_equal(first.host.nodename, host.nodename);
}

static void check_boot_id(const char *text, const char *want)
{
	struct identity identity;
	struct temp_root root;

	temp_root_make(&root);
	if (text)
		temp_text(&root, "/proc/sys/kernel/random/boot_id", text);
	assert_int_equal(identity_read(root.path, &identity), 0);
	assert_string_equal(identity.boot_id, want);
	temp_root_remove(&root);
}

static void test_boot_id(void **state)
{
	char deep[5000];
	struct identity identity;

	(void)state;
	check_boot_id(BOOT_ID "\n", BOOT_ID);
	check_boot_id(BOOT_ID, BOOT_ID);
	check_boot_id(BOOT_ID "\nmore\n", BOOT_ID);
	check_boot_id(NULL, "");
	check_boot_id("", "");
	check_boot_id("\n" BOOT_ID, "");
	check_boot_id("3f2504e0\n", "");
	check_boot_id(BOOT_ID "0\n", "");
	memset(deep, 'd', sizeof(deep));
	deep[sizeof(deep) - 1] = '\0';
	assert_int_equal(identity_read(deep, &identity), 0);
	assert_string_equal(identity.boot_id, "");
}

static void check_nodes(const char *text, bool want)
{
	struct temp_root root;

	temp_root_make(&root);
	if (text)
		temp_text(&root, "/sys/devices/system/node/has_memory", text);
	assert_int_equal(identity_single_node(root.path), want);
	temp_root_remove(&root);
}

static void test_single_node(void **state)
{
	(void)state;
	check_nodes(NULL, true);
	check_nodes("0\n", true);
	check_nodes("12\n", true);
	check_nodes("0-1\n", false);
	check_nodes("0,2\n", false);
	check_nodes("0-3,8\n", false);
	check_nodes("\n", false);
	check_nodes("", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_boot_id),
		cmocka_unit_test(test_single_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
