// SPDX-License-Identifier: GPL-2.0
#include "cgroup.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_normal(const char *path)
{
	size_t len = strlen(path);

	if (path[0] != '/' || (len > 1 && path[len - 1] == '/') || strstr(path, "//") ||
	    strstr(path, "/../") || strstr(path, "/./"))
		abort();
	if (len >= 3 && (!strcmp(path + len - 3, "/..") || !strcmp(path + len - 2, "/.")))
		abort();
	if (!cgroup_is_below(path, path) || !cgroup_is_below(path, "/"))
		abort();
}

/* Up to the first NUL a path, behind it a mount table. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *input = malloc(len + 1);
	struct cgroup_mount mount;
	const char *table;
	char *path, *again;

	memcpy(input, data, len);
	input[len] = '\0';
	table = input + strnlen(input, len) + (strnlen(input, len) < len);
	if (cgroup_parse_mountinfo(table, &mount)) {
		mount.point = strdup("/sys/fs/cgroup");
		mount.version = 2;
	}
	if (mount.version != 1 && mount.version != 2)
		abort();
	path = cgroup_normalize(&mount, input);
	if (path) {
		check_normal(path);
		mount.point[0] = '\0';
		again = cgroup_normalize(&mount, path);
		if (!again || strcmp(again, path))
			abort();
		free(again);
	}
	free(path);
	cgroup_mount_clear(&mount);
	free(input);
	return 0;
}
