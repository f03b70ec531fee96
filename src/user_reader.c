// SPDX-License-Identifier: GPL-2.0
#include "user_reader.h"

#include "clock.h"
#include "decode.h"
#include "proc_parse.h"
#include "unwind.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Files with code that are looked at, and of those the ones that may stand in one stack. */
#define CODE_MAX    4096
#define MODULES_MAX 128
#define DELETED	    " (deleted)"

/* A mapping of code, as maps has it. */
struct code {
	struct proc_mapping mapping;
	bool wanted;
};

struct user_reader {
	const struct procfs *procfs;
	uint64_t incident;
	int32_t ns_tgid;
	struct user_state state;
	struct code code[CODE_MAX];
	size_t code_count;
};

int user_reader_new(const struct procfs *procfs, struct user_reader **ret_reader)
{
	struct user_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return -ENOMEM;
	reader->procfs = procfs;
	*ret_reader = reader;
	return 0;
}

void user_reader_free(struct user_reader *reader)
{
	if (!reader)
		return;
	user_state_clear(&reader->state);
	free(reader);
}

static void begin(struct user_reader *reader, uint64_t incident)
{
	if (reader->incident == incident)
		return;
	user_state_clear(&reader->state);
	reader->incident = incident;
	reader->ns_tgid = 0;
}

void user_reader_take_state(struct user_reader *reader, const struct ev_user_state *rec)
{
	begin(reader, rec->hdr.incident);
	if (reader->state.stack)
		return;
	if (decode_user_state(rec, &reader->state))
		memset(&reader->state, 0, sizeof(reader->state));
}

void user_reader_begin(struct user_reader *reader, const struct ev_invoked *rec)
{
	begin(reader, rec->hdr.incident);
	reader->ns_tgid = rec->trigger.ns_tgid;
}

/*
 * O_PATH opens nothing on the file system, and RESOLVE_CACHED (5.12) does not even ask it. 0: none.
 */
static int open_path_in(int root_fd, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_CACHED,
	};
	long fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));

	if (fd < 0 && errno == EINVAL) {
		how.resolve = RESOLVE_IN_ROOT;
		fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
	}
	return fd > 0 ? (int)fd : 0;
}

static void open_root(struct user_reader *reader, int process)
{
	int fd;

	if (reader->state.root_fd)
		return;
	fd = openat(process, "root", O_PATH | O_CLOEXEC | O_DIRECTORY);
	reader->state.root_fd = fd > 0 ? fd : 0;
}

/* Code without a file is that of a JIT compiler, which may have left the names of it. */
static void open_perf_map(struct user_reader *reader)
{
	char path[64];

	if (reader->state.perf_map_fd || !reader->state.root_fd || reader->ns_tgid <= 0)
		return;
	snprintf(path, sizeof(path), "/tmp/perf-%" PRId32 ".map", reader->ns_tgid);
	reader->state.perf_map_fd = open_path_in(reader->state.root_fd, path);
}

static void clear_modules(struct user_state *state)
{
	struct user_state modules = {.modules = state->modules,
				     .module_count = state->module_count};

	user_state_clear(&modules);
	state->modules = NULL;
	state->module_count = 0;
}

void user_reader_take_modules(struct user_reader *reader, const struct ev_modules *rec, bool open)
{
	struct user_state *state = &reader->state;
	int process;

	begin(reader, rec->hdr.incident);
	if (state->all_modules)
		return;
	clear_modules(state);
	if (decode_modules(rec, &state->modules, &state->module_count) || !open ||
	    procfs_open_process(reader->procfs, rec->hdr.tgid, rec->hdr.tid, &process))
		return;
	open_root(reader, process);
	close(process);
	for (size_t i = 0; state->root_fd && i < state->module_count; i++) {
		struct module *module = &state->modules[i];

		if (module->path)
			module->fd = open_path_in(state->root_fd, module->path);
		else
			open_perf_map(reader);
	}
}

static struct code *find_code(struct user_reader *reader, uint64_t address)
{
	size_t low = 0, high = reader->code_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct code *code = &reader->code[middle];

		if (address < code->mapping.start)
			high = middle;
		else if (address >= code->mapping.end)
			low = middle + 1;
		else
			return code;
	}
	return NULL;
}

static void want(struct user_reader *reader, uint64_t word)
{
	uint64_t address = unwind_code_address(reader->state.reg_count, word);
	struct code *code = find_code(reader, address);

	if (code)
		code->wanted = true;
}

/*
 * Where the thread was, what the kernel saw by frame pointers, and all that lies on the stack or in a
 * register, as the return address of a function that calls none may do.
 */
