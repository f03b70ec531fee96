// SPDX-License-Identifier: GPL-2.0
#include "survivor.h"

#include "kallsyms.h"
#include "readfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STAT_MAX    4096
#define STACK_MAX   16384
#define FRAMES_MAX  128
#define THREADS_MAX 256 /* that are looked at */

int survivor_parse_state(const char *text, char *ret_state)
{
	/* The name before it may hold anything, parentheses too. */
	const char *name_end = strrchr(text, ')');

	if (!name_end || name_end[1] != ' ' || name_end[2] < 'A' || name_end[2] > 'z' ||
	    name_end[3] != ' ')
		return -EINVAL;
	*ret_state = name_end[2];
	return 0;
}

static int parse_frame(char *line, struct frame *frame)
{
	char *text = strstr(line, "] ");
	uint64_t offset;
	int err;

	if (line[0] != '[' || !text)
		return -EINVAL;
	err = kallsyms_parse_sprint(text + 2, &frame->symbol, &offset, &frame->module);
	if (!err)
		frame->offset = num_of((int64_t)offset);
	return err == -ENOENT ? 0 : err;
}

int survivor_parse_stack(const char *text, struct stack *ret_stack)
{
	struct stack stack = {.valid = true};
	char *copy = strdup(text), *save = NULL;
	int err = 0;

	stack.frames = calloc(FRAMES_MAX, sizeof(*stack.frames));
	if (!copy || !stack.frames)
		err = -ENOMEM;
	for (char *line = err ? NULL : strtok_r(copy, "\n", &save); line && !err;
	     line = strtok_r(NULL, "\n", &save)) {
		stack.truncated = stack.count == FRAMES_MAX;
		if (stack.truncated)
			break;
		err = parse_frame(line, &stack.frames[stack.count++]);
	}
	free(copy);
	if (err) {
		stack_clear(&stack);
		return err;
	}
	*ret_stack = stack;
	return 0;
}

static bool has_ended(char state)
{
	return state == 'Z' || state == 'X' || state == 'x';
}

/* The kernel stack when it can be had: that it lives is worth telling without. */
static void read_stack(int thread, struct stack *ret_stack)
{
	char *text;

	*ret_stack = (struct stack){0};
	if (file_read_at(thread, "stack", &text, NULL, STACK_MAX))
		return;
	survivor_parse_stack(text, ret_stack);
	free(text);
}

static int thread_state(int thread, char *ret_state)
{
	char *text;
	int err = file_read_at(thread, "stat", &text, NULL, STAT_MAX);

	if (!err) {
		err = survivor_parse_state(text, ret_state);
		free(text);
	}
	return err == -ENOENT ? -ESRCH : err;
}

/* -ESRCH of a thread that has ended, or is about to. */
static int open_thread(const struct procfs *procfs, pid_t pid, pid_t tid, int *ret_thread,
		       char *ret_state)
{
	int err = procfs_open_process(procfs, pid, tid, ret_thread);

	if (err)
		return err == -ENOENT ? -ESRCH : err;
	err = thread_state(*ret_thread, ret_state);
	if (!err && has_ended(*ret_state))
		err = -ESRCH;
	if (err)
		close(*ret_thread);
	return err;
}

/* A descriptor of the thread that keeps the process, for the caller to close. */
static int find_thread(const struct procfs *procfs, pid_t pid, int process, int *ret_thread,
		       char *ret_state)
{
	size_t count = 0;
	pid_t *tids = NULL;
	int found = -1, failure = -ESRCH, err = procfs_list_threads(process, &tids, &count);

	for (size_t i = 0; !err && i < count && i < THREADS_MAX; i++) {
		char state;
		int thread, thread_err = open_thread(procfs, pid, tids[i], &thread, &state);

		if (thread_err && thread_err != -ESRCH)
			failure = thread_err;
		if (thread_err)
			continue;
		if (found >= 0 && state != 'D') {
			close(thread);
			continue;
		}
		if (found >= 0)
			close(found);
		found = thread;
		*ret_state = state;
		if (state == 'D')
			break;
	}
	free(tids);
	if (err)
		return err == -ENOENT ? -ESRCH : err;
	*ret_thread = found;
	return found < 0 ? failure : 0;
}

int survivor_read(const struct procfs *procfs, pid_t pid, uint64_t killed_boottime_ns,
		  char *ret_state, struct stack *ret_stack)
{
	int process, thread = -1, err = procfs_open_process(procfs, pid, 0, &process);
	uint64_t start_ns;
	char state = 0;

	if (err)
		return err == -ENOENT ? -ESRCH : err;
	err = procfs_read_start(process, &start_ns);
	if (!err && start_ns > killed_boottime_ns)
		err = -ESRCH;
	if (!err)
		err = find_thread(procfs, pid, process, &thread, &state);
	close(process);
	if (err)
		return err;
	read_stack(thread, ret_stack);
	close(thread);
	*ret_state = state;
	return 0;
}
