// SPDX-License-Identifier: GPL-2.0
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64], path[96], moved[96];

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test_output.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/records", dir);
	snprintf(moved, sizeof(moved), "%s/records.1", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	unlink(moved);
	return rmdir(dir);
}

static int put(struct output *output, const char *text)
{
	return output_write(output, text, strlen(text), -1, 0);
}

static void check_file(const char *name, const char *want)
{
	char got[256] = "";
	FILE *file = fopen(name, "r");

	assert_non_null(file);
	assert_int_equal(fread(got, 1, sizeof(got) - 1, file), strlen(want));
	assert_string_equal(got, want);
	fclose(file);
}

/* A file, and places where there is nothing to wait for. */
static void flushes(void **state)
{
	struct output *output;

	(void)state;
	assert_int_equal(output_open(&output, path), 0);
	assert_int_equal(put(output, "one\n"), 0);
	assert_int_equal(output_flush(output), 0);
	check_file(path, "one\n");
	output_close(output);
	assert_int_equal(output_open(&output, "/dev/null"), 0);
	assert_int_equal(output_flush(output), 0);
	output_close(output);
}

/* Puts `fd` in the place of standard output and opens that; returns the former one. */
static int redirect(int fd, struct output **ret_output)
{
	int saved;

	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	dup2(fd, STDOUT_FILENO);
	if (output_open(ret_output, NULL))
		*ret_output = NULL;
	dup2(saved, STDOUT_FILENO);
	return saved;
}

static void appends(void **state)
{
	struct output *output;
	struct stat st;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(output_open(&output, path), 0);
		assert_int_equal(put(output, "one\n"), 0);
		output_close(output);
	}
	check_file(path, "one\none\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07137, 0);
	output_close(NULL);
}

static void says_what_is_wrong(void **state)
{
	struct output *output = NULL;

	(void)state;
	assert_int_equal(output_open(&output, dir), -EISDIR);
	assert_int_equal(output_open(&output, "/nonexistent/records"), -ENOENT);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(output_open(&output, path), -ENXIO);
	assert_null(output);
	unlink(path);

	assert_int_equal(output_open(&output, "/dev/full"), 0);
	assert_int_equal(put(output, "one\n"), -ENOSPC);
	output_close(output);
}

static void reopens(void **state)
{
	struct output *output;

	(void)state;
	assert_int_equal(output_open(&output, path), 0);
	assert_int_equal(put(output, "one\n"), 0);
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(put(output, "two\n"), 0);
	assert_int_equal(output_reopen(output), 0);
	assert_int_equal(put(output, "three\n"), 0);
	check_file(moved, "one\ntwo\n");
	check_file(path, "three\n");

	/* A directory in its place: the old file goes on being used. */
	unlink(moved);
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(output_reopen(output), -EISDIR);
	assert_int_equal(put(output, "four\n"), 0);
	check_file(moved, "three\nfour\n");
	rmdir(path);
	output_close(output);
}

static void cut_back_when_full(struct output *output)
{
	struct rlimit old, small;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(put(output, "whole\n"), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){.rlim_cur = 10, .rlim_max = old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	int err = put(output, "does not fit\n");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(err, -EFBIG);
	check_file(path, "whole\n");
	assert_int_equal(put(output, "again\n"), 0);
	check_file(path, "whole\nagain\n");
}

static void no_torn_line_in_a_file(void **state)
{
	struct output *output;

	(void)state;
	assert_int_equal(output_open(&output, path), 0);
	cut_back_when_full(output);
	output_close(output);
}

/* As the shell's "> file", which does not append. */
static void no_torn_line_in_stdout(void **state)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600), saved;
	struct output *output;

	(void)state;
	saved = redirect(fd, &output);
	assert_non_null(output);
	cut_back_when_full(output);
	output_close(output);
	close(saved);
	close(fd);
}

