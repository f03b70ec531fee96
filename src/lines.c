// SPDX-License-Identifier: GPL-2.0
#include "lines.h"

#include "incident.h"

#include <string.h>

static void skip(struct span *span, size_t count)
{
	span->at += count;
	span->len -= count;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool span_take_until(struct span *text, char separator, struct span *ret_part)
{
	const char *end = text->len ? memchr(text->at, separator, text->len) : NULL;

	if (!end)
		return false;
	*ret_part = (struct span){text->at, (size_t)(end - text->at)};
	skip(text, ret_part->len + 1);
	return true;
}

bool span_take_line(struct span *text, struct span *ret_line)
{
	return span_take_until(text, '\n', ret_line);
}

bool span_take_word(struct span *line, struct span *ret_word)
{
	size_t len = 0;

	while (line->len && is_blank(*line->at))
		skip(line, 1);
	while (len < line->len && !is_blank(line->at[len]))
		len++;
	if (!len)
		return false;
	*ret_word = (struct span){line->at, len};
	skip(line, len);
	return true;
}

bool span_equals(struct span span, const char *text)
{
	return span.len == strlen(text) && !memcmp(span.at, text, span.len);
}

bool span_decimal(struct span span, int64_t *ret_value)
{
	bool negative = span.len && *span.at == '-';
	int64_t value = 0;

	if (negative)
		skip(&span, 1);
	if (!span.len)
		return false;
	for (size_t i = 0; i < span.len; i++) {
		int digit = span.at[i] - '0';

		if (digit < 0 || digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, negative ? -digit : digit, &value))
			return false;
	}
	*ret_value = value;
	return true;
}

bool span_unsigned(struct span span, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (!span.len)
		return false;
	for (size_t i = 0; i < span.len; i++) {
		int digit = span.at[i] - '0';

		if (digit < 0 || digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit, &value))
			return false;
	}
	*ret_value = value;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool span_hex(struct span span, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (!span.len || span.len > 16)
		return false;
	for (size_t i = 0; i < span.len; i++) {
		int digit = hex_digit(span.at[i]);

		if (digit < 0)
			return false;
		value = value << 4 | (uint64_t)digit;
	}
	*ret_value = value;
	return true;
}

static bool take_kilobytes(struct span *line, int64_t *ret_bytes)
{
	struct span number, unit;
	int64_t value;

	if (!span_take_word(line, &number) || !span_take_word(line, &unit))
		return false;
	if (!span_equals(unit, "kB") || !span_decimal(number, &value) || value < 0)
		return false;
	return !__builtin_mul_overflow(value, 1024, ret_bytes);
}

int kb_field_set(struct span line, const struct kb_field *fields, size_t count, void *object)
{
	struct span name;
	int64_t bytes;

	if (!span_take_until(&line, ':', &name))
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct num *num = (struct num *)((char *)object + fields[i].offset);

		if (!span_equals(name, fields[i].name))
			continue;
		if (num->known || !take_kilobytes(&line, &bytes))
			return -1;
		*num = num_of(bytes);
		return (int)i;
	}
	return -1;
}

void kb_fields_set(struct span text, const struct kb_field *fields, size_t count, void *object)
{
	struct span line;

	while (span_take_line(&text, &line))
		kb_field_set(line, fields, count, object);
}
