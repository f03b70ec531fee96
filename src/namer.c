// SPDX-License-Identifier: GPL-2.0
#include "namer.h"

#include "available_memory.h"
#include "channel.h"
#include "clock.h"
#include "debug_files.h"
#include "debuginfod.h"
#include "namer_files.h"
#include "namer_process.h"
#include "namer_protocol.h"
#include "vdso_image.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_MS INT64_C(1000000)
#define STOP_NS	  (5000 * NS_PER_MS)

/* The most that stacks wait for while the machine has no memory, all of them together. */
#define SHORTAGE_NS (5000 * NS_PER_MS)
#define LOOK_NS	    (20 * NS_PER_MS)

/* How often the helper may ask for a file of one stack. */
#define OPENS_MAX 256

/* Programs whose stacks ended the helper so often are not tried again. */
#define FAILURES_MAX 3
#define FAILED_MAX   32

struct failed {
	uint64_t key;
	unsigned int count;
};

struct namer {
	struct namer_config config;
	struct namer_process process;
	struct debuginfod *debuginfod;
	struct available_memory *memory;
	int64_t short_since_ns; /* 0: the machine had memory when last looked */
	int host_root;		/* -1: none */
	int vdso_fd;		/* 0: none */
	int start_err;
	unsigned int start_failures;
	int64_t last_ns; /* no wait is longer, once it was time to stop */
	struct failed failed[FAILED_MAX];
	size_t failed_next;
};

/* What is needed while one stack is being named. */
struct task {
	const struct user_state *state;
	struct stack *stack;
	struct debug_roots roots;
	struct patience patience;
	int64_t debuginfod_ns; /* left of what it may take */
	unsigned int opens;
	bool taken;
};

static int make_sources(struct namer *namer)
{
	if (available_memory_new(namer->config.root, &namer->memory))
		return -ENOMEM;
	if (!namer->config.debuginfod)
		return 0;
	namer->debuginfod = debuginfod_new(namer->config.debuginfod_program);
	return namer->debuginfod ? 0 : -ENOMEM;
}

int namer_new(const struct namer_config *config, struct namer **ret_namer)
{
	struct namer *namer = calloc(1, sizeof(*namer));
	int err;

	if (!namer)
		return -ENOMEM;
	namer->config = *config;
	if (!namer->config.program)
		namer->config.program = "/proc/self/exe";
	if (!namer->config.debuginfod_program)
		namer->config.debuginfod_program = DEBUGINFOD_PROGRAM;
	if (!namer->config.timeout_ms)
		namer->config.timeout_ms = NAMER_TIMEOUT_MS;
	namer->last_ns = INT64_MAX;
	namer->host_root = -1;
	err = make_sources(namer);
	if (err) {
		namer_free(namer);
		return err;
	}
	namer->host_root =
		open(config->root[0] ? config->root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	namer->vdso_fd = vdso_image_open();
	*ret_namer = namer;
	return 0;
}

void namer_free(struct namer *namer)
{
	if (!namer)
		return;
	namer_process_end(&namer->process);
	debuginfod_free(namer->debuginfod);
	available_memory_free(namer->memory);
	if (namer->host_root >= 0)
		close(namer->host_root);
	if (namer->vdso_fd > 0)
		close(namer->vdso_fd);
	free(namer);
}

int namer_start_error(const struct namer *namer)
{
	return namer->start_err;
}

/* What tells one program's stacks from another's: the files of its code (FNV-1a). */
static uint64_t key_of(const struct user_state *state)
{
	uint64_t key = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < state->module_count; i++) {
		const struct module *module = &state->modules[i];
		const uint64_t values[] = {module->dev, module->inode, module->file_offset};

		for (size_t j = 0; j < sizeof(values) / sizeof(values[0]); j++)
			key = (key ^ values[j]) * UINT64_C(0x100000001b3);
	}
	return key;
}

static struct failed *find_failed(struct namer *namer, uint64_t key)
{
	for (size_t i = 0; i < FAILED_MAX; i++)
		if (namer->failed[i].count && namer->failed[i].key == key)
			return &namer->failed[i];
	return NULL;
}

static void note_failed(struct namer *namer, uint64_t key)
{
	struct failed *failed = find_failed(namer, key);

	if (!failed) {
		failed = &namer->failed[namer->failed_next++ % FAILED_MAX];
		*failed = (struct failed){.key = key};
	}
	failed->count++;
}

static bool is_stopping(const struct namer *namer, const struct task *task)
{
	return namer->config.stop_fd > 0 && !task->patience.stop_fd;
}

