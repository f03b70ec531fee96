/* SPDX-License-Identifier: GPL-2.0 */
/* The code that the kernel puts into every 64-bit process, as an ELF file. */
#ifndef OOMTRACE_VDSO_IMAGE_H
#define OOMTRACE_VDSO_IMAGE_H

/*
 * Returns a descriptor for reading, which is the caller's, of a copy of this process's own vDSO.
 * -ENOENT when there is none, -ENOEXEC when it is not what it should be, or -errno.
 */
int vdso_image_open(void);

#endif
