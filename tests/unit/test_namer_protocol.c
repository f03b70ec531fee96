// SPDX-License-Identifier: GPL-2.0
#include "namer_protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int some_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd > 0);
	return fd;
}

static struct stack sample_stack(void)
{
	struct stack stack = {.valid = true, .truncated = true, .method = UNWIND_MIXED, .count = 3};

	stack.frames = calloc(stack.count, sizeof(*stack.frames));
	stack.frames[0] = (struct frame){
		.address = 0x7f0000001234,
		.symbol = strdup("std::vector<int>::push_back(int&&)"),
		.offset = num_of(0x34),
		.module = strdup("/usr/bin/app"),
		.file_offset = num_of(0x1234),
		.build_id = {1, 2, 3},
		.build_id_len = 3,
		.file = strdup("a.cc"),
		.line = 12,
		.inlined = true,
	};
	stack.frames[1] = (struct frame){.address = UINT64_MAX, .symbol = strdup("")};
	stack.frames[2] = (struct frame){.offset = num_of(-1), .build_id_len = BUILD_ID_LEN};
	return stack;
}

static void assert_same_string(const char *a, const char *b)
{
	assert_int_equal(!a, !b);
	if (a)
		assert_string_equal(a, b);
}

static void assert_same_num(struct num a, struct num b)
{
	assert_int_equal(a.known, b.known);
	assert_int_equal(a.value, b.value);
}

static void assert_same_stack(const struct stack *a, const struct stack *b)
{
	assert_int_equal(a->valid, b->valid);
	assert_int_equal(a->truncated, b->truncated);
	assert_int_equal(a->method, b->method);
	assert_int_equal(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		const struct frame *x = &a->frames[i], *y = &b->frames[i];

		assert_true(x->address == y->address);
		assert_same_string(x->symbol, y->symbol);
		assert_same_num(x->offset, y->offset);
		assert_same_string(x->module, y->module);
		assert_same_num(x->file_offset, y->file_offset);
		assert_int_equal(x->build_id_len, y->build_id_len);
		assert_memory_equal(x->build_id, y->build_id, BUILD_ID_LEN);
		assert_same_string(x->file, y->file);
		assert_int_equal(x->line, y->line);
		assert_int_equal(x->inlined, y->inlined);
	}
}

static struct user_state sample_state(void)
{
	struct user_state user = {
		.reg_count = 17,
		.regs = {[0] = 1, [16] = UINT64_MAX},
		.pc = 0x7f0000001234,
		.thread_pointer = 5,
		.stack_address = 0x7ffc00000000,
		.stack_len = 64 << 10,
		.stack = calloc(1, 64 << 10),
		.stack_missing = 6,
		.outer_address = 0x7ffd00000000,
		.outer_at = 4096,
		.all_modules = true,
		.perf_map_fd = some_fd(),
		.module_count = 3,
		.modules = calloc(3, sizeof(struct module)),
	};

	user.stack[user.stack_len - 1] = 77;
	user.modules[0] = (struct module){.start = 0x7f0000000000,
					  .end = 0x7f0000002000,
					  .file_offset = 0x1000,
					  .inode = 99,
					  .dev = 0x800001,
					  .path = strdup("/usr/bin/app"),
					  .fd = some_fd(),
					  .same_file = true};
	user.modules[1] = (struct module){.path = strdup("[vdso]")};
	user.modules[2] = (struct module){.fd = some_fd()};
	return user;
}

static void assert_same_state(const struct user_state *a, const struct user_state *b)
{
	assert_int_equal(a->reg_count, b->reg_count);
	assert_memory_equal(a->regs, b->regs, sizeof(a->regs));
	assert_true(a->pc == b->pc && a->thread_pointer == b->thread_pointer);
	assert_true(a->stack_address == b->stack_address);
	assert_int_equal(a->stack_len, b->stack_len);
	assert_memory_equal(a->stack, b->stack, a->stack_len);
	assert_true(a->stack_missing == b->stack_missing);
	assert_true(a->outer_address == b->outer_address && a->outer_at == b->outer_at);
	assert_int_equal(a->stack_cut, b->stack_cut);
	assert_int_equal(a->all_modules, b->all_modules);
	assert_int_equal(a->perf_map_fd, b->perf_map_fd);
	assert_int_equal(a->module_count, b->module_count);
	for (size_t i = 0; i < a->module_count; i++) {
		const struct module *x = &a->modules[i], *y = &b->modules[i];

		assert_true(x->start == y->start && x->end == y->end);
		assert_true(x->file_offset == y->file_offset && x->inode == y->inode);
		assert_int_equal(x->dev, y->dev);
		assert_same_string(x->path, y->path);
		assert_int_equal(x->fd, y->fd);
		assert_int_equal(x->same_file, y->same_file);
	}
}

