// SPDX-License-Identifier: GPL-2.0
#include "debug_query.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define BUFFER_SIZE (64 << 10)

static int ask(const struct debug_query *query, const struct debug_source *source,
	       struct file_id *ret_file)
{
	int fd, err;

	if (!source)
		return -ENOENT;
	fd = source->open(source->ctx, query->build_id, query->build_id_len, query->debuglink);
	if (fd < 0)
		return fd;
	err = file_id_get(fd, ret_file);
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* A name that could lead out of the directories where debug files are is none. */
static bool is_plain_name(const char *name)
{
	return name[0] && strcmp(name, ".") && strcmp(name, "..") && !strchr(name, '/') &&
	       strlen(name) < 256;
}

static bool has_build_id(int fd, const uint8_t *build_id, size_t len)
{
	Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	const void *id;
	bool same;

	if (!elf)
		return false;
	same = elf_kind(elf) == ELF_K_ELF && dwelf_elf_gnu_build_id(elf, &id) == (ssize_t)len &&
	       !memcmp(id, build_id, len);
	elf_end(elf);
	return same;
}

static bool has_crc(int fd, off_t size, uint32_t crc)
{
	uint8_t *buffer = malloc(BUFFER_SIZE);
	uLong sum = crc32(0, NULL, 0);
	ssize_t got;

	for (off_t at = 0; buffer && at < size; at += got) {
		got = pread(fd, buffer, BUFFER_SIZE, at);
		if (got <= 0)
			break;
		sum = crc32(sum, buffer, (uInt)got);
	}
	free(buffer);
	return buffer && sum == crc;
}

int debug_query_run(struct debug_query *query, const struct debug_source *source)
{
	bool right;
	int fd;

	query->asked = true;
	if (query->debuglink && !is_plain_name(query->debuglink))
		return -ENOENT;
	fd = ask(query, source, &query->file);
	query->found = fd >= 0;
	if (fd < 0)
		return fd;
	right = query->debuglink ? has_crc(fd, query->file.size, query->debuglink_crc)
				 : has_build_id(fd, query->build_id, query->build_id_len);
	if (right)
		return fd;
	close(fd);
	return -ENOENT;
}

bool debug_query_holds(const struct debug_query *query, const struct debug_source *source)
{
	struct file_id file;
	int fd;

	if (!query->asked || (query->debuglink && !is_plain_name(query->debuglink)))
		return true;
	fd = ask(query, source, &file);
	if (fd < 0)
		return !query->found;
	close(fd);
	return query->found && file_id_equal(&file, &query->file);
}
