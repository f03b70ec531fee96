// SPDX-License-Identifier: GPL-2.0
#include "namer_process.h"

#include "namer_child.h"
#include "spawn.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long a killed process may take to end. */
#define END_MS 1000

static bool is_gone(pid_t pid)
{
	pid_t ended = waitpid(pid, NULL, WNOHANG);

	return ended == pid || (ended < 0 && errno == ECHILD);
}

/* Where one that has not ended yet can be remembered; NULL: no room. */
static pid_t *find_room(struct namer_process *process)
{
	pid_t *room = NULL;

	for (size_t i = 0; i < NAMER_ZOMBIES_MAX; i++) {
		pid_t *zombie = &process->zombies[i];

		if (*zombie && is_gone(*zombie))
			*zombie = 0;
		if (!*zombie)
			room = zombie;
	}
	return room;
}

/* Its environment may hold secrets, and is not needed but to find shared libraries. */
static int start(const char *program, int fd, pid_t *ret_pid)
{
	char *argv[] = {(char *)program, (char *)NAMER_CHILD_WORD, NULL};
	char *environment[2] = {NULL};
	const struct spawn_config config = {
		.program = program,
		.argv = argv,
		.environment = environment,
		.in = fd,
	};
	const char *libraries = getenv("LD_LIBRARY_PATH");
	int err;

	if (libraries && asprintf(&environment[0], "LD_LIBRARY_PATH=%s", libraries) < 0)
		return -ENOMEM;
	err = spawn_start(&config, ret_pid);
	free(environment[0]);
	return err;
}

int namer_process_start(struct namer_process *process, const char *program)
{
	int fds[2], err;

	if (!find_room(process))
		return -EAGAIN;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return -errno;
	err = start(program, fds[1], &process->pid);
	close(fds[1]);
	if (err) {
		close(fds[0]);
		process->pid = 0;
		return err;
	}
	process->fd = fds[0];
	process->adj_fd = spawn_open_adj(process->pid);
	return 0;
}

void namer_process_set_busy(const struct namer_process *process, bool busy)
{
	if (process->pid && process->adj_fd >= 0)
		dprintf(process->adj_fd, busy ? "1000" : "0");
}

static void wait_for_end(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd fd = {.fd = pidfd, .events = POLLIN};

	if (pidfd < 0)
		return;
	poll(&fd, 1, END_MS);
	close(pidfd);
}

void namer_process_end(struct namer_process *process)
{
	pid_t pid = process->pid, *room;

	if (!pid)
		return;
	process->pid = 0;
	close(process->fd);
	if (process->adj_fd >= 0)
		close(process->adj_fd);
	kill(pid, SIGKILL);
	wait_for_end(pid);
	room = find_room(process);
	if (!is_gone(pid) && room)
		*room = pid;
}
