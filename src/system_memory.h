/* SPDX-License-Identifier: GPL-2.0 */
/* The machine's memory at the moment of reading. */
#ifndef OOMTRACE_SYSTEM_MEMORY_H
#define OOMTRACE_SYSTEM_MEMORY_H

#include "incident.h"

/*
 * Reads /proc/meminfo, /proc/zoneinfo and /proc/pressure/memory below `root` ("": this machine's).
 * A file that cannot be read (no pressure file without CONFIG_PSI, or with psi=0) leaves its part
 * unknown and is no failure; `asked` is set. The caller clears *ret_system. -ENOMEM only.
 */
int system_memory_read(const char *root, struct system *ret_system);

/* Frees what it owns and makes all of it unknown. */
void system_memory_clear(struct system *system);

/* The numbers of meminfo text (fs/proc/meminfo.c) that are in `system` and still unknown there. */
void system_memory_parse_meminfo(const char *text, size_t len, struct system *system);

/*
 * The zones of zoneinfo text (zoneinfo_show_print(), mm/vmstat.c) that have memory; zones with none
 * present or managed are left out. Watermarks stand there in pages; they are given in bytes and
 * hold what the kernel last added to them ("boost"). The caller frees *ret_zones.
 * -ENOENT when there is no zone in it, -ENOMEM.
 */
int system_memory_parse_zoneinfo(const char *text, size_t len, int64_t page_size,
				 struct zone **ret_zones, size_t *ret_count);

#endif
