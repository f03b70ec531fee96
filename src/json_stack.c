// SPDX-License-Identifier: GPL-2.0
#include "json_stack.h"

#include "json_value.h"

#include <inttypes.h>
#include <stdio.h>

static json_t *build_id_json(const struct frame *frame)
{
	char hex[2 * BUILD_ID_LEN + 1];
	size_t len = frame->build_id_len;

	if (!len || len > BUILD_ID_LEN)
		return json_null();
	for (size_t i = 0; i < len; i++)
		snprintf(hex + 2 * i, 3, "%02x", frame->build_id[i]);
	return json_string(hex);
}

static json_t *frame_json(const struct frame *frame)
{
	json_t *object = json_object();
	char address[32];
	int failed = 0;

	snprintf(address, sizeof(address), "0x%" PRIx64, frame->address);
	/* A frame of an interpreted language has none. */
	failed |= object_set_text(object, "address", frame->address ? address : NULL);
	failed |= object_set_text(object, "symbol", frame->symbol);
	failed |= object_set_num(object, "offset", frame->offset);
	failed |= object_set_text(object, "module", frame->module);
	failed |= object_set_num(object, "file_offset", frame->file_offset);
	failed |= object_set(object, "build_id", build_id_json(frame));
	failed |= object_set_text(object, "file", frame->file);
	failed |= object_set(object, "line",
			     frame->line > 0 ? json_integer(frame->line) : json_null());
	failed |= object_set(object, "inlined", json_boolean(frame->inlined));
	return json_whole(object, failed);
}

int object_set_frames(json_t *object, const char *key, const struct stack *stack)
{
	json_t *array;
	int failed = 0;

	if (!stack->valid)
		return object_set(object, key, json_null());
	array = json_array();
	for (size_t i = 0; i < stack->count; i++)
		failed |= json_array_append_new(array, frame_json(&stack->frames[i]));
	return object_set(object, key, json_whole(array, failed));
}
