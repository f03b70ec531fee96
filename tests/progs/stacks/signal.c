// SPDX-License-Identifier: GPL-2.0
/*
 * The memory is asked for in a signal handler. The signal
 *
 *   raise    comes from raise()
 *   timer    comes from a timer, anywhere in a loop
 *   aside    comes from raise() and is handled on a stack of its own
 */
#include "victim.h"

#include <signal.h>
#include <string.h>
#include <sys/time.h>

static volatile unsigned long turns;

STANDS_IN_STACKS static void grow(char *room, size_t size)
{
	memset(room, 1, size); /* LINE:grow */
	NO_TAIL_CALL();
}

STANDS_IN_STACKS static void on_signal(int number)
{
	(void)number;
	grow(get_room(MORE_THAN_ALLOWED), MORE_THAN_ALLOWED); /* LINE:on_signal */
	NO_TAIL_CALL();
}

STANDS_IN_STACKS static void spin(void)
{
	for (;;)
		turns++;
}

STANDS_IN_STACKS static void handle(const char *how)
{
	static const struct itimerval soon = {.it_value.tv_usec = 10000};

	if (!strcmp(how, "timer")) {
		setitimer(ITIMER_REAL, &soon, NULL);
		spin(); /* LINE:wait */
	} else {
		raise(SIGALRM); /* LINE:raise */
	}
	NO_TAIL_CALL();
}

STANDS_IN_STACKS static void serve(const char *how)
{
	static char aside[64 << 10];
	stack_t stack = {.ss_sp = aside, .ss_size = sizeof(aside)};
	struct sigaction action = {.sa_handler = on_signal};

	if (!strcmp(how, "aside")) {
		sigaltstack(&stack, NULL);
		action.sa_flags = SA_ONSTACK;
	}
	sigaction(SIGALRM, &action, NULL);
	handle(how); /* LINE:serve */
	NO_TAIL_CALL();
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	serve(argv[1]); /* LINE:main */
	return 0;
}
