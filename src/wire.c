// SPDX-License-Identifier: GPL-2.0
#include "wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 4096

/* In place of the length of a string that is not there. */
#define NO_STRING UINT32_MAX

static uint8_t *make_room(struct wire_out *out, size_t len)
{
	size_t room = out->room ? out->room : FIRST_ROOM;
	uint8_t *data;

	if (out->err)
		return NULL;
	if (len > out->max || out->len > out->max - len) {
		out->err = -E2BIG;
		return NULL;
	}
	while (room < out->len + len)
		room *= 2;
	if (room > out->room) {
		data = realloc(out->data, room);
		if (!data) {
			out->err = -ENOMEM;
			return NULL;
		}
		out->data = data;
		out->room = room;
	}
	out->len += len;
	return out->data + out->len - len;
}

static void put(struct wire_out *out, const void *value, size_t len)
{
	uint8_t *to = make_room(out, len);

	if (to && len)
		memcpy(to, value, len);
}

void wire_put_u8(struct wire_out *out, uint8_t value)
{
	put(out, &value, sizeof(value));
}

void wire_put_u32(struct wire_out *out, uint32_t value)
{
	put(out, &value, sizeof(value));
}

void wire_put_u64(struct wire_out *out, uint64_t value)
{
	put(out, &value, sizeof(value));
}

void wire_put_bytes(struct wire_out *out, const void *data, size_t len)
{
	if (len >= NO_STRING && !out->err)
		out->err = -E2BIG;
	wire_put_u32(out, (uint32_t)len);
	put(out, data, len);
}

void wire_put_string(struct wire_out *out, const char *text, size_t max)
{
	if (text)
		wire_put_bytes(out, text, strnlen(text, max));
	else
		wire_put_u32(out, NO_STRING);
}

static const uint8_t *take(struct wire_in *in, size_t len)
{
	const uint8_t *data = in->data;

	if (in->err)
		return NULL;
	if (len > in->left) {
		in->err = -EBADMSG;
		return NULL;
	}
	in->data += len;
	in->left -= len;
	return data;
}

static void get(struct wire_in *in, void *value, size_t len)
{
	const uint8_t *from = take(in, len);

	if (from)
		memcpy(value, from, len);
}

uint8_t wire_get_u8(struct wire_in *in)
{
	uint8_t value = 0;

	get(in, &value, sizeof(value));
	return value;
}

uint32_t wire_get_u32(struct wire_in *in)
{
	uint32_t value = 0;

	get(in, &value, sizeof(value));
	return value;
}

uint64_t wire_get_u64(struct wire_in *in)
{
	uint64_t value = 0;

	get(in, &value, sizeof(value));
	return value;
}

bool wire_get_bool(struct wire_in *in)
{
	uint8_t value = wire_get_u8(in);

	if (value > 1 && !in->err)
		in->err = -EBADMSG;
	return value == 1;
}

static size_t get_bytes(struct wire_in *in, size_t len, size_t max, const uint8_t **ret_data)
{
	if (len > max && !in->err)
		in->err = -EBADMSG;
	*ret_data = take(in, len);
	return *ret_data ? len : 0;
}

size_t wire_get_bytes(struct wire_in *in, size_t max, const uint8_t **ret_data)
{
	return get_bytes(in, wire_get_u32(in), max, ret_data);
}

char *wire_get_string(struct wire_in *in, size_t max)
{
	const uint8_t *data;
	uint32_t len = wire_get_u32(in);
	char *text;

	if (in->err || len == NO_STRING)
		return NULL;
	get_bytes(in, len, max, &data);
	if (data && memchr(data, '\0', len))
		in->err = -EBADMSG;
	if (in->err)
		return NULL;
	text = strndup((const char *)data, len);
	if (!text)
		in->err = -ENOMEM;
	return text;
}

size_t wire_get_count(struct wire_in *in, size_t max, size_t size)
{
	uint32_t count = wire_get_u32(in);

	if ((count > max || count > in->left / size) && !in->err)
		in->err = -EBADMSG;
	return in->err ? 0 : count;
}

int wire_end(const struct wire_in *in)
{
	if (in->err)
		return in->err;
	return in->left ? -EBADMSG : 0;
}
