// SPDX-License-Identifier: GPL-2.0
#include "kallsyms.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SMALL FIXTURES "/kallsyms/small"

static void check(const struct kernel_symbol *got, const char *symbol, uint64_t offset,
		  const char *module)
{
	if (!symbol) {
		assert_null(got->symbol);
		assert_null(got->module);
		assert_int_equal(got->offset, 0);
		return;
	}
	assert_non_null(got->symbol);
	assert_string_equal(got->symbol, symbol);
	assert_int_equal(got->offset, offset);
	if (!module) {
		assert_null(got->module);
		return;
	}
	assert_non_null(got->module);
	assert_string_equal(got->module, module);
}

static void test_resolve(void **state)
{
	static const struct {
		uint64_t address;
		const char *symbol;
		uint64_t offset;
		const char *module;
	} cases[] = {
		{0xffffffffc0a01010, "xfs_trans_alloc", 0x10, "xfs"},
		{0xffffffff81000000, "startup_64", 0, NULL},
		{0xffffffff8100003f, "startup_64", 0x3f, NULL},
		{0xffffffff81000048, "local_alias", 8, NULL},
		{0xffffffff81000100, "weak_one", 0, NULL},
		{0xffffffff81000190, "weak_one", 0x90, NULL},
		{0xffffffff81000234, "oom_kill_process", 0x34, NULL},
		{0xffffffff81000234, "oom_kill_process", 0x34, NULL},
		{0xffffffff81100900, "_etext", 0x100000, NULL},
		{0xffffffff81100901, NULL, 0, NULL},
		{0xffffffff82000010, NULL, 0, NULL},
		{0xffffffffc0a01910, "xfs_trans_alloc", 0x910, "xfs"},
		{0xffffffffc0a02000, "xfs_trans_commit", 0, "xfs"},
		{0xffffffffc0900004, "ext4_readpage", 4, "ext4"},
		{0xffffffffc0100001, "ftrace_trampoline", 1, "__builtin__ftrace"},
		{0xffffffffc0200099, "bpf_prog_6deef7357e7b4530_sd_fw_egress", 0x99, "bpf"},
		{0xffffffff80ffffff, NULL, 0, NULL},
		{0, NULL, 0, NULL},
		{UINT64_MAX, NULL, 0, NULL},
	};
	enum { COUNT = sizeof(cases) / sizeof(cases[0]) };
	struct kernel_symbol symbols[COUNT];

	(void)state;
	memset(symbols, 0x5a, sizeof(symbols));
	for (size_t i = 0; i < COUNT; i++)
		symbols[i].address = cases[i].address;
	assert_int_equal(kallsyms_resolve(SMALL, symbols, COUNT), 0);
	for (size_t i = 0; i < COUNT; i++) {
		assert_int_equal(symbols[i].address, cases[i].address);
		check(&symbols[i], cases[i].symbol, cases[i].offset, cases[i].module);
		kernel_symbol_clear(&symbols[i]);
	}
}

static void test_unusable(void **state)
{
	struct kernel_symbol symbol = {.address = 0xffffffff81000000, .offset = 77};

	(void)state;
	assert_int_equal(kallsyms_resolve(FIXTURES "/kallsyms/hidden", &symbol, 1), -EPERM);
	assert_int_equal(kallsyms_resolve(FIXTURES "/kallsyms/empty", &symbol, 1), -ENODATA);
	assert_int_equal(kallsyms_resolve(FIXTURES "/kallsyms/none", &symbol, 1), -ENOENT);
	assert_int_equal(kallsyms_resolve_fd(-1, &symbol, 1), -EBADF);
	assert_int_equal(symbol.offset, 77);
	assert_null(symbol.symbol);
	assert_int_equal(kallsyms_resolve_fd(-1, NULL, 0), 0);
}

