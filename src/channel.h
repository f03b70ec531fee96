/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages with descriptors over a stream socket (AF_UNIX), each with a header of its type and
 * length.
 */
#ifndef OOMTRACE_CHANNEL_H
#define OOMTRACE_CHANNEL_H

#include "namer_protocol.h"
#include "patience.h"

#include <stdbool.h>

/* -ETIMEDOUT, -EPIPE or -ECONNRESET when the other side is gone, or what sendmsg() fails with. */
int channel_send(int fd, const struct namer_message *message, struct patience *patience);

/*
 * Receives one message of at most `max` bytes; it is the caller's, to be cleared. Without
 * `with_fds` descriptors that came with it are never opened here. -ENODATA when the other side is
 * gone, -ETIMEDOUT, -EMSGSIZE, -EMFILE when there was no room for its descriptors, -ENOMEM, or what
 * recvmsg() fails with.
 */
int channel_receive(int fd, size_t max, bool with_fds, struct patience *patience,
		    struct namer_message *ret_message);

#endif
