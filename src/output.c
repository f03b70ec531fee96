// SPDX-License-Identifier: GPL-2.0
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* How long to wait when a place says it has room and then takes nothing, as a terminal may. */
#define RETRY_MS 10

struct output {
	int fd;
	bool regular;
	bool torn; /* the last thing in there is half a record */
	bool stopping;
	int64_t deadline_ms; /* CLOCK_MONOTONIC; valid when stopping */
	char *path;	     /* NULL: standard output */
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* Opening a FIFO without O_NONBLOCK would wait for a reader, for good. */
static int open_path(const char *path)
{
	int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	int fd = open(path, flags, 0640);

	return fd < 0 ? -errno : fd;
}

/*
 * Only a description of our own can be non-blocking without changing the shell's terminal or the
 * pipe of a neighbour. A blocking one is the fallback where it cannot be had: then writes of
 * PIPE_BUF bytes after poll() said there is room do not block on a pipe, either.
 */
static int open_stdout(void)
{
	struct stat st;
	int fd = -1;

	if (fstat(STDOUT_FILENO, &st))
		return -errno;
	if (S_ISFIFO(st.st_mode) || isatty(STDOUT_FILENO))
		fd = open("/proc/self/fd/1", O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? -errno : fd;
}

static int is_regular(int fd, bool *ret_regular)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	*ret_regular = S_ISREG(st.st_mode);
	return 0;
}

int output_open(struct output **ret_output, const char *path)
{
	struct output *output = calloc(1, sizeof(*output));
	int err = -ENOMEM;

	if (!output)
		return -ENOMEM;
	output->fd = -1;
	if (path) {
		output->path = strdup(path);
		if (!output->path)
			goto fail;
	}
	output->fd = path ? open_path(path) : open_stdout();
	err = output->fd;
	if (err < 0)
		goto fail;
	err = is_regular(output->fd, &output->regular);
	if (err)
		goto fail;
	*ret_output = output;
	return 0;

fail:
	output_close(output);
	return err;
}

int output_reopen(struct output *output)
{
	bool regular;
	int fd, err;

	if (!output->path)
		return 0;
	fd = open_path(output->path);
	if (fd < 0)
		return fd;
	err = is_regular(fd, &regular);
	if (err) {
		close(fd);
		return err;
	}
	close(output->fd);
	output->fd = fd;
	output->regular = regular;
	output->torn = false;
	return 0;
}

void output_close(struct output *output)
{
	if (!output)
		return;
	if (output->fd >= 0)
		close(output->fd);
	free(output->path);
	free(output);
}

/* How long poll() may wait: for good until told to stop, then what is left of the grace time. */
static int patience_ms(const struct output *output)
{
	int64_t left;

	if (!output->stopping)
		return -1;
	left = output->deadline_ms - now_ms();
	if (left < 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

static int wait_writable(struct output *output, int stop_fd, int grace_ms)
{
	for (;;) {
		struct pollfd fds[2] = {
			{.fd = output->fd, .events = POLLOUT},
			{.fd = output->stopping ? -1 : stop_fd, .events = POLLIN},
		};
		int n = poll(fds, 2, patience_ms(output));

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return -ETIMEDOUT;
		if (n < 0)
			continue;
		if (fds[1].revents) {
			output->stopping = true;
			output->deadline_ms = now_ms() + grace_ms;
		}
		if (fds[0].revents)
			return 0;
	}
}

static int write_stream(struct output *output, const char *buf, size_t len, size_t *done,
			int stop_fd, int grace_ms)
{
	while (*done < len) {
		size_t chunk = len - *done < PIPE_BUF ? len - *done : PIPE_BUF;
		ssize_t n;
		int err;

		err = wait_writable(output, stop_fd, grace_ms);
		if (err)
			return err;
		n = write(output->fd, buf + *done, chunk);
		if (n >= 0) {
			*done += (size_t)n;
		} else if (errno == EAGAIN) {
			if (output->stopping && now_ms() >= output->deadline_ms)
				return -ETIMEDOUT;
			poll(NULL, 0, RETRY_MS);
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

static int write_file(int fd, const char *buf, size_t len, size_t *done)
{
	while (*done < len) {
		ssize_t n = write(fd, buf + *done, len - *done);

		if (n > 0)
			*done += (size_t)n;
		else if (n == 0)
			return -EIO;
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

/* Takes back the last `len` bytes, unless someone else has appended to the file since. */
static int cut_back(int fd, size_t len)
{
	off_t end = lseek(fd, 0, SEEK_CUR);
	struct stat st;

	if (end < 0 || fstat(fd, &st))
		return -errno;
	if (st.st_size != end || end < (off_t)len)
		return -EBUSY;
	if (ftruncate(fd, end - (off_t)len))
		return -errno;
	/* Without O_APPEND the next write would leave a hole. */
	return lseek(fd, end - (off_t)len, SEEK_SET) < 0 ? -errno : 0;
}

static int write_whole(struct output *output, const char *buf, size_t len, int stop_fd,
		       int grace_ms)
{
	size_t done = 0;
	int err;

	if (output->regular)
		err = write_file(output->fd, buf, len, &done);
	else
		err = write_stream(output, buf, len, &done, stop_fd, grace_ms);
	if (err && done && (!output->regular || cut_back(output->fd, done)))
		output->torn = true;
	return err;
}

int output_write(struct output *output, const void *buf, size_t len, int stop_fd, int grace_ms)
{
	if (output->torn) {
		int err = write_whole(output, "\n", 1, stop_fd, grace_ms);

		if (err)
			return err;
		output->torn = false;
	}
	return write_whole(output, buf, len, stop_fd, grace_ms);
}

int output_flush(struct output *output)
{
	int err = 0;

	if (output->regular)
		err = fdatasync(output->fd);
	else if (isatty(output->fd))
		err = tcdrain(output->fd);
	return err ? -errno : 0;
}
