// SPDX-License-Identifier: GPL-2.0
#include "resident.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#define HEAP_KEPT (4 << 20) /* more is given back */
#define STACK_LEN 65536
#define CHUNK_LEN 65536 /* less than what malloc() maps apart from the heap */
#define CHUNKS	  8

void resident_share_heap(void)
{
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_TRIM_THRESHOLD, HEAP_KEPT);
}

void resident_small_pages(void)
{
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
}

void resident_fill_heap(void)
{
	void *chunks[CHUNKS];

	for (size_t i = 0; i < CHUNKS; i++) {
		chunks[i] = malloc(CHUNK_LEN);
		if (chunks[i])
			memset(chunks[i], 1, CHUNK_LEN);
	}
	for (size_t i = 0; i < CHUNKS; i++)
		free(chunks[i]);
}

void resident_fill_stack(void)
{
	volatile char stack[STACK_LEN];

	for (size_t i = 0; i < sizeof(stack); i++)
		stack[i] = 1;
}
