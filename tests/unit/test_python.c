// SPDX-License-Identifier: GPL-2.0
/*
 * Stacks of a real interpreter, PYTHON or the system's, against what it says itself. Without one
 * the tests are skipped.
 */
#include "clock.h"
#include "python.h"
#include "remote_process.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define CASES FIXTURES "/../python/cases.py"

enum { THREADS = 64, FRAMES = 512 };

/* What the interpreter says. */
struct told_thread {
	pid_t pid;
	struct python_thread_id id;
	size_t count;
	struct {
		int line;
		char *file;
		char *name;
	} frames[FRAMES];
};

struct told {
	bool all; /* there are no other threads */
	size_t count;
	struct told_thread threads[THREADS];
};

struct interpreter {
	pid_t pid;
	FILE *out;
	int in;
};

static const char *interpreter_path(void)
{
	const char *path = getenv("PYTHON");

	return path ? path : "/usr/bin/python3";
}

static void run_interpreter(const char *script, const char *argument)
{
	const char *path = interpreter_path();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* What the sanitizers of this program want is nothing to it. */
	unsetenv("LD_PRELOAD");
	if (argument)
		execl(path, path, script, argument, NULL);
	else
		execl(path, path, script, NULL);
	_exit(127);
}

static struct interpreter start(const char *script, const char *argument)
{
	struct interpreter python;
	int in[2], out[2];

	if (access(interpreter_path(), X_OK))
		skip();
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	python.pid = fork();
	if (!python.pid) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		run_interpreter(script, argument);
	}
	close(in[0]);
	close(out[1]);
	python.in = in[1];
	python.out = fdopen(out[0], "r");
	return python;
}