static void test_request(void **state)
{
	struct user_state user = sample_state(), got;
	struct stack stack = sample_stack(), got_stack;
	struct namer_message message = {0};

	(void)state;
	assert_int_equal(namer_encode_request(&user, &stack, &message), 0);
	assert_int_equal(message.type, NAMER_REQUEST);
	assert_int_equal(message.fd_count, 3);
	/* As if they had come through a socket: they are the message's. */
	assert_int_equal(namer_decode_request(&message, &got, &got_stack), 0);
	assert_same_state(&user, &got);
	assert_same_stack(&stack, &got_stack);
	namer_message_clear(&message);
	assert_true(fcntl(got.perf_map_fd, F_GETFD) >= 0);
	user_state_clear(&got);
	stack_clear(&got_stack);
	user.perf_map_fd = user.modules[0].fd = user.modules[2].fd = 0;
	user_state_clear(&user);
	stack_clear(&stack);
}

static void test_empty(void **state)
{
	const struct user_state user = {0};
	const struct stack stack = {0};
	struct namer_message message = {0};
	struct user_state got;
	struct stack got_stack;

	(void)state;
	assert_int_equal(namer_encode_request(&user, &stack, &message), 0);
	assert_int_equal(namer_decode_request(&message, &got, &got_stack), 0);
	assert_same_stack(&stack, &got_stack);
	assert_int_equal(got.module_count + got.stack_len + got.reg_count, 0);
	assert_null(got.modules);
	namer_message_clear(&message);
	namer_message_clear(NULL);
}

/* A message of one length less or more is none, at every length. */
static void test_request_lengths(void **state)
{
	struct user_state user = sample_state(), got;
	struct stack stack = sample_stack(), got_stack;
	struct namer_message message = {0}, cut;

	(void)state;
	free(user.stack);
	user.stack = calloc(1, user.stack_len = 8);
	assert_int_equal(namer_encode_request(&user, &stack, &message), 0);
	for (size_t len = 0; len <= message.len + 1; len++) {
		cut = (struct namer_message){.type = NAMER_REQUEST, .data = calloc(1, len + 1)};
		cut.len = len;
		memcpy(cut.data, message.data, len < message.len ? len : message.len);
		cut.fd_count = 3;
		for (size_t i = 0; i < 3; i++)
			cut.fds[i] = some_fd();
		if (len == message.len) {
			assert_int_equal(namer_decode_request(&cut, &got, &got_stack), 0);
			user_state_clear(&got);
			stack_clear(&got_stack);
		} else {
			assert_int_equal(namer_decode_request(&cut, &got, &got_stack), -EBADMSG);
		}
		namer_message_clear(&cut);
	}
	namer_message_clear(&message);
	user.perf_map_fd = user.modules[0].fd = user.modules[2].fd = 0;
	user_state_clear(&user);
	stack_clear(&stack);
}

/* Fewer descriptors than it says, and one more, which is closed with the message. */
static void test_request_fds(void **state)
{
	struct module modules[2] = {{.fd = 100}, {.fd = 101}};
	const struct user_state user = {.module_count = 2, .modules = modules};
	const struct stack stack = {0};
	struct namer_message message = {0};
	struct user_state got;
	struct stack got_stack;
	int extra = some_fd();

	(void)state;
	assert_int_equal(namer_encode_request(&user, &stack, &message), 0);
	message.fds[0] = some_fd();
	message.fd_count = 1;
	assert_int_equal(namer_decode_request(&message, &got, &got_stack), -EBADMSG);
	message.fds[0] = some_fd();
	message.fds[1] = some_fd();
	message.fds[2] = extra;
	message.fd_count = 3;
	assert_int_equal(namer_decode_request(&message, &got, &got_stack), 0);
	user_state_clear(&got);
	assert_true(fcntl(extra, F_GETFD) >= 0);
	namer_message_clear(&message);
	assert_int_equal(fcntl(extra, F_GETFD), -1);
}

