/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of allocation flags, as the running kernel prints them with %pGg in "invoked oom-killer:
 * gfp_mask=0xcc0(GFP_KERNEL)".
 *
 * Bits and names differ between kernels and configurations, so the table is taken from the kernel
 * itself: tracefs shows the one printk uses (__def_gfpflag_names in include/trace/events/mmflags.h)
 * in the print format of kmem:mm_page_alloc.
 */
#ifndef OOMTRACE_GFP_H
#define OOMTRACE_GFP_H

#include <stddef.h>
#include <stdint.h>

struct gfp_names;

/*
 * The table of the running kernel, read below `tracefs` ("/sys/kernel/tracing"). The caller frees
 * it with gfp_names_free().
 *
 * -ENOENT when the event or its table is not there, -EINVAL when any entry is not understood (a
 * table with a hole would give wrong names), -EFBIG, -ENAMETOOLONG, -ENOMEM, or what open() or
 * read() failed with.
 */
int gfp_names_load(const char *tracefs, struct gfp_names **ret_names);

/* The same from the text of the event's `format` file: `len` bytes, no NUL needed. */
int gfp_names_parse(const char *text, size_t len, struct gfp_names **ret_names);

/* Frees a table; NULL is allowed. */
void gfp_names_free(struct gfp_names *names);

/*
 * `mask` in words, "GFP_HIGHUSER_MOVABLE|__GFP_COMP"; bits without a name follow in hexadecimal,
 * and a mask of 0 is the empty string, both as in format_flags() of lib/vsprintf.c. `names` NULL: a
 * built-in table of what means the same on every kernel from 5.8 to 7.2, where GFP_ATOMIC and
 * GFP_NOWAIT come out as the flags they are made of.
 *
 * The caller frees the string; NULL when there is no memory.
 */
char *gfp_format(const struct gfp_names *names, uint64_t mask);

#endif
