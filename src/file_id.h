/* SPDX-License-Identifier: GPL-2.0 */
/* Tells one file, as it is now, from all others. */
#ifndef OOMTRACE_FILE_ID_H
#define OOMTRACE_FILE_ID_H

#include <stdbool.h>
#include <sys/stat.h>

struct file_id {
	dev_t dev;
	ino_t inode;
	off_t size; /* bytes */
	struct timespec modified;
	struct timespec changed; /* which its owner cannot set */
};

/* -EINVAL when fd is no regular file, or what fstat() failed with. */
int file_id_get(int fd, struct file_id *ret_id);

bool file_id_equal(const struct file_id *one, const struct file_id *other);

#endif
