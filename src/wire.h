/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Values one after the other in a buffer, for another process of this same program. The reader
 * trusts nothing: what is not there, or is longer than it may be, makes it bad for good.
 */
#ifndef OOMTRACE_WIRE_H
#define OOMTRACE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Starts as {.max = bytes}; data is to be freed with free(). */
struct wire_out {
	uint8_t *data;
	size_t len;
	size_t room;
	size_t max;
	int err; /* the first that happened: -ENOMEM, or -E2BIG beyond max; nothing is put then */
};

void wire_put_u8(struct wire_out *out, uint8_t value);
void wire_put_u32(struct wire_out *out, uint32_t value);
void wire_put_u64(struct wire_out *out, uint64_t value);

/* A count of bytes and these. */
void wire_put_bytes(struct wire_out *out, const void *data, size_t len);

/* At most the first `max` bytes of it. NULL is told from "". */
void wire_put_string(struct wire_out *out, const char *text, size_t max);

/* What is left to be read; the bytes are the caller's. */
struct wire_in {
	const uint8_t *data;
	size_t left;
	int err; /* the first that happened: -EBADMSG, or -ENOMEM; all that is read then is 0 */
};

uint8_t wire_get_u8(struct wire_in *in);
uint32_t wire_get_u32(struct wire_in *in);
uint64_t wire_get_u64(struct wire_in *in);

/* False and -EBADMSG for what is neither 0 nor 1. */
bool wire_get_bool(struct wire_in *in);

/* How many bytes of the message follow, and where; at most `max`. */
size_t wire_get_bytes(struct wire_in *in, size_t max, const uint8_t **ret_data);

/* A copy to be freed, of at most `max` bytes and without a NUL among them; or NULL. */
char *wire_get_string(struct wire_in *in, size_t max);

/* How many elements follow, each of at least `size` bytes: never more than there is room for. */
size_t wire_get_count(struct wire_in *in, size_t max, size_t size);

/* 0 when all was read and nothing is left over. */
int wire_end(const struct wire_in *in);

#endif
