// SPDX-License-Identifier: GPL-2.0
#include "channel.h"
#include "debug_files.h"
#include "namer_protocol.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_string(const char *text)
{
	if (text && strlen(text) > NAMER_STRING_MAX)
		abort();
}

static void check_stack(const struct stack *stack)
{
	if (stack->count > NAMER_FRAMES_MAX || stack->method > UNWIND_MIXED)
		abort();
	for (size_t i = 0; i < stack->count; i++) {
		const struct frame *frame = &stack->frames[i];

		check_string(frame->symbol);
		check_string(frame->module);
		check_string(frame->file);
		if (frame->line < 0 || frame->build_id_len > BUILD_ID_LEN)
			abort();
	}
}

/* What was understood is said again in the same way, but for strings that are cut. */
static void check_again(const struct stack *stack)
{
	struct namer_message again = {0};
	struct stack same;

	if (namer_encode_named(stack, &again))
		return;
	if (namer_decode_named(&again, &same) || same.count != stack->count)
		abort();
	stack_clear(&same);
	namer_message_clear(&again);
}

static void take_request(struct namer_message *message)
{
	struct user_state state;
	struct stack stack;

	for (size_t i = 0; i < 3; i++)
		message->fds[message->fd_count++] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (namer_decode_request(message, &state, &stack))
		return;
	if (state.reg_count > USER_REGS_MAX || state.stack_len > NAMER_COPY_MAX ||
	    state.module_count > NAMER_MODULES_MAX)
		abort();
	check_stack(&stack);
	user_state_clear(&state);
	stack_clear(&stack);
}

static void take_open(const struct namer_message *message)
{
	const struct debug_roots nowhere = {.fds = {-1, -1}};
	struct namer_open open;

	if (namer_decode_open(message, &open))
		return;
	check_string(open.debuglink);
	if (debug_file_by_id(&nowhere, open.build_id, open.build_id_len) >= 0 ||
	    (open.debuglink && debug_file_by_name(&nowhere, "/bin/app", open.debuglink) >= 0))
		abort();
	free(open.debuglink);
}

static void take_named(const struct namer_message *message)
{
	struct stack stack;

	if (namer_decode_named(message, &stack))
		return;
	check_stack(&stack);
	check_again(&stack);
	stack_clear(&stack);
}

static void take(struct namer_message *message)
{
	take_request(message);
	take_open(message);
	take_named(message);
	if (message->type == NAMER_OPENED) {
		int fd = namer_decode_opened(message);

		if (fd > 0)
			close(fd);
	}
}

/* The bytes as they come from the other side, which then goes away. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct patience patience = {.deadline_ns = INT64_MAX};
	struct namer_message message;
	int fds[2];

	/* More would wait for a reader. */
	if (len > 64 << 10 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return 0;
	if (write(fds[1], data, len) < 0)
		abort();
	close(fds[1]);
	while (!channel_receive(fds[0], NAMER_ANSWER_LEN, len % 2, &patience, &message)) {
		take(&message);
		namer_message_clear(&message);
	}
	close(fds[0]);
	return 0;
}
