// SPDX-License-Identifier: GPL-2.0
#include "python.h"

#include "python_capture.h"
#include "python_frames.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A list that does not end. */
#define INTERPRETERS_MAX 64
/* A thread's pthread_self() is its thread pointer, or lies less than that below it. */
#ifdef __aarch64__
#define PTHREAD_DISTANCE 4096
#else
#define PTHREAD_DISTANCE 1
#endif

int python_new(struct python **ret_python)
{
	struct python *python = calloc(1, sizeof(*python));
	int err;

	if (!python)
		return -ENOMEM;
	err = remote_memory_new(&python->memory);
	if (err) {
		free(python);
		return err;
	}
	*ret_python = python;
	return 0;
}

void python_free(struct python *python)
{
	if (!python)
		return;
	remote_memory_free(python->memory);
	free(python);
}

const char *python_version(const struct python *python)
{
	return python->known ? python->version : NULL;
}

size_t python_stack_count(const struct python *python)
{
	return python->stack_count;
}

bool python_has_more(const struct python *python)
{
	return python->more;
}

size_t python_calls(const struct python *python)
{
	return remote_memory_calls(python->memory);
}

/* Where a walk along the interpreters and the threads of each one stands. */
struct walk {
	uint64_t interpreter;
	uint64_t thread;
	unsigned int interpreters;
	unsigned int threads;
};

static int begin_walk(struct python *python, struct walk *ret_walk)
{
	const struct python_layout *layout = &python->runtime.layout;

	*ret_walk = (struct walk){0};
	return python_read_u64(python, python->runtime.address, layout->runtime_interpreters,
			       &ret_walk->interpreter);
}

/* The next thread state, those of later threads first; 0: there are no more. */
static int next_thread(struct python *python, struct walk *walk, uint64_t *ret_thread)
{
	const struct python_layout *layout = &python->runtime.layout;
	int err = 0;

	if (walk->thread)
		err = python_read_u64(python, walk->thread, layout->thread_next, &walk->thread);
	while (!err && !walk->thread && walk->interpreter &&
	       walk->interpreters++ < INTERPRETERS_MAX) {
		err = python_read_u64(python, walk->interpreter, layout->interp_threads,
				      &walk->thread);
		if (!err)
			err = python_read_u64(python, walk->interpreter, layout->interp_next,
					      &walk->interpreter);
	}
	*ret_thread = walk->threads++ < PYTHON_STATES_MAX ? walk->thread : 0;
	return err;
}

/* The innermost frame; 0: it is in none. */
static int find_frame(struct python *python, uint64_t thread, uint64_t *ret_frame)
{
	const struct python_layout *layout = &python->runtime.layout;
	int err = python_read_u64(python, thread, layout->thread_frame, ret_frame);

	if (!err && *ret_frame && layout->cframe_frame != PYTHON_NO_FIELD)
		err = python_read_u64(python, *ret_frame, layout->cframe_frame, ret_frame);
	return err;
}

/* What is said when this is what came of reading. */
static int verdict(const struct python *python, int err)
{
	if (err && remote_memory_is_over(python->memory))
		return -ETIME;
	return err && err != -ESRCH ? -ENODATA : err;
}

static int capture_from(struct python *python, uint64_t thread, struct num tid)
{
	uint64_t frame;
	int err = find_frame(python, thread, &frame);

	if (err)
		return err;
	return frame ? python_frames_capture(python, frame, tid) : -ESRCH;
}

/*
 * The thread whose state has that value in that field. One that entered several interpreters has a
 * state in each of them, and executes code in the one that came last.
 */
static int capture_matching(struct python *python, uint32_t field, uint64_t value, struct num tid)
{
	uint64_t thread, found;
	struct walk walk;
	int err = begin_walk(python, &walk);

	while (!err && !(err = next_thread(python, &walk, &thread)) && thread) {
		err = python_read_u64(python, thread, field, &found);
		if (err || found != value)
			continue;
		err = capture_from(python, thread, tid);
		if (err != -ESRCH)
			return err;
		err = 0;
	}
	return err ? err : -ESRCH;
}

