/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What was taken of a thread's user space at the moment it asked for memory: enough to unwind its
 * stack and to name the frames when the process is gone. Everything in it is the process's own word
 * and may be a lie.
 */
#ifndef OOMTRACE_USER_STATE_H
#define OOMTRACE_USER_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Registers in the order of the machine's DWARF numbers: x86-64 has 17 (16 is rip), arm64 32. */
enum { USER_REGS_MAX = 33 };

/* The unit in which the stack is copied. */
enum { USER_STACK_PAGE = 4096 };

/* Code mapped from a file, or "[vdso]". */
struct module {
	uint64_t start;
	uint64_t end;
	uint64_t file_offset; /* of start */
	uint64_t inode;
	uint32_t dev;	/* as the kernel keeps it: 12 bits major, 20 bits minor */
	char *path;	/* in the process's mount namespace; NULL: not a file */
	int fd;		/* the file itself, opened while it was mapped; 0: it could not be */
	bool same_file; /* what fd is was mapped there, whatever its inode number says */
};

struct user_state {
	unsigned int reg_count; /* 0: the registers are not known */
	uint64_t regs[USER_REGS_MAX];
	uint64_t pc;
	uint64_t thread_pointer; /* 0: unknown */
	uint64_t stack_address;	 /* of stack[0]; at or below the stack pointer */
	size_t stack_len;	 /* bytes */
	uint8_t *stack;
	uint64_t stack_missing; /* a bit for each USER_STACK_PAGE that could not be read */
	uint64_t outer_address; /* of stack[outer_at] */
	size_t outer_at;	/* where the stack begins that a signal interrupted; 0: it is one */
	bool stack_cut;		/* the stack may go on where the copy ends */
	bool all_modules; /* every mapping of code is there, not only those seen on the stack */
	size_t module_count;
	struct module *modules;
	int root_fd;	 /* the process's root directory, O_PATH; 0: none */
	int perf_map_fd; /* its /tmp/perf-PID.map, O_PATH; 0: none */
};

/* Where in the copy these bytes of the stack are; NULL when it does not have all of them. */
const uint8_t *user_state_find(const struct user_state *state, uint64_t address, size_t size);

/* Whether a stack that was cut may go on with this address. */
bool user_state_is_cut(const struct user_state *state, uint64_t address);

/* Frees and closes what it owns and makes it an empty one; NULL is allowed. */
void user_state_clear(struct user_state *state);

#endif
