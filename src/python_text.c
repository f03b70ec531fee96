// SPDX-License-Identifier: GPL-2.0
#include "python_text.h"

#include <stdlib.h>
#include <string.h>

#define CUT	    "…"
#define REPLACEMENT 0xfffd
/* Where bytes that were no UTF-8 are put, PEP 383. */
#define ESCAPED_FIRST 0xdc80
#define ESCAPED_LAST  0xdcff

static uint32_t character_at(const uint8_t *bytes, size_t index, unsigned int width)
{
	uint16_t two;
	uint32_t four;

	switch (width) {
	case 1:
		return bytes[index];
	case 2:
		memcpy(&two, bytes + index * 2, sizeof(two));
		return two;
	default:
		memcpy(&four, bytes + index * 4, sizeof(four));
		return four;
	}
}

static char *put(char *to, uint32_t c)
{
	if (c >= ESCAPED_FIRST && c <= ESCAPED_LAST) {
		*to++ = (char)(c & 0xff);
		return to;
	}
	if (!c || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		c = REPLACEMENT;
	if (c < 0x80) {
		*to++ = (char)c;
		return to;
	}
	if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*to++ = (char)(0xe0 | c >> 12);
		} else {
			*to++ = (char)(0xf0 | c >> 18);
			*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		}
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (c & 0x3f));
	return to;
}

char *python_text_decode(const uint8_t *bytes, size_t count, unsigned int width, bool cut)
{
	char *text = malloc(count * 4 + sizeof(CUT)), *to = text, *fitting;

	if (!text)
		return NULL;
	for (size_t i = 0; i < count; i++)
		to = put(to, character_at(bytes, i, width));
	strcpy(to, cut ? CUT : "");
	fitting = realloc(text, strlen(text) + 1);
	return fitting ? fitting : text;
}
