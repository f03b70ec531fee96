/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Members of JSON objects, as every record has them: what is unknown is null. The object_set
 * functions return 0 or -1, so that a whole object can be filled before one look at the outcome. A
 * NULL value, which is what jansson makes when memory is short, is such a failure.
 */
#ifndef OOMTRACE_JSON_VALUE_H
#define OOMTRACE_JSON_VALUE_H

#include "incident.h"

#include <jansson.h>

/* Takes the value, also when it fails. The key must live as UTF-8. */
int object_set(json_t *object, const char *key, json_t *value);

int object_set_num(json_t *object, const char *key, struct num num);
int object_set_bool(json_t *object, const char *key, struct num num);

/* Bytes that are not UTF-8 become U+FFFD; NULL becomes null. */
int object_set_text(json_t *object, const char *key, const char *text);

/* RFC 3339, UTC, nine digits of the second. */
int object_set_time(json_t *object, const char *key, struct num realtime_ns);

/* One member of the objects that hold nothing but numbers. */
struct num_field {
	const char *key;
	struct num num;
};

/* null as a whole when nothing of it is known. */
int object_set_nums(json_t *object, const char *key, const struct num_field *fields, size_t count);

/* Hands the object or array on when it is complete, else frees it and returns NULL. */
json_t *json_whole(json_t *value, int failed);

/* An array of names that is filled by calls of json_append_name(). */
struct json_names {
	json_t *array;
	int failed;
};

/* `ctx` is a struct json_names. */
void json_append_name(void *ctx, const char *name);

#endif
