// SPDX-License-Identifier: GPL-2.0
#include "clock.h"
#include "proc_parse.h"
#include "procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { LARGE = 4 << 20, ALL = PROC_FILE_BIT(PROC_FILE_COUNT) - 1 };

static int own_argc;
static char **own_argv;

static struct procfs *procfs;
static struct proc_raw *raw;

static int setup(void **state)
{
	(void)state;
	return procfs_new("", &procfs) || proc_raw_new(LARGE, &raw);
}

static int teardown(void **state)
{
	(void)state;
	proc_raw_free(raw);
	procfs_free(procfs);
	return 0;
}

static int open_process(pid_t pid, pid_t tid)
{
	int process;

	assert_int_equal(procfs_open_process(procfs, pid, tid, &process), 0);
	return process;
}

/* A child that runs `prepare`, tells that it has, and waits to be killed. */
static pid_t spawn(void (*prepare)(int fd))
{
	char ready = 0;
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		close(fds[0]);
		if (prepare)
			prepare(fds[1]);
		else if (write(fds[1], &ready, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &ready, 1), 1);
	close(fds[0]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void check_cmdline(const struct proc_text *text)
{
	char *line = proc_parse_cmdline(text->bytes, text->len, text->cut);
	const char *at = line;

	for (int i = 0; i < own_argc; i++) {
		assert_memory_equal(at, own_argv[i], strlen(own_argv[i]));
		at += strlen(own_argv[i]) + (i + 1 < own_argc);
	}
	assert_int_equal(*at, '\0');
	free(line);
}

static void test_self(void **state)
{
	uint64_t before = (uint64_t)clock_ns(CLOCK_MONOTONIC);
	int process = open_process(getpid(), 0);
	char exe[4096], *cgroup;
	struct proc_status status;
	struct proc_mapping map = {0};
	struct span maps;
	uint64_t address = (uint64_t)(uintptr_t)test_self;
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe));

	(void)state;
	procfs_read_files(process, ALL, 0, raw);
	close(process);
	for (int file = 0; file < PROC_FILE_COUNT; file++) {
		assert_int_equal(raw->files[file].err, 0);
		assert_true(raw->files[file].len > 0);
		assert_false(raw->files[file].cut);
		assert_true(raw->files[file].time_ns >= before);
		before = raw->files[file].time_ns;
	}
	check_cmdline(&raw->files[PROC_FILE_CMDLINE]);
	assert_int_equal(raw->files[PROC_FILE_EXE].len, len);
	assert_memory_equal(raw->files[PROC_FILE_EXE].bytes, exe, (size_t)len);
	proc_parse_status(raw->files[PROC_FILE_STATUS].bytes, raw->files[PROC_FILE_STATUS].len,
			  &status);
	assert_int_equal(status.uid.value, getuid());
	assert_int_equal(status.ppid.value, getppid());
	assert_int_equal(status.ns_pid.value, getpid());
	assert_int_equal(status.state, 'R');
	assert_true(status.rss_bytes.value ==
		    status.anon_bytes.value + status.file_bytes.value + status.shmem_bytes.value);
	if (!proc_parse_cgroup(raw->files[PROC_FILE_CGROUP].bytes, raw->files[PROC_FILE_CGROUP].len,
			       1, &cgroup))
		free(cgroup);
	maps = (struct span){raw->files[PROC_FILE_MAPS].bytes, raw->files[PROC_FILE_MAPS].len};
	while (proc_next_mapping(&maps, &map) && (map.start > address || map.end <= address))
		;
	assert_int_equal(map.name.len, len);
	assert_memory_equal(map.name.at, exe, (size_t)len);
	proc_raw_reset(raw);
	assert_true(!raw->files[0].len && !raw->files[0].time_ns);
}

static int64_t sum_of(const struct proc_text *text, const char *field)
{
	char *copy = strndup(text->bytes, text->len), *rest = copy;
	int64_t sum = 0, value;
	char format[32];

	snprintf(format, sizeof(format), "%s: %%ld kB", field);
	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
		if (sscanf(line, format, &value) == 1)
			sum += value * 1024;
	free(copy);
	return sum;
}

