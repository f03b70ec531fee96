// SPDX-License-Identifier: GPL-2.0
#include "namer_protocol.h"

#include "wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The shortest form of each, which bounds how many a message can hold. */
#define MODULE_LEN (4 * 8 + 4 + 4 + 1 + 1)
#define FRAME_LEN  (8 + 4 + 9 + 4 + 9 + 4 + 4 + 4 + 1)

/* So much of each string of all frames there may be goes into one message. */
#define SHORT_STRING_MAX 512

#define ERRNO_MAX 4095

void namer_message_clear(struct namer_message *message)
{
	if (!message)
		return;
	for (size_t i = 0; i < message->fd_count; i++)
		if (message->fds[i] > 0)
			close(message->fds[i]);
	free(message->data);
	memset(message, 0, sizeof(*message));
}

void namer_message_forget_fds(struct namer_message *message)
{
	message->fd_count = 0;
}

static int finish(struct wire_out *out, enum namer_type type, struct namer_message *message)
{
	if (out->err) {
		free(out->data);
		return out->err;
	}
	message->type = type;
	message->data = out->data;
	message->len = out->len;
	return 0;
}

static struct wire_in reader_of(const struct namer_message *message)
{
	return (struct wire_in){.data = message->data, .left = message->len};
}

static void put_num(struct wire_out *out, struct num num)
{
	wire_put_u8(out, num.known);
	wire_put_u64(out, (uint64_t)num.value);
}

static struct num get_num(struct wire_in *in)
{
	bool known = wire_get_bool(in);
	int64_t value = (int64_t)wire_get_u64(in);

	return (struct num){.known = known, .value = value};
}

static void put_frame(struct wire_out *out, const struct frame *frame, size_t string_max)
{
	wire_put_u64(out, frame->address);
	wire_put_string(out, frame->symbol, string_max);
	put_num(out, frame->offset);
	wire_put_string(out, frame->module, string_max);
	put_num(out, frame->file_offset);
	wire_put_bytes(out, frame->build_id, frame->build_id_len);
	wire_put_string(out, frame->file, string_max);
	wire_put_u32(out, (uint32_t)frame->line);
	wire_put_u8(out, frame->inlined);
}

static void get_frame(struct wire_in *in, struct frame *frame)
{
	const uint8_t *id;
	uint32_t line;

	frame->address = wire_get_u64(in);
	frame->symbol = wire_get_string(in, NAMER_STRING_MAX);
	frame->offset = get_num(in);
	frame->module = wire_get_string(in, NAMER_STRING_MAX);
	frame->file_offset = get_num(in);
	frame->build_id_len = (uint8_t)wire_get_bytes(in, BUILD_ID_LEN, &id);
	if (frame->build_id_len)
		memcpy(frame->build_id, id, frame->build_id_len);
	frame->file = wire_get_string(in, NAMER_STRING_MAX);
	line = wire_get_u32(in);
	if (line > INT32_MAX && !in->err)
		in->err = -EBADMSG;
	frame->line = (int)line;
	frame->inlined = wire_get_bool(in);
}

static void put_stack(struct wire_out *out, const struct stack *stack, size_t string_max)
{
	wire_put_u8(out, stack->valid);
	wire_put_u8(out, stack->truncated);
	wire_put_u8(out, (uint8_t)stack->method);
	if (stack->count > NAMER_FRAMES_MAX && !out->err)
		out->err = -E2BIG;
	wire_put_u32(out, (uint32_t)stack->count);
	for (size_t i = 0; i < stack->count && !out->err; i++)
		put_frame(out, &stack->frames[i], string_max);
}

static void get_stack(struct wire_in *in, struct stack *stack)
{
	size_t count;
	uint8_t method;

	stack->valid = wire_get_bool(in);
	stack->truncated = wire_get_bool(in);
	method = wire_get_u8(in);
	if (method > UNWIND_MIXED && !in->err)
		in->err = -EBADMSG;
	stack->method = in->err ? UNWIND_UNKNOWN : (enum unwind_method)method;
	count = wire_get_count(in, NAMER_FRAMES_MAX, FRAME_LEN);
	if (!count)
		return;
	stack->frames = calloc(count, sizeof(*stack->frames));
	if (!stack->frames) {
		in->err = -ENOMEM;
		return;
	}
	stack->count = count;
	for (size_t i = 0; i < count && !in->err; i++)
		get_frame(in, &stack->frames[i]);
}

