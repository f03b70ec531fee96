// SPDX-License-Identifier: GPL-2.0
#include "available_memory.h"

#include "incident.h"
#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define LEAST_BYTES (INT64_C(16) << 20)
#define LEAST_PART  512
/* Twice what the file has on any kernel yet. */
#define MEMINFO_LEN 4096

struct available_memory {
	int meminfo; /* -1: none */
};

struct meminfo {
	struct num total_bytes;
	struct num available_bytes;
	struct num cma_free_bytes;
	struct num kernel_caches_bytes;
};

static const struct kb_field fields[] = {
	{"MemTotal", offsetof(struct meminfo, total_bytes)},
	{"MemAvailable", offsetof(struct meminfo, available_bytes)},
	{"CmaFree", offsetof(struct meminfo, cma_free_bytes)},
	{"KReclaimable", offsetof(struct meminfo, kernel_caches_bytes)},
};

int available_memory_new(const char *root, struct available_memory **ret_memory)
{
	struct available_memory *memory = malloc(sizeof(*memory));
	char path[PATH_MAX];

	if (!memory)
		return -ENOMEM;
	memory->meminfo = -1;
	if (snprintf(path, sizeof(path), "%s/proc/meminfo", root) < (int)sizeof(path))
		memory->meminfo = open(path, O_RDONLY | O_CLOEXEC);
	/* The kernel keeps the buffer it shows the file in. */
	available_memory_suffices(memory);
	*ret_memory = memory;
	return 0;
}

void available_memory_free(struct available_memory *memory)
{
	if (!memory)
		return;
	if (memory->meminfo >= 0)
		close(memory->meminfo);
	free(memory);
}

static void read_meminfo(const struct available_memory *memory, struct meminfo *ret)
{
	char text[MEMINFO_LEN];
	ssize_t len = pread(memory->meminfo, text, sizeof(text), 0);

	*ret = (struct meminfo){0};
	if (len > 0)
		kb_fields_set((struct span){text, (size_t)len}, fields,
			      sizeof(fields) / sizeof(fields[0]), ret);
}

bool available_memory_suffices(const struct available_memory *memory)
{
	struct meminfo meminfo;
	struct sysinfo info;
	int64_t total, bytes;

	if (sysinfo(&info))
		return true;
	total = (int64_t)((uint64_t)info.totalram * info.mem_unit);
	bytes = (int64_t)((uint64_t)info.freeram * info.mem_unit);
	read_meminfo(memory, &meminfo);
	/* A container may be shown a file of its own (lxcfs). */
	if (meminfo.available_bytes.known && meminfo.total_bytes.value == total)
		bytes = meminfo.available_bytes.value - meminfo.cma_free_bytes.value -
			meminfo.kernel_caches_bytes.value;
	return bytes >= LEAST_BYTES + total / LEAST_PART;
}
