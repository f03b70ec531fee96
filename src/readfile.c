// SPDX-License-Identifier: GPL-2.0
#include "readfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define FIRST_SIZE 4096

/* Room for at least one more byte of content and the closing NUL; never beyond max + 2. */
static int grow(char **data, size_t *size, size_t max)
{
	size_t want = *size ? *size : FIRST_SIZE / 2;
	char *bigger;

	want = want > max / 2 ? max + 2 : want * 2;
	bigger = realloc(*data, want);
	if (!bigger)
		return -ENOMEM;
	*data = bigger;
	*size = want;
	return 0;
}

static int read_all(int fd, char **data, size_t *len, size_t max)
{
	size_t size = 0;
	ssize_t got;
	int err;

	*len = 0;
	for (;;) {
		if (size - *len < 2) {
			err = grow(data, &size, max);
			if (err)
				return err;
		}
		got = read(fd, *data + *len, size - *len - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		*len += (size_t)got;
		if (*len > max)
			return -EFBIG;
	}
	(*data)[*len] = '\0';
	return 0;
}

/* Reads all of `fd`, unless that is an error of open(), and closes it. */
static int read_and_close(int fd, char **ret_data, size_t *ret_len, size_t max)
{
	char *data = NULL;
	size_t len;
	int err;

	if (fd < 0)
		return -errno;
	err = max > SIZE_MAX / 2 ? -EFBIG : read_all(fd, &data, &len, max);
	close(fd);
	if (err) {
		free(data);
		return err;
	}
	*ret_data = data;
	if (ret_len)
		*ret_len = len;
	return 0;
}

int file_read(const char *path, char **ret_data, size_t *ret_len, size_t max)
{
	return read_and_close(open(path, O_RDONLY | O_CLOEXEC), ret_data, ret_len, max);
}

int file_read_at(int dir, const char *name, char **ret_data, size_t *ret_len, size_t max)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	return read_and_close(fd, ret_data, ret_len, max);
}
