// SPDX-License-Identifier: GPL-2.0
#include "text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT	  "\xef\xbf\xbd" /* U+FFFD */
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

struct range {
	uint32_t first;
	uint32_t last;
};

/*
 * Length of the valid sequence at the start of the `len` bytes at `s`, and its code point into
 * *ret_code; 0 when there is none. RFC 3629: no overlong forms, no surrogates, nothing above
 * U+10FFFF.
 */
static size_t decode(const unsigned char *s, size_t len, uint32_t *ret_code)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t code;
	size_t n;

	if (len == 0)
		return 0;
	if (s[0] < 0x80) {
		*ret_code = s[0];
		return 1;
	}
	n = s[0] >= 0xf8 ? 0 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc0 ? 2 : 0;
	if (n == 0 || n > len)
		return 0;
	code = s[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3fu);
	}
	if (code < smallest[n] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*ret_code = code;
	return n;
}

/* Whether a terminal or a reader could be misled by it. */
static bool is_control(uint32_t code)
{
	static const struct range controls[] = {
		{0x00, 0x1f},	  {0x7f, 0x9f},	    {0x61c, 0x61c},
		{0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069},
	};

	for (size_t i = 0; i < ARRAY_SIZE(controls); i++) {
		if (code >= controls[i].first && code <= controls[i].last)
			return true;
	}
	return false;
}

/* Writes the escape for `code` with a closing NUL to `out` and returns its length without that. */
static size_t escape(char out[static 16], uint32_t code)
{
	static const char named[] = "\aa\bb\tt\nn\vv\ff\rr\x1b"
				    "e\\\\";

	for (size_t i = 0; i + 1 < sizeof(named); i += 2) {
		if (code == (unsigned char)named[i])
			return (size_t)snprintf(out, 16, "\\%c", named[i + 1]);
	}
	if (code < 0x80)
		return (size_t)snprintf(out, 16, "\\x%02x", (unsigned int)code);
	return (size_t)snprintf(out, 16, "\\u{%x}", (unsigned int)code);
}

static char *convert(const char *bytes, size_t len, bool escapes)
{
	const unsigned char *in = (const unsigned char *)bytes;
	char *text, *out, escaped[16];
	uint32_t code;
	size_t n;

	/* A byte takes three as U+FFFD, four as \xNN; longer sequences grow by less per byte. */
	if (len > (SIZE_MAX - 1) / 4)
		return NULL;
	text = malloc(len * 4 + 1);
	if (!text)
		return NULL;
	for (out = text; len; in += n, len -= n) {
		n = decode(in, len, &code);
		if (n == 0 || (code == 0 && !escapes)) {
			n = 1;
			out = mempcpy(out, REPLACEMENT, strlen(REPLACEMENT));
		} else if (escapes && (is_control(code) || code == '\\')) {
			out = mempcpy(out, escaped, escape(escaped, code));
		} else {
			out = mempcpy(out, in, n);
		}
	}
	*out = '\0';
	return text;
}

char *text_utf8(const char *bytes, size_t len)
{
	return convert(bytes, len, false);
}

char *text_printable(const char *bytes, size_t len)
{
	return convert(bytes, len, true);
}

static size_t code_width(uint32_t code)
{
	static const struct range none[] = {
		{0x300, 0x36f},	  {0x483, 0x489},     {0x591, 0x5bd},	{0x610, 0x61a},
		{0x64b, 0x65f},	  {0x1ab0, 0x1aff},   {0x1dc0, 0x1dff}, {0x200b, 0x200f},
		{0x20d0, 0x20ff}, {0x2060, 0x2064},   {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
		{0xfeff, 0xfeff}, {0xe0100, 0xe01ef},
	};
	static const struct range wide[] = {
		{0x1100, 0x115f},   {0x2e80, 0x303e},	{0x3041, 0xa4cf},   {0xa960, 0xa97f},
		{0xac00, 0xd7a3},   {0xf900, 0xfaff},	{0xfe30, 0xfe6f},   {0xff00, 0xff60},
		{0xffe0, 0xffe6},   {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff},
		{0x20000, 0x3fffd},
	};

	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		if (code >= none[i].first && code <= none[i].last)
			return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(wide); i++) {
		if (code >= wide[i].first && code <= wide[i].last)
			return 2;
	}
	return 1;
}

size_t text_width(const char *utf8)
{
	const unsigned char *s = (const unsigned char *)utf8;
	size_t len = strlen(utf8), width = 0, n;
	uint32_t code;

	for (; len; s += n, len -= n) {
		n = decode(s, len, &code);
		width += n ? code_width(code) : 1;
		n = n ? n : 1;
	}
	return width;
}

const char *text_size(char *buf, size_t len, uint64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	uint64_t one = 1, whole, rest, tenths;
	size_t unit = 0;

	while (unit + 1 < ARRAY_SIZE(units) && bytes / one >= 1024) {
		one *= 1024;
		unit++;
	}
	whole = bytes / one;
	rest = bytes % one;
	if (rest == 0) {
		snprintf(buf, len, "%" PRIu64 " %s", whole, units[unit]);
		return buf;
	}
	tenths = whole * 10 + (rest * 10 + one / 2) / one;
	if (tenths == 10240 && unit + 1 < ARRAY_SIZE(units)) {
		tenths = 10;
		unit++;
	}
	snprintf(buf, len, "%" PRIu64 ".%" PRIu64 " %s", tenths / 10, tenths % 10, units[unit]);
	return buf;
}

const char *text_thousands(char *buf, size_t len, uint64_t value)
{
	char digits[TEXT_NUMBER_LEN], grouped[TEXT_NUMBER_LEN], *out = grouped;
	int count = snprintf(digits, sizeof(digits), "%" PRIu64, value);

	for (int i = 0; i < count; i++) {
		if (i && (count - i) % 3 == 0)
			*out++ = ',';
		*out++ = digits[i];
	}
	*out = '\0';
	snprintf(buf, len, "%s", grouped);
	return buf;
}
