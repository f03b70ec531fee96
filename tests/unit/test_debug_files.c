// SPDX-License-Identifier: GPL-2.0
#include "debug_files.h"
#include "temp_root.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct temp_root process, host;
static struct debug_roots roots;

static int make_roots(void **state)
{
	(void)state;
	temp_root_make(&process);
	temp_root_make(&host);
	roots.fds[0] = open(process.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	roots.fds[1] = open(host.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return 0;
}

static int remove_roots(void **state)
{
	(void)state;
	close(roots.fds[0]);
	close(roots.fds[1]);
	temp_root_remove(&process);
	temp_root_remove(&host);
	return 0;
}

/* What the file says, or NULL when there is none. */
static const char *content(int fd)
{
	static char buf[64];
	ssize_t len;

	if (fd < 0) {
		assert_int_equal(fd, -ENOENT);
		return NULL;
	}
	len = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	assert_true(len >= 0);
	buf[len] = '\0';
	return buf;
}

static const char *by_name(const char *name)
{
	return content(debug_file_by_name(&roots, "/opt/app/bin/server", name));
}

static void test_by_id(void **state)
{
	const uint8_t id[64] = {0xab, 0x0c, 0xde};
	const struct debug_roots host_alone = {.fds = {-1, roots.fds[1]}};
	char name[200] = "/usr/lib/debug/.build-id/ab/0cde";

	(void)state;
	temp_text(&host, "/usr/lib/debug/.build-id/ab/0cde.debug", "host");
	assert_string_equal(content(debug_file_by_id(&roots, id, 3)), "host");
	assert_string_equal(content(debug_file_by_id(&host_alone, id, 3)), "host");
	temp_text(&process, "/usr/lib/debug/.build-id/ab/0cde.debug", "process");
	assert_string_equal(content(debug_file_by_id(&roots, id, 3)), "process");
	assert_string_equal(content(debug_file_by_id(&host_alone, id, 3)), "host");
	assert_null(content(debug_file_by_id(&roots, id, 2)));
	assert_null(content(debug_file_by_id(&roots, id, 4)));

	memset(name + strlen(name), '0', 2 * 61);
	strcat(name, ".debug");
	temp_text(&host, name, "long");
	assert_string_equal(content(debug_file_by_id(&roots, id, 64)), "long");
	assert_int_equal(debug_file_by_id(&roots, id, 1), -EINVAL);
	assert_int_equal(debug_file_by_id(&roots, id, 0), -EINVAL);
	assert_int_equal(debug_file_by_id(&roots, id, 65), -EINVAL);
}

/* The nearest first; all of the process's before those of the host. */
static void test_by_name(void **state)
{
	(void)state;
	assert_null(by_name("server.debug"));
	temp_text(&host, "/usr/lib/debug/opt/app/bin/server.debug", "host global");
	assert_string_equal(by_name("server.debug"), "host global");
	temp_text(&host, "/opt/app/bin/.debug/server.debug", "host hidden");
	assert_string_equal(by_name("server.debug"), "host hidden");
	temp_text(&host, "/opt/app/bin/server.debug", "host beside");
	assert_string_equal(by_name("server.debug"), "host beside");
	temp_text(&process, "/usr/lib/debug/opt/app/bin/server.debug", "global");
	assert_string_equal(by_name("server.debug"), "global");
	temp_text(&process, "/opt/app/bin/.debug/server.debug", "hidden");
	assert_string_equal(by_name("server.debug"), "hidden");
	temp_text(&process, "/opt/app/bin/server.debug", "beside");
	assert_string_equal(by_name("server.debug"), "beside");
}

/* Its own name is not that of a file beside it. */
static void test_same_name(void **state)
{
	(void)state;
	temp_text(&process, "/opt/app/bin/server", "itself");
	assert_null(by_name("server"));
	temp_text(&process, "/usr/lib/debug/opt/app/bin/server", "global");
	assert_string_equal(by_name("server"), "global");
}

static void test_top_directory(void **state)
{
	(void)state;
	temp_text(&process, "/init.debug", "top");
	assert_string_equal(content(debug_file_by_name(&roots, "/init", "init.debug")), "top");
}

static void test_hostile_names(void **state)
{
	static const char *const names[] = {
		"",
		".",
		"..",
		"/etc/passwd",
		"../secret",
		"a/b",
		"../../etc/.dwz/../passwd",
		".dwz/../../../../etc/passwd",
	};

	(void)state;
	temp_text(&process, "/opt/app/secret", "secret");
	temp_text(&process, "/etc/passwd", "secret");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(debug_file_by_name(&roots, "/opt/app/bin/server", names[i]),
				 -EINVAL);
	assert_int_equal(debug_file_by_name(&roots, "[vdso]", "a"), -EINVAL);
	assert_int_equal(debug_file_by_name(&roots, "", "a"), -EINVAL);
}

static void test_long(void **state)
{
	char *name = calloc(1, 10001);

	(void)state;
	memset(name, 'x', 10000);
	assert_null(by_name(name));
	name[0] = '/';
	assert_null(content(debug_file_by_name(&roots, name, "a.debug")));
	memcpy(name, ".dwz/", 5);
	assert_null(by_name(name));
	free(name);
}

/* A file that others name as their shared part, from where their ids are. */
static void test_shared(void **state)
{
	(void)state;
	temp_text(&host, "/usr/lib/debug/.dwz/x86_64-linux-gnu/coreutils.debug", "shared");
	assert_string_equal(by_name("../../.dwz/x86_64-linux-gnu/coreutils.debug"), "shared");
	assert_string_equal(by_name("../../../../.dwz/x86_64-linux-gnu/coreutils.debug"), "shared");
	assert_null(by_name("../../.dwz/none"));
}

static void test_not_a_file(void **state)
{
	(void)state;
	temp_dir(&process, "/opt/app/bin/dir.debug");
	assert_null(by_name("dir.debug"));
	assert_int_equal(mkfifo(temp_path(&process, "/opt/app/bin/fifo.debug"), 0600), 0);
	assert_null(by_name("fifo.debug"));
	/* What the process has put there does not hide what the host has. */
	temp_text(&host, "/opt/app/bin/fifo.debug", "host");
	assert_string_equal(by_name("fifo.debug"), "host");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_by_id, make_roots, remove_roots),
		cmocka_unit_test_setup_teardown(test_by_name, make_roots, remove_roots),
		cmocka_unit_test_setup_teardown(test_same_name, make_roots, remove_roots),
		cmocka_unit_test_setup_teardown(test_top_directory, make_roots, remove_roots),
		cmocka_unit_test_setup_teardown(test_hostile_names, make_roots, remove_roots),
		cmocka_unit_test_setup_teardown(test_long, make_roots, remove_roots),
		cmocka_unit_test_setup_teardown(test_shared, make_roots, remove_roots),
		cmocka_unit_test_setup_teardown(test_not_a_file, make_roots, remove_roots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