static int ask_debuginfod(struct namer *namer, struct task *task, const struct namer_open *open)
{
	int64_t before = clock_ns(CLOCK_MONOTONIC);
	struct patience patience = {
		.deadline_ns = before + task->debuginfod_ns,
		.stop_fd = task->patience.stop_fd,
	};
	int fd;

	/* Nobody waits for a server once it is time to stop. */
	if (!namer->debuginfod || task->debuginfod_ns <= 0 || is_stopping(namer, task))
		return -ENOENT;
	fd = debuginfod_find(namer->debuginfod, open->build_id, open->build_id_len, &patience);
	task->debuginfod_ns -= clock_ns(CLOCK_MONOTONIC) - before;
	return fd < 0 ? -ENOENT : fd;
}

static int open_debug_file(struct namer *namer, struct task *task, const struct namer_open *open)
{
	const struct module *module;
	int fd;

	if (open->module >= task->state->module_count)
		return -EINVAL;
	module = &task->state->modules[open->module];
	if (open->debuglink)
		return module->path
			       ? debug_file_by_name(&task->roots, module->path, open->debuglink)
			       : -ENOENT;
	fd = debug_file_by_id(&task->roots, open->build_id, open->build_id_len);
	return fd == -ENOENT ? ask_debuginfod(namer, task, open) : fd;
}

/* The time that it takes is not the helper's. */
static int answer_open(struct namer *namer, struct task *task, const struct namer_message *message)
{
	int64_t before = clock_ns(CLOCK_MONOTONIC);
	struct namer_message reply = {0};
	struct namer_open open;
	int err;

	if (++task->opens > OPENS_MAX)
		return -EPROTO;
	err = namer_decode_open(message, &open);
	if (err)
		return err;
	err = namer_encode_opened(open_debug_file(namer, task, &open), &reply);
	free(open.debuglink);
	task->patience.deadline_ns += clock_ns(CLOCK_MONOTONIC) - before;
	if (!err)
		err = channel_send(namer->process.fd, &reply, &task->patience);
	namer_message_clear(&reply);
	return err;
}

static int take_named(struct task *task, const struct namer_message *message)
{
	struct stack named;
	int err = namer_decode_named(message, &named);

	if (err)
		return err;
	if (!named.count) {
		stack_clear(&named);
		return 0;
	}
	named.valid = true;
	stack_clear(task->stack);
	*task->stack = named;
	return 0;
}

/* Positive when it was the last message. */
static int take_message(struct namer *namer, struct task *task, const struct namer_message *message)
{
	int err = -EPROTO;

	if (message->type == NAMER_TAKEN && !task->taken) {
		task->taken = true;
		return 0;
	}
	if (!task->taken)
		return -EPROTO;
	if (message->type == NAMER_OPEN)
		return answer_open(namer, task, message);
	if (message->type == NAMER_NAMED)
		err = take_named(task, message);
	else if (message->type == NAMER_FAILED)
		err = 0;
	return err ? err : 1;
}

static int converse(struct namer *namer, struct task *task, const struct namer_message *request)
{
	int fd = namer->process.fd;
	int err;

	namer_process_set_busy(&namer->process, true);
	err = channel_send(fd, request, &task->patience);

	while (!err) {
		struct namer_message message = {0};

		err = channel_receive(fd, NAMER_ANSWER_LEN, false, &task->patience, &message);
		if (!err)
			err = take_message(namer, task, &message);
		namer_message_clear(&message);
	}
	namer_process_set_busy(&namer->process, false);
	if (err == -ENODATA)
		return -EPIPE;
	return err > 0 ? 0 : err;
}

static void note_start(struct namer *namer, int err)
{
	namer->start_err = err;
	namer->start_failures = err ? namer->start_failures + 1 : 0;
}

/*
 * A helper that was kept and is gone before it took the request, since it was idle for long or was
 * killed, is replaced once. That there was no time left for one is no failure to start.
 */
static void ask(struct namer *namer, struct task *task, const struct namer_message *request)
{
	bool fresh = false;
	int err = -EPIPE;

	while (err && err != -ETIMEDOUT && !fresh && !task->taken) {
		fresh = !namer->process.pid;
		err = fresh ? namer_process_start(&namer->process, namer->config.program) : 0;
		if (!err)
			err = converse(namer, task, request);
		if (err)
			namer_process_end(&namer->process);
	}
	if (fresh && !(err == -ETIMEDOUT && is_stopping(namer, task)))
		note_start(namer, task->taken ? 0 : err);
	if (err && task->taken)
		note_failed(namer, key_of(task->state));
}

