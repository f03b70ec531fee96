// SPDX-License-Identifier: GPL-2.0
/*
 * A crowd of processes that do nothing, each as small as a process can be.
 *
 *   crowd COUNT CGROUP
 *
 * CGROUP is a directory of version 2; all are moved there, this one among them. Prints "crowd COUNT"
 * when all are there, and is the last of them. They end with it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "crowd: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void join(const char *cgroup)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		die(path);
	close(fd);
}

static void __attribute__((noreturn)) do_nothing(void)
{
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	int count = argc == 3 ? atoi(argv[1]) : 0;

	if (count < 1) {
		fputs("usage: crowd COUNT CGROUP\n", stderr);
		return 2;
	}
	join(argv[2]);
	for (int i = 1; i < count; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			do_nothing();
		}
	}
	printf("crowd %d\n", count);
	fflush(stdout);
	do_nothing();
}
