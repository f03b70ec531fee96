// SPDX-License-Identifier: GPL-2.0
#include "json_value.h"

#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int object_set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new_nocheck(object, key, value);
}

int object_set_num(json_t *object, const char *key, struct num num)
{
	return object_set(object, key, num.known ? json_integer(num.value) : json_null());
}

int object_set_bool(json_t *object, const char *key, struct num num)
{
	return object_set(object, key, num.known ? json_boolean(num.value != 0) : json_null());
}

static json_t *json_of_text(const char *text)
{
	json_t *value;
	char *utf8;

	if (!text)
		return json_null();
	utf8 = text_utf8(text, strlen(text));
	if (!utf8)
		return NULL;
	value = json_string(utf8);
	free(utf8);
	return value;
}

int object_set_text(json_t *object, const char *key, const char *text)
{
	return object_set(object, key, json_of_text(text));
}

int object_set_time(json_t *object, const char *key, struct num realtime_ns)
{
	int64_t ns = realtime_ns.value % 1000000000;
	time_t seconds = realtime_ns.value / 1000000000;
	char text[64];
	struct tm tm;
	size_t len;

	if (!realtime_ns.known)
		return object_set(object, key, json_null());
	if (ns < 0) {
		ns += 1000000000;
		seconds--;
	}
	if (!gmtime_r(&seconds, &tm))
		return object_set(object, key, json_null());
	len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + len, sizeof(text) - len, ".%09" PRId64 "Z", ns);
	return object_set_text(object, key, text);
}

json_t *json_whole(json_t *object, int failed)
{
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

int object_set_nums(json_t *object, const char *key, const struct num_field *fields, size_t count)
{
	json_t *group;
	bool known = false;
	int failed = 0;

	for (size_t i = 0; i < count; i++)
		known |= fields[i].num.known;
	if (!known)
		return object_set(object, key, json_null());
	group = json_object();
	for (size_t i = 0; i < count; i++)
		failed |= object_set_num(group, fields[i].key, fields[i].num);
	return object_set(object, key, json_whole(group, failed));
}

void json_append_name(void *ctx, const char *name)
{
	struct json_names *names = ctx;

	names->failed |= json_array_append_new(names->array, json_of_text(name));
}
