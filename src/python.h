/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the threads of a CPython process do in its own language: functions, files and lines, read
 * from outside and without the process doing anything for it. CPython 3.8 to 3.15 with a global
 * interpreter lock, linked into the program or as a library; x86-64 and arm64.
 *
 * Two steps. Capturing reads what will be gone with the process, as shortly as can be: about one
 * call for each function. Decoding makes frames of it, whenever there is time. Whatever is read may
 * be a lie; it is bounded in size, and so is the time it takes.
 */
#ifndef OOMTRACE_PYTHON_H
#define OOMTRACE_PYTHON_H

#include "incident.h"
#include "remote.h"

#include <sys/types.h>

enum {
	PYTHON_THREADS_MAX = 16,
	PYTHON_FRAMES_MAX = 128, /* of one thread */
	/* Characters of a name and of a file's name; what is longer is cut and ends in "…". */
	PYTHON_NAME_MAX = 256,
	PYTHON_FILE_MAX = 1024,
};

/*
 * One capture: of one process at one time. Some 4 MiB of address space, allocated at once, of which
 * a capture touches what it needs.
 */
struct python;

/* -ENOMEM. The free function takes NULL. */
int python_new(struct python **ret_python);
void python_free(struct python *python);

/* A thread, by what is known of it. */
struct python_thread_id {
	pid_t tid;		 /* in the tracer's pid namespace */
	pid_t ns_tid;		 /* in its own one; 0: unknown */
	uint64_t thread_pointer; /* fs base, tpidr_el0; 0: unknown */
};

/*
 * Captures the stack of one thread. `maps` is the text of /proc/PID/maps; a part of it will do when
 * it names the interpreter. After `deadline_ns` (CLOCK_MONOTONIC; 0: none) no more is read, and
 * what was captured by then is a truncated stack.
 *
 * The thread is found by its ns_tid from 3.11 on, else by its thread_pointer. Where neither is of
 * use it is taken for the only one that Python knows, if that holds the global lock.
 *
 * 0: there is one stack to decode. Otherwise there is none: -ENOENT: not a Python process.
 * -ESRCH: the interpreter has nothing to do with this thread, or not now. -EOPNOTSUPP: a version or
 * a kind of build that is not known. -ENODATA: what should be its memory cannot be read or holds
 * something else. -ETIME: the time was up.
 */
int python_capture_thread(struct python *python, const char *maps, size_t len,
			  const struct remote *remote, const struct python_thread_id *id,
			  uint64_t deadline_ns);

/*
 * The same for all threads that execute Python code, at most PYTHON_THREADS_MAX: those that began
 * first, and so the main thread, come first. What a thread that goes on meanwhile has at the inner
 * end of its stack may be of two moments.
 */
int python_capture_all(struct python *python, const char *maps, size_t len,
		       const struct remote *remote, uint64_t deadline_ns);

/* "3.11"; NULL: the process was none of Python's, or of an unknown version. */
const char *python_version(const struct python *python);

/* Stacks that were captured. */
size_t python_stack_count(const struct python *python);

/* There are threads whose stacks were not captured, for want of room or of time. */
bool python_has_more(const struct python *python);

/* Calls that the capture made to read the process's memory. */
size_t python_calls(const struct python *python);

/*
 * The stack of that index: frames have a symbol (the function's own name, without its class's), a
 * file and a line as far as they could be read. Names are UTF-8; those of files are bytes, as the
 * file system has them. The caller clears the stack. `ret_tid` is what python_capture_thread() was
 * told; of python_capture_all() it is that in the process's own pid namespace, from 3.11 on, or
 * unknown. -EINVAL: no such stack, -ENOMEM.
 */
int python_decode(const struct python *python, size_t index, struct num *ret_tid,
		  struct stack *ret_stack);

#endif
