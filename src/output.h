/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where records go: standard output or a file. A record is written whole or, as far as the place
 * allows, not at all. Used by one thread at a time; whoever uses it ignores SIGPIPE and SIGXFSZ.
 */
#ifndef OOMTRACE_OUTPUT_H
#define OOMTRACE_OUTPUT_H

#include <stddef.h>

struct output;

/*
 * Opens the file for appending, making it (0640) when it is not there; a NULL path is standard
 * output, which stays open after output_close() and whose flags, shared with other processes, are
 * left alone. -ENOMEM, or what open(2) says: -EACCES, -ENOENT, -EISDIR, -ENXIO for a FIFO that
 * nobody reads. `path` is copied.
 */
int output_open(struct output **ret_output, const char *path);

/*
 * Writes one record, waiting for as long as a pipe, socket or terminal is full. Once stop_fd (an
 * eventfd; negative: none) is readable, all waiting from then on, for this and later records, lasts
 * at most grace_ms milliseconds, then -ETIMEDOUT.
 *
 * -EPIPE when the reader is gone, -ENOSPC, -EDQUOT, -EFBIG, -EIO. Of a record that failed nothing
 * stays in a file. On a pipe a part may have been read already: the next record then begins with a
 * newline. The same record may be tried again later.
 */
int output_write(struct output *output, const void *buf, size_t len, int stop_fd, int grace_ms);

/*
 * Waits until what was written is out of the kernel's hands, as far as the place can tell: on the
 * disk, or sent by the serial port. What fdatasync(2) or tcdrain(3) say; 0 for a pipe or a socket.
 */
int output_flush(struct output *output);

/*
 * Opens the path anew, since the file may have been moved. On failure the file in use stays in use.
 * 0 without doing anything for standard output, else as output_open().
 */
int output_reopen(struct output *output);

/* Closes and frees; NULL is allowed. */
void output_close(struct output *output);

#endif