static int finish(struct interpreter *python)
{
	int status;

	close(python->in);
	fclose(python->out);
	assert_int_equal(waitpid(python->pid, &status, 0), python->pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The next line; NULL at the end. */
static char *line_of(FILE *file)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len = getline(&line, &room, file);

	if (len <= 0) {
		free(line);
		return NULL;
	}
	line[len - 1] = '\0';
	return line;
}

/* What is a newline in a name is told as \n. */
static char *name_of(FILE *file)
{
	char *name = line_of(file), *escape;

	assert_non_null(name);
	while ((escape = strstr(name, "\\n"))) {
		*escape = '\n';
		memmove(escape + 1, escape + 2, strlen(escape + 2) + 1);
	}
	return name;
}

static void free_told(struct told *told)
{
	for (size_t i = 0; i < told->count; i++) {
		for (size_t j = 0; j < told->threads[i].count; j++) {
			free(told->threads[i].frames[j].file);
			free(told->threads[i].frames[j].name);
		}
	}
	free(told);
}

/* The next block; NULL at the end. */
static struct told *next_told(FILE *file)
{
	struct told *told = calloc(1, sizeof(*told));
	struct told_thread *thread = NULL;
	char *line;

	while ((line = line_of(file)) && *line != '.' && *line != 'A') {
		int number;

		if (*line == 'T') {
			assert_true(told->count < THREADS);
			thread = &told->threads[told->count++];
			assert_int_equal(sscanf(line, "T %d %d %ld", &thread->pid,
						&thread->id.ns_tid,
						(long *)&thread->id.thread_pointer),
					 3);
		} else {
			assert_int_equal(sscanf(line, "F %d", &number), 1);
			assert_true(thread && thread->count < FRAMES);
			thread->frames[thread->count].line = number;
			thread->frames[thread->count].file = name_of(file);
			thread->frames[thread->count++].name = name_of(file);
		}
		free(line);
	}
	told->all = line && *line == 'A';
	free(line);
	if (!line) {
		free_told(told);
		return NULL;
	}
	return told;
}

static char *maps_of(pid_t pid, size_t *ret_len)
{
	char path[64], *text = malloc(1 << 20);
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	file = fopen(path, "re");
	assert_non_null(file);
	*ret_len = fread(text, 1, 1 << 20, file);
	fclose(file);
	return text;
}

/* As many characters as are kept, or NULL when that is all of them. */
static bool same_text(const char *got, const char *want, size_t characters_max)
{
	size_t len = 0, characters = 0;

	if (!got)
		return false;
	for (; want[len]; len++) {
		if ((want[len] & 0xc0) != 0x80 && characters++ == characters_max)
			return !strncmp(got, want, len) && !strcmp(got + len, "…");
	}
	return !strcmp(got, want);
}

static bool same_stack(const struct stack *stack, const struct told_thread *want)
{
	bool deep = want->count > PYTHON_FRAMES_MAX;

	if (!stack->valid || stack->truncated != deep ||
	    stack->count != (deep ? PYTHON_FRAMES_MAX : want->count))
		return false;
	for (size_t i = 0; i < stack->count; i++)
		if (!same_text(stack->frames[i].symbol, want->frames[i].name, PYTHON_NAME_MAX) ||
		    !same_text(stack->frames[i].file, want->frames[i].file, PYTHON_FILE_MAX) ||
		    stack->frames[i].line != want->frames[i].line || stack->frames[i].address)
			return false;
	return true;
}

static void print_stacks(const struct stack *stack, const struct told_thread *want)
{
	for (size_t i = 0; i < stack->count || i < want->count; i++) {
		if (i < stack->count)
			print_error("got  %s %s:%d\n", stack->frames[i].symbol,
				    stack->frames[i].file, stack->frames[i].line);
		if (i < want->count)
			print_error("want %s %s:%d\n", want->frames[i].name, want->frames[i].file,
				    want->frames[i].line);
	}
}

static void check_thread(struct python *python, const char *maps, size_t len,
			 const struct told_thread *want, struct python_thread_id id)
{
	struct remote remote = remote_of_process(&want->pid);
	struct stack stack;
	struct num tid;

	id.tid = 12345;
	assert_int_equal(python_capture_thread(python, maps, len, &remote, &id, 0), 0);
	assert_int_equal(python_stack_count(python), 1);
	assert_false(python_has_more(python));
	assert_int_equal(python_decode(python, 1, &tid, &stack), -EINVAL);
	assert_int_equal(python_decode(python, 0, &tid, &stack), 0);
	assert_true(tid.known && tid.value == 12345);
	if (!same_stack(&stack, want)) {
		print_stacks(&stack, want);
		fail_msg("Python %s: another stack", python_version(python));
	}
	stack_clear(&stack);
}

/* Is what is wanted among what was captured? */
static bool has_stack(const struct python *python, const struct told_thread *want)
{
	bool found = false;

	for (size_t i = 0; i < python_stack_count(python) && !found; i++) {
		struct stack stack;
		struct num tid;

		assert_int_equal(python_decode(python, i, &tid, &stack), 0);
		found = same_stack(&stack, want) && (!tid.known || tid.value == want->id.ns_tid);
		stack_clear(&stack);
	}
	return found;
}

static void check_all(struct python *python, const char *maps, size_t len, const struct told *told)
{
	struct remote remote = remote_of_process(&told->threads[0].pid);

	assert_int_equal(python_capture_all(python, maps, len, &remote, 0), 0);
	if (told->all) {
		assert_int_equal(python_stack_count(python), told->count);
		assert_false(python_has_more(python));
	}
	if (python_has_more(python))
		assert_int_equal(python_stack_count(python), PYTHON_THREADS_MAX);
	for (size_t i = 0; i < told->count; i++)
		assert_true(has_stack(python, &told->threads[i]));
}

/* What it waits with comes after what it tells. */
static void wait_for_read(const struct told_thread *thread)
{
	char path[64], text[16];
	FILE *file;

	do {
		snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", thread->pid,
			 thread->id.ns_tid);
		file = fopen(path, "re");
		assert_non_null(file);
		assert_non_null(fgets(text, sizeof(text), file));
		fclose(file);
	} while (strtol(text, NULL, 10) != SYS_read || text[0] == 'r' /* running */);
}

static void check_told(struct python *python, const struct told *told)
{
	size_t len;
	char *maps = maps_of(told->threads[0].pid, &len);

	for (size_t i = 0; i < told->count; i++)
		wait_for_read(&told->threads[i]);
	for (size_t i = 0; i < told->count; i++) {
		const struct told_thread *thread = &told->threads[i];
		struct python_thread_id by_pointer = thread->id;

		by_pointer.ns_tid = 0;
		check_thread(python, maps, len, thread, thread->id);
		check_thread(python, maps, len, thread, by_pointer);
	}
	check_all(python, maps, len, told);
	free(maps);
}

