/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where separate debug files of programs lie: below the root of the process that ran it, then below
 * the host's.
 */
#ifndef OOMTRACE_DEBUG_FILES_H
#define OOMTRACE_DEBUG_FILES_H

#include <stddef.h>
#include <stdint.h>

/* Directories that are looked into, one after the other; -1: none. They stay the caller's. */
struct debug_roots {
	int fds[2];
};

/*
 * /usr/lib/debug/.build-id/xx/rest.debug. Returns a descriptor for reading, which is the caller's;
 * -EINVAL for an id of less than 2 or more than 64 bytes, -ENOENT.
 */
int debug_file_by_id(const struct debug_roots *roots, const uint8_t *id, size_t len);

/*
 * `name`, a file in the directory of the program at `program` (absolute), in its .debug or at the
 * same place below /usr/lib/debug. Also the name of a file that several debug files share, as they
 * have it: "../../.dwz/NAME". Returns a descriptor for reading, which is the caller's; -EINVAL for
 * any other name, -ENOENT.
 */
int debug_file_by_name(const struct debug_roots *roots, const char *program, const char *name);

#endif
