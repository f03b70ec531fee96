// SPDX-License-Identifier: GPL-2.0
#include "namer_child.h"

#include "channel.h"
#include "exit_status.h"
#include "namer_protocol.h"
#include "sandbox.h"
#include "symbolize.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The cache of parsed files is worth keeping that long. */
#define IDLE_MS 120000

#define CACHE_FILES 128
#define CACHE_BYTES (UINT64_C(1) << 30)

/* The tracer kills a helper that takes too long: here all waiting is without end. */
static const struct patience endless = {.deadline_ns = INT64_MAX};

bool namer_child_wanted(int argc, char *const argv[])
{
	return argc == 2 && !strcmp(argv[1], NAMER_CHILD_WORD);
}

static int send_message(struct namer_message *message)
{
	struct patience patience = endless;
	int err = channel_send(STDIN_FILENO, message, &patience);

	namer_message_clear(message);
	return err;
}

static int send_word(enum namer_type type)
{
	struct namer_message message = {.type = type};

	return send_message(&message);
}

static int receive_message(struct namer_message *ret_message)
{
	struct patience patience = endless;

	return channel_receive(STDIN_FILENO, NAMER_REQUEST_LEN, true, &patience, ret_message);
}

/* Without the tracer there is nothing left to do. */
static int open_debug(void *ctx, size_t module, const uint8_t *build_id, size_t build_id_len,
		      const char *debuglink)
{
	struct namer_open open = {
		.module = (uint32_t)module,
		.build_id_len = build_id_len,
		.debuglink = (char *)debuglink,
	};
	struct namer_message message = {0};
	int fd;

	(void)ctx;
	if (build_id_len > sizeof(open.build_id) ||
	    (debuglink && strlen(debuglink) > NAMER_STRING_MAX))
		return -EINVAL;
	if (build_id_len)
		memcpy(open.build_id, build_id, build_id_len);
	fd = namer_encode_open(&open, &message);
	if (fd)
		return fd;
	if (send_message(&message) || receive_message(&message))
		_exit(STATUS_FAILED);
	fd = namer_decode_opened(&message);
	namer_message_clear(&message);
	return fd;
}

static int answer(struct symbolizer *symbolizer, struct namer_message *request)
{
	struct namer_message message = {0};
	struct user_state state = {0};
	struct stack stack = {0};
	int err = namer_decode_request(request, &state, &stack);

	namer_message_clear(request);
	if (!err)
		err = symbolizer_run(symbolizer, &state, &stack);
	if (!err)
		err = namer_encode_named(&stack, &message);
	user_state_clear(&state);
	stack_clear(&stack);
	return err ? send_word(NAMER_FAILED) : send_message(&message);
}

static bool is_idle(void)
{
	struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};

	return !poll(&fd, 1, IDLE_MS);
}

/*
 * That a request was taken says that a failure from now on is the request's doing. One that comes
 * while this process is about to end is not taken, and put again to another.
 */
static int serve(struct symbolizer *symbolizer)
{
	struct namer_message request = {0};
	int err = 0;

	while (!err && !is_idle()) {
		err = receive_message(&request);
		if (!err)
			err = send_word(NAMER_TAKEN);
		if (!err)
			err = answer(symbolizer, &request);
	}
	return err == -ENODATA || err == -EPIPE || !err ? STATUS_DONE : STATUS_FAILED;
}

static bool is_socket(int fd)
{
	int domain = 0;
	socklen_t len = sizeof(domain);

	return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) && domain == AF_UNIX;
}

int namer_child_run(void)
{
	const struct symbolizer_config config = {
		.open_debug = open_debug,
		.cache_files = CACHE_FILES,
		.cache_bytes = CACHE_BYTES,
	};
	struct symbolizer *symbolizer;
	int status;

	if (!is_socket(STDIN_FILENO))
		return STATUS_USAGE;
	if (sandbox_enter("oomtrace-names") || symbolizer_new(&config, &symbolizer))
		return STATUS_FAILED;
	status = serve(symbolizer);
	symbolizer_free(symbolizer);
	return status;
}