static int open_process_root(const struct namer *namer, int64_t pid, const struct user_state *state)
{
	char path[PATH_MAX];
	int n;

	if (state->root_fd > 0)
		return fcntl(state->root_fd, F_DUPFD_CLOEXEC, 3);
	if (pid <= 0)
		return -1;
	n = snprintf(path, sizeof(path), "%s/proc/%lld/root", namer->config.root, (long long)pid);
	return n < (int)sizeof(path) ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
}

static void start_task(struct namer *namer, int64_t pid, struct task *task)
{
	int64_t end = clock_ns(CLOCK_MONOTONIC) + namer->config.timeout_ms * NS_PER_MS;

	task->roots = (struct debug_roots){
		.fds = {open_process_root(namer, pid, task->state), namer->host_root}};
	task->patience = (struct patience){
		.deadline_ns = end < namer->last_ns ? end : namer->last_ns,
		.stop_fd = namer->last_ns == INT64_MAX ? namer->config.stop_fd : 0,
		.grace_ns = STOP_NS,
	};
	task->debuginfod_ns = NAMER_DEBUGINFOD_TIMEOUT_MS * NS_PER_MS;
}

static void end_task(struct namer *namer, struct task *task)
{
	if (task->roots.fds[0] >= 0)
		close(task->roots.fds[0]);
	/* The first that sees that it is time to stop sets the end for all that follow. */
	if (is_stopping(namer, task) && namer->last_ns == INT64_MAX)
		namer->last_ns = task->patience.deadline_ns;
}

static void ask_helper(struct namer *namer, int64_t pid, const struct user_state *state,
		       struct stack *stack)
{
	struct task task = {.state = state, .stack = stack};
	struct namer_message request = {0};
	struct user_state open;

	start_task(namer, pid, &task);
	if (!namer_files_open(state, stack, &task.roots, namer->vdso_fd, &open)) {
		if (!namer_encode_request(&open, stack, &request))
			ask(namer, &task, &request);
		namer_message_forget_fds(&request);
		namer_message_clear(&request);
		namer_files_close(&open);
	}
	end_task(namer, &task);
}

/* Of frames that have no name: where they lie. */
static void set_module(const struct user_state *state, struct frame *frame)
{
	for (size_t i = 0; i < state->module_count; i++) {
		const struct module *module = &state->modules[i];

		if (!module->path || frame->address < module->start ||
		    frame->address >= module->end)
			continue;
		if (!frame->file_offset.known)
			frame->file_offset = num_of(
				(int64_t)(frame->address - module->start + module->file_offset));
		frame->module = strdup(module->path);
		return;
	}
}

void namer_locate_frames(const struct user_state *state, struct stack *stack)
{
	for (size_t i = 0; i < stack->count; i++) {
		struct frame *frame = &stack->frames[i];

		if (!frame->module)
			set_module(state, frame);
		if (!frame->symbol)
			frame->offset = frame->file_offset;
	}
}

static bool may_ask(struct namer *namer, const struct user_state *state)
{
	const struct failed *failed = find_failed(namer, key_of(state));

	return namer->start_failures < FAILURES_MAX && !(failed && failed->count >= FAILURES_MAX) &&
	       clock_ns(CLOCK_MONOTONIC) < namer->last_ns;
}

/*
 * A helper that is started while the machine has no memory is the next to be killed, and as many
 * after it as are started: none is, and one that is kept gives back what it has. False when there
 * is none in time.
 */
static bool wait_for_memory(struct namer *namer)
{
	while (!available_memory_suffices(namer->memory)) {
		int64_t now = clock_ns(CLOCK_MONOTONIC);
		struct patience pause = {
			.deadline_ns = now + LOOK_NS,
			.stop_fd = namer->config.stop_fd,
		};

		namer_process_end(&namer->process);
		if (!namer->short_since_ns)
			namer->short_since_ns = now;
		if (now - namer->short_since_ns >= SHORTAGE_NS)
			return false;
		patience_poll(&pause, -1, 0);
		if (namer->config.stop_fd > 0 && !pause.stop_fd)
			return false;
	}
	namer->short_since_ns = 0;
	return true;
}

void namer_name_stack(struct namer *namer, int64_t pid, const struct user_state *state,
		      struct stack *stack)
{
	if (!stack->count && !state->reg_count)
		return;
	if (may_ask(namer, state) && wait_for_memory(namer))
		ask_helper(namer, pid, state, stack);
	namer_locate_frames(state, stack);
}