static void want_stack(struct user_reader *reader)
{
	const struct user_state *state = &reader->state;

	want(reader, state->pc);
	for (uint32_t i = 0; i < state->reg_count; i++)
		want(reader, state->regs[i]);
	for (size_t i = 0; i < state->module_count; i++)
		want(reader, state->modules[i].start);
	for (size_t at = 0; at + sizeof(uint64_t) <= state->stack_len; at += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, state->stack + at, sizeof(word));
		want(reader, word);
	}
}

static void find_all_code(struct user_reader *reader, const struct proc_text *maps)
{
	struct span rest = {maps->bytes, maps->len};
	struct proc_mapping mapping;
	uint64_t end = 0;

	reader->code_count = 0;
	while (reader->code_count < CODE_MAX && proc_next_mapping(&rest, &mapping)) {
		/* The kernel lists them by address. */
		if (!mapping.executable || mapping.start < end)
			continue;
		reader->code[reader->code_count++] = (struct code){.mapping = mapping};
		end = mapping.end;
	}
}

/*
 * By map_files it is the mapped file itself, whatever its path has come to mean; that takes a
 * capability which the path does not.
 */
static void open_module(struct user_reader *reader, int process, struct module *module)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "map_files/%" PRIx64 "-%" PRIx64, module->start, module->end);
	fd = openat(process, name, O_PATH | O_CLOEXEC);
	if (fd > 0) {
		module->fd = fd;
		module->same_file = true;
	} else if (reader->state.root_fd) {
		module->fd = open_path_in(reader->state.root_fd, module->path);
	}
}

static bool add_module(struct user_reader *reader, int process, const struct code *code,
		       struct module *module)
{
	const struct proc_mapping *mapping = &code->mapping;
	struct span name = mapping->name;
	bool is_file = mapping->inode && name.len && *name.at == '/';

	/* The kernel's mark for a file without a name any more. */
	if (name.len > strlen(DELETED) &&
	    !memcmp(name.at + name.len - strlen(DELETED), DELETED, strlen(DELETED)))
		name.len -= strlen(DELETED);
	*module = (struct module){
		.start = mapping->start,
		.end = mapping->end,
		.file_offset = mapping->file_offset,
		.inode = mapping->inode,
		.dev = mapping->dev,
	};
	if (is_file || span_equals(name, "[vdso]")) {
		module->path = strndup(name.at, name.len);
		if (!module->path)
			return false;
	}
	if (is_file)
		open_module(reader, process, module);
	else if (!module->path)
		open_perf_map(reader);
	return true;
}

static void open_wanted(struct user_reader *reader, int process)
{
	struct module *modules = calloc(MODULES_MAX, sizeof(*modules));
	size_t count = 0;

	if (!modules)
		return;
	for (size_t i = 0; i < reader->code_count && count < MODULES_MAX; i++)
		if (reader->code[i].wanted)
			count += add_module(reader, process, &reader->code[i], &modules[count]);
	clear_modules(&reader->state);
	reader->state.modules = modules;
	reader->state.module_count = count;
	reader->state.all_modules = true;
}

void user_reader_read(struct user_reader *reader, const struct ev_selected *rec,
		      uint64_t deadline_ns, struct proc_raw *raw)
{
	struct proc_text *maps = &raw->files[PROC_FILE_MAPS];
	int process;

	begin(reader, rec->hdr.incident);
	/* Its maps, like its directory of them, wait for the lock that it may hold itself. */
	if ((rec->trigger_locks & EV_LOCK_MMAP) || !reader->state.reg_count ||
	    procfs_open_process(reader->procfs, rec->hdr.tgid, rec->hdr.tid, &process))
		return;
	open_root(reader, process);
	if (!procfs_read(process, PROC_FILE_MAPS, deadline_ns, raw) && !maps->cut &&
	    (uint64_t)clock_ns(CLOCK_MONOTONIC) < deadline_ns) {
		find_all_code(reader, maps);
		want_stack(reader);
		open_wanted(reader, process);
	}
	close(process);
}

bool user_reader_has_code(const struct user_reader *reader, uint64_t incident)
{
	return reader->incident == incident && reader->state.all_modules;
}

uint64_t user_reader_thread_pointer(const struct user_reader *reader)
{
	return reader->state.thread_pointer;
}

void user_reader_attach(struct user_reader *reader, struct incident *incident)
{
	if (reader->incident != incident->kernel_id)
		return;
	user_state_clear(&incident->user_state);
	incident->user_state = reader->state;
	memset(&reader->state, 0, sizeof(reader->state));
	reader->incident = 0;
}
