// SPDX-License-Identifier: GPL-2.0
#include "debuginfod.h"

#include "regular_file.h"
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ID_MIN	   2
#define ID_MAX	   64
#define FAILED_MAX 1024

extern char **environ;

struct id {
	uint8_t bytes[ID_MAX];
	size_t len;
};

struct debuginfod {
	const char *program;
	struct id failed[FAILED_MAX]; /* the latest */
	size_t failures;
};

struct debuginfod *debuginfod_new(const char *program)
{
	struct debuginfod *debuginfod = calloc(1, sizeof(*debuginfod));

	if (debuginfod)
		debuginfod->program = program;
	return debuginfod;
}

void debuginfod_free(struct debuginfod *debuginfod)
{
	free(debuginfod);
}

static bool is_in_path(const char *program)
{
	const char *path = getenv("PATH");
	char file[PATH_MAX];

	if (strchr(program, '/'))
		return !access(program, X_OK);
	while (path && *path) {
		size_t len = strcspn(path, ":");
		int n = snprintf(file, sizeof(file), "%.*s/%s", (int)len, path, program);

		if (n < (int)sizeof(file) && !access(file, X_OK))
			return true;
		path += len + (path[len] == ':');
	}
	return false;
}

int debuginfod_check(const char *program, char reason[DEBUGINFOD_REASON_LEN])
{
	const char *urls = getenv("DEBUGINFOD_URLS");

	if (!urls || !urls[strspn(urls, " ")])
		snprintf(reason, DEBUGINFOD_REASON_LEN, "DEBUGINFOD_URLS names no server");
	else if (!is_in_path(program))
		snprintf(reason, DEBUGINFOD_REASON_LEN,
			 "%s is not there: install elfutils' debuginfod client", program);
	else
		return 0;
	return -ENOENT;
}

static bool has_failed(const struct debuginfod *debuginfod, const uint8_t *id, size_t len)
{
	for (size_t i = 0; i < FAILED_MAX; i++)
		if (debuginfod->failed[i].len == len &&
		    !memcmp(debuginfod->failed[i].bytes, id, len))
			return true;
	return false;
}

static void note_failure(struct debuginfod *debuginfod, const uint8_t *id, size_t len)
{
	struct id *failed = &debuginfod->failed[debuginfod->failures++ % FAILED_MAX];

	memcpy(failed->bytes, id, len);
	failed->len = len;
}

static int start(const char *program, char *id, int out, pid_t *ret_pid)
{
	char *argv[] = {(char *)program, (char *)"debuginfo", id, NULL};
	const struct spawn_config config = {
		.program = program,
		.argv = argv,
		.environment = environ,
		.out = out,
		.search_path = true,
		.own_group = true,
	};

	return spawn_start(&config, ret_pid);
}

/* It would inherit that the OOM killer spares the tracer. */
static void be_killable(pid_t pid)
{
	int fd = spawn_open_adj(pid);

	if (fd < 0)
		return;
	dprintf(fd, "500");
	close(fd);
}

/* The one line that it prints, without its end. */
static int read_line(int fd, char line[PATH_MAX], struct patience *patience)
{
	size_t len = 0;

	for (;;) {
		int err = patience_poll(patience, fd, POLLIN);
		ssize_t got = err ? 0 : read(fd, line + len, PATH_MAX - len);

		if (err || got < 0)
			return err ? err : -errno;
		len += (size_t)got;
		if (len == PATH_MAX)
			return -ENAMETOOLONG;
		if (!got)
			break;
	}
	line[len] = '\0';
	if (strlen(line) != len)
		return -EBADMSG;
	line[strcspn(line, "\n")] = '\0';
	return 0;
}

/* It may have closed its output and go on. */
static int wait_for_end(pid_t pid, struct patience *patience)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int err;

	if (pidfd < 0)
		return -errno;
	err = patience_poll(patience, pidfd, POLLIN);
	close(pidfd);
	return err;
}

static int run(const char *program, char *id, char line[PATH_MAX], struct patience *patience)
{
	int fds[2], status = 0, err;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	err = start(program, id, fds[1], &pid);
	close(fds[1]);
	if (err) {
		close(fds[0]);
		return err;
	}
	be_killable(pid);
	err = read_line(fds[0], line, patience);
	close(fds[0]);
	if (!err)
		err = wait_for_end(pid, patience);
	if (err)
		kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!err && (!WIFEXITED(status) || WEXITSTATUS(status) || line[0] != '/'))
		err = -ENOENT;
	return err;
}

static int open_found(const char *path)
{
	int path_fd = open(path, O_PATH | O_CLOEXEC);
	int fd;

	if (path_fd < 0)
		return -errno;
	fd = regular_file_reopen(path_fd);
	close(path_fd);
	return fd;
}

int debuginfod_find(struct debuginfod *debuginfod, const uint8_t *id, size_t len,
		    struct patience *patience)
{
	char hex[2 * ID_MAX + 1], line[PATH_MAX];
	int fd;

	if (len < ID_MIN || len > ID_MAX)
		return -EINVAL;
	if (has_failed(debuginfod, id, len))
		return -ENOENT;
	for (size_t i = 0; i < len; i++)
		snprintf(hex + 2 * i, 3, "%02x", id[i]);
	fd = run(debuginfod->program, hex, line, patience);
	if (!fd)
		fd = open_found(line);
	if (fd < 0)
		note_failure(debuginfod, id, len);
	return fd;
}
