/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's text files: lines, words, numbers, "Name:   123 kB". The text need not end with a
 * NUL and may hold anything; nothing here allocates.
 */
#ifndef OOMTRACE_LINES_H
#define OOMTRACE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a text that belongs to someone else. */
struct span {
	const char *at;
	size_t len;
};

/*
 * Takes the first line off `text`, without its newline. False when no newline is left: what follows
 * the last one may be the first half of a number, since reads of large files are cut.
 */
bool span_take_line(struct span *text, struct span *ret_line);

/* Takes the first word off `line`, words being separated by blanks and tabs. */
bool span_take_word(struct span *line, struct span *ret_word);

/* Takes what stands before the first `separator`, and the separator. */
bool span_take_until(struct span *text, char separator, struct span *ret_part);

bool span_equals(struct span span, const char *text);

/* The whole span as a decimal number, '-' before it allowed. False when it does not fit. */
bool span_decimal(struct span span, int64_t *ret_value);

/* The same for numbers from 0 to UINT64_MAX. */
bool span_unsigned(struct span span, uint64_t *ret_value);

/* The whole span as a hexadecimal number without 0x, at most 16 digits. */
bool span_hex(struct span span, uint64_t *ret_value);

/* One field of /proc/meminfo, /proc/PID/status or smaps. */
struct kb_field {
	const char *name; /* without the colon */
	size_t offset;	  /* of its struct num */
};

/*
 * If `line` is "NAME:   VALUE kB" with a name of `fields` whose number in `object` is still
 * unknown, sets that to VALUE in bytes. A negative value, another unit or what does not fit in
 * bytes leaves it unknown. Returns the index of the field it set, or -1.
 */
int kb_field_set(struct span line, const struct kb_field *fields, size_t count, void *object);

/* The same for each line of a text. */
void kb_fields_set(struct span text, const struct kb_field *fields, size_t count, void *object);

#endif
