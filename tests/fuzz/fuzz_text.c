// SPDX-License-Identifier: GPL-2.0
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <locale.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(char *text, int printable)
{
	size_t len, width;
	char *again;

	if (!text)
		abort();
	len = strlen(text);
	width = text_width(text);
	/* The C library's opinion of what is valid. */
	if (mbstowcs(NULL, text, 0) == (size_t)-1 || width > 2 * len)
		abort();
	for (size_t i = 0; printable && i < len; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			abort();
	}
	again = text_utf8(text, len);
	if (!again || strcmp(again, text) != 0)
		abort();
	free(again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char buf[TEXT_NUMBER_LEN];
	uint64_t number;

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		abort();
	check(text_utf8((const char *)data, len), 0);
	check(text_printable((const char *)data, len), 1);
	if (len < sizeof(number))
		return 0;
	memcpy(&number, data, sizeof(number));
	if (strlen(text_size(buf, sizeof(buf), number)) + 1 == sizeof(buf) ||
	    strlen(text_thousands(buf, sizeof(buf), number)) + 1 == sizeof(buf))
		abort();
	text_size(buf, data[0] % sizeof(buf), number);
	text_thousands(buf, data[0] % sizeof(buf), number);
	return 0;
}
