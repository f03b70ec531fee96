// SPDX-License-Identifier: GPL-2.0
#include "perf_map.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The first bytes are the addresses that are asked for. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct perf_map_query queries[8] = {0};
	static int fd = -1;
	size_t count = 0;

	while (count < 8 && len > 2) {
		queries[count++].address = (uint64_t)data[0] << 8 | data[1];
		data += 2;
		len -= 2;
	}
	if (fd < 0)
		fd = memfd_create("map", MFD_CLOEXEC);
	if (ftruncate(fd, 0) || pwrite(fd, data, len, 0) != (ssize_t)len)
		abort();
	if (perf_map_find(fd, queries, count))
		abort();
	for (size_t i = 0; i < count; i++) {
		if (!queries[i].name)
			continue;
		if (!queries[i].name[0] && len && memchr(data, 0, len) == NULL)
			abort();
		if (strlen(queries[i].name) > PERF_MAP_NAME_MAX ||
		    queries[i].start > queries[i].address)
			abort();
		free(queries[i].name);
	}
	return 0;
}
