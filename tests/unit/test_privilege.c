// SPDX-License-Identifier: GPL-2.0
#include "privilege.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* What the module under test is told it has; NULL: this process's real capabilities. */
static const char *pretended;

/* In place of libcap's own. */
cap_t cap_get_proc(void)
{
	if (!pretended)
		return cap_get_pid(0);
	if (!strcmp(pretended, "fail")) {
		errno = ENOSYS;
		return NULL;
	}
	return cap_from_text(pretended);
}

static void check(const char *caps, const char *missing, bool capture)
{
	struct privilege_missing got = {.names = "x", .capture = !capture};

	pretended = caps;
	assert_int_equal(privilege_check(&got), 0);
	pretended = NULL;
	assert_string_equal(got.names, missing);
	assert_int_equal(got.capture, capture);
}

static void test_check(void **state)
{
	(void)state;
	check("=", "CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH", true);
	check("=ep", "", false);
	check("cap_bpf,cap_perfmon,cap_sys_ptrace,cap_dac_read_search=ep", "", false);
	check("cap_bpf,cap_perfmon=ep", "CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH", false);
	check("cap_bpf,cap_sys_ptrace,cap_dac_read_search=ep", "CAP_PERFMON", true);
	check("cap_perfmon,cap_sys_ptrace,cap_dac_override=ep", "CAP_BPF", true);
	/* As before the two were split off from it. */
	check("cap_sys_admin=ep", "CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH", false);
	check("cap_sys_admin,cap_sys_ptrace,cap_dac_override=ep", "", false);
	/* Permitted is not in effect. */
	check("=p", "CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH", true);
}

static void test_unreadable(void **state)
{
	struct privilege_missing got = {.names = "untouched"};

	(void)state;
	pretended = "fail";
	assert_int_equal(privilege_check(&got), -ENOSYS);
	pretended = NULL;
	assert_string_equal(got.names, "untouched");
}

static int read_adj(void)
{
	FILE *file = fopen("/proc/self/oom_score_adj", "re");
	int adj;

	if (!file || fscanf(file, "%d", &adj) != 1)
		_exit(100);
	fclose(file);
	return adj;
}

static void write_adj(const char *adj)
{
	FILE *file = fopen("/proc/self/oom_score_adj", "we");

	if (file) {
		fputs(adj, file);
		fclose(file);
	}
}

static void drop_resource(void)
{
	const cap_value_t cap = CAP_SYS_RESOURCE;
	cap_t caps = cap_get_pid(0);

	if (!caps || cap_set_flag(caps, CAP_EFFECTIVE, 1, &cap, CAP_CLEAR) || cap_set_proc(caps))
		_exit(101);
	cap_free(caps);
}

/* In a process of its own, which first tries to set the adjustment to `from`. */
static int protect_from(const char *from, bool may_lower)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		int before, after;

		write_adj(from);
		if (!may_lower)
			drop_resource();
		before = read_adj();
		privilege_protect_self();
		after = read_adj();
		/* Never nearer to be killed than before, nor left higher than it need be. */
		_exit(after > before ? 1 : after > 0 && after == before && may_lower ? 2 : 0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_protect(void **state)
{
	(void)state;
	assert_int_equal(protect_from("500", true), 0);
	assert_int_equal(protect_from("0", true), 0);
	assert_int_equal(protect_from("500", false), 0);
	assert_int_equal(protect_from("0", false), 0);
}

static long table_size(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	long size = -1;

	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "FDSize: %ld", &size);
	if (file)
		fclose(file);
	return size;
}

/* Files that are opened later find room in the table. */
static void test_files(void **state)
{
	int status = -1;
	pid_t pid = fork();

	(void)state;
	if (!pid) {
		struct rlimit limit;
		long size;

		privilege_protect_self();
		size = table_size();
		getrlimit(RLIMIT_NOFILE, &limit);
		_exit(limit.rlim_cur != limit.rlim_max
			      ? 1
			      : size < 2048 && (rlim_t)size < limit.rlim_max);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* A service manager that has the right may have lowered it already, and given no right to us. */
static void test_protected_already(void **state)
{
	(void)state;
	assert_int_equal(protect_from("-500", false), 0);
	assert_int_equal(protect_from("-1000", false), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_protect),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_protected_already),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
