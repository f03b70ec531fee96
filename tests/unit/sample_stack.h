/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tracer takes of a thread, taken with ptrace() from a program in tests/stacks that has
 * stopped itself.
 */
#ifndef OOMTRACE_SAMPLE_STACK_H
#define OOMTRACE_SAMPLE_STACK_H

#include "proc_parse.h"
#include "readfile.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { SAMPLE_POINTERS_MAX = 127 };

/* What a function may use below its stack pointer. */
enum { RED_ZONE = 128 };

struct sample {
	pid_t pid;
	pid_t tid;
	struct user_state state;
	struct stack stack; /* as the kernel finds it, by frame pointers */
};

static inline void sample_read(const struct sample *sample, uint64_t address, void *to, size_t len)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)sample->pid);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, to, len, (off_t)address), len);
	close(fd);
}

static inline int sample_vdso(const struct sample *sample, const struct proc_mapping *mapping)
{
	size_t len = mapping->end - mapping->start;
	char *image = malloc(len);
	int fd = memfd_create("vdso", MFD_CLOEXEC);

	sample_read(sample, mapping->start, image, len);
	assert_int_equal(write(fd, image, len), len);
	free(image);
	return fd;
}

static inline void sample_module(struct sample *sample, const struct proc_mapping *mapping)
{
	struct user_state *state = &sample->state;
	struct module *module;

	state->modules = realloc(state->modules, (state->module_count + 1) * sizeof(*module));
	module = &state->modules[state->module_count++];
	*module = (struct module){.start = mapping->start,
				  .end = mapping->end,
				  .file_offset = mapping->file_offset,
				  .inode = mapping->inode,
				  .dev = mapping->dev};
	if (mapping->name.len)
		module->path = strndup(mapping->name.at, mapping->name.len);
	if (module->path && module->path[0] == '/') {
		module->fd = open(module->path, O_RDONLY | O_CLOEXEC);
		assert_true(module->fd > 0);
		module->same_file = true;
	} else if (module->path && !strcmp(module->path, "[vdso]")) {
		module->fd = sample_vdso(sample, mapping);
	}
}

/* Up to where the next record cannot be read. */
static inline void sample_frame_pointers(struct sample *sample, uint64_t stack_end)
{
	struct stack *stack = &sample->stack;
	uint64_t record[2] = {sample->state.regs[6], sample->state.pc};

	stack->valid = true;
	stack->frames = calloc(SAMPLE_POINTERS_MAX, sizeof(*stack->frames));
	for (;;) {
		stack->frames[stack->count++].address = record[1];
		stack->truncated = stack->count == SAMPLE_POINTERS_MAX;
		if (stack->truncated || record[0] < sample->state.regs[7] ||
		    record[0] > stack_end - sizeof(record))
			return;
		sample_read(sample, record[0], record, sizeof(record));
		if (!record[1])
			return;
	}
}

/* Modules, and the copy of at most `copy_max` bytes of the stack. */
static inline void sample_maps(struct sample *sample, size_t copy_max)
{
	struct user_state *state = &sample->state;
	uint64_t stack_pointer = state->regs[7];
	struct proc_mapping mapping;
	struct span text;
	char path[64], *bytes;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)sample->pid);
	assert_int_equal(file_read(path, &bytes, &text.len, 1 << 20), 0);
	text.at = bytes;
	while (proc_next_mapping(&text, &mapping)) {
		if (mapping.executable)
			sample_module(sample, &mapping);
		if (stack_pointer < mapping.start || stack_pointer >= mapping.end)
			continue;
		state->stack_address = stack_pointer - RED_ZONE;
		state->stack_len = mapping.end - state->stack_address;
		state->stack_cut = state->stack_len > copy_max;
		if (state->stack_cut)
			state->stack_len = copy_max;
		state->stack = malloc(state->stack_len);
		sample_read(sample, state->stack_address, state->stack, state->stack_len);
		sample_frame_pointers(sample, mapping.end);
	}
	state->all_modules = true;
	free(bytes);
	assert_non_null(state->stack);
}

static inline void sample_registers(struct sample *sample)
{
	struct user_regs_struct regs;

	assert_int_equal(ptrace(PTRACE_GETREGS, sample->tid, NULL, &regs), 0);
	sample->state.reg_count = 17;
	/* In the order of System V ABI, AMD64, figure 3.36. */
	memcpy(sample->state.regs,
	       (uint64_t[]){regs.rax, regs.rdx, regs.rcx, regs.rbx, regs.rsi, regs.rdi, regs.rbp,
			    regs.rsp, regs.r8, regs.r9, regs.r10, regs.r11, regs.r12, regs.r13,
			    regs.r14, regs.r15, regs.rip},
	       17 * sizeof(uint64_t));
	sample->state.pc = regs.rip;
}

/* The youngest of its threads. */
static inline pid_t sample_last_thread(pid_t pid)
{
	struct dirent *entry;
	char path[64];
	pid_t last = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		if (atoi(entry->d_name) > last)
			last = atoi(entry->d_name);
	closedir(dir);
	return last;
}

/* Runs the program up to where it stops itself. */
static inline void sample_start(struct sample *sample, const char *program, const char *name)
{
	int status;

	memset(sample, 0, sizeof(*sample));
	sample->pid = fork();
	assert_true(sample->pid >= 0);
	if (!sample->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(program, program, name, NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(sample->pid, &status, WUNTRACED), sample->pid);
	if (!WIFSTOPPED(status))
		fail_msg("%s %s has ended with %#x", program, name, (unsigned int)status);
	sample->tid = sample_last_thread(sample->pid);
	assert_int_equal(ptrace(PTRACE_SEIZE, sample->tid, NULL, NULL), 0);
	assert_int_equal(waitpid(sample->tid, &status, __WALL), sample->tid);
	assert_true(WIFSTOPPED(status));
}

static inline void sample_end(const struct sample *sample)
{
	kill(sample->pid, SIGKILL);
	/* A traced thread is there until it is waited for, and its leader until then. */
	if (sample->tid != sample->pid)
		waitpid(sample->tid, NULL, __WALL);
	waitpid(sample->pid, NULL, __WALL);
}

/* Lets it execute one instruction, and takes its registers and its stack anew. */
static inline void sample_step(struct sample *sample)
{
	struct user_state *state = &sample->state;
	uint64_t end = state->stack_address + state->stack_len;
	int status;

	assert_int_equal(ptrace(PTRACE_SINGLESTEP, sample->tid, NULL, NULL), 0);
	assert_int_equal(waitpid(sample->tid, &status, __WALL), sample->tid);
	assert_true(WIFSTOPPED(status));
	sample_registers(sample);
	free(state->stack);
	state->stack_address = state->regs[7] - RED_ZONE;
	assert_true(state->stack_address < end);
	state->stack_len = end - state->stack_address;
	state->stack = malloc(state->stack_len);
	sample_read(sample, state->stack_address, state->stack, state->stack_len);
}

/* Takes what there is of it and ends it. */
static inline void sample_take(struct sample *sample, const char *program, const char *name,
			       size_t copy_max)
{
	sample_start(sample, program, name);
	sample_registers(sample);
	sample_maps(sample, copy_max);
	sample_end(sample);
}

static inline void sample_clear(struct sample *sample)
{
	user_state_clear(&sample->state);
	stack_clear(&sample->stack);
}

#endif
