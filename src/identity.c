// SPDX-License-Identifier: GPL-2.0
#include "identity.h"

#include "readfile.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define PATH_LEN 4096

/* A version 4 UUID (RFC 9562). */
static int make_uuid(char out[37])
{
	uint8_t b[16];

	if (getrandom(b, sizeof(b), 0) != sizeof(b))
		return -errno;
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
		 b[13], b[14], b[15]);
	return 0;
}

static char *read_line(const char *root, const char *path)
{
	char full[PATH_LEN];
	char *data;

	if (snprintf(full, sizeof(full), "%s%s", root, path) >= (int)sizeof(full))
		return NULL;
	if (file_read(full, &data, NULL, 4096))
		return NULL;
	data[strcspn(data, "\n")] = '\0';
	return data;
}

int identity_read(const char *root, struct identity *ret_identity)
{
	struct identity identity = {0};
	char *boot_id;
	int err = make_uuid(identity.run);

	if (err)
		return err;
	if (uname(&identity.host))
		return -errno;
	boot_id = read_line(root, "/proc/sys/kernel/random/boot_id");
	if (boot_id && strlen(boot_id) == 36)
		memcpy(identity.boot_id, boot_id, 37);
	free(boot_id);
	*ret_identity = identity;
	return 0;
}

bool identity_single_node(const char *root)
{
	char *nodes = read_line(root, "/sys/devices/system/node/has_memory");
	bool single;

	/* Without NUMA the kernel has no such file, and one node. */
	if (!nodes)
		return true;
	single = nodes[0] && !strpbrk(nodes, ",-");
	free(nodes);
	return single;
}
