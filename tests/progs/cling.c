// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps a process from ending.
 *
 *   cling PID READY HELD [OTHER]
 *
 * Traces the process, which goes on as before, and creates READY. When it exits, for whatever
 * reason, it is stopped before it gives its memory back, and HELD is created; it goes on when this
 * program ends. The process OTHER is killed just before that; on a machine without memory, where a
 * file may not be created until there is some.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "cling: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void create(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		die(path);
	close(fd);
}

int main(int argc, char **argv)
{
	pid_t pid, other;
	int status;

	if (argc != 4 && argc != 5) {
		fputs("usage: cling PID READY HELD [OTHER]\n", stderr);
		return 2;
	}
	pid = (pid_t)atoi(argv[1]);
	other = argc == 5 ? (pid_t)atoi(argv[4]) : 0;
	if (other && mlockall(MCL_CURRENT))
		die("mlockall");
	if (ptrace(PTRACE_SEIZE, pid, 0L, (long)PTRACE_O_TRACEEXIT))
		die("PTRACE_SEIZE");
	create(argv[2]);
	for (;;) {
		if (waitpid(pid, &status, __WALL) != pid)
			die("waitpid");
		if (!WIFSTOPPED(status))
			return 1;
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8))
			break;
		if (ptrace(PTRACE_CONT, pid, 0L, 0L))
			die("PTRACE_CONT");
	}
	if (other && kill(other, SIGKILL))
		die("kill");
	create(argv[3]);
	for (;;)
		pause();
}
