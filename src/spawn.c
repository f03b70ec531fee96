// SPDX-License-Identifier: GPL-2.0
#include "spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <unistd.h>

static int set_attributes(posix_spawnattr_t *attr, bool own_group)
{
	short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
	sigset_t all, none;
	int err;

	if (own_group)
		flags |= POSIX_SPAWN_SETPGROUP;
	sigfillset(&all);
	sigemptyset(&none);
	err = posix_spawnattr_setsigdefault(attr, &all);
	if (!err)
		err = posix_spawnattr_setsigmask(attr, &none);
	if (!err)
		err = posix_spawnattr_setflags(attr, flags);
	return err;
}

static int set_file(posix_spawn_file_actions_t *actions, int fd, int number)
{
	return fd ? posix_spawn_file_actions_adddup2(actions, fd, number)
		  : posix_spawn_file_actions_addopen(actions, number, "/dev/null", O_RDWR, 0);
}

static int set_files(posix_spawn_file_actions_t *actions, int in, int out)
{
	int err = set_file(actions, in, STDIN_FILENO);

	if (!err)
		err = set_file(actions, out, STDOUT_FILENO);
	/* Nothing that a hostile file might have it say comes to a terminal. */
	if (!err)
		err = set_file(actions, 0, STDERR_FILENO);
	if (!err)
		err = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
	return err;
}

static int start(const struct spawn_config *config, const posix_spawn_file_actions_t *actions,
		 const posix_spawnattr_t *attr, pid_t *ret_pid)
{
	return (config->search_path ? posix_spawnp : posix_spawn)(
		ret_pid, config->program, actions, attr, config->argv, config->environment);
}

int spawn_start(const struct spawn_config *config, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int err = posix_spawn_file_actions_init(&actions);

	if (err)
		return -err;
	err = posix_spawnattr_init(&attr);
	if (!err) {
		err = set_files(&actions, config->in, config->out);
		if (!err)
			err = set_attributes(&attr, config->own_group);
		if (!err)
			err = start(config, &actions, &attr, ret_pid);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&actions);
	return -err;
}

int spawn_open_adj(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
	return open(path, O_WRONLY | O_CLOEXEC);
}
