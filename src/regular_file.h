/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Opens files that somebody else chose, for reading: regular files only, of file systems where
 * reading is all that reading does. A FIFO, a device or the likes of /proc/kmsg is looked at, never
 * opened.
 */
#ifndef OOMTRACE_REGULAR_FILE_H
#define OOMTRACE_REGULAR_FILE_H

/* Opens for reading what an O_PATH descriptor stands for. -EINVAL: not such a file; or -errno. */
int regular_file_reopen(int path_fd);

/*
 * Opens the file at `path`, which is resolved as if `root_fd` (a directory) was the root: no
 * symbolic link and no ".." leads out of it. -ENOENT, -EINVAL: not such a file; or -errno.
 */
int regular_file_open_in(int root_fd, const char *path);

#endif
