// SPDX-License-Identifier: GPL-2.0
/* Programs that are damaged in a few places: each input says which, where and how. */
#include "symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char *const paths[] = {STACKS "/pie",   STACKS "/debug-frame", STACKS "/clang",
				    STACKS "/c++",   STACKS "/mini",	    STACKS "/stripped",
				    STACKS "/linked"};
enum { FILES = sizeof(paths) / sizeof(paths[0]), SIZE_MAX_ALL = 64 << 10 };

static size_t read_file(const char *path, uint8_t *to)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : pread(fd, to, SIZE_MAX_ALL, 0);

	if (len <= 0)
		abort();
	close(fd);
	return (size_t)len;
}

static int make_file(const char *path, const uint8_t *data, size_t len)
{
	static uint8_t image[SIZE_MAX_ALL];
	size_t image_len = read_file(path, image);
	int fd = memfd_create("object", MFD_CLOEXEC);

	for (; len >= 3; data += 3, len -= 3)
		image[((size_t)data[0] << 8 | data[1]) % image_len] = data[2];
	if (fd < 0 || write(fd, image, image_len) != (ssize_t)image_len)
		abort();
	return fd;
}

/* The other half of the damage is the debug file's. */
struct damage {
	const uint8_t *data;
	size_t len;
};

static int open_debug(void *ctx, const uint8_t *build_id, size_t build_id_len,
		      const char *debuglink)
{
	const struct damage *damage = ctx;

	(void)build_id;
	if (!debuglink && !build_id_len)
		abort();
	return make_file(debuglink ? STACKS "/no-id.debug" : STACKS "/pie.debug", damage->data,
			 damage->len);
}

static void look_up(struct object *object, uint64_t file_offset)
{
	struct source_frame frames[SOURCE_FRAMES_MAX];
	uint64_t address, bias;
	Dwarf_Frame *rules;
	size_t count;

	if (!object_address_of(object, file_offset, &address))
		return;
	if (!object_find_rules(object, address, &rules, &bias))
		free(rules);
	count = symbols_find(object, address, frames);
	if (!count || count > SOURCE_FRAMES_MAX || frames[count - 1].inlined)
		abort();
	for (size_t i = 0; i < count; i++)
		source_frame_clear(&frames[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct damage damage = {data + len / 2, len - len / 2};
	const struct debug_source source = {open_debug, &damage};
	struct object *object;
	int fd;

	if (!len)
		return 0;
	fd = make_file(paths[data[0] % FILES], data + 1, len / 2 - (len > 1));
	if (!object_open(fd, &object)) {
		object_set_source(object, &source);
		for (uint64_t offset = 0x1000; offset < 0x1700; offset += 37)
			look_up(object, offset);
		object_same_debug_files(object, NULL);
		object_free(object);
	}
	close(fd);
	return 0;
}
