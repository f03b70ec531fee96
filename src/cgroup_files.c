// SPDX-License-Identifier: GPL-2.0
#include "cgroup_files.h"

#include "lines.h"
#include "pressure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* memory.stat has about 2 KiB on 5.10 and 5 KiB on 7.x. */
#define FILE_MAX (64u << 10)

static bool is_name(struct span name)
{
	if (name.len > STAT_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (name.at[i] <= ' ' || name.at[i] > '~')
			return false;
	return true;
}

static bool parse_line(struct span line, struct span *ret_name, int64_t *ret_value)
{
	struct span value, more;

	return span_take_word(&line, ret_name) && is_name(*ret_name) &&
	       span_take_word(&line, &value) && span_decimal(value, ret_value) &&
	       !span_take_word(&line, &more);
}

int stat_list_parse(const char *text, size_t len, struct stat_list *ret_list)
{
	struct span rest = {text, len}, line, name;
	struct stat_list list = {0};
	int64_t value;

	list.entries = calloc(STAT_LIST_MAX, sizeof(*list.entries));
	if (!list.entries)
		return -ENOMEM;
	while (list.count < STAT_LIST_MAX && span_take_line(&rest, &line)) {
		struct stat_entry *entry = &list.entries[list.count];

		if (!parse_line(line, &name, &value))
			continue;
		entry->name = strndup(name.at, name.len);
		if (!entry->name) {
			stat_list_clear(&list);
			return -ENOMEM;
		}
		entry->value = value;
		list.count++;
	}
	list.known = list.count > 0;
	if (!list.known)
		stat_list_clear(&list);
	*ret_list = list;
	return 0;
}

struct num stat_list_value(const struct stat_list *list, const char *name)
{
	for (size_t i = 0; list->known && i < list->count; i++)
		if (list->entries[i].value >= 0 && !strcmp(list->entries[i].name, name))
			return num_of(list->entries[i].value);
	return (struct num){0};
}

/* By the name that v1 has for the cgroup and all below it, or by that of v2. */
static struct num total_of(const struct stat_list *stat, const char *v1, const char *v2)
{
	struct num value = stat_list_value(stat, v1);

	return value.known ? value : stat_list_value(stat, v2);
}

struct num cgroup_reclaimable(const struct stat_list *stat)
{
	struct num active = total_of(stat, "total_active_file", "active_file");
	struct num inactive = total_of(stat, "total_inactive_file", "inactive_file");
	struct num cache = total_of(stat, "total_cache", "file");
	struct num shmem = total_of(stat, "total_shmem", "shmem");
	int64_t lists;

	if (cache.known && shmem.known)
		cache.value = cache.value > shmem.value ? cache.value - shmem.value : 0;
	if (!cache.known || !active.known || !inactive.known ||
	    __builtin_add_overflow(active.value, inactive.value, &lists))
		return cache;
	return num_of(lists < cache.value ? lists : cache.value);
}

/* As much of a file as fits in FILE_MAX bytes; its length or -errno. */
static ssize_t read_at(int dir, const char *name, char *buf)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	size_t len = 0;
	ssize_t got = 1;

	if (fd < 0)
		return -errno;
	while (got > 0 && len < FILE_MAX) {
		got = read(fd, buf + len, FILE_MAX - len);
		if (got > 0)
			len += (size_t)got;
		else if (got < 0 && errno == EINTR)
			got = 1;
		else if (got < 0)
			got = -errno;
	}
	close(fd);
	return got < 0 ? got : (ssize_t)len;
}

static int read_list(int dir, const char *name, char *buf, struct stat_list *ret_list)
{
	ssize_t len = read_at(dir, name, buf);

	return len < 0 ? 0 : stat_list_parse(buf, (size_t)len, ret_list);
}

static int read_all(int dir, int version, char *buf, struct cgroup_files *files)
{
	int err = read_list(dir, "memory.stat", buf, &files->stat);
	ssize_t len;

	if (!err)
		err = read_list(dir, version == 2 ? "memory.events" : "memory.oom_control", buf,
				&files->events);
	if (err || version != 2)
		return err;
	len = read_at(dir, "memory.pressure", buf);
	if (len > 0)
		pressure_parse(buf, (size_t)len, &files->pressure);
	return 0;
}

int cgroup_files_read(const char *root, const struct cgroup_mount *mount, const char *path,
		      struct cgroup_files *ret_files)
{
	struct cgroup_files files = {0};
	char *buf;
	int dir, err;

	dir = cgroup_open(root, mount, path);
	if (dir < 0)
		return dir;
	buf = malloc(FILE_MAX);
	err = buf ? read_all(dir, mount->version, buf, &files) : -ENOMEM;
	free(buf);
	close(dir);
	if (err) {
		cgroup_files_clear(&files);
		return err;
	}
	*ret_files = files;
	return 0;
}

void cgroup_files_clear(struct cgroup_files *files)
{
	if (!files)
		return;
	stat_list_clear(&files->stat);
	stat_list_clear(&files->events);
	files->pressure = (struct pressure){0};
}
