/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tracer and its helper that names stacks say to each other. The tracer asks with
 * NAMER_REQUEST; the helper says NAMER_TAKEN at once, then NAMER_OPEN as often as it wants another
 * file, each answered with NAMER_OPENED, and last NAMER_NAMED or NAMER_FAILED. The tracer must
 * expect anything from a helper that a hostile file has taken over.
 */
#ifndef OOMTRACE_NAMER_PROTOCOL_H
#define OOMTRACE_NAMER_PROTOCOL_H

#include "incident.h"
#include "user_state.h"

#include <stddef.h>
#include <stdint.h>

enum namer_type {
	NAMER_REQUEST = 1,
	NAMER_TAKEN = 2,
	NAMER_OPEN = 3,
	NAMER_OPENED = 4,
	NAMER_NAMED = 5,
	NAMER_FAILED = 6,
};

enum {
	NAMER_MODULES_MAX = 4096,
	NAMER_FRAMES_MAX = 512,
	NAMER_STRING_MAX = 4096,
	NAMER_COPY_MAX = 256 << 10, /* of a stack's bytes */
	NAMER_BUILD_ID_MAX = 64,
	NAMER_FILES_MAX = 129, /* sent with one message: of modules, and a perf map */
	NAMER_REQUEST_LEN = 4 << 20,
	NAMER_ANSWER_LEN = 1 << 20,
};

/* Starts zeroed. */
struct namer_message {
	uint32_t type;
	uint8_t *data;
	size_t len;
	size_t fd_count;
	int fds[NAMER_FILES_MAX];
};

/* Frees the data, closes the descriptors and makes it empty; NULL is allowed. */
void namer_message_clear(struct namer_message *message);

/*
 * The descriptors of the modules and of the perf map that are in the state go with it and are the
 * caller's as before: namer_message_forget_fds() before it is cleared. -E2BIG when it is more than
 * the helper takes, -ENOMEM.
 */
int namer_encode_request(const struct user_state *state, const struct stack *stack,
			 struct namer_message *ret_message);
void namer_message_forget_fds(struct namer_message *message);

/*
 * Takes the descriptors out of the message. What is returned is the caller's, to be cleared.
 * -EBADMSG, -ENOMEM.
 */
int namer_decode_request(struct namer_message *message, struct user_state *ret_state,
			 struct stack *ret_stack);

/* Which file the helper wants of a module. */
struct namer_open {
	uint32_t module;
	uint8_t build_id[NAMER_BUILD_ID_MAX];
	size_t build_id_len;
	char *debuglink; /* NULL: by build id */
};

int namer_encode_open(const struct namer_open *open, struct namer_message *ret_message);

/* The debuglink of what is returned is to be freed. -EBADMSG, -ENOMEM. */
int namer_decode_open(const struct namer_message *message, struct namer_open *ret_open);

/* `fd` is a descriptor, which goes into the message and is closed with it, or -errno. */
int namer_encode_opened(int fd, struct namer_message *ret_message);

/* Returns the descriptor, taken out of the message, or the -errno; -EBADMSG. */
int namer_decode_opened(struct namer_message *message);

/* Strings that are too long for the frame, or for a stack of that many frames, are cut. */
int namer_encode_named(const struct stack *stack, struct namer_message *ret_message);

/* The stack is the caller's, to be cleared. -EBADMSG, -ENOMEM. */
int namer_decode_named(const struct namer_message *message, struct stack *ret_stack);

#endif
