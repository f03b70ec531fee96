// SPDX-License-Identifier: GPL-2.0
/* A chain of functions down to memset(), two of them inlined into a third. [GATE]: waits there first. */
#include "victim.h"

#include <string.h>

STANDS_IN_STACKS void grow(char *room, size_t size)
{
	memset(room, 1, size); /* LINE:grow */
	NO_TAIL_CALL();
}

static ALWAYS_INLINED void reorder(size_t size)
{
	char *room = get_room(size);

	grow(room, size); /* LINE:reorder */
	NO_TAIL_CALL();
}

static ALWAYS_INLINED void restock(size_t size)
{
	reorder(2 * size); /* LINE:restock */
	NO_TAIL_CALL();
}

STANDS_IN_STACKS void handle(size_t size)
{
	restock(size / 2); /* LINE:handle */
	NO_TAIL_CALL();
}

STANDS_IN_STACKS void serve(size_t size)
{
	handle(size); /* LINE:serve */
	NO_TAIL_CALL();
}

int main(int argc, char **argv)
{
	if (argc > 1)
		wait_at_gate(argv[1]);
	serve(MORE_THAN_ALLOWED); /* LINE:main */
	return 0;
}
