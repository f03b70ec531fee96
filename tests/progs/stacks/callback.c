// SPDX-License-Identifier: GPL-2.0
/* The memory is asked for in a function that libc calls back. */
#include "victim.h"

#include <string.h>

STANDS_IN_STACKS static void grow(char *room, size_t size)
{
	memset(room, 1, size); /* LINE:grow */
	NO_TAIL_CALL();
}

STANDS_IN_STACKS static int compare(const void *a, const void *b)
{
	grow(get_room(MORE_THAN_ALLOWED), MORE_THAN_ALLOWED); /* LINE:compare */
	return *(const int *)a - *(const int *)b;
}

STANDS_IN_STACKS static void sort(int *numbers, size_t count)
{
	qsort(numbers, count, sizeof(*numbers), compare); /* LINE:sort */
	NO_TAIL_CALL();
}

int main(void)
{
	int numbers[] = {4, 3, 2, 1};

	sort(numbers, 4); /* LINE:main */
	return numbers[0];
}
