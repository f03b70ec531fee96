/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How much memory the machine could give away without killing for it. Who reports that there is
 * none must know before it asks for some: what is killed for the tracer's sake dies of the tracer.
 */
#ifndef OOMTRACE_AVAILABLE_MEMORY_H
#define OOMTRACE_AVAILABLE_MEMORY_H

#include <stdbool.h>

struct available_memory;

/* Of the machine whose /proc is below `root` ("": this one). -ENOMEM. */
int available_memory_new(const char *root, struct available_memory **ret_memory);
void available_memory_free(struct available_memory *memory);

/*
 * Whether 16 MiB and a 512th of all memory are left. By the kernel's estimate (si_mem_available(),
 * mm/show_mem.c, 6.12), less what is free for movable pages only (CMA) and what the kernel's own
 * caches hold, half of which it counts although they may not give way (a machine may run out of
 * memory with much of both); by what is free where /proc/meminfo tells of something smaller than
 * the machine. True when nothing tells. To ask takes no memory.
 */
bool available_memory_suffices(const struct available_memory *memory);

#endif
