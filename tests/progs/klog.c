// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the kernel log record by record, so that each record stays one line.
 *
 *   klog last            print the sequence number of the newest record (-1 when there is none)
 *   klog after N         print the records that follow number N, as /dev/kmsg gives them:
 *                        "PRIORITY,SEQUENCE,MICROSECONDS,FLAGS;TEXT", with \xHH for bytes that are
 *                        not printable
 *   klog calm N          wait until at most N OOM reports were begun in the last six seconds (the
 *                        kernel prints ten within five seconds, and then only their last line)
 *   klog clock           print what to add to a time of the kernel log to get CLOCK_MONOTONIC, in
 *                        nanoseconds (the log has a clock of its own)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "klog: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int open_log(int flags)
{
	int fd = open("/dev/kmsg", flags | O_CLOEXEC);

	if (fd < 0)
		die("/dev/kmsg");
	return fd;
}

/* The next record's first line, without its newline; false when there is none yet. */
static bool next_record(int fd, char *line, size_t size, long long *ret_sequence,
			long long *ret_microseconds)
{
	for (;;) {
		ssize_t length = read(fd, line, size - 1);
		char *end;

		if (length >= 0) {
			line[length] = '\0';
			/* Lines after the first are the record's dictionary. */
			end = strchr(line, '\n');
			if (end)
				*end = '\0';
			if (sscanf(line, "%*u,%lld,%lld,", ret_sequence, ret_microseconds) != 2) {
				errno = EPROTO;
				die(line);
			}
			return true;
		}
		if (errno == EAGAIN)
			return false;
		/* EPIPE: records were overwritten; the next read goes on behind them. */
		if (errno == EPIPE)
			fputs("klog: records were lost\n", stderr);
		else if (errno != EINTR)
			die("read");
	}
}

static long long monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void wait_for_calm(int most)
{
	const struct timespec moment = { .tv_nsec = 50000000 };
	char line[16384];

	for (;;) {
		long long sequence, microseconds, now = monotonic_ns() / 1000;
		int fd = open_log(O_RDONLY | O_NONBLOCK), recent = 0;

		while (next_record(fd, line, sizeof(line), &sequence, &microseconds))
			if (strstr(line, " invoked oom-killer: ") && microseconds + 6000000 > now)
				recent++;
		close(fd);
		if (recent <= most)
			return;
		nanosleep(&moment, NULL);
	}
}

static void print_clock(void)
{
	long long best_width = -1, best_offset = 0, sequence, microseconds;
	char line[16384], mark[64];
	int reader = open_log(O_RDONLY | O_NONBLOCK), writer = open_log(O_WRONLY);

	lseek(reader, 0, SEEK_END);
	for (int turn = 0; turn < 5; turn++) {
		long long before, after;
		/* Without a newline the record stays open for more text, and unreadable. */
		int length = snprintf(mark, sizeof(mark), "clock %d of %d\n", turn, getpid());

		before = monotonic_ns();
		if (write(writer, mark, length) < 0)
			die("write");
		after = monotonic_ns();
		mark[length - 1] = '\0';
		while (next_record(reader, line, sizeof(line), &sequence, &microseconds)) {
			if (!strstr(line, mark))
				continue;
			if (best_width < 0 || after - before < best_width) {
				best_width = after - before;
				best_offset = (before + after) / 2 - microseconds * 1000;
			}
		}
	}
	if (best_width < 0) {
		errno = ENOMSG;
		die("no mark came back");
	}
	printf("%lld\n", best_offset);
}

int main(int argc, char **argv)
{
	long long sequence = -1, microseconds, after;
	char line[16384];
	int fd;

	if (argc == 2 && !strcmp(argv[1], "last")) {
		fd = open_log(O_RDONLY | O_NONBLOCK);
		while (next_record(fd, line, sizeof(line), &sequence, &microseconds))
			;
		printf("%lld\n", sequence);
	} else if (argc == 3 && !strcmp(argv[1], "after")) {
		after = atoll(argv[2]);
		fd = open_log(O_RDONLY | O_NONBLOCK);
		while (next_record(fd, line, sizeof(line), &sequence, &microseconds))
			if (sequence > after)
				puts(line);
	} else if (argc == 2 && !strcmp(argv[1], "clock")) {
		print_clock();
	} else if (argc == 3 && !strcmp(argv[1], "calm")) {
		wait_for_calm(atoi(argv[2]));
	} else {
		fputs("usage: klog last | after N | calm N | clock\n", stderr);
		return 2;
	}
	return 0;
}
