// SPDX-License-Identifier: GPL-2.0
/* The memory is asked for in a second thread. */
#include "victim.h"

#include <pthread.h>
#include <string.h>

STANDS_IN_STACKS static void grow(char *room, size_t size)
{
	memset(room, 1, size); /* LINE:grow */
	NO_TAIL_CALL();
}

STANDS_IN_STACKS static void work(size_t size)
{
	grow(get_room(size), size); /* LINE:work */
	NO_TAIL_CALL();
}

STANDS_IN_STACKS static void *run_worker(void *size)
{
	work(*(size_t *)size); /* LINE:run_worker */
	return NULL;
}

int main(void)
{
	size_t size = MORE_THAN_ALLOWED;
	pthread_t thread;

	if (pthread_create(&thread, NULL, run_worker, &size))
		return 1;
	pthread_join(thread, NULL);
	return 0;
}
