/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whole small files of /proc, tracefs and cgroups. Their size is not known beforehand (stat says 0)
 * and must not be trusted to be small, so every read has a bound.
 */
#ifndef OOMTRACE_READFILE_H
#define OOMTRACE_READFILE_H

#include <stddef.h>

/*
 * Reads the file at `path`, which may hold at most `max` bytes. *ret_data is the caller's, to be
 * freed with free(); a NUL byte that *ret_len does not count follows the content, which may itself
 * hold NUL bytes. ret_len may be NULL.
 *
 * -EFBIG when there is more than `max`, -ENOMEM, or what open() or read() failed with.
 */
int file_read(const char *path, char **ret_data, size_t *ret_len, size_t max);

/*
 * The same for a file of the directory `dir`, where others may have put anything: a link is not
 * followed (-ELOOP), and nothing is waited for.
 */
int file_read_at(int dir, const char *name, char **ret_data, size_t *ret_len, size_t max);

#endif
