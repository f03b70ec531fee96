// SPDX-License-Identifier: GPL-2.0
#include "python_lines.h"

/* For 3.10, an instruction without a line. */
#define NO_LINE_DELTA (-128)

/* Kinds of entries of the location table, Objects/locations.md. */
enum {
	LOCATION_ONE_LINE0 = 10,
	LOCATION_ONE_LINE2 = 12,
	LOCATION_NO_COLUMNS = 13,
	LOCATION_LONG = 14,
	LOCATION_NONE = 15,
};

/* What an entry begins with; no other byte of it has this bit. */
#define LOCATION_START 0x80

/* A sum of deltas as a line. */
static int line_of(int64_t line)
{
	return line > 0 && line <= INT32_MAX ? (int)line : 0;
}

/*
 * Pairs of how many bytes of code, an unsigned byte, and how many lines, a signed one, lie between
 * one line's begin and the next.
 */
static int line_by_lnotab(const uint8_t *table, size_t len, bool cut, int64_t line, int64_t offset)
{
	int64_t at = 0;

	for (size_t i = 0; i + 1 < len; i += 2) {
		at += table[i];
		if (at > offset)
			return line_of(line);
		line += (int8_t)table[i + 1];
	}
	/* The last line has no end. */
	return cut ? 0 : line_of(line);
}

/* Pairs of the length of a piece of code and how far its line is from that of the piece before. */
static int line_by_linetable(const uint8_t *table, size_t len, int64_t line, int64_t offset)
{
	int64_t end = 0;

	for (size_t i = 0; i + 1 < len; i += 2) {
		int8_t delta = (int8_t)table[i + 1];

		end += table[i];
		if (delta != NO_LINE_DELTA)
			line += delta;
		if (end > offset)
			return delta == NO_LINE_DELTA ? 0 : line_of(line);
	}
	return 0;
}

/* Six bits a byte, the lowest first, and one that says that more follow; the sign comes lowest. */
static int64_t signed_varint(const uint8_t *bytes, size_t len)
{
	uint64_t value = 0;

	for (size_t i = 0; i < len && i < 6; i++) {
		value |= (uint64_t)(bytes[i] & 0x3f) << 6 * i;
		if (!(bytes[i] & 0x40))
			break;
	}
	return value & 1 ? -(int64_t)(value >> 1) : (int64_t)(value >> 1);
}

static int64_t location_delta(unsigned int kind, const uint8_t *bytes, size_t len)
{
	if (kind == LOCATION_NO_COLUMNS || kind == LOCATION_LONG)
		return signed_varint(bytes, len);
	if (kind >= LOCATION_ONE_LINE0 && kind <= LOCATION_ONE_LINE2)
		return kind - LOCATION_ONE_LINE0;
	return 0;
}

static int line_by_locations(const uint8_t *table, size_t len, int64_t line, int64_t offset)
{
	int64_t end = 0;
	size_t next;

	for (size_t i = 0; i < len; i = next) {
		unsigned int kind = table[i] >> 3 & 15;

		if (!(table[i] & LOCATION_START))
			return 0;
		for (next = i + 1; next < len && !(table[next] & LOCATION_START);)
			next++;
		line += location_delta(kind, table + i + 1, next - i - 1);
		end += ((table[i] & 7) + 1) * 2;
		if (end > offset)
			return kind == LOCATION_NONE ? 0 : line_of(line);
	}
	return 0;
}

int python_line(enum python_lines format, const uint8_t *table, size_t len, bool cut,
		int first_line, int64_t offset)
{
	if (offset < 0)
		return line_of(first_line);
	switch (format) {
	case PYTHON_LNOTAB:
		return line_by_lnotab(table, len, cut, first_line, offset);
	case PYTHON_LINETABLE:
		return line_by_linetable(table, len, first_line, offset);
	case PYTHON_LOCATIONS:
		return line_by_locations(table, len, first_line, offset);
	}
	return 0;
}
