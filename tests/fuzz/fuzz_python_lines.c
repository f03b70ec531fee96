// SPDX-License-Identifier: GPL-2.0
#include "python_lines.h"
#include "python_text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct head {
	uint8_t format;
	uint8_t cut;
	int32_t first_line;
	int64_t offset;
} __attribute__((packed));

static void fuzz_text(const uint8_t *bytes, size_t len, unsigned int width, bool cut)
{
	char *text = python_text_decode(bytes, len / width, width, cut);

	if (text && (strlen(text) < len / width || (cut && !strstr(text, "…"))))
		abort();
	free(text);
}

/* What is asked for, and a table; that is a string, too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct head head;
	int line;

	if (len < sizeof(head))
		return 0;
	memcpy(&head, data, sizeof(head));
	data += sizeof(head);
	len -= sizeof(head);
	line = python_line(head.format % 3, data, len, head.cut, head.first_line, head.offset);
	if (line < 0 || (head.offset < 0 && head.first_line > 0 && line != head.first_line))
		abort();
	/* What a table does not say when it is cut, it may say when it is not, but nothing else. */
	if (head.cut && line &&
	    line != python_line(head.format % 3, data, len, false, head.first_line, head.offset))
		abort();
	fuzz_text(data, len, 1u << head.format % 3, head.cut);
	return 0;
}
