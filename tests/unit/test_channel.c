// SPDX-License-Identifier: GPL-2.0
#include "channel.h"
#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static int fds[2];

static struct patience endless(void)
{
	return (struct patience){.deadline_ns = INT64_MAX};
}

static int open_pair(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds);
}

static int close_pair(void **state)
{
	(void)state;
	close(fds[0]);
	return 0;
}

static void *send_in_thread(void *arg)
{
	struct patience patience = endless();

	return (void *)(intptr_t)channel_send(fds[1], arg, &patience);
}

/* More than the socket holds at once, with as many descriptors as go with one message. */
static void test_large(void **state)
{
	struct namer_message out = {.type = NAMER_REQUEST, .len = 3 << 20}, in;
	struct patience patience = endless();
	struct stat a, b;
	pthread_t thread;
	void *err;

	(void)state;
	out.data = malloc(out.len);
	for (size_t i = 0; i < out.len; i++)
		out.data[i] = (uint8_t)(i * 7 + (i >> 8));
	out.fd_count = NAMER_FILES_MAX;
	for (size_t i = 0; i < out.fd_count; i++)
		out.fds[i] = i % 2 ? STDIN_FILENO : STDERR_FILENO;
	assert_int_equal(pthread_create(&thread, NULL, send_in_thread, &out), 0);
	assert_int_equal(channel_receive(fds[0], out.len, true, &patience, &in), 0);
	pthread_join(thread, &err);
	assert_null(err);
	assert_int_equal(in.type, NAMER_REQUEST);
	assert_int_equal(in.len, out.len);
	assert_memory_equal(in.data, out.data, in.len);
	assert_int_equal(in.fd_count, NAMER_FILES_MAX);
	assert_int_equal(fstat(in.fds[NAMER_FILES_MAX - 1], &a), 0);
	assert_int_equal(fstat(out.fds[NAMER_FILES_MAX - 1], &b), 0);
	assert_int_equal(a.st_ino, b.st_ino);
	assert_true(fcntl(in.fds[0], F_GETFD) & FD_CLOEXEC);
	namer_message_clear(&in);
	free(out.data);
	close(fds[1]);
}

static void send_one(uint32_t type, const char *text, int fd)
{
	struct namer_message out = {.type = type, .data = (uint8_t *)text, .len = strlen(text)};
	struct patience patience = endless();

	out.fd_count = fd >= 0;
	out.fds[0] = fd;
	assert_int_equal(channel_send(fds[1], &out, &patience), 0);
}

static void test_order(void **state)
{
	struct patience patience = endless();
	struct namer_message in;

	(void)state;
	send_one(1, "first", STDERR_FILENO);
	send_one(2, "", -1);
	send_one(3, "third", STDERR_FILENO);
	close(fds[1]);
	assert_int_equal(channel_receive(fds[0], 5, true, &patience, &in), 0);
	assert_int_equal(in.type, 1);
	assert_memory_equal(in.data, "first", 5);
	assert_int_equal(in.fd_count, 1);
	namer_message_clear(&in);
	assert_int_equal(channel_receive(fds[0], 5, true, &patience, &in), 0);
	assert_int_equal(in.type, 2);
	assert_int_equal(in.len + in.fd_count, 0);
	namer_message_clear(&in);
	assert_int_equal(channel_receive(fds[0], 5, true, &patience, &in), 0);
	assert_int_equal(in.type, 3);
	assert_int_equal(in.fd_count, 1);
	namer_message_clear(&in);
	assert_int_equal(channel_receive(fds[0], 5, true, &patience, &in), -ENODATA);
}