static void test_request_too_much(void **state)
{
	struct module *modules = calloc(NAMER_MODULES_MAX + 1, sizeof(*modules));
	struct user_state user = {.modules = modules, .module_count = NAMER_MODULES_MAX + 1};
	struct stack stack = {0};
	struct namer_message message = {0};

	(void)state;
	assert_int_equal(namer_encode_request(&user, &stack, &message), -E2BIG);
	user.module_count = NAMER_FILES_MAX + 1;
	for (size_t i = 0; i < user.module_count; i++)
		modules[i].fd = 1;
	assert_int_equal(namer_encode_request(&user, &stack, &message), -E2BIG);
	user.module_count = NAMER_FILES_MAX;
	assert_int_equal(namer_encode_request(&user, &stack, &message), 0);
	namer_message_forget_fds(&message);
	namer_message_clear(&message);
	user.module_count = 0;
	user.stack_len = NAMER_COPY_MAX + 1;
	assert_int_equal(namer_encode_request(&user, &stack, &message), -E2BIG);
	user.stack_len = 0;
	user.reg_count = USER_REGS_MAX + 1;
	assert_int_equal(namer_encode_request(&user, &stack, &message), -E2BIG);
	user.reg_count = 0;
	stack.count = NAMER_FRAMES_MAX + 1;
	stack.frames = calloc(stack.count, sizeof(*stack.frames));
	assert_int_equal(namer_encode_request(&user, &stack, &message), -E2BIG);
	assert_null(message.data);
	stack_clear(&stack);
	free(modules);
}

static void test_named(void **state)
{
	struct stack stack = sample_stack(), got;
	struct namer_message message = {0};
	uint8_t *whole;
	size_t len;

	(void)state;
	assert_int_equal(namer_encode_named(&stack, &message), 0);
	assert_int_equal(namer_decode_named(&message, &got), 0);
	assert_same_stack(&stack, &got);
	stack_clear(&got);
	whole = message.data;
	len = message.len;
	for (message.len = 0; message.len < len; message.len++) {
		/* A copy of that size: reading beyond it would be seen. */
		message.data = malloc(message.len + !message.len);
		memcpy(message.data, whole, message.len);
		assert_int_equal(namer_decode_named(&message, &got), -EBADMSG);
		free(message.data);
	}
	message.data = whole;
	message.type = NAMER_FAILED;
	assert_int_equal(namer_decode_named(&message, &got), -EBADMSG);
	namer_message_clear(&message);
	stack_clear(&stack);
}

/* valid, truncated, method, count and what follows */
static int decode_hostile(uint8_t valid, uint8_t method, uint32_t count, size_t rest)
{
	struct namer_message message = {.type = NAMER_NAMED, .len = 7 + rest};
	struct stack got;
	int err;

	message.data = calloc(1, message.len);
	message.data[0] = valid;
	message.data[2] = method;
	memcpy(message.data + 3, &count, sizeof(count));
	err = namer_decode_named(&message, &got);
	if (!err)
		stack_clear(&got);
	namer_message_clear(&message);
	return err;
}

static void test_named_hostile(void **state)
{
	const size_t frame = 47; /* of zeroes: every string is "" */

	(void)state;
	assert_int_equal(decode_hostile(1, UNWIND_MIXED, 0, 0), 0);
	assert_int_equal(decode_hostile(2, 0, 0, 0), -EBADMSG);
	assert_int_equal(decode_hostile(1, UNWIND_MIXED + 1, 0, 0), -EBADMSG);
	assert_int_equal(decode_hostile(1, 0, 1, frame), 0);
	assert_int_equal(decode_hostile(1, 0, 1, frame - 1), -EBADMSG);
	assert_int_equal(decode_hostile(1, 0, 1, frame + 1), -EBADMSG);
	assert_int_equal(decode_hostile(1, 0, NAMER_FRAMES_MAX, NAMER_FRAMES_MAX * frame), 0);
	assert_int_equal(decode_hostile(1, 0, NAMER_FRAMES_MAX + 1, (NAMER_FRAMES_MAX + 1) * frame),
			 -EBADMSG);
	assert_int_equal(decode_hostile(1, 0, UINT32_MAX, 1000), -EBADMSG);
}

static void test_line_hostile(void **state)
{
	struct frame frame = {.line = -1};
	const struct stack stack = {.valid = true, .count = 1, .frames = &frame};
	struct namer_message message = {0};
	struct stack got;

	(void)state;
	assert_int_equal(namer_encode_named(&stack, &message), 0);
	assert_int_equal(namer_decode_named(&message, &got), -EBADMSG);
	namer_message_clear(&message);
}

