/* SPDX-License-Identifier: GPL-2.0 */
/* A directory that stands for the root of a machine, filled by the test and removed after it. */
#ifndef OOMTRACE_TEMP_ROOT_H
#define OOMTRACE_TEMP_ROOT_H

#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct temp_root {
	char path[64];
};

static inline void temp_root_make(struct temp_root *root)
{
	strcpy(root->path, "/tmp/oomtrace-test-XXXXXX");
	if (!mkdtemp(root->path))
		abort();
}

/* The name of a file below the root; one of four buffers that are used in turn. */
static inline const char *temp_path(const struct temp_root *root, const char *name)
{
	static char paths[4][512];
	static unsigned int next;
	char *path = paths[next++ % 4];

	if (snprintf(path, sizeof(paths[0]), "%s%s", root->path, name) >= (int)sizeof(paths[0]))
		abort();
	return path;
}

static inline void temp_parents(const struct temp_root *root, const char *name)
{
	char path[512];

	strcpy(path, temp_path(root, name));
	for (char *slash = strchr(path + strlen(root->path) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
}

static inline void temp_write(const struct temp_root *root, const char *name, const void *data,
			      size_t len)
{
	FILE *file;

	temp_parents(root, name);
	file = fopen(temp_path(root, name), "we");
	if (!file || fwrite(data, 1, len, file) != len || fclose(file))
		abort();
}

static inline void temp_text(const struct temp_root *root, const char *name, const char *text)
{
	temp_write(root, name, text, strlen(text));
}

static inline void temp_dir(const struct temp_root *root, const char *name)
{
	temp_parents(root, name);
	if (mkdir(temp_path(root, name), 0755))
		abort();
}

static inline int temp_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void temp_root_remove(const struct temp_root *root)
{
	nftw(root->path, temp_remove, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
