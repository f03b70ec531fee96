// SPDX-License-Identifier: GPL-2.0
/*
 * A stack of some 200 KiB. [holes]: most of the memory in its larger functions was never touched, so that the kernel
 * has no pages there.
 */
#include "victim.h"

#include <string.h>

STANDS_IN_STACKS static void grow(char *room, size_t size)
{
	memset(room, 1, size); /* LINE:grow */
	NO_TAIL_CALL();
}

/* Below it lie 24 more of its kind. */
STANDS_IN_STACKS static void descend(int level, int touched)
{
	volatile char large[8192];

	for (size_t at = 0; touched && at < sizeof(large); at += 1024)
		large[at] = 1;
	/* It is there even when it is not used. */
	__asm__ volatile("" : : "r"(large) : "memory");
	if (level)
		descend(level - 1, touched); /* LINE:descend */
	else
		grow(get_room(MORE_THAN_ALLOWED), MORE_THAN_ALLOWED); /* LINE:bottom */
	NO_TAIL_CALL();
}

STANDS_IN_STACKS static void serve(int levels, int touched)
{
	descend(levels, touched); /* LINE:serve */
	NO_TAIL_CALL();
}

int main(int argc, char **argv)
{
	(void)argv;
	serve(24, argc < 2); /* LINE:main */
	return 0;
}
