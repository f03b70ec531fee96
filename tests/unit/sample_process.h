/* SPDX-License-Identifier: GPL-2.0 */
/* Processes for tests to read, and what this one has open. */
#ifndef OOMTRACE_SAMPLE_PROCESS_H
#define OOMTRACE_SAMPLE_PROCESS_H

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static inline size_t count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* A child that runs `prepare`, if any, and waits to be killed. */
static inline pid_t spawn(const char *(*prepare)(void))
{
	const char *failure;
	int fds[2];
	char ready;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		/* A test that fails does not get to end it. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		failure = prepare ? prepare() : NULL;
		if (failure)
			perror(failure);
		if (failure || write(fds[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &ready, 1), 1);
	close(fds[0]);
	return pid;
}

static inline void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

#endif