/* The pthread_self() that belongs to a thread pointer: the nearest one. */
static int find_pthread(struct python *python, uint64_t thread_pointer, uint64_t *ret_pthread)
{
	uint64_t thread, pthread, nearest = PTHREAD_DISTANCE;
	struct walk walk;
	int err = begin_walk(python, &walk);

	while (!err && !(err = next_thread(python, &walk, &thread)) && thread) {
		err = python_read_u64(python, thread, python->runtime.layout.thread_pthread,
				      &pthread);
		if (err || pthread > thread_pointer || thread_pointer - pthread >= nearest)
			continue;
		nearest = thread_pointer - pthread;
		*ret_pthread = pthread;
	}
	if (err)
		return err;
	return nearest < PTHREAD_DISTANCE ? 0 : -ESRCH;
}

/* When nothing tells which one it is. */
static int capture_only(struct python *python, struct num tid)
{
	const struct python_layout *layout = &python->runtime.layout;
	uint64_t thread = 0, other = 0, holder;
	struct walk walk;
	int err = layout->runtime_holder == PYTHON_NO_FIELD ? -ESRCH : begin_walk(python, &walk);

	if (!err)
		err = next_thread(python, &walk, &thread);
	if (!err)
		err = next_thread(python, &walk, &other);
	if (!err)
		err = python_read_u64(python, python->runtime.address, layout->runtime_holder,
				      &holder);
	if (!err && (!thread || other || holder != thread))
		err = -ESRCH;
	return err ? err : capture_from(python, thread, tid);
}

static int begin(struct python *python, const char *maps, size_t len, const struct remote *remote,
		 uint64_t deadline_ns)
{
	int err;

	python->known = false;
	python->more = false;
	python->stack_count = 0;
	python->code_count = 0;
	python->arena_len = 0;
	remote_memory_begin(python->memory, remote, deadline_ns);
	err = python_find(python->memory, maps, len, &python->runtime);
	if (err)
		return err;
	python->known = true;
	snprintf(python->version, sizeof(python->version), "3.%u", python->runtime.layout.minor);
	return 0;
}

int python_capture_thread(struct python *python, const char *maps, size_t len,
			  const struct remote *remote, const struct python_thread_id *id,
			  uint64_t deadline_ns)
{
	const struct python_layout *layout = &python->runtime.layout;
	struct num tid = num_of(id->tid);
	uint64_t pthread;
	bool has_tid;
	int err = begin(python, maps, len, remote, deadline_ns);

	if (err)
		return err;
	has_tid = id->ns_tid > 0 && layout->thread_tid != PYTHON_NO_FIELD;
	if (!has_tid && !id->thread_pointer)
		return verdict(python, capture_only(python, tid));
	err = -ESRCH;
	if (has_tid)
		err = capture_matching(python, layout->thread_tid, (uint64_t)id->ns_tid, tid);
	if (err == -ESRCH && id->thread_pointer) {
		err = find_pthread(python, id->thread_pointer, &pthread);
		if (!err)
			err = capture_matching(python, layout->thread_pthread, pthread, tid);
	}
	return verdict(python, err);
}

static struct num tid_of(struct python *python, uint64_t thread)
{
	const struct python_layout *layout = &python->runtime.layout;
	uint64_t value;

	if (layout->thread_tid == PYTHON_NO_FIELD ||
	    python_read_u64(python, thread, layout->thread_tid, &value) || !value ||
	    value > INT32_MAX)
		return (struct num){0};
	return num_of((int64_t)value);
}

/* The thread states, those that began last first; as many as could be read. */
static size_t list_threads(struct python *python, int *ret_err)
{
	size_t count = 0;
	struct walk walk;
	uint64_t thread;
	int err = begin_walk(python, &walk);

	while (!err && !(err = next_thread(python, &walk, &thread)) && thread)
		python->threads[count++] = thread;
	*ret_err = err;
	return count;
}

int python_capture_all(struct python *python, const char *maps, size_t len,
		       const struct remote *remote, uint64_t deadline_ns)
{
	int err = begin(python, maps, len, remote, deadline_ns);
	size_t count;

	if (err)
		return err;
	count = list_threads(python, &err);
	python->more = err;
	for (size_t i = count; i-- > 0;) {
		uint64_t thread = python->threads[i];
		int of_thread;

		if (python->stack_count == PYTHON_THREADS_MAX) {
			python->more = true;
			break;
		}
		of_thread = capture_from(python, thread, tid_of(python, thread));
		if (of_thread && of_thread != -ESRCH) {
			python->more = true;
			err = of_thread;
		}
	}
	return python->stack_count ? 0 : verdict(python, err ? err : -ESRCH);
}