static void test_string_hostile(void **state)
{
	/* The length of the first frame's symbol stands behind its address. */
	uint8_t data[7 + 47 + NAMER_STRING_MAX + 1] = {[3] = 1};
	struct namer_message message = {.type = NAMER_NAMED, .data = data};
	struct stack got;

	(void)state;
	for (uint32_t len = NAMER_STRING_MAX; len <= NAMER_STRING_MAX + 1; len++) {
		memset(data + 19, 'x', len);
		memset(data + 19 + len, 0, sizeof(data) - 19 - len);
		memcpy(data + 15, &len, sizeof(len));
		message.len = 7 + 47 + len;
		assert_int_equal(namer_decode_named(&message, &got),
				 len > NAMER_STRING_MAX ? -EBADMSG : 0);
		if (len <= NAMER_STRING_MAX)
			stack_clear(&got);
	}
}

static size_t symbol_len(size_t frames, const char *text)
{
	struct stack stack = {.valid = true, .count = frames}, got;
	struct namer_message message = {0};
	size_t len;

	stack.frames = calloc(stack.count, sizeof(*stack.frames));
	for (size_t i = 0; i < stack.count; i++)
		stack.frames[i].symbol = stack.frames[i].module = stack.frames[i].file =
			(char *)text;
	assert_int_equal(namer_encode_named(&stack, &message), 0);
	assert_int_equal(namer_decode_named(&message, &got), 0);
	assert_int_equal(got.count, frames);
	len = strlen(got.frames[frames - 1].symbol);
	stack_clear(&got);
	namer_message_clear(&message);
	free(stack.frames);
	return len;
}

static void test_long_strings(void **state)
{
	char *text = calloc(1, NAMER_STRING_MAX + 10);

	(void)state;
	memset(text, 'x', NAMER_STRING_MAX + 9);
	assert_int_equal(symbol_len(1, text), NAMER_STRING_MAX);
	assert_int_equal(symbol_len(80, text), NAMER_STRING_MAX);
	assert_int_equal(symbol_len(NAMER_FRAMES_MAX, text), 512);
	text[300] = '\0';
	assert_int_equal(symbol_len(NAMER_FRAMES_MAX, text), 300);
	free(text);
}

static void test_open(void **state)
{
	struct namer_open open = {.module = 7, .build_id = {0xab, 0xcd}, .build_id_len = 2};
	struct namer_message message = {0};
	struct namer_open got;

	(void)state;
	assert_int_equal(namer_encode_open(&open, &message), 0);
	assert_int_equal(namer_decode_open(&message, &got), 0);
	assert_int_equal(got.module, 7);
	assert_int_equal(got.build_id_len, 2);
	assert_memory_equal(got.build_id, open.build_id, 2);
	assert_null(got.debuglink);
	for (message.len--; message.len; message.len--)
		assert_int_equal(namer_decode_open(&message, &got), -EBADMSG);
	namer_message_clear(&message);

	open.debuglink = (char *)"app.debug";
	open.build_id_len = 0;
	assert_int_equal(namer_encode_open(&open, &message), 0);
	assert_int_equal(namer_decode_open(&message, &got), 0);
	assert_string_equal(got.debuglink, "app.debug");
	free(got.debuglink);
	message.len--;
	assert_int_equal(namer_decode_open(&message, &got), -EBADMSG);
	namer_message_clear(&message);
	open.build_id_len = NAMER_BUILD_ID_MAX + 1;
	assert_int_equal(namer_encode_open(&open, &message), -E2BIG);
}

static void test_opened(void **state)
{
	struct namer_message message = {0};
	int fd = some_fd();

	(void)state;
	assert_int_equal(namer_encode_opened(fd, &message), 0);
	assert_int_equal(namer_decode_opened(&message), fd);
	namer_message_clear(&message);
	assert_int_equal(close(fd), 0);

	assert_int_equal(namer_encode_opened(-ENOENT, &message), 0);
	assert_int_equal(namer_decode_opened(&message), -ENOENT);
	message.type = NAMER_NAMED;
	assert_int_equal(namer_decode_opened(&message), -EBADMSG);
	namer_message_clear(&message);
	/* It says that there is one, and there is none. */
	assert_int_equal(namer_encode_opened(0, &message), 0);
	assert_int_equal(namer_decode_opened(&message), -EBADMSG);
	namer_message_clear(&message);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_request_lengths),
		cmocka_unit_test(test_request_fds),
		cmocka_unit_test(test_request_too_much),
		cmocka_unit_test(test_named),
		cmocka_unit_test(test_named_hostile),
		cmocka_unit_test(test_line_hostile),
		cmocka_unit_test(test_string_hostile),
		cmocka_unit_test(test_long_strings),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
