/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where CPython keeps what a stack is made of, in 64-bit programs with a global interpreter lock.
 * From 3.13 on an interpreter tells it itself; before, it is the same for all releases of a minor
 * version, with and without Py_DEBUG.
 */
#ifndef OOMTRACE_PYTHON_LAYOUT_H
#define OOMTRACE_PYTHON_LAYOUT_H

#include "python_lines.h"

#include <stddef.h>
#include <stdint.h>

/* There is no such field. */
#define PYTHON_NO_FIELD UINT32_MAX

/* How a frame tells what it executes. */
enum python_instr {
	PYTHON_INSTR_BYTES,   /* int: bytes from the code's begin */
	PYTHON_INSTR_UNITS,   /* int: units of two bytes */
	PYTHON_INSTR_POINTER, /* address of the instruction */
};

/* Offsets in bytes. */
struct python_layout {
	unsigned int minor; /* of version 3 */
	enum python_instr instr;
	enum python_lines lines;
	/* _PyRuntimeState */
	uint32_t runtime_interpreters;
	uint32_t runtime_holder; /* the thread state that holds the lock */
	/* PyInterpreterState */
	uint32_t interp_next;
	uint32_t interp_threads;
	/* PyThreadState */
	uint32_t thread_next;
	uint32_t thread_pthread; /* pthread_self() */
	uint32_t thread_tid;	 /* gettid() */
	uint32_t thread_frame;	 /* or what points to the frame */
	uint32_t cframe_frame;	 /* in what thread_frame points to */
	/* PyFrameObject, _PyInterpreterFrame */
	uint32_t frame_previous;
	uint32_t frame_code;
	uint32_t frame_instr;
	uint32_t frame_owner;
	/* PyCodeObject */
	uint32_t code_first_line;
	uint32_t code_file;
	uint32_t code_name;
	uint32_t code_lines;
	uint32_t code_begin; /* how many units of code come before the function begins */
	uint32_t code_instrs;
	/* PyObject */
	uint32_t object_type;
	/* PyBytesObject */
	uint32_t bytes_len;
	uint32_t bytes_data;
	/* PyASCIIObject and PyCompactUnicodeObject, and what they begin with */
	uint32_t text_len;
	uint32_t text_state;
	uint32_t text_ascii_data;
	uint32_t text_data;
};

/* Frames of an owner from this on are no code of a program's (enum _frameowner). */
enum { PYTHON_OWNER_INTERPRETER = 3 };

/* What _PyRuntime begins with when it tells the layout, and how much of it is read. */
#define PYTHON_COOKIE "xdebugpy"
enum { PYTHON_OFFSETS_LEN = 1024 };

/* The layout of 3.`minor`, 3.8 to 3.12; NULL for others. */
const struct python_layout *python_layout_find(unsigned int minor);

/*
 * From the first PYTHON_OFFSETS_LEN bytes of _PyRuntime (struct _Py_DebugOffsets), 3.13 to 3.15.
 * -ENOENT: it begins otherwise. -EOPNOTSUPP: another version, or one without a global lock.
 * -EINVAL: what it says cannot be.
 */
int python_layout_from_offsets(const uint8_t *bytes, struct python_layout *ret_layout);

#endif
