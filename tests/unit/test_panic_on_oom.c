// SPDX-License-Identifier: GPL-2.0
#include "panic_on_oom.h"
#include "temp_root.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_values(void **state)
{
	static const struct {
		const char *text;
		bool compulsory;
	} cases[] = {
		{"0\n", false}, {"1\n", false}, {"2\n", true},
		{"", false},	{"2", false},	{"20\n", false},
	};
	struct temp_root root;

	(void)state;
	temp_root_make(&root);
	assert_false(panic_on_oom_compulsory(root.path));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		temp_text(&root, "/proc/sys/vm/panic_on_oom", cases[i].text);
		assert_int_equal(panic_on_oom_compulsory(root.path), cases[i].compulsory);
	}
	temp_root_remove(&root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
