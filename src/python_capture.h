/* SPDX-License-Identifier: GPL-2.0 */
/* What is captured of a process, and what python_decode() makes frames of. */
#ifndef OOMTRACE_PYTHON_CAPTURE_H
#define OOMTRACE_PYTHON_CAPTURE_H

#include "python.h"
#include "python_find.h"

#include <stdbool.h>

enum {
	PYTHON_STATES_MAX = 4096, /* thread states that are looked at */
	PYTHON_CODES_MAX = 1024,
	/* Of one thread, with those that turn out not to be a program's. */
	PYTHON_RAW_FRAMES_MAX = 2 * PYTHON_FRAMES_MAX,
	PYTHON_LINES_MAX = 32 * 1024, /* bytes of one line table */
	PYTHON_ARENA_LEN = 2 * 1024 * 1024,
};

/* Bytes in the arena. */
struct python_bytes {
	bool known;
	bool cut; /* there were more */
	uint32_t at;
	uint32_t len;
};

/* A string as CPython keeps it: 1, 2 or 4 bytes a character. */
struct python_text {
	struct python_bytes bytes;
	uint8_t width;
};

/* A function, or what else is compiled as one. */
struct python_code {
	uint64_t address;
	int first_line;
	int64_t begin; /* the offset of its first instruction; those before it prepare the frame */
	bool is_file;  /* its name and that of its file are one object */
	struct python_text name;
	struct python_text file;
	struct python_bytes lines;
};

struct python_frame {
	uint32_t code;	/* index of codes */
	int64_t offset; /* of the instruction, in bytes from where the code lies */
};

struct python_stack {
	struct num tid;
	bool truncated;
	size_t count;
	struct python_frame frames[PYTHON_RAW_FRAMES_MAX];
};

struct python {
	struct remote_memory *memory;
	struct python_runtime runtime;
	bool known; /* the runtime was found */
	bool more;
	char version[16];
	size_t stack_count;
	struct python_stack stacks[PYTHON_THREADS_MAX];
	uint64_t threads[PYTHON_STATES_MAX];
	size_t code_count;
	struct python_code codes[PYTHON_CODES_MAX];
	size_t arena_len;
	uint8_t arena[PYTHON_ARENA_LEN];
};

/* A number of the process's: the field of an object. As remote_memory_read(). */
static inline int python_read_u64(struct python *python, uint64_t address, uint32_t field,
				  uint64_t *ret_value)
{
	return remote_memory_read(python->memory, address + field, ret_value, sizeof(*ret_value));
}

#endif