static void test_sums(void **state)
{
	pid_t pid = spawn(NULL);
	int process = open_process(pid, pid);
	struct mapping top[MAPPINGS_MAX];
	struct smaps smaps;
	size_t count;
	int64_t rss, top_rss = 0;

	(void)state;
	procfs_read_files(process, PROC_FILE_BIT(PROC_FILE_SMAPS_ROLLUP), 0, raw);
	assert_int_equal(procfs_read(process, PROC_FILE_SMAPS, 0, raw), 0);
	assert_false(raw->files[PROC_FILE_SMAPS].cut);
	proc_parse_smaps_rollup(raw->files[PROC_FILE_SMAPS_ROLLUP].bytes,
				raw->files[PROC_FILE_SMAPS_ROLLUP].len, &smaps);
	rss = sum_of(&raw->files[PROC_FILE_SMAPS], "Rss");
	/* Nothing runs in it, but pages can be reclaimed, or merged into huge ones. */
	assert_true(llabs(rss - smaps.rss_bytes.value) <= 2 << 20);
	assert_int_equal(proc_parse_smaps(raw->files[PROC_FILE_SMAPS].bytes,
					  raw->files[PROC_FILE_SMAPS].len, top, &count),
			 0);
	for (size_t i = 0; i < count; i++) {
		assert_true(!i || top[i].rss_bytes.value <= top[i - 1].rss_bytes.value);
		top_rss += top[i].rss_bytes.value;
	}
	assert_true(top_rss <= rss && top_rss > rss / 2);
	proc_mappings_clear(top, count);
	close(process);
	end(pid);
}

static void test_vanished(void **state)
{
	pid_t pid = spawn(NULL);
	int process = open_process(pid, 0), untouched = 42;

	(void)state;
	assert_int_equal(procfs_read(process, PROC_FILE_STATUS, 0, raw), 0);
	end(pid);
	procfs_read_files(process, ALL, 0, raw);
	for (int file = 0; file < PROC_FILE_COUNT; file++) {
		int err = raw->files[file].err;

		assert_true(err == -ESRCH || err == -ENOENT);
		assert_int_equal(raw->files[file].len, 0);
		assert_true(raw->files[file].time_ns > 0);
	}
	close(process);
	assert_int_equal(procfs_open_process(procfs, pid, 0, &untouched), -ENOENT);
	assert_int_equal(untouched, 42);
}

static void test_zombie(void **state)
{
	pid_t pid = spawn(NULL);
	int process = open_process(pid, 0);
	struct proc_status status;
	siginfo_t info;

	(void)state;
	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	procfs_read_files(process, ALL, 0, raw);
	assert_int_equal(raw->files[PROC_FILE_STATUS].err, 0);
	proc_parse_status(raw->files[PROC_FILE_STATUS].bytes, raw->files[PROC_FILE_STATUS].len,
			  &status);
	assert_int_equal(status.state, 'Z');
	assert_true(status.uid.known && !status.rss_bytes.known);
	assert_int_equal(raw->files[PROC_FILE_COMM].err, 0);
	assert_int_equal(raw->files[PROC_FILE_OOM_SCORE_ADJ].err, 0);
	assert_int_equal(raw->files[PROC_FILE_CGROUP].err, 0);
	assert_int_equal(raw->files[PROC_FILE_CMDLINE].err, 0);
	assert_int_equal(raw->files[PROC_FILE_CMDLINE].len, 0);
	assert_int_equal(raw->files[PROC_FILE_EXE].err, -ENOENT);
	assert_int_equal(raw->files[PROC_FILE_MAPS].err, -ESRCH);
	assert_int_equal(raw->files[PROC_FILE_SMAPS].err, -ESRCH);
	assert_int_equal(raw->files[PROC_FILE_SMAPS_ROLLUP].err, -ESRCH);
	close(process);
	waitpid(pid, NULL, 0);
}

static void *outlive(void *arg)
{
	pid_t tid = (pid_t)syscall(SYS_gettid);

	/* Until the leader is gone. */
	usleep(100000);
	if (write(*(int *)arg, &tid, sizeof(tid)) != sizeof(tid))
		_exit(1);
	for (;;)
		pause();
	return NULL;
}

static void test_dead_leader(void **state)
{
	struct proc_status status;
	int fds[2], process;
	pthread_t thread;
	pid_t pid, tid;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		pthread_create(&thread, NULL, outlive, &fds[1]);
		syscall(SYS_exit, 0);
	}
	assert_int_equal(read(fds[0], &tid, sizeof(tid)), sizeof(tid));
	close(fds[0]);
	close(fds[1]);
	process = open_process(pid, 0);
	procfs_read_files(process, ALL, 0, raw);
	close(process);
	assert_int_equal(raw->files[PROC_FILE_SMAPS_ROLLUP].err, -ESRCH);
	assert_int_equal(raw->files[PROC_FILE_MAPS].err, -ESRCH);

	process = open_process(pid, tid);
	procfs_read_files(process, ALL, 0, raw);
	close(process);
	for (int file = 0; file < PROC_FILE_COUNT; file++)
		assert_int_equal(raw->files[file].err, 0);
	check_cmdline(&raw->files[PROC_FILE_CMDLINE]);
	proc_parse_status(raw->files[PROC_FILE_STATUS].bytes, raw->files[PROC_FILE_STATUS].len,
			  &status);
	assert_int_equal(status.ns_pid.value, pid);
	assert_int_equal(status.ns_tid.value, tid);
	assert_true(status.rss_bytes.value > 0);
	end(pid);
}

