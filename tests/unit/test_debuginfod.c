// SPDX-License-Identifier: GPL-2.0
#include "clock.h"
#include "debuginfod.h"
#include "readfile.h"
#include "temp_root.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/eventfd.h>

#include <cmocka.h>

static const uint8_t id[] = {0xab, 0x01, 0xff};

static struct temp_root root;
static struct debuginfod *debuginfod;

/* A program in its place: a shell script. */
static const char *program(const char *script)
{
	static char path[128];
	char text[1024];

	snprintf(path, sizeof(path), "%s/find", root.path);
	snprintf(text, sizeof(text), "#!/bin/sh\ncd %s\necho \"$*\" >>asked\n%s\n", root.path,
		 script);
	temp_text(&root, "/find", text);
	chmod(path, 0755);
	return path;
}

static int make_root(void **state)
{
	(void)state;
	temp_root_make(&root);
	temp_text(&root, "/found", "debug");
	return 0;
}

static int remove_root(void **state)
{
	(void)state;
	debuginfod_free(debuginfod);
	debuginfod = NULL;
	temp_root_remove(&root);
	return 0;
}

static void begin(const char *script)
{
	debuginfod = debuginfod_new(program(script));
	assert_non_null(debuginfod);
}

static int find(const uint8_t *build_id, size_t len)
{
	struct patience patience = {.deadline_ns = INT64_MAX};

	return debuginfod_find(debuginfod, build_id, len, &patience);
}

/* What it was called with, so far. */
static void assert_asked(const char *want)
{
	char *text = NULL;

	if (file_read(temp_path(&root, "/asked"), &text, NULL, 65536))
		text = strdup("");
	assert_string_equal(text, want);
	free(text);
}

static void test_found(void **state)
{
	char buf[8] = "";
	int fd;

	(void)state;
	begin("echo $PWD/found");
	fd = find(id, sizeof(id));
	assert_true(fd > 0);
	assert_int_equal(read(fd, buf, sizeof(buf)), 5);
	assert_string_equal(buf, "debug");
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	close(fd);
	/* It may be asked again for what it has. */
	close(find(id, sizeof(id)));
	assert_asked("debuginfo ab01ff\ndebuginfo ab01ff\n");
}

/* Once for a build id in a run. */
static void test_not_found(void **state)
{
	const uint8_t other[] = {0xab, 0x01};

	(void)state;
	begin("echo $PWD/found; exit 1");
	assert_int_equal(find(id, sizeof(id)), -ENOENT);
	assert_int_equal(find(id, sizeof(id)), -ENOENT);
	assert_asked("debuginfo ab01ff\n");
	assert_int_equal(find(other, sizeof(other)), -ENOENT);
	assert_asked("debuginfo ab01ff\ndebuginfo ab01\n");
}

static void test_wrong_ids(void **state)
{
	uint8_t long_id[65] = {0};

	(void)state;
	begin("echo $PWD/found");
	assert_int_equal(find(id, 0), -EINVAL);
	assert_int_equal(find(id, 1), -EINVAL);
	assert_int_equal(find(long_id, 65), -EINVAL);
	assert_asked("");
	close(find(long_id, 64));
}

static void refuse(const char *script, int err)
{
	make_root(NULL);
	begin(script);
	assert_int_equal(find(id, sizeof(id)), err);
	remove_root(NULL);
}

static void test_wrong_answers(void **state)
{
	(void)state;
	refuse("echo found", -ENOENT);
	refuse("echo", -ENOENT);
	refuse(":", -ENOENT);
	refuse("echo $PWD/none", -ENOENT);
	refuse("echo $PWD", -EINVAL);
	refuse("mkfifo fifo; echo $PWD/fifo", -EINVAL);
	refuse("echo /dev/null", -EINVAL);
	refuse("printf '/a\\000b'", -EBADMSG);
	refuse("while :; do echo /aaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done", -ENAMETOOLONG);
	refuse("echo $PWD/found; kill -9 $$", -ENOENT);
	debuginfod = debuginfod_new("/none");
	assert_int_equal(find(id, sizeof(id)), -ENOENT);
	remove_root(NULL);
	make_root(NULL);
}

