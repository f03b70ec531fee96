// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a program on a terminal of its own and notes when each of its lines came.
 *
 *   stamp FILE PROGRAM [ARGUMENT...]
 *
 * FILE gets "NANOSECONDS LINE" for each, by CLOCK_MONOTONIC; the first line is
 * "NANOSECONDS start PID". A pipe would not do: many programs keep back what they write into one.
 * Passes SIGTERM and SIGINT on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t program;

static void pass_on(int number)
{
	kill(program, number);
}

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "stamp: %s: %s\n", what, strerror(errno));
	exit(125);
}

static long long monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static pid_t start(char **argv, int terminal, const char *name)
{
	pid_t pid = fork();
	int side;

	if (pid < 0)
		die("fork");
	if (pid > 0)
		return pid;
	close(terminal);
	setsid();
	side = open(name, O_RDWR);
	if (side < 0 || ioctl(side, TIOCSCTTY, 0) < 0 || dup2(side, 0) < 0 || dup2(side, 1) < 0 ||
	    dup2(side, 2) < 0)
		die("terminal");
	if (side > 2)
		close(side);
	signal(SIGINT, SIG_DFL);
	execvp(argv[0], argv);
	die(argv[0]);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = pass_on };
	static char buffer[1 << 16];
	int terminal, status;
	size_t length = 0;
	long long began;
	FILE *out;

	if (argc < 3) {
		fputs("usage: stamp FILE PROGRAM [ARGUMENT...]\n", stderr);
		return 125;
	}
	out = fopen(argv[1], "we");
	terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (!out || terminal < 0 || grantpt(terminal) < 0 || unlockpt(terminal) < 0)
		die("terminal");
	setlinebuf(out);

	began = monotonic_ns();
	program = start(argv + 2, terminal, ptsname(terminal));
	fprintf(out, "%lld start %d\n", began, program);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);

	for (;;) {
		ssize_t got = read(terminal, buffer + length, sizeof(buffer) - 1 - length);
		long long now = monotonic_ns();
		char *line = buffer, *end;

		if (got < 0 && errno == EINTR)
			continue;
		/* EIO: nobody has the other side open any more. */
		if (got <= 0)
			break;
		length += got;
		buffer[length] = '\0';
		while ((end = memchr(line, '\n', length - (line - buffer)))) {
			*end = '\0';
			fprintf(out, "%lld %s\n", now, line);
			line = end + 1;
		}
		length -= line - buffer;
		memmove(buffer, line, length);
		if (length == sizeof(buffer) - 1)
			length = 0;
	}
	while (waitpid(program, &status, 0) < 0)
		if (errno != EINTR)
			return 125;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
