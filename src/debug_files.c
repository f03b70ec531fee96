// SPDX-License-Identifier: GPL-2.0
#include "debug_files.h"

#include "regular_file.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DEBUG_DIR "/usr/lib/debug"
#define ID_MIN	  2
#define ID_MAX	  64

enum { ROOTS = sizeof(((struct debug_roots *)0)->fds) / sizeof(int) };

static int open_in_roots(const struct debug_roots *roots, const char *path)
{
	for (size_t i = 0; i < ROOTS; i++) {
		int fd = roots->fds[i] < 0 ? -ENOENT : regular_file_open_in(roots->fds[i], path);

		if (fd >= 0)
			return fd;
	}
	return -ENOENT;
}

int debug_file_by_id(const struct debug_roots *roots, const uint8_t *id, size_t len)
{
	char path[sizeof(DEBUG_DIR "/.build-id/xx/.debug") + 2 * ID_MAX];
	size_t at;

	if (len < ID_MIN || len > ID_MAX)
		return -EINVAL;
	at = (size_t)snprintf(path, sizeof(path), DEBUG_DIR "/.build-id/%02x/", id[0]);
	for (size_t i = 1; i < len; i++)
		at += (size_t)snprintf(path + at, sizeof(path) - at, "%02x", id[i]);
	snprintf(path + at, sizeof(path) - at, ".debug");
	return open_in_roots(roots, path);
}

/* The name of a shared file, with what leads from .build-id/xx up to DEBUG_DIR taken off. */
static const char *shared_name(const char *name)
{
	while (!strncmp(name, "../", 3))
		name += 3;
	if (strncmp(name, ".dwz/", 5) || strstr(name, "/../"))
		return NULL;
	return name;
}

static bool is_file_name(const char *name)
{
	return name[0] && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && !strchr(name, '/');
}

/* What follows the last slash is the program's own name: that is not a debug file of it. */
static int open_by_name(int root_fd, const char *program, const char *name)
{
	static const char *const patterns[] = {
		"%.*s/%s",
		"%.*s/.debug/%s",
		DEBUG_DIR "%.*s/%s",
	};
	const char *slash = strrchr(program, '/');
	char path[PATH_MAX];

	for (size_t i = !strcmp(slash + 1, name); i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		int n = snprintf(path, sizeof(path), patterns[i], (int)(slash - program), program,
				 name);
		int fd = n < (int)sizeof(path) ? regular_file_open_in(root_fd, path) : -ENOENT;

		if (fd >= 0)
			return fd;
	}
	return -ENOENT;
}

int debug_file_by_name(const struct debug_roots *roots, const char *program, const char *name)
{
	const char *shared = shared_name(name);
	char path[PATH_MAX];

	if (shared) {
		int n = snprintf(path, sizeof(path), DEBUG_DIR "/%s", shared);

		return n < (int)sizeof(path) ? open_in_roots(roots, path) : -ENOENT;
	}
	if (!is_file_name(name) || program[0] != '/')
		return -EINVAL;
	for (size_t i = 0; i < ROOTS; i++) {
		int fd = roots->fds[i] < 0 ? -ENOENT : open_by_name(roots->fds[i], program, name);

		if (fd >= 0)
			return fd;
	}
	return -ENOENT;
}
