// SPDX-License-Identifier: GPL-2.0
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_LEN 1024

static enum log_level most = LOG_INFO;

void log_set_level(enum log_level level)
{
	most = level;
}

void log_line(enum log_level level, const char *format, ...)
{
	static const char prefix[] = "oomtrace: ";
	char line[LINE_LEN];
	size_t len = sizeof(prefix) - 1;
	va_list args;
	int more;

	if (level > most)
		return;
	memcpy(line, prefix, len);
	va_start(args, format);
	more = vsnprintf(line + len, sizeof(line) - len - 1, format, args);
	va_end(args);
	if (more < 0)
		return;
	len = strlen(line);
	line[len++] = '\n';
	/* Standard error that cannot be written to leaves nobody to tell. */
	if (write(STDERR_FILENO, line, len) < 0)
		return;
}
