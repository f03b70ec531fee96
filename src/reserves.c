// SPDX-License-Identifier: GPL-2.0
#include "reserves.h"

#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>

/*
 * Some of what is freed stays with the CPU, where the next page comes from, but where it does not
 * count as free; the rest, and what more the CPU has, goes back to where it does.
 */
#define RESERVE_LEN (512 << 10)

static void *reserve;

/*
 * gfp_to_alloc_flags() (mm/page_alloc.c, 6.12) asks no more than that the task is a realtime one.
 * For Linux pid 0 is the calling thread, and not its process.
 */
static bool set(int policy, int priority)
{
	const struct sched_param param = {.sched_priority = priority};

	/* Helpers that are started meanwhile are ordinary tasks. */
	return !sched_setscheduler(0, policy | SCHED_RESET_ON_FORK, &param);
}

bool reserves_use(void)
{
	return set(SCHED_FIFO, sched_get_priority_min(SCHED_FIFO));
}

void reserves_leave(void)
{
	set(SCHED_OTHER, 0);
}

void reserves_lay_in(void)
{
	void *map = mmap(NULL, RESERVE_LEN, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (map != MAP_FAILED)
		reserve = map;
}

void reserves_spend(void)
{
	if (reserve)
		munmap(reserve, RESERVE_LEN);
	reserve = NULL;
}