static int lowest_free_fd(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

/* Who does not want descriptors does not get any. */
static void test_refused_fds(void **state)
{
	struct patience patience = endless();
	struct namer_message in;
	int before = lowest_free_fd();

	(void)state;
	send_one(1, "x", STDERR_FILENO);
	assert_int_equal(channel_receive(fds[0], 1, false, &patience, &in), 0);
	assert_int_equal(in.fd_count, 0);
	namer_message_clear(&in);
	assert_int_equal(lowest_free_fd(), before);
	close(fds[1]);
}

static void test_too_long(void **state)
{
	struct patience patience = endless();
	struct namer_message in;
	int before = lowest_free_fd();

	(void)state;
	send_one(1, "12345", STDERR_FILENO);
	assert_int_equal(channel_receive(fds[0], 4, true, &patience, &in), -EMSGSIZE);
	assert_int_equal(lowest_free_fd(), before);
	close(fds[1]);
}

/* Ends in the middle, of the header and of what follows it. */
static void test_cut(void **state)
{
	const uint32_t header[2] = {NAMER_NAMED, 10};
	struct patience patience = endless();
	struct namer_message in;

	(void)state;
	assert_int_equal(write(fds[1], header, sizeof(header)), sizeof(header));
	assert_int_equal(write(fds[1], header, 5), 5);
	close(fds[1]);
	assert_int_equal(channel_receive(fds[0], 10, false, &patience, &in), -ENODATA);
	close(fds[0]);
	assert_int_equal(open_pair(NULL), 0);
	assert_int_equal(write(fds[1], header, 5), 5);
	close(fds[1]);
	assert_int_equal(channel_receive(fds[0], 10, false, &patience, &in), -ENODATA);
}

static void test_timeout(void **state)
{
	const uint32_t header[2] = {NAMER_NAMED, 10};
	struct patience past = {.deadline_ns = clock_ns(CLOCK_MONOTONIC)};
	struct namer_message in, out = {.type = 1, .len = 8 << 20, .data = calloc(1, 8 << 20)};

	(void)state;
	assert_int_equal(channel_receive(fds[0], 10, false, &past, &in), -ETIMEDOUT);
	assert_int_equal(write(fds[1], header, sizeof(header)), sizeof(header));
	assert_int_equal(channel_receive(fds[0], 10, false, &past, &in), -ETIMEDOUT);
	/* Nobody reads. */
	assert_int_equal(channel_send(fds[1], &out, &past), -ETIMEDOUT);
	close(fds[1]);
	free(out.data);
}

static void test_gone(void **state)
{
	struct patience patience = endless();
	struct namer_message out = {.type = 1};

	(void)state;
	close(fds[1]);
	assert_int_equal(channel_send(fds[0], &out, &patience), -EPIPE);
}

/* When it is time to stop, only the grace is left. */
static void test_stop(void **state)
{
	struct patience patience = {
		.deadline_ns = INT64_MAX, .stop_fd = eventfd(1, EFD_CLOEXEC), .grace_ns = 1000000};
	int stop_fd = patience.stop_fd;
	int64_t before = clock_ns(CLOCK_MONOTONIC);

	(void)state;
	assert_int_equal(patience_poll(&patience, fds[0], 0), -ETIMEDOUT);
	assert_int_equal(patience.stop_fd, 0);
	assert_true(patience.deadline_ns >= before + 1000000);
	assert_true(patience.deadline_ns <= clock_ns(CLOCK_MONOTONIC));
	/* What is there already is taken whatever the time. */
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(patience_poll(&patience, fds[0], POLLIN), 0);
	close(stop_fd);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_large, open_pair, close_pair),
		cmocka_unit_test_setup_teardown(test_order, open_pair, close_pair),
		cmocka_unit_test_setup_teardown(test_refused_fds, open_pair, close_pair),
		cmocka_unit_test_setup_teardown(test_too_long, open_pair, close_pair),
		cmocka_unit_test_setup_teardown(test_cut, open_pair, close_pair),
		cmocka_unit_test_setup_teardown(test_timeout, open_pair, close_pair),
		cmocka_unit_test_setup_teardown(test_gone, open_pair, close_pair),
		cmocka_unit_test_setup_teardown(test_stop, open_pair, close_pair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
