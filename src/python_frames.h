/* SPDX-License-Identifier: GPL-2.0 */
/* The frames of one thread of CPython's, and the functions they are of. */
#ifndef OOMTRACE_PYTHON_FRAMES_H
#define OOMTRACE_PYTHON_FRAMES_H

#include "python_capture.h"

/*
 * Adds the stack that begins with the frame at that address, as much of it as can be read. There
 * must be room for a stack. -ESRCH: there is no code of a program in it. -ENODATA: nothing of it
 * could be read.
 */
int python_frames_capture(struct python *python, uint64_t frame, struct num tid);

#endif