/* Whether a descriptor goes with it. */
static void put_fd(struct wire_out *out, int fd, struct namer_message *message)
{
	wire_put_u8(out, fd > 0);
	if (fd <= 0)
		return;
	if (message->fd_count == NAMER_FILES_MAX) {
		if (!out->err)
			out->err = -E2BIG;
		return;
	}
	message->fds[message->fd_count++] = fd;
}

/* The next of the message's descriptors; 0: none goes with it. */
static int get_fd(struct wire_in *in, struct namer_message *message, size_t *next)
{
	int fd;

	if (!wire_get_bool(in))
		return 0;
	if (*next == message->fd_count) {
		if (!in->err)
			in->err = -EBADMSG;
		return 0;
	}
	fd = message->fds[*next];
	message->fds[(*next)++] = 0;
	return fd;
}

static void put_module(struct wire_out *out, const struct module *module,
		       struct namer_message *message)
{
	wire_put_u64(out, module->start);
	wire_put_u64(out, module->end);
	wire_put_u64(out, module->file_offset);
	wire_put_u64(out, module->inode);
	wire_put_u32(out, module->dev);
	wire_put_string(out, module->path, NAMER_STRING_MAX);
	put_fd(out, module->fd, message);
	wire_put_u8(out, module->same_file);
}

static void get_module(struct wire_in *in, struct module *module, struct namer_message *message,
		       size_t *next_fd)
{
	module->start = wire_get_u64(in);
	module->end = wire_get_u64(in);
	module->file_offset = wire_get_u64(in);
	module->inode = wire_get_u64(in);
	module->dev = wire_get_u32(in);
	module->path = wire_get_string(in, NAMER_STRING_MAX);
	module->fd = get_fd(in, message, next_fd);
	module->same_file = wire_get_bool(in);
}

int namer_encode_request(const struct user_state *state, const struct stack *stack,
			 struct namer_message *ret_message)
{
	struct namer_message message = {0};
	struct wire_out out = {.max = NAMER_REQUEST_LEN};
	int err;

	if (state->reg_count > USER_REGS_MAX || state->stack_len > NAMER_COPY_MAX ||
	    state->module_count > NAMER_MODULES_MAX)
		return -E2BIG;
	wire_put_u32(&out, state->reg_count);
	for (size_t i = 0; i < state->reg_count; i++)
		wire_put_u64(&out, state->regs[i]);
	wire_put_u64(&out, state->pc);
	wire_put_u64(&out, state->thread_pointer);
	wire_put_u64(&out, state->stack_address);
	wire_put_u64(&out, state->stack_missing);
	wire_put_u64(&out, state->outer_address);
	wire_put_u64(&out, state->outer_at);
	wire_put_bytes(&out, state->stack, state->stack_len);
	wire_put_u8(&out, state->stack_cut);
	wire_put_u8(&out, state->all_modules);
	put_fd(&out, state->perf_map_fd, &message);
	wire_put_u32(&out, (uint32_t)state->module_count);
	for (size_t i = 0; i < state->module_count; i++)
		put_module(&out, &state->modules[i], &message);
	put_stack(&out, stack, NAMER_STRING_MAX);
	err = finish(&out, NAMER_REQUEST, &message);
	if (!err)
		*ret_message = message;
	return err;
}

static void get_registers(struct wire_in *in, struct user_state *state)
{
	state->reg_count = (unsigned int)wire_get_count(in, USER_REGS_MAX, sizeof(uint64_t));
	for (size_t i = 0; i < state->reg_count; i++)
		state->regs[i] = wire_get_u64(in);
	state->pc = wire_get_u64(in);
	state->thread_pointer = wire_get_u64(in);
}

static void get_copy(struct wire_in *in, struct user_state *state)
{
	const uint8_t *copy;

	state->stack_address = wire_get_u64(in);
	state->stack_missing = wire_get_u64(in);
	state->outer_address = wire_get_u64(in);
	state->outer_at = wire_get_u64(in);
	state->stack_len = wire_get_bytes(in, NAMER_COPY_MAX, &copy);
	if (!state->stack_len)
		return;
	state->stack = malloc(state->stack_len);
	if (state->stack)
		memcpy(state->stack, copy, state->stack_len);
	else
		in->err = -ENOMEM;
}

