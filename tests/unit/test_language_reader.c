// SPDX-License-Identifier: GPL-2.0
#include "language_reader.h"

#include "clock.h"
#include "sample_process.h"
#include "sample_records.h"

#include <fcntl.h>
#include <string.h>

static struct procfs *procfs;
static struct proc_raw *raw;
static struct language_reader *reader;

static int setup(void **state)
{
	(void)state;
	return procfs_new("", &procfs) || proc_raw_new(1 << 20, &raw) ||
	       language_reader_new(&reader);
}

static int teardown(void **state)
{
	(void)state;
	language_reader_free(reader);
	proc_raw_free(raw);
	procfs_free(procfs);
	return 0;
}

static uint64_t now(void)
{
	return (uint64_t)clock_ns(CLOCK_MONOTONIC);
}

/* A Python process that waits in inner(), called by outer(); 0: there is no Python. */
static pid_t start_python(void)
{
	static const char script[] = "import os, time\n"
				     "def inner():\n"
				     "    os.write(1, b'x'); time.sleep(1000)\n"
				     "def outer():\n"
				     "    inner()\n"
				     "outer()\n";
	int fds[2];
	char ready;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fds[1], 1);
		execlp("python3", "python3", "-S", "-c", script, NULL);
		_exit(1);
	}
	close(fds[1]);
	if (read(fds[0], &ready, 1) != 1) {
		waitpid(pid, NULL, 0);
		pid = 0;
	}
	close(fds[0]);
	return pid;
}

static struct ev_selected *record(pid_t trigger, pid_t victim)
{
	struct ev_selected *rec = sample_selected(1);

	rec->hdr.tgid = rec->hdr.tid = trigger;
	rec->victim.tgid = rec->victim.tid = victim;
	rec->memory.exact_pages[2] = 0;
	return rec;
}

static const struct proc_text *read_maps(pid_t pid, int *ret_process)
{
	assert_int_equal(procfs_open_process(procfs, pid, 0, ret_process), 0);
	assert_int_equal(procfs_read(*ret_process, PROC_FILE_MAPS, 0, raw), 0);
	return &raw->files[PROC_FILE_MAPS];
}

static void read_trigger(pid_t pid, uint64_t deadline_ns)
{
	struct ev_selected *rec = record(pid, pid);
	int process;
	const struct proc_text *maps = read_maps(pid, &process);

	language_reader_read_trigger(reader, rec, process, 0, maps, deadline_ns);
	close(process);
	free(rec);
}

static void read_victim(pid_t pid, int64_t swapped)
{
	struct ev_selected *rec = record(getpid(), pid);
	int process;
	const struct proc_text *maps = read_maps(pid, &process);

	rec->memory.exact_pages[2] = swapped;
	language_reader_read_victim(reader, rec, maps, now() + 10000000000u);
	close(process);
	free(rec);
}

static struct incident *attached(pid_t trigger, pid_t victim, uint64_t kill_ns)
{
	struct incident *incident = incident_new();

	assert_non_null(incident);
	incident->kernel_id = 1;
	incident->kill_ns = kill_ns;
	incident->has_victim = true;
	incident->trigger.process.pid = num_of(trigger);
	incident->victim.process.pid = num_of(victim);
	language_reader_attach(reader, incident);
	return incident;
}

static void check_stack(const struct stack *stack)
{
	assert_true(stack->valid);
	assert_int_equal(stack->count, 3);
	assert_string_equal(stack->frames[0].symbol, "inner");
	assert_int_equal(stack->frames[0].line, 3);
	assert_string_equal(stack->frames[1].symbol, "outer");
	assert_int_equal(stack->frames[1].line, 5);
	assert_string_equal(stack->frames[2].symbol, "<module>");
	assert_string_equal(stack->frames[2].file, "<string>");
}

static void test_trigger(void **state)
{
	pid_t pid = start_python();
	struct incident *incident;

	(void)state;
	if (!pid || geteuid())
		skip();
	read_trigger(pid, now() + 10000000000u);
	incident = attached(pid, pid, now());
	assert_int_equal(strncmp(incident->trigger.language, "Python 3.", 9), 0);
	check_stack(&incident->trigger.language_stack);
	/* The same process: told once. */
	assert_string_equal(incident->victim.language, incident->trigger.language);
	assert_int_equal(incident->victim.language_stack_count, 0);
	incident_free(incident);

	/* Read behind the kill: it may be of another moment. */
	read_trigger(pid, now() + 10000000000u);
	incident = attached(pid, pid, 1);
	assert_int_equal(incident->trigger.language_stack.count, 0);
	incident_free(incident);
	end(pid);
}

static void test_victim(void **state)
{
	pid_t pid = start_python();
	struct incident *incident;

	(void)state;
	if (!pid || geteuid())
		skip();
	read_victim(pid, 0);
	incident = attached(getpid(), pid, now());
	assert_null(incident->trigger.language);
	assert_true(incident->trigger.language_stack.valid);
	assert_int_equal(incident->victim.language_stack_count, 1);
	assert_false(incident->victim.language_stacks_missed);
	check_stack(&incident->victim.language_stacks[0].stack);
	incident_free(incident);

	/* To read what is swapped out would be to have it swapped in, and charged. */
	read_victim(pid, 1);
	incident = attached(getpid(), pid, now());
	assert_true(incident->victim.language_stacks_missed);
	assert_int_equal(incident->victim.language_stack_count, 0);
	incident_free(incident);
	end(pid);
}

static void test_not_python(void **state)
{
	pid_t pid = spawn(NULL);
	struct incident *incident;

	(void)state;
	read_trigger(pid, now() + 10000000000u);
	read_victim(pid, 1);
	end(pid);
	incident = attached(pid, pid + 1, now());
	assert_null(incident->trigger.language);
	assert_true(incident->trigger.language_stack.valid);
	assert_null(incident->victim.language);
	assert_false(incident->victim.language_stacks_missed);
	incident_free(incident);
}

/* Nothing was read in time: the names of files are what is left. */
static void test_by_name(void **state)
{
	static const struct {
		char *path;
		const char *language;
	} cases[] = {
		{"/usr/bin/python3.11", "Python 3.11"},
		{"/opt/libpython3.8.so.1.0", "Python 3.8"},
		{"/usr/bin/python3", "Python"},
		{"/usr/bin/python", "Python"},
		{"/srv/python3.11/bin/app", NULL},
		{"python3.11", NULL},
		{NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct incident *incident = incident_new();
		struct module module = {.path = cases[i].path};

		assert_non_null(incident);
		incident->kernel_id = 1;
		incident->user_state.module_count = 1;
		incident->user_state.modules = &module;
		language_reader_attach(reader, incident);
		incident->user_state.modules = NULL;
		incident->user_state.module_count = 0;
		assert_int_equal(incident->trigger.language_stack.valid, !cases[i].language);
		if (cases[i].language)
			assert_string_equal(incident->trigger.language, cases[i].language);
		else
			assert_null(incident->trigger.language);
		incident_free(incident);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_trigger),
		TEST(test_victim),
		TEST(test_not_python),
		TEST(test_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