static void reader_gone(void **state)
{
	struct output *output;
	int ends[2], saved;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	saved = redirect(ends[1], &output);
	assert_non_null(output);
	assert_int_equal(put(output, "one\n"), 0);
	close(ends[0]);
	assert_int_equal(put(output, "two\n"), -EPIPE);
	assert_int_equal(output_reopen(output), 0);
	/* The pipe's own flags are shared with others and must be as they were. */
	assert_int_equal(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
	output_close(output);
	close(ends[1]);
	close(saved);
}

struct stopper {
	int fd;
	int delay_ms;
};

static void *stop_later(void *arg)
{
	struct stopper *stopper = arg;

	usleep((useconds_t)stopper->delay_ms * 1000);
	eventfd_write(stopper->fd, 1);
	return NULL;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void full_pipe_is_interrupted(void **state)
{
	struct stopper stopper = {.fd = eventfd(0, EFD_CLOEXEC), .delay_ms = 50};
	size_t len = 1 << 20, got = 0;
	char *record = malloc(len), buf[4096];
	struct output *output;
	int ends[2], saved;
	pthread_t thread;
	double began;
	ssize_t n;

	(void)state;
	memset(record, 'x', len);
	assert_int_equal(pipe(ends), 0);
	saved = redirect(ends[1], &output);
	assert_int_equal(pthread_create(&thread, NULL, stop_later, &stopper), 0);
	began = seconds();
	assert_int_equal(output_write(output, record, len, stopper.fd, 50), -ETIMEDOUT);
	assert_true(seconds() - began > 0.09 && seconds() - began < 5);
	pthread_join(thread, NULL);

	/* What was left half-way does not spoil the next record. */
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	while ((n = read(ends[0], buf, sizeof(buf))) > 0)
		got += (size_t)n;
	assert_true(got > 0 && got < len);
	assert_int_equal(output_write(output, "next\n", 5, stopper.fd, 50), 0);
	assert_int_equal(read(ends[0], buf, sizeof(buf)), 6);
	assert_memory_equal(buf, "\nnext\n", 6);

	output_close(output);
	close(ends[0]);
	close(ends[1]);
	close(saved);
	close(stopper.fd);
	free(record);
}

static void *read_all(void *arg)
{
	size_t got = 0;
	char buf[1000];
	ssize_t n;

	while ((n = read(*(int *)arg, buf, sizeof(buf))) > 0)
		got += (size_t)n;
	return (void *)(uintptr_t)got;
}

static void big_record_through_a_pipe(void **state)
{
	size_t len = 3 << 20;
	char *record = calloc(1, len);
	struct output *output;
	int ends[2], saved;
	pthread_t thread;
	void *got;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	saved = redirect(ends[1], &output);
	assert_int_equal(pthread_create(&thread, NULL, read_all, &ends[0]), 0);
	assert_int_equal(output_write(output, record, len, -1, 0), 0);
	output_close(output);
	close(ends[1]);
	pthread_join(thread, &got);
	assert_int_equal((uintptr_t)got, len);
	close(ends[0]);
	close(saved);
	free(record);
}

static void full_terminal_is_interrupted(void **state)
{
	struct stopper stopper = {.fd = eventfd(0, EFD_CLOEXEC), .delay_ms = 20};
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave, saved;
	size_t len = 1 << 20;
	char *record = malloc(len);
	struct output *output;
	pthread_t thread;

	(void)state;
	if (master < 0 || grantpt(master) || unlockpt(master))
		skip();
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	if (slave < 0)
		skip();
	memset(record, '\n', len);
	saved = redirect(slave, &output);
	assert_int_equal(pthread_create(&thread, NULL, stop_later, &stopper), 0);
	assert_int_equal(output_write(output, record, len, stopper.fd, 20), -ETIMEDOUT);
	pthread_join(thread, NULL);
	output_close(output);
	close(slave);
	close(master);
	close(saved);
	close(stopper.fd);
	free(record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(appends, setup, teardown),
		cmocka_unit_test_setup_teardown(flushes, setup, teardown),
		cmocka_unit_test_setup_teardown(says_what_is_wrong, setup, teardown),
		cmocka_unit_test_setup_teardown(reopens, setup, teardown),
		cmocka_unit_test_setup_teardown(no_torn_line_in_a_file, setup, teardown),
		cmocka_unit_test_setup_teardown(no_torn_line_in_stdout, setup, teardown),
		cmocka_unit_test(reader_gone),
		cmocka_unit_test(full_pipe_is_interrupted),
		cmocka_unit_test(big_record_through_a_pipe),
		cmocka_unit_test(full_terminal_is_interrupted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
