// SPDX-License-Identifier: GPL-2.0
#include "panic_on_oom.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#define COMPULSORY '2' /* check_panic_on_oom(), mm/oom_kill.c, 6.12 */

bool panic_on_oom_compulsory(const char *root)
{
	char path[PATH_MAX], text[2] = "";
	int n = snprintf(path, sizeof(path), "%s/proc/sys/vm/panic_on_oom", root);
	int fd = n < (int)sizeof(path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t len;

	if (fd < 0)
		return false;
	len = read(fd, text, sizeof(text));
	close(fd);
	return len == sizeof(text) && text[0] == COMPULSORY && text[1] == '\n';
}
