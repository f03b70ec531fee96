// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a program for a bounded time and leaves none of its descendants behind.
 *
 *   bounded SECONDS PROGRAM [ARGUMENT...]
 *
 * Passes SIGINT, SIGTERM, SIGHUP and SIGUSR1 on. At the end of the time the program gets SIGTERM,
 * ten seconds later SIGKILL, and the exit status is 124; otherwise it is the program's own (128 + N
 * after signal N).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t alarms;
static pid_t program;

static void on_signal(int number)
{
	if (number == SIGALRM) {
		alarms++;
		kill(program, alarms == 1 ? SIGTERM : SIGKILL);
		alarm(10);
	} else {
		kill(program, number);
	}
}

/* Orphaned descendants become our children, as we are their subreaper, and theirs in turn. */
static void end_leftovers(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	for (;;) {
		FILE *children = fopen(path, "re");
		int pid;

		while (children && fscanf(children, "%d", &pid) == 1)
			kill(pid, SIGKILL);
		if (children)
			fclose(children);
		else
			return;
		if (waitpid(-1, NULL, 0) < 0 && errno == ECHILD)
			return;
	}
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGALRM };
	const size_t count = sizeof(signals) / sizeof(*signals);
	sigset_t handled, before;
	int status = 0;

	if (argc < 3 || atoi(argv[1]) < 1) {
		fputs("usage: bounded SECONDS PROGRAM [ARGUMENT...]\n", stderr);
		return 125;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);

	sigemptyset(&handled);
	for (size_t i = 0; i < count; i++)
		sigaddset(&handled, signals[i]);
	/* No signal may come between the fork and knowing whom to pass it on to. */
	sigprocmask(SIG_BLOCK, &handled, &before);
	program = fork();
	if (program < 0) {
		perror("bounded: fork");
		return 125;
	}
	if (program == 0) {
		/* A shell starts what runs in the background with SIGINT ignored. */
		signal(SIGINT, SIG_DFL);
		sigprocmask(SIG_SETMASK, &before, NULL);
		execvp(argv[2], argv + 2);
		fprintf(stderr, "bounded: %s: %s\n", argv[2], strerror(errno));
		_exit(127);
	}
	for (size_t i = 0; i < count; i++)
		sigaction(signals[i], &action, NULL);
	alarm(atoi(argv[1]));
	sigprocmask(SIG_SETMASK, &before, NULL);

	for (;;) {
		pid_t pid = waitpid(-1, &status, 0);

		if (pid == program)
			break;
		if (pid < 0 && errno != EINTR)
			return 125;
	}
	alarm(0);
	end_leftovers();
	if (alarms)
		return 124;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
