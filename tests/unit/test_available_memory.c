// SPDX-License-Identifier: GPL-2.0
#include "available_memory.h"
#include "temp_root.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/sysinfo.h>

#include <cmocka.h>

static struct temp_root root;
static struct available_memory *memory;

static int setup(void **state)
{
	(void)state;
	temp_root_make(&root);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	available_memory_free(memory);
	memory = NULL;
	temp_root_remove(&root);
	return 0;
}

static unsigned long long total_kb(void)
{
	struct sysinfo info;

	assert_int_equal(sysinfo(&info), 0);
	return (unsigned long long)info.totalram * info.mem_unit / 1024;
}

/* `available` in kB, beyond 16 MiB and a 512th of this machine. */
static void show(unsigned long long total, long long available, const char *more)
{
	char text[512];

	available += 16384 + (long long)(total_kb() * 1024 / 512 + 1023) / 1024;
	snprintf(text, sizeof(text), "MemTotal: %llu kB\nMemFree: 1 kB\nMemAvailable: %lld kB\n%s",
		 total, available, more);
	temp_text(&root, "/proc/meminfo", text);
}

/* The file is opened once, and tells of each moment. */
static void test_estimate(void **state)
{
	static const struct {
		int available_kb;
		const char *more;
		bool suffices;
	} cases[] = {
		{0, "", true},
		{-1, "", false},
		{0, "CmaFree: 0 kB\n", true},
		{0, "CmaFree: 1 kB\n", false},
		{0, "CmaTotal: 65536 kB\nKReclaimable: 0 kB\n", true},
		{0, "KReclaimable: 1 kB\n", false},
		{7, "KReclaimable: 3 kB\nCmaFree: 4 kB\n", true},
		{6, "KReclaimable: 3 kB\nCmaFree: 4 kB\n", false},
		{100, "CmaFree: 65536 kB\n", false},
	};

	(void)state;
	show(total_kb(), -1, "");
	assert_int_equal(available_memory_new(root.path, &memory), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		show(total_kb(), cases[i].available_kb, cases[i].more);
		assert_int_equal(available_memory_suffices(memory), cases[i].suffices);
	}
}

/* This machine has memory, whatever a file says that is not about it. */
static void test_of_something_else(void **state)
{
	(void)state;
	show(total_kb() / 2, -1, "");
	assert_int_equal(available_memory_new(root.path, &memory), 0);
	assert_true(available_memory_suffices(memory));
	temp_text(&root, "/proc/meminfo", "MemAvailable: some\n");
	assert_true(available_memory_suffices(memory));
	temp_text(&root, "/proc/meminfo", "");
	assert_true(available_memory_suffices(memory));
}

static void test_no_file(void **state)
{
	(void)state;
	assert_int_equal(available_memory_new(root.path, &memory), 0);
	assert_true(available_memory_suffices(memory));
}

static void test_this_machine(void **state)
{
	(void)state;
	assert_int_equal(available_memory_new("", &memory), 0);
	for (int i = 0; i < 3; i++)
		assert_true(available_memory_suffices(memory));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_estimate, setup, teardown),
		cmocka_unit_test_setup_teardown(test_of_something_else, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_this_machine, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
