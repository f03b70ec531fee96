/* SPDX-License-Identifier: GPL-2.0 */
/* Where the CPython interpreter of another process is, and of which version. */
#ifndef OOMTRACE_PYTHON_FIND_H
#define OOMTRACE_PYTHON_FIND_H

#include "python_layout.h"
#include "remote.h"

struct python_runtime {
	uint64_t address;   /* of _PyRuntime */
	uint64_t code_type; /* of PyCode_Type; 0: not found */
	struct python_layout layout;
};

/*
 * Looks for an interpreter in files that are called like one (python3.11, libpython3.11.so.1.0) and
 * in the file mapped first, which is the program as a rule. `maps` is the text of /proc/PID/maps.
 * For other processes that costs a look at each line of it and some ten small reads at most.
 *
 * -ENOENT: not a Python process as far as can be seen. -EOPNOTSUPP: a version or a kind of build
 * whose layout is not known. -ESRCH: the interpreter does not run (yet). -ENODATA: its memory could
 * not be read or holds something else. -ETIME.
 */
int python_find(struct remote_memory *memory, const char *maps, size_t len,
		struct python_runtime *ret_runtime);

#endif