static int memory_file(const char *data, size_t len)
{
	int fd = memfd_create("kallsyms", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void check_text(const char *data, size_t len, uint64_t address, const char *symbol,
		       uint64_t offset, const char *module)
{
	struct kernel_symbol result = {.address = address};
	int fd = memory_file(data, len);

	assert_int_equal(kallsyms_resolve_fd(fd, &result, 1), 0);
	check(&result, symbol, offset, module);
	kernel_symbol_clear(&result);
	close(fd);
}

static void test_odd_lines(void **state)
{
	static const char text[] = "garbage\n\n \nxyz t a\n1000 t\n1000 t \n1000tta\n"
				   "0000000000001000 t last_without_newline\t[m";
	static const char good[] =
		"1000 t a\n1008 t b\t[]\n1008 t b\t[\n1008 t \t[x]\n1010 t c\t[m]";

	(void)state;
	check_text(good, sizeof(good) - 1, 0x1008, "a", 8, NULL);
	check_text(good, sizeof(good) - 1, 0x1011, "c", 1, "m");
	assert_int_equal(kallsyms_resolve_fd(memory_file(text, sizeof(text) - 1),
					     &(struct kernel_symbol){.address = 0x1000}, 1),
			 -ENODATA);
}

/* Lines beyond the buffer are passed over, names beyond the kernel's maximum hide nothing wrong. */
static void test_long_lines(void **state)
{
	enum { LONG = 200000, NAME = 600 };
	static const char tail[] = "\n1010 t after\n";
	char *text = malloc(LONG + 64);
	size_t len;

	(void)state;
	for (size_t filler = 65536 - 64; filler < 65536 + 64; filler++) {
		len = (size_t)sprintf(text, "1000 t before\n1008 t ");
		memset(text + len, 'x', filler);
		memcpy(text + len + filler, tail, sizeof(tail));
		check_text(text, len + filler + sizeof(tail) - 1, 0x1010, "after", 0, NULL);
	}
	len = (size_t)sprintf(text, "1000 t before\n1008 t ");
	memset(text + len, 'x', LONG - len);
	check_text(text, LONG, 0x1010, "before", 0x10, NULL);
	memcpy(text + len + NAME, tail, sizeof(tail));
	check_text(text, len + NAME + sizeof(tail) - 1, 0x1009, NULL, 0, NULL);
	check_text(text, len + NAME + sizeof(tail) - 1, 0x1004, "before", 4, NULL);
	free(text);
}

/* The kernel hands the file out in pieces of its own choice. */
static void test_pieces(void **state)
{
	struct kernel_symbol symbols[] = {{.address = 0xffffffff81000234},
					  {.address = 0xffffffffc0a02005}};
	FILE *file = fopen(SMALL "/proc/kallsyms", "re");
	int pipe_fd[2], c, status;
	pid_t pid;

	(void)state;
	assert_non_null(file);
	assert_int_equal(pipe(pipe_fd), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		while ((c = getc(file)) != EOF) {
			char byte = (char)c;

			if (write(pipe_fd[1], &byte, 1) != 1)
				_exit(1);
		}
		_exit(0);
	}
	fclose(file);
	close(pipe_fd[1]);
	assert_int_equal(kallsyms_resolve_fd(pipe_fd[0], symbols, 2), 0);
	close(pipe_fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	check(&symbols[0], "oom_kill_process", 0x34, NULL);
	check(&symbols[1], "xfs_trans_commit", 5, "xfs");
	kernel_symbol_clear(&symbols[0]);
	kernel_symbol_clear(&symbols[1]);
}

static void check_sprint(const char *text, const char *symbol, uint64_t offset, const char *module)
{
	struct kernel_symbol got = {0};

	assert_int_equal(kallsyms_parse_sprint(text, &got.symbol, &got.offset, &got.module), 0);
	check(&got, symbol, offset, module);
	kernel_symbol_clear(&got);
}

static void test_sprint(void **state)
{
	(void)state;
	check_sprint("oom_kill_process+0x12/0x340", "oom_kill_process", 0x12, NULL);
	check_sprint("out_of_memory+0x0/0x1", "out_of_memory", 0, NULL);
	check_sprint("xfs_read+0x12/0x340 [xfs]", "xfs_read", 0x12, "xfs");
	check_sprint("f+0xffffffffffffffff/0x2 [m 3423a8993a7033fb79e5add14bf9d8d6b56330ca]", "f",
		     UINT64_MAX, "m");
	check_sprint("bpf_prog_6deef7357e7b4530_f+0x1/0x2 [bpf]", "bpf_prog_6deef7357e7b4530_f", 1,
		     "bpf");
	check_sprint("a+b+0x1/0x2", "a+b", 1, NULL);
	check_sprint("__alloc_pages_slowpath.constprop.0+0x1/0x2",
		     "__alloc_pages_slowpath.constprop.0", 1, NULL);
}

static void test_sprint_bad(void **state)
{
	static const char *const bad[] = {
		"",
		"name",
		"+0x1/0x2",
		"f+0x1",
		"f+0x1/",
		"f+0x/0x2",
		"f+1/2",
		"f+0x1/0x2x",
		"f+0x1/0x2 ",
		"f+0x1/0x2 [",
		"f+0x1/0x2 []",
		"f+0x1/0x2 [ ]",
		"f+0x1/0x2 [m",
		"f+0x1/0x2 [m] ",
		" [m]",
		"f+0x11111111111111111/0x2",
		"0x",
		"0x1g",
		"(null)",
		"0x11111111111111111",
	};
	char *symbol = (char *)bad, *module = (char *)bad;
	uint64_t offset = 5;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (kallsyms_parse_sprint(bad[i], &symbol, &offset, &module) != -EINVAL)
			fail_msg("accepted: \"%s\"", bad[i]);
	}
	assert_int_equal(kallsyms_parse_sprint("0xffffffffc0001234", &symbol, &offset, &module),
			 -ENOENT);
	assert_ptr_equal(symbol, bad);
	assert_ptr_equal(module, bad);
	assert_int_equal(offset, 5);
}

static void test_clear_null(void **state)
{
	(void)state;
	kernel_symbol_clear(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resolve),	   cmocka_unit_test(test_unusable),
		cmocka_unit_test(test_odd_lines),  cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_pieces),	   cmocka_unit_test(test_sprint),
		cmocka_unit_test(test_sprint_bad), cmocka_unit_test(test_clear_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
