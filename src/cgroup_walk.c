// SPDX-License-Identifier: GPL-2.0
#include "cgroup_walk.h"

#include "lines.h"
#include "readfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROCS_MAX (64u << 20)

struct walk {
	bool deep;
	cgroup_visit visit;
	void *ctx;
	size_t *unreadable;
};

struct child {
	uint64_t id; /* ascends in the order of their making */
	char *name;
};

struct children {
	struct child *list;
	size_t count;
};

static void children_clear(struct children *children)
{
	for (size_t i = 0; i < children->count; i++)
		free(children->list[i].name);
	free(children->list);
}

static int add_child(struct children *children, const char *name, uint64_t id)
{
	struct child *more;

	/* Doubling whenever the count is a power of two. */
	if (!(children->count & (children->count - 1))) {
		more = reallocarray(children->list, children->count ? children->count * 2 : 1,
				    sizeof(*more));
		if (!more)
			return -ENOMEM;
		children->list = more;
	}
	name = strdup(name);
	if (!name)
		return -ENOMEM;
	children->list[children->count++] = (struct child){.id = id, .name = (char *)name};
	return 0;
}

static int compare_children(const void *a, const void *b)
{
	const struct child *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int list_children(int dir, struct children *ret_children)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;
	struct children children = {0};
	const struct dirent *entry;
	struct stat st;
	DIR *stream;

	stream = fd < 0 ? NULL : fdopendir(fd);
	if (!stream) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	while (!err && (entry = readdir(stream)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
		    (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN) &&
		    !fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) && S_ISDIR(st.st_mode))
			err = add_child(&children, entry->d_name, st.st_ino);
	closedir(stream);
	if (err) {
		children_clear(&children);
		return err;
	}
	if (children.count)
		qsort(children.list, children.count, sizeof(children.list[0]), compare_children);
	*ret_children = children;
	return 0;
}

static int walk_dir(const struct walk *walk, int dir, const char *path);

static int walk_child(const struct walk *walk, int dir, const char *path, const char *name)
{
	int child = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), err;
	char *below;

	if (child < 0) {
		*walk->unreadable += errno != ENOENT;
		return 0;
	}
	if (asprintf(&below, "%s/%s", strcmp(path, "/") ? path : "", name) < 0) {
		close(child);
		return -ENOMEM;
	}
	err = walk_dir(walk, child, below);
	free(below);
	close(child);
	return err;
}

/* As deep as directories are nested, each of which takes a descriptor. */
static int walk_dir(const struct walk *walk, int dir, const char *path)
{
	struct children children = {0};
	int err = walk->visit(walk->ctx, dir, path);

	if (err || !walk->deep)
		return err;
	err = list_children(dir, &children);
	if (err == -ENOMEM)
		return err;
	*walk->unreadable += err && err != -ENOENT;
	err = 0;
	for (size_t i = 0; !err && i < children.count; i++)
		err = walk_child(walk, dir, path, children.list[i].name);
	children_clear(&children);
	return err;
}

int cgroup_walk(const char *root, const struct cgroup_mount *mount, const char *path, bool deep,
		cgroup_visit visit, void *ctx, size_t *unreadable)
{
	const struct walk walk = {
		.deep = deep, .visit = visit, .ctx = ctx, .unreadable = unreadable};
	int dir = cgroup_open(root, mount, path), err;

	if (dir < 0)
		return dir;
	err = walk_dir(&walk, dir, path);
	close(dir);
	return err;
}

int cgroup_parse_pids(const char *text, size_t len, pid_t **ret_pids, size_t *ret_count)
{
	struct span rest = {text, len}, line;
	size_t count = 0, lines = 0;
	pid_t *pids = NULL;
	int64_t pid;

	while (span_take_line(&rest, &line))
		lines++;
	if (lines) {
		pids = calloc(lines, sizeof(*pids));
		if (!pids)
			return -ENOMEM;
	}
	rest = (struct span){text, len};
	while (span_take_line(&rest, &line))
		if (span_decimal(line, &pid) && pid > 0 && pid <= INT_MAX)
			pids[count++] = (pid_t)pid;
	*ret_pids = pids;
	*ret_count = count;
	return 0;
}

int cgroup_read_pids(int dir, pid_t **ret_pids, size_t *ret_count)
{
	char *text;
	size_t len;
	int err = file_read_at(dir, "cgroup.procs", &text, &len, PROCS_MAX);

	if (err)
		return err;
	err = cgroup_parse_pids(text, len, ret_pids, ret_count);
	free(text);
	return err;
}
