// SPDX-License-Identifier: GPL-2.0
#include "cgroup.h"

#include "lines.h"
#include "readfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOUNTINFO_MAX (16u << 20)
#define PATH_LEN      8192

/* Undoes the octal escapes of mountinfo (space, tab, newline, backslash), in place. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *at = text; *at; at++) {
		if (at[0] == '\\' && at[1] >= '0' && at[1] <= '3' && at[2] >= '0' && at[2] <= '7' &&
		    at[3] >= '0' && at[3] <= '7') {
			*to++ = (char)((at[1] - '0') * 64 + (at[2] - '0') * 8 + (at[3] - '0'));
			at += 3;
		} else {
			*to++ = *at;
		}
	}
	*to = '\0';
}

static bool has_option(char *options, const char *wanted)
{
	char *rest = options;

	for (char *option = strsep(&rest, ","); option; option = strsep(&rest, ","))
		if (!strcmp(option, wanted))
			return true;
	return false;
}

/*
 * One line: "36 35 98:0 ROOT POINT opts [fields...] - TYPE SOURCE SUPEROPTS". Returns the version
 * of the cgroup hierarchy it mounts whole, 0 for any other mount; *ret_point lies in the line.
 */
static int parse_line(char *line, char **ret_point)
{
	char *separator = strstr(line, " - ");
	char *rest = line, *type, *options, *root, *point;

	if (!separator)
		return 0;
	*separator = '\0';
	for (int i = 0; i < 3; i++)
		strsep(&rest, " ");
	root = strsep(&rest, " ");
	point = strsep(&rest, " ");
	rest = separator + 3;
	type = strsep(&rest, " ");
	strsep(&rest, " ");
	options = strsep(&rest, " ");
	if (!point || !type || strcmp(root, "/"))
		return 0;
	*ret_point = point;
	if (!strcmp(type, "cgroup2"))
		return 2;
	if (!strcmp(type, "cgroup") && options && has_option(options, "memory"))
		return 1;
	return 0;
}

int cgroup_parse_mountinfo(const char *text, struct cgroup_mount *ret_mount)
{
	struct cgroup_mount found = {0};
	char *copy = strdup(text);
	char *rest = copy;

	if (!copy)
		return -ENOMEM;
	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
		char *point = NULL;
		int version = parse_line(line, &point);

		/* The first of a version stays: later ones are bind mounts of it, as a rule. */
		if (!version || found.version == 1 || found.version == version)
			continue;
		free(found.point);
		found.point = strdup(point);
		found.version = version;
		if (!found.point) {
			free(copy);
			return -ENOMEM;
		}
		unescape(found.point);
	}
	free(copy);
	if (!found.version)
		return -ENOENT;
	*ret_mount = found;
	return 0;
}

