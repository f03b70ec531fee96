/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the victims of this directory share. Each asks for more memory than its cgroup may have, in a
 * chain of functions that a stack can be compared with. The checker looks up the line numbers it expects by the
 * comments LINE:NAME, so lines may move.
 */
#ifndef TEST_VICTIM_H
#define TEST_VICTIM_H

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define MORE_THAN_ALLOWED ((size_t)256 << 20)

/* Has a frame of its own, under its own name. */
#ifdef __clang__
#define STANDS_IN_STACKS __attribute__((noinline))
#else
#define STANDS_IN_STACKS __attribute__((noipa))
#endif
#define ALWAYS_INLINED inline __attribute__((always_inline))

/* Behind a call: without something left to do the compiler would make a jump of it. */
#define NO_TAIL_CALL() __asm__ volatile("" : : : "memory")

/* Address space; its pages come when they are touched. Inlined it would share lines with its caller. */
STANDS_IN_STACKS __attribute__((unused)) static char *get_room(size_t size)
{
	void *room = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (room == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return (char *)room;
}

/* Returns when somebody has opened the FIFO for writing and closed it again. */
static inline void wait_at_gate(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		perror(path);
		exit(1);
	}
	while (read(fd, &byte, 1) > 0)
		;
	close(fd);
}

#endif
