// SPDX-License-Identifier: GPL-2.0
/*
 * A program with known callers, for tests to stop and to unwind: target CASE stops itself with
 * SIGSTOP in innermost(), which middle() calls, which outer() calls. How it is built, and what is
 * taken from it afterwards, differs.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef __clang__
#define KEPT __attribute__((noinline))
#else
#define KEPT __attribute__((noipa))
#endif

volatile int sink;

/* Inlined into each other and into outer(). */
static inline __attribute__((always_inline)) int inlined_twice(int n)
{
	sink += n;
	raise(SIGSTOP); /* line of inlined_twice */
	return n + 1;
}

static inline __attribute__((always_inline)) int inlined_once(int n)
{
	return inlined_twice(n * 2) + 1; /* line of inlined_once */
}

KEPT static int innermost(int n)
{
	int value = inlined_once(n + 1); /* line of innermost */

	sink += value;
	return value;
}

KEPT static int middle(int n)
{
	char space[256];

	memset(space, n, sizeof(space));
	sink += space[n & 255];
	return innermost(n + 1) + space[sink & 255];
}

KEPT static int outer(int n)
{
	return middle(n) + 1;
}

KEPT static int recurse(int depth)
{
	char space[1024];

	memset(space, depth, sizeof(space));
	sink += space[depth & 255];
	return (depth ? recurse(depth - 1) : outer(1)) + space[sink & 255];
}

static void handler(int number)
{
	sink += outer(number);
}

KEPT static void interrupted(void)
{
	raise(SIGUSR1);
	sink++;
}

static void *thread(void *data)
{
	sink += outer(1);
	return data;
}

KEPT static void in_thread(void)
{
	pthread_t id;

	if (pthread_create(&id, NULL, thread, NULL))
		abort();
	pthread_join(id, NULL);
}

static int compare(const void *a, const void *b)
{
	sink += outer(1);
	return *(const int *)a - *(const int *)b;
}

static int subtract(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* A caller in the C library, between two that are not. */
KEPT static void called_back(void)
{
	int values[] = {2, 1};

	qsort(values, 2, sizeof(values[0]), compare);
	sink += values[0];
}

/* Where the last step is. */
KEPT static void stepped(void)
{
	sink++;
}

/* The linker knows it by another name. */
static void step(void) __asm__("internal_step");

/* The vDSO, stubs of the linker's, its lazy binding, the C library, and back. */
KEPT static void step(void)
{
	int values[] = {4, 2, 3, 1};
	char text[32];

	raise(SIGSTOP);
	/* The other clocks are read again when they have ticked meanwhile, as they do. */
	sink += (int)time(NULL);
	qsort(values, 4, sizeof(values[0]), subtract);
	snprintf(text, sizeof(text), "%d", values[1]);
	sink += (int)strlen(text);
	stepped();
	sink++;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (!strcmp(name, "plain"))
		sink += outer(1);
	else if (!strcmp(name, "deep"))
		sink += recurse(100);
	else if (!strcmp(name, "shallow"))
		sink += recurse(20);
	else if (!strcmp(name, "thread"))
		in_thread();
	else if (!strcmp(name, "callback"))
		called_back();
	else if (!strcmp(name, "step"))
		step();
	else if (!strcmp(name, "signal") && signal(SIGUSR1, handler) != SIG_ERR)
		interrupted();
	return sink == 42;
}