static void get_modules(struct wire_in *in, struct user_state *state, struct namer_message *message,
			size_t *next_fd)
{
	size_t count = wire_get_count(in, NAMER_MODULES_MAX, MODULE_LEN);

	if (!count)
		return;
	state->modules = calloc(count, sizeof(*state->modules));
	if (!state->modules) {
		in->err = -ENOMEM;
		return;
	}
	state->module_count = count;
	for (size_t i = 0; i < count && !in->err; i++)
		get_module(in, &state->modules[i], message, next_fd);
}

int namer_decode_request(struct namer_message *message, struct user_state *ret_state,
			 struct stack *ret_stack)
{
	struct wire_in in = reader_of(message);
	struct user_state state = {0};
	struct stack stack = {0};
	size_t next_fd = 0;
	int err;

	if (message->type != NAMER_REQUEST)
		return -EBADMSG;
	get_registers(&in, &state);
	get_copy(&in, &state);
	state.stack_cut = wire_get_bool(&in);
	state.all_modules = wire_get_bool(&in);
	state.perf_map_fd = get_fd(&in, message, &next_fd);
	get_modules(&in, &state, message, &next_fd);
	get_stack(&in, &stack);
	err = wire_end(&in);
	if (err) {
		user_state_clear(&state);
		stack_clear(&stack);
		return err;
	}
	*ret_state = state;
	*ret_stack = stack;
	return 0;
}

int namer_encode_open(const struct namer_open *open, struct namer_message *ret_message)
{
	struct wire_out out = {.max = NAMER_ANSWER_LEN};

	if (open->build_id_len > NAMER_BUILD_ID_MAX)
		return -E2BIG;
	wire_put_u32(&out, open->module);
	wire_put_bytes(&out, open->build_id, open->build_id_len);
	wire_put_string(&out, open->debuglink, NAMER_STRING_MAX);
	return finish(&out, NAMER_OPEN, ret_message);
}

int namer_decode_open(const struct namer_message *message, struct namer_open *ret_open)
{
	struct wire_in in = reader_of(message);
	struct namer_open open = {0};
	const uint8_t *id;
	int err;

	if (message->type != NAMER_OPEN)
		return -EBADMSG;
	open.module = wire_get_u32(&in);
	open.build_id_len = wire_get_bytes(&in, NAMER_BUILD_ID_MAX, &id);
	if (open.build_id_len)
		memcpy(open.build_id, id, open.build_id_len);
	open.debuglink = wire_get_string(&in, NAMER_STRING_MAX);
	err = wire_end(&in);
	if (err) {
		free(open.debuglink);
		return err;
	}
	*ret_open = open;
	return 0;
}

int namer_encode_opened(int fd, struct namer_message *ret_message)
{
	struct wire_out out = {.max = NAMER_REQUEST_LEN};

	wire_put_u32(&out, fd < 0 ? (uint32_t)-fd : 0);
	if (fd > 0)
		ret_message->fds[ret_message->fd_count++] = fd;
	return finish(&out, NAMER_OPENED, ret_message);
}

int namer_decode_opened(struct namer_message *message)
{
	struct wire_in in = reader_of(message);
	uint32_t err = wire_get_u32(&in);
	int fd;

	if (message->type != NAMER_OPENED || wire_end(&in) || err > ERRNO_MAX)
		return -EBADMSG;
	if (err)
		return -(int)err;
	if (message->fd_count != 1)
		return -EBADMSG;
	fd = message->fds[0];
	message->fd_count = 0;
	return fd;
}

static int encode_named(const struct stack *stack, size_t string_max,
			struct namer_message *ret_message)
{
	struct wire_out out = {.max = NAMER_ANSWER_LEN};

	put_stack(&out, stack, string_max);
	return finish(&out, NAMER_NAMED, ret_message);
}

int namer_encode_named(const struct stack *stack, struct namer_message *ret_message)
{
	int err = encode_named(stack, NAMER_STRING_MAX, ret_message);

	return err == -E2BIG ? encode_named(stack, SHORT_STRING_MAX, ret_message) : err;
}

int namer_decode_named(const struct namer_message *message, struct stack *ret_stack)
{
	struct wire_in in = reader_of(message);
	struct stack stack = {0};
	int err;

	if (message->type != NAMER_NAMED)
		return -EBADMSG;
	get_stack(&in, &stack);
	err = wire_end(&in);
	if (err) {
		stack_clear(&stack);
		return err;
	}
	*ret_stack = stack;
	return 0;
}
