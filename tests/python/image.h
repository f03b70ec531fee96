/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recorded process: the text of its maps, a thread, and the pieces of its memory that matter. The
 * file is a struct image_head, the text, and then pieces to its end. Whatever is in it, reading it
 * stays within it.
 */
#ifndef OOMTRACE_IMAGE_H
#define OOMTRACE_IMAGE_H

#include "remote.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define IMAGE_MAGIC "python01"
enum { IMAGE_PIECE = 32 };

struct image_head {
	char magic[8];
	uint64_t thread_pointer;
	uint32_t ns_tid;
	uint32_t maps_len;
};

/* Those without a piece in their page are not mapped; what is between pieces is 0. */
struct image_piece {
	uint64_t address;
	uint8_t bytes[IMAGE_PIECE];
};

struct image {
	struct image_head head;
	const char *maps;
	const uint8_t *pieces; /* struct image_piece, not aligned */
	size_t count;
};

static inline bool image_open(const uint8_t *data, size_t len, struct image *ret_image)
{
	if (len < sizeof(ret_image->head))
		return false;
	memcpy(&ret_image->head, data, sizeof(ret_image->head));
	data += sizeof(ret_image->head);
	len -= sizeof(ret_image->head);
	if (memcmp(ret_image->head.magic, IMAGE_MAGIC, sizeof(ret_image->head.magic)) ||
	    ret_image->head.maps_len > len)
		return false;
	ret_image->maps = (const char *)data;
	ret_image->pieces = data + ret_image->head.maps_len;
	ret_image->count = (len - ret_image->head.maps_len) / sizeof(struct image_piece);
	return true;
}

/* As struct remote has it; always a page. */
static inline int image_read(void *ctx, uint64_t address, void *buf, size_t len)
{
	const struct image *image = ctx;
	bool found = false;

	if (len != REMOTE_PAGE || address % REMOTE_PAGE)
		return -EINVAL;
	memset(buf, 0, len);
	for (size_t i = 0; i < image->count; i++) {
		struct image_piece piece;

		memcpy(&piece, image->pieces + i * sizeof(piece), sizeof(piece));
		if (piece.address < address || piece.address - address > len - IMAGE_PIECE)
			continue;
		memcpy((uint8_t *)buf + (piece.address - address), piece.bytes, IMAGE_PIECE);
		found = true;
	}
	return found ? 0 : -EFAULT;
}

#endif