/* No process has this directory as its own any more; what was killed may take its time to end. */
static void assert_all_ended(void)
{
	char command[128];

	snprintf(command, sizeof(command), "ls -l /proc/[0-9]*/cwd 2>/dev/null | grep -q '%s$'",
		 root.path);
	for (int i = 0; i < 1000 && !system(command); i++)
		usleep(10000);
	assert_int_not_equal(system(command), 0);
}

/* It and what it started are ended, whether it keeps its output open or not. */
static void test_hangs(void **state)
{
	const uint8_t other[] = {1, 2};
	struct patience patience = {.deadline_ns = clock_ns(CLOCK_MONOTONIC) + 300000000};

	(void)state;
	begin("sleep 1000 & [ $2 = ab01ff ] || exec >/dev/null; sleep 1000");
	assert_int_equal(debuginfod_find(debuginfod, id, sizeof(id), &patience), -ETIMEDOUT);
	assert_all_ended();
	patience.deadline_ns = clock_ns(CLOCK_MONOTONIC) + 300000000;
	assert_int_equal(debuginfod_find(debuginfod, other, sizeof(other), &patience), -ETIMEDOUT);
	assert_all_ended();
}

static void test_stop(void **state)
{
	struct patience patience = {.deadline_ns = INT64_MAX, .stop_fd = eventfd(1, EFD_CLOEXEC)};
	int fd = patience.stop_fd;

	(void)state;
	begin("sleep 1000");
	assert_int_equal(debuginfod_find(debuginfod, id, sizeof(id), &patience), -ETIMEDOUT);
	assert_all_ended();
	close(fd);
}

static void assert_file(const char *name, const char *want)
{
	char *text;

	assert_int_equal(file_read(temp_path(&root, name), &text, NULL, 4096), 0);
	assert_string_equal(text, want);
	free(text);
}

/* Signals are as for any program, and no file of the tracer's is open in it. */
static void test_surroundings(void **state)
{
	sigset_t all, before;
	int extra = dup(STDERR_FILENO);

	(void)state;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	signal(SIGPIPE, SIG_IGN);
	/* Of signals the first 28, the others are the C library's; of files all below 10. */
	begin("grep -E 'SigBlk|SigIgn' /proc/self/status | sed 's/:.*\\(.......\\)$/:\\1/' >signals;"
	      "for fd in 0 1 2 3 4 5 6 7 8 9; do [ ! -e /proc/$$/fd/$fd ] || echo $fd; done >files");
	find(id, sizeof(id));
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGPIPE, SIG_DFL);
	close(extra);
	assert_file("/files", "0\n1\n2\n");
	assert_file("/signals", "SigBlk:0000000\nSigIgn:0000000\n");
}

static void test_check(void **state)
{
	char reason[DEBUGINFOD_REASON_LEN];
	char *path = strdup(getenv("PATH"));

	(void)state;
	unsetenv("DEBUGINFOD_URLS");
	assert_int_equal(debuginfod_check("sh", reason), -ENOENT);
	assert_string_equal(reason, "DEBUGINFOD_URLS names no server");
	setenv("DEBUGINFOD_URLS", " ", 1);
	assert_int_equal(debuginfod_check("sh", reason), -ENOENT);
	setenv("DEBUGINFOD_URLS", "https://example.org", 1);
	assert_int_equal(debuginfod_check("sh", reason), 0);
	assert_int_equal(debuginfod_check("/bin/sh", reason), 0);
	assert_int_equal(debuginfod_check("no-such-program", reason), -ENOENT);
	assert_string_equal(reason,
			    "no-such-program is not there: install elfutils' debuginfod client");
	setenv("PATH", "", 1);
	assert_int_equal(debuginfod_check("sh", reason), -ENOENT);
	setenv("PATH", "/none::/bin", 1);
	assert_int_equal(debuginfod_check("sh", reason), 0);
	setenv("PATH", path, 1);
	free(path);
	unsetenv("DEBUGINFOD_URLS");
	debuginfod_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_found, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_not_found, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_wrong_ids, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_wrong_answers, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_hangs, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_stop, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_surroundings, make_root, remove_root),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