static void check_case(const char *name, size_t stops_min)
{
	struct interpreter interpreter = start(CASES, name);
	struct python *python;
	struct told *told;
	size_t stops = 0;

	assert_int_equal(python_new(&python), 0);
	while ((told = next_told(interpreter.out))) {
		stops++;
		check_told(python, told);
		free_told(told);
		assert_int_equal(write(interpreter.in, "x", 1), 1);
	}
	python_free(python);
	assert_int_equal(finish(&interpreter), 0);
	assert_true(stops >= stops_min);
}

#define CASE(name, stops_min)                 \
	static void test_##name(void **state) \
	{                                     \
		(void)state;                  \
		check_case(#name, stops_min); \
	}

CASE(nested, 1)
CASE(recursion, 1)
CASE(deep, 1)
CASE(lambdas, 4)
CASE(class_body, 12)
CASE(comprehensions, 6)
CASE(generators, 4)
CASE(coroutines, 6)
CASE(handlers, 7)
CASE(expressions, 6)
CASE(native, 4)
CASE(files, 12)
CASE(names, 4)
CASE(far_lines, 60)
CASE(long_code, 11)
CASE(odd_code, 1)
CASE(imported, 1)
CASE(traced, 3)
CASE(hot, 2)
CASE(cells, 1)
CASE(forked, 1)
CASE(signals, 1)
CASE(threads, 4)
CASE(interpreters, 0)
CASE(sample, 1)

/*
 * Of a thread of which nothing is known it can be told that it is the only one and holds the lock,
 * which up to 3.11 is one for all.
 */
static void test_busy(void **state)
{
	struct interpreter interpreter = start(CASES, "busy");
	struct told *told = next_told(interpreter.out);
	struct python_thread_id none = {.tid = 1};
	struct remote remote = remote_of_process(&interpreter.pid);
	struct python *python;
	struct stack stack;
	struct num tid;
	size_t len;
	int err;

	(void)state;
	assert_int_equal(python_new(&python), 0);
	do {
		char *maps = maps_of(interpreter.pid, &len);

		/* It may just be telling. */
		kill(interpreter.pid, SIGSTOP);
		assert_int_equal(waitpid(interpreter.pid, NULL, WUNTRACED), interpreter.pid);
		err = python_capture_thread(python, maps, len, &remote, &none, 0);
		kill(interpreter.pid, SIGCONT);
		free(maps);
	} while (err == -ESRCH && strtol(python_version(python) + 2, NULL, 10) < 12);
	if (!err) {
		assert_int_equal(python_decode(python, 0, &tid, &stack), 0);
		assert_true(stack.count >= told->threads[0].count);
		assert_string_equal(stack.frames[stack.count - 1].symbol, "<module>");
		stack_clear(&stack);
	}
	assert_int_equal(err, strtol(python_version(python) + 2, NULL, 10) < 12 ? 0 : -ESRCH);
	kill(interpreter.pid, SIGKILL);
	finish(&interpreter);
	python_free(python);
	free_told(told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nested),	   cmocka_unit_test(test_recursion),
		cmocka_unit_test(test_deep),	   cmocka_unit_test(test_lambdas),
		cmocka_unit_test(test_class_body), cmocka_unit_test(test_comprehensions),
		cmocka_unit_test(test_generators), cmocka_unit_test(test_coroutines),
		cmocka_unit_test(test_handlers),   cmocka_unit_test(test_expressions),
		cmocka_unit_test(test_native),	   cmocka_unit_test(test_files),
		cmocka_unit_test(test_names),	   cmocka_unit_test(test_far_lines),
		cmocka_unit_test(test_long_code),  cmocka_unit_test(test_odd_code),
		cmocka_unit_test(test_imported),   cmocka_unit_test(test_traced),
		cmocka_unit_test(test_hot),	   cmocka_unit_test(test_cells),
		cmocka_unit_test(test_forked),	   cmocka_unit_test(test_signals),
		cmocka_unit_test(test_threads),	   cmocka_unit_test(test_interpreters),
		cmocka_unit_test(test_sample),	   cmocka_unit_test(test_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
