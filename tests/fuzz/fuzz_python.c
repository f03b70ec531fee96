// SPDX-License-Identifier: GPL-2.0
/*
 * The memory of a recorded Python process, with other words in some places. The first byte is the
 * version and how the thread is asked for; then a place (two bytes) and a word (eight) follow each
 * other.
 */
#include "../python/image.h"
#include "python.h"
#include "readfile.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { FIRST_MINOR = 8, VERSIONS = 8, PATCH_LEN = 10 };

static struct {
	char *bytes;
	size_t len;
} images[VERSIONS];

static struct python *python;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	for (int i = 0; i < VERSIONS; i++) {
		char path[512];

		snprintf(path, sizeof(path), "%s/python/3.%d.image", FIXTURES, FIRST_MINOR + i);
		if (file_read(path, &images[i].bytes, &images[i].len, 1 << 20))
			abort();
	}
	return python_new(&python);
}

static void check_text(const char *text, size_t characters_max)
{
	if (text && strlen(text) > characters_max * 4 + strlen("…"))
		abort();
}

static void check_stack(size_t index)
{
	struct stack stack;
	struct num tid;

	if (python_decode(python, index, &tid, &stack))
		abort();
	if (!stack.valid || !stack.count || stack.count > PYTHON_FRAMES_MAX)
		abort();
	for (size_t i = 0; i < stack.count; i++) {
		check_text(stack.frames[i].symbol, PYTHON_NAME_MAX);
		check_text(stack.frames[i].file, PYTHON_FILE_MAX);
		if (stack.frames[i].line < 0 || (stack.frames[i].line && !stack.frames[i].file))
			abort();
	}
	stack_clear(&stack);
}

static int capture(struct image *image, unsigned int how)
{
	struct remote remote = {.read = image_read, .ctx = image};
	struct python_thread_id id = {
		.ns_tid = how & 1 ? (pid_t)image->head.ns_tid : 0,
		.thread_pointer = how & 2 ? image->head.thread_pointer : 0,
	};

	if (how == 0)
		return python_capture_all(python, image->maps, image->head.maps_len, &remote, 0);
	return python_capture_thread(python, image->maps, image->head.maps_len, &remote, &id, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t version = len ? data[0] % VERSIONS : 0, pieces;
	struct image image;
	uint8_t *copy;
	int err;

	if (!len ||
	    !image_open((const uint8_t *)images[version].bytes, images[version].len, &image))
		return 0;
	pieces = image.count * sizeof(struct image_piece);
	copy = malloc(pieces);
	memcpy(copy, image.pieces, pieces);
	image.pieces = copy;
	for (size_t i = 1; i + PATCH_LEN <= len; i += PATCH_LEN) {
		uint16_t place;

		memcpy(&place, data + i, sizeof(place));
		memcpy(copy + place * 4 % (pieces - 8), data + i + sizeof(place), 8);
	}
	err = capture(&image, data[0] / VERSIONS % 4);
	if (!err != !!python_stack_count(python) || (!err && !python_version(python)))
		abort();
	for (size_t i = 0; i < python_stack_count(python); i++)
		check_stack(i);
	free(copy);
	return 0;
}
