// SPDX-License-Identifier: GPL-2.0
#include "regular_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Their files do something when they are opened or read, take what they show away, or are endless. */
static const unsigned long special[] = {
	PROC_SUPER_MAGIC,    SYSFS_MAGIC,	DEBUGFS_MAGIC,
	TRACEFS_MAGIC,	     SECURITYFS_MAGIC,	CGROUP_SUPER_MAGIC,
	CGROUP2_SUPER_MAGIC, BPF_FS_MAGIC,	PSTOREFS_MAGIC,
	EFIVARFS_MAGIC,	     NSFS_MAGIC,	SELINUX_MAGIC,
	BINFMTFS_MAGIC,	     XENFS_SUPER_MAGIC, 0x62656570 /* configfs */,
};

static bool is_special(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs))
		return true;
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if ((unsigned long)fs.f_type == special[i])
			return true;
	return false;
}

int regular_file_reopen(int path_fd)
{
	char link[64];
	struct stat st;
	int fd;

	if (fstat(path_fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || is_special(path_fd))
		return -EINVAL;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", path_fd);
	fd = open(link, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int regular_file_open_in(int root_fd, const char *path)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
	int path_fd = (int)syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
	int fd;

	if (path_fd < 0)
		return -errno;
	fd = regular_file_reopen(path_fd);
	close(path_fd);
	return fd;
}
