// SPDX-License-Identifier: GPL-2.0
#include "file_id.h"

#include <errno.h>

int file_id_get(int fd, struct file_id *ret_id)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	*ret_id = (struct file_id){
		.dev = st.st_dev,
		.inode = st.st_ino,
		.size = st.st_size,
		.modified = st.st_mtim,
		.changed = st.st_ctim,
	};
	return 0;
}

static bool same_time(struct timespec one, struct timespec other)
{
	return one.tv_sec == other.tv_sec && one.tv_nsec == other.tv_nsec;
}

bool file_id_equal(const struct file_id *one, const struct file_id *other)
{
	return one->dev == other->dev && one->inode == other->inode && one->size == other->size &&
	       same_time(one->modified, other->modified) && same_time(one->changed, other->changed);
}