/* Every second page readable only, so that no two neighbours become one mapping. */
static void map_many(int fd)
{
	enum { COUNT = 20000 };
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *area = mmap(NULL, COUNT * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	for (size_t i = 0; i < COUNT; i += 2)
		mprotect(area + i * page, page, PROT_READ);
	if (write(fd, "", 1) != 1)
		_exit(1);
}

static void test_bounded(void **state)
{
	enum { BUDGET_NS = 2000000 };
	pid_t pid = spawn(map_many);
	int process = open_process(pid, 0);
	struct proc_raw *small;
	struct mapping top[MAPPINGS_MAX];
	int64_t begin, took;
	size_t count;

	(void)state;
	/* By bytes, and none is written beside them. */
	assert_int_equal(proc_raw_new(10000, &small), 0);
	procfs_read_files(process, ALL, 0, small);
	assert_true(small->files[PROC_FILE_SMAPS].cut && small->files[PROC_FILE_MAPS].cut);
	assert_int_equal(small->files[PROC_FILE_SMAPS].len, 10000);
	assert_int_equal(small->files[PROC_FILE_SMAPS].err, 0);
	assert_false(small->files[PROC_FILE_SMAPS_ROLLUP].cut);
	assert_memory_equal(small->files[PROC_FILE_STATUS].bytes, "Name:", 5);
	assert_int_equal(proc_parse_smaps(small->files[PROC_FILE_SMAPS].bytes, 10000, top, &count),
			 0);
	proc_mappings_clear(top, count);
	proc_raw_free(small);
	/* By time; with room for a machine that is busy with other tests. */
	begin = clock_ns(CLOCK_MONOTONIC);
	assert_int_equal(procfs_read(process, PROC_FILE_SMAPS, (uint64_t)begin + BUDGET_NS, raw),
			 0);
	took = clock_ns(CLOCK_MONOTONIC) - begin;
	assert_true(raw->files[PROC_FILE_SMAPS].cut);
	assert_true(raw->files[PROC_FILE_SMAPS].len < LARGE);
	assert_true(took >= BUDGET_NS && took < BUDGET_NS * 50);
	/* What is late already is not begun. */
	procfs_read_files(process, ALL, (uint64_t)begin, raw);
	for (int file = 0; file < PROC_FILE_COUNT; file++)
		assert_int_equal(raw->files[file].err, -ETIME);
	close(process);
	end(pid);
}

static void test_root(void **state)
{
	struct procfs *none = (void *)state;

	assert_int_equal(procfs_new("/nonexistent", &none), -ENOENT);
	assert_ptr_equal(none, state);
	procfs_free(NULL);
	proc_raw_free(NULL);
}

static bool has_pid(const pid_t *pids, size_t count, pid_t pid)
{
	for (size_t i = 0; i < count; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

static void test_list(void **state)
{
	int process = open_process(getpid(), 0);
	size_t count, thread_count;
	pid_t *pids, *tids;

	(void)state;
	assert_int_equal(procfs_list(procfs, &pids, &count), 0);
	assert_true(has_pid(pids, count, getpid()) && has_pid(pids, count, 1));
	for (size_t i = 1; i < count; i++)
		assert_true(pids[i - 1] < pids[i]);
	free(pids);
	assert_int_equal(procfs_list_threads(process, &tids, &thread_count), 0);
	assert_true(has_pid(tids, thread_count, getpid()));
	free(tids);
	close(process);
	assert_false(procfs_hides(procfs));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),	cmocka_unit_test(test_self),
		cmocka_unit_test(test_sums),	cmocka_unit_test(test_vanished),
		cmocka_unit_test(test_zombie),	cmocka_unit_test(test_dead_leader),
		cmocka_unit_test(test_bounded), cmocka_unit_test(test_root),
	};

	own_argc = argc;
	own_argv = argv;
	return cmocka_run_group_tests(tests, setup, teardown);
}