int cgroup_find_mount(const char *root, struct cgroup_mount *ret_mount)
{
	char path[PATH_LEN];
	char *text;
	int err;

	/* Below another root it is the host's own mount table that counts, not this process's. */
	if (snprintf(path, sizeof(path), "%s/proc/%s/mountinfo", root, *root ? "1" : "self") >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	err = file_read(path, &text, NULL, MOUNTINFO_MAX);
	if (err)
		return err;
	err = cgroup_parse_mountinfo(text, ret_mount);
	free(text);
	return err;
}

void cgroup_mount_clear(struct cgroup_mount *mount)
{
	free(mount->point);
	mount->point = NULL;
}

char *cgroup_normalize(const struct cgroup_mount *mount, const char *path)
{
	size_t point_len = strlen(mount->point);
	const char *at = path;
	char *out, *to;

	if (!strncmp(path, mount->point, point_len) &&
	    (path[point_len] == '/' || path[point_len] == '\0'))
		at = path + point_len;
	out = to = malloc(strlen(at) + 2);
	if (!out)
		return NULL;
	while (*at) {
		size_t len;

		at += strspn(at, "/");
		len = strcspn(at, "/");
		if (len == 2 && !strncmp(at, "..", 2)) {
			free(out);
			return NULL;
		}
		if (!len || (len == 1 && *at == '.')) {
			at += len;
			continue;
		}
		*to++ = '/';
		memcpy(to, at, len);
		to += len;
		at += len;
	}
	if (to == out)
		*to++ = '/';
	*to = '\0';
	return out;
}

int cgroup_id(const char *root, const struct cgroup_mount *mount, const char *path,
	      uint64_t *ret_id)
{
	char full[PATH_LEN];
	struct stat st;

	if (snprintf(full, sizeof(full), "%s%s%s", root, mount->point, path) >= (int)sizeof(full))
		return -ENAMETOOLONG;
	if (stat(full, &st))
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	*ret_id = st.st_ino;
	return 0;
}

/* The directory of one more component of the path, in place of `dir`, which is closed. */
static int descend(int dir, struct span component)
{
	char name[NAME_MAX + 1];
	int fd, err = -EINVAL;

	if (component.len > NAME_MAX) {
		err = -ENAMETOOLONG;
	} else if (!span_equals(component, "..")) {
		memcpy(name, component.at, component.len);
		name[component.len] = '\0';
		fd = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		err = fd < 0 ? -errno : fd;
	}
	close(dir);
	return err;
}

int cgroup_open(const char *root, const struct cgroup_mount *mount, const char *path)
{
	char top[PATH_MAX];
	int dir;

	if (*path != '/')
		return -EINVAL;
	if (snprintf(top, sizeof(top), "%s%s", root, mount->point) >= (int)sizeof(top))
		return -ENAMETOOLONG;
	dir = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	while (dir >= 0 && *path) {
		size_t len;

		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (len)
			dir = descend(dir, (struct span){path, len});
		path += len;
	}
	return dir;
}

bool cgroup_is_below(const char *path, const char *ancestor)
{
	size_t len = strlen(ancestor);

	if (!strcmp(ancestor, "/"))
		return true;
	return !strncmp(path, ancestor, len) && (path[len] == '/' || path[len] == '\0');
}

/* include/linux/exportfs.h: a handle that is the 64 bit id. */
#define FILEID_KERNFS 0xfe

static int open_by_id(int mount_fd, uint64_t id)
{
	struct {
		struct file_handle handle;
		uint64_t id;
	} by_id = {.handle = {.handle_bytes = sizeof(id), .handle_type = FILEID_KERNFS}};
	int fd;

	memcpy(by_id.handle.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(mount_fd, &by_id.handle, O_PATH | O_CLOEXEC | O_DIRECTORY);
	return fd < 0 ? -(errno == ESTALE ? ENOENT : errno) : fd;
}

int cgroup_path_of_id(const char *root, const struct cgroup_mount *mount, uint64_t id,
		      char **ret_path)
{
	char link[64], top[PATH_LEN], path[PATH_LEN];
	int mount_fd, fd;
	ssize_t len;
	size_t skip;

	if (snprintf(path, sizeof(path), "%s%s", root, mount->point) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	mount_fd = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
	if (mount_fd < 0)
		return -errno;
	/* As the kernel names it, whatever links lead to the mount point. */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", mount_fd);
	len = readlink(link, top, sizeof(top) - 1);
	fd = open_by_id(mount_fd, id);
	close(mount_fd);
	if (fd < 0 || len < 0)
		return fd < 0 ? fd : -EIO;
	skip = (size_t)len;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	close(fd);
	if (len < (ssize_t)skip || (size_t)len == sizeof(path) - 1 || memcmp(path, top, skip) ||
	    ((size_t)len > skip && path[skip] != '/'))
		return -ENOENT;
	path[len] = '\0';
	*ret_path = strdup((size_t)len > skip ? path + skip : "/");
	return *ret_path ? 0 : -ENOMEM;
}
