// SPDX-License-Identifier: GPL-2.0
#include "language_reader.h"

#include "clock.h"
#include "proc_parse.h"
#include "python.h"
#include "remote_process.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATUS_LEN  4096
#define MM_SWAPENTS 2

/* What came of one process. */
struct capture {
	struct python *python;
	uint64_t incident; /* it was tried for; 0: for none */
	int err;
	uint64_t end_ns;
};

struct language_reader {
	struct capture trigger;
	struct capture victim;
};

int language_reader_new(struct language_reader **ret_reader)
{
	struct language_reader *reader = calloc(1, sizeof(*reader));
	int err;

	if (!reader)
		return -ENOMEM;
	err = python_new(&reader->trigger.python);
	if (!err)
		err = python_new(&reader->victim.python);
	if (err) {
		language_reader_free(reader);
		return err;
	}
	*ret_reader = reader;
	return 0;
}

void language_reader_free(struct language_reader *reader)
{
	if (!reader)
		return;
	python_free(reader->trigger.python);
	python_free(reader->victim.python);
	free(reader);
}

static int read_status(int process, struct proc_status *ret_status)
{
	char text[STATUS_LEN];
	int fd = openat(process, "status", O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = read(fd, text, sizeof(text));
	close(fd);
	if (len < 0)
		return -errno;
	proc_parse_status(text, (size_t)len, ret_status);
	return 0;
}

/*
 * By the name of some file that is mapped: of the program, of a library or of a module. To look into
 * a process is to have pages of its files mapped that were not, which changes what is reported of it.
 */
static bool may_be_python(const struct proc_text *maps)
{
	return memmem(maps->bytes, maps->len, "python", strlen("python"));
}

static void finish(struct capture *capture, uint64_t incident, int err)
{
	capture->incident = incident;
	capture->err = err;
	capture->end_ns = (uint64_t)clock_ns(CLOCK_MONOTONIC);
}

void language_reader_read_trigger(struct language_reader *reader, const struct ev_selected *rec,
				  int process, uint64_t thread_pointer,
				  const struct proc_text *maps, uint64_t deadline_ns)
{
	struct python_thread_id id = {.tid = rec->hdr.tid, .thread_pointer = thread_pointer};
	const pid_t pid = rec->hdr.tgid;
	struct remote remote = remote_of_process(&pid);
	struct proc_status status;
	int err = may_be_python(maps) ? read_status(process, &status) : -ENOENT;

	if (!err && !status.swap_bytes.known)
		err = -ESRCH;
	if (!err && status.swap_bytes.value)
		err = -EAGAIN;
	if (!err) {
		id.ns_tid = (pid_t)status.ns_tid.value;
		err = python_capture_thread(reader->trigger.python, maps->bytes, maps->len, &remote,
					    &id, deadline_ns);
	}
	finish(&reader->trigger, rec->hdr.incident, err);
}

void language_reader_read_victim(struct language_reader *reader, const struct ev_selected *rec,
				 const struct proc_text *maps, uint64_t deadline_ns)
{
	const pid_t pid = rec->victim.tgid;
	struct remote remote = remote_of_process(&pid);
	bool swapped = !rec->memory.valid || rec->memory.exact_pages[MM_SWAPENTS] > 0;
	int err = may_be_python(maps) ? -EAGAIN : -ENOENT;

	if (err != -ENOENT && !swapped)
		err = python_capture_all(reader->victim.python, maps->bytes, maps->len, &remote,
					 deadline_ns);
	finish(&reader->victim, rec->hdr.incident, err);
}

/* "/usr/bin/python3.11", "/usr/lib/libpython3.11.so.1.0" */
static bool is_interpreter(const char *path)
{
	const char *name = path ? strrchr(path, '/') : NULL;

	return name && (!strncmp(name, "/python", strlen("/python")) ||
			!strncmp(name, "/libpython", strlen("/libpython")));
}

static char *language_named(const char *version, int len)
{
	char *name = NULL;

	if (!len)
		return strdup("Python");
	return asprintf(&name, "Python %.*s", len, version) < 0 ? NULL : name;
}

static char *language_of(const struct capture *capture)
{
	const char *version = python_version(capture->python);

	return language_named(version, version ? (int)strlen(version) : 0);
}

/* What is known by the name of the file alone: "python3.11", "libpython3.11.so.1.0", "python3". */
static char *language_of_file(const char *path)
{
	const char *version = strstr(strrchr(path, '/'), "python") + strlen("python");
	const char *point = strchr(version, '.');
	size_t digits = strspn(version, "0123456789");

	if (!point || point != version + digits || !isdigit((unsigned char)point[1]))
		return language_named(NULL, 0);
	return language_named(version, (int)(digits + 1 + strspn(point + 1, "0123456789")));
}

/* Whether it was tried in time: what was read later may be of another moment, or another process. */
static bool is_of(const struct capture *capture, const struct incident *incident)
{
	return capture->incident && capture->incident == incident->kernel_id &&
	       capture->end_ns <= incident->kill_ns;
}

static void attach_trigger(struct language_reader *reader, struct incident *incident)
{
	const struct user_state *state = &incident->user_state;
	struct stack *stack = &incident->trigger.language_stack;
	struct num tid;

	if (!is_of(&reader->trigger, incident)) {
		for (size_t i = 0; stack->valid && i < state->module_count; i++)
			if (is_interpreter(state->modules[i].path)) {
				stack->valid = false;
				incident->trigger.language =
					language_of_file(state->modules[i].path);
			}
		return;
	}
	if (reader->trigger.err == -ENOENT)
		return;
	incident->trigger.language = language_of(&reader->trigger);
	/* The interpreter has nothing to do with this thread: so much is known. */
	if (reader->trigger.err == -ESRCH)
		return;
	stack->valid =
		!reader->trigger.err && !python_decode(reader->trigger.python, 0, &tid, stack);
}

static void attach_threads(struct language_reader *reader, struct incident *incident)
{
	const struct python *python = reader->victim.python;
	size_t count = python_stack_count(python), decoded = 0;
	struct language_stack *stacks = calloc(count ? count : 1, sizeof(*stacks));

	for (size_t i = 0; stacks && i < count; i++)
		if (!python_decode(python, i, &stacks[decoded].tid, &stacks[decoded].stack))
			decoded++;
	incident->victim.language_stacks = stacks;
	incident->victim.language_stack_count = decoded;
	incident->victim.language_stacks_missed = decoded < count || python_has_more(python);
}

static void attach_victim(struct language_reader *reader, struct incident *incident)
{
	if (!is_of(&reader->victim, incident)) {
		if (!is_interpreter(incident->victim.exe))
			return;
		incident->victim.language = language_of_file(incident->victim.exe);
		incident->victim.language_stacks_missed = true;
		return;
	}
	if (reader->victim.err == -ENOENT)
		return;
	incident->victim.language = language_of(&reader->victim);
	if (!reader->victim.err)
		attach_threads(reader, incident);
	else
		incident->victim.language_stacks_missed = reader->victim.err != -ESRCH;
}

void language_reader_attach(struct language_reader *reader, struct incident *incident)
{
	const struct process *trigger = &incident->trigger.process;
	const struct process *victim = &incident->victim.process;

	if (!trigger->kernel_thread)
		attach_trigger(reader, incident);
	if (incident->has_victim && victim->pid.value != trigger->pid.value)
		attach_victim(reader, incident);
	else if (incident->has_victim && incident->trigger.language)
		incident->victim.language = strdup(incident->trigger.language);
	reader->trigger.incident = 0;
	reader->victim.incident = 0;
}
