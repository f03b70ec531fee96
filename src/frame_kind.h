/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose code a frame of user space is. The one who reads a report can change only his own; the rest
 * tells how that came to ask for memory. A guess by names, from which nothing but looks may follow.
 */
#ifndef OOMTRACE_FRAME_KIND_H
#define OOMTRACE_FRAME_KIND_H

#include "incident.h"

enum frame_kind {
	FRAME_APPLICATION,
	FRAME_LIBRARY,	   /* somebody else's: shared without source lines, or a package */
	FRAME_INTERPRETER, /* of the file that runs another language */
	FRAME_RUNTIME,	   /* C library, allocators, a language's own library, the way to main() */
};

/* Of a frame whose strings, where known, may hold any bytes. */
enum frame_kind frame_kind(const struct frame *frame);

/* The same in the stack of an interpreted language, where `file` is a source. */
enum frame_kind frame_kind_script(const struct frame *frame);

/* Whether the frame is the loop in which Python runs its functions. */
bool frame_is_python_loop(const struct frame *frame);

/* Whether it is of the way to main(), in a frame of native code. */
bool frame_is_main_start(const struct frame *frame);

/* Whether it is where a program or one of its threads begins: no frame is missing beyond it. */
bool frame_is_start(const struct frame *frame);

/* Whether a file is a shared library by its name: "libfoo.so.1", not "foo.social". */
bool is_shared_library(const char *module);

#endif
