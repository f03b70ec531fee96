// SPDX-License-Identifier: GPL-2.0
#include "clock.h"
#include "reader.h"
#include "sample_process.h"
#include "sample_records.h"
#include "temp_root.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/sysinfo.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

/* Far longer than any hold, so that a machine busy with other tests is never too late. */
#define HOLD_NS UINT64_C(10000000000)
/* At 20 ns a page: time for one walk of them within that hold, not for two. */
#define ONE_WALK_PAGES INT64_C(350000000)

static struct reader *reader;
static size_t descriptors;

static int setup(void **state)
{
	(void)state;
	descriptors = count_descriptors();
	return reader_new("", HOLD_NS, &reader);
}

/* Whatever a test did: nothing stays open. */
static int teardown(void **state)
{
	size_t left;

	(void)state;
	reader_free(reader);
	reader = NULL;
	left = count_descriptors();
	if (left != descriptors)
		print_error("%zu descriptors before, %zu after\n", descriptors, left);
	return left != descriptors;
}

static uint64_t now(void)
{
	return (uint64_t)clock_ns(CLOCK_MONOTONIC);
}

/* Its start as the kernel counts it, as far as /proc tells. */
static uint64_t start_of(pid_t pid)
{
	unsigned long long ticks = 0;
	char path[64], text[1024];
	const char *at;
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[len] = '\0';
	at = strrchr(text, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at || sscanf(at, "%llu", &ticks) != 1)
		return 0;
	return ticks * (UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK));
}

static struct ev_selected *selected(uint64_t incident, pid_t pid, pid_t tid)
{
	struct ev_selected *rec = sample_selected(incident);

	rec->hdr.time_ns = now();
	rec->victim.tgid = pid;
	rec->victim.tid = tid;
	rec->victim.start_boottime_ns = start_of(pid);
	/* Of the sample's pages none is swapped out, which would keep the command line unread. */
	rec->memory.exact_pages[2] = 0;
	rec->limit.flags = 0;
	return rec;
}

static void take(struct ev_selected *rec)
{
	reader_read_victim(reader, rec);
	reader_read_rest(reader, rec);
	free(rec);
}

/* What the assembler makes of the records, with the victim killed at that time. */
static struct incident *incident_of(uint64_t id, uint64_t kill_ns)
{
	struct incident *incident = incident_new();

	assert_non_null(incident);
	incident->kernel_id = id;
	incident->has_victim = true;
	incident->kill_ns = kill_ns;
	return incident;
}

static struct incident *attached(uint64_t id, uint64_t kill_ns)
{
	struct incident *incident = incident_of(id, kill_ns);

	reader_attach(reader, incident);
	return incident;
}

static void check_exe(const struct incident *incident)
{
	char exe[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	assert_true(len > 0);
	exe[len] = '\0';
	assert_non_null(incident->victim.exe);
	assert_string_equal(incident->victim.exe, exe);
}

static void check_nothing_of_victim(const struct incident *incident)
{
	assert_null(incident->victim.cmdline);
	assert_null(incident->victim.exe);
	assert_false(incident->victim.smaps_known);
	assert_false(incident->victim.mappings_known);
	assert_int_equal(incident->victim.mapping_count, 0);
}

static void test_complete(void **state)
{
	pid_t pid = spawn(NULL);
	struct incident *incident;
	int64_t mappings = 0;

	(void)state;
	take(selected(1, pid, pid));
	incident = attached(1, now());
	end(pid);
	assert_int_equal(incident->proc, PROC_COMPLETE);
	check_exe(incident);
	assert_non_null(incident->victim.cmdline);
	assert_non_null(strstr(incident->victim.cmdline, "test_reader"));
	assert_false(incident->victim.known_in_advance);
	assert_true(incident->victim.smaps_known);
	assert_true(incident->victim.smaps.rss_bytes.value > 0);
	assert_true(incident->victim.mappings_known);
	assert_true(incident->victim.mapping_count > 0);
	for (size_t i = 0; i < incident->victim.mapping_count; i++)
		mappings += incident->victim.mappings[i].rss_bytes.value;
	assert_true(mappings > 0);
	assert_true(incident->system.asked && incident->system.mem_total_bytes.value > 0);
	incident_free(incident);
}

/* Everything was read, but by then SIGKILL was on its way. */
static void test_killed_before(void **state)
{
	pid_t pid = spawn(NULL);
	uint64_t kill_ns = now();
	struct incident *incident;

	(void)state;
	take(selected(1, pid, pid));
	incident = attached(1, kill_ns);
	assert_int_equal(incident->proc, PROC_PARTIAL);
	assert_true(incident->victim.smaps_known);
	incident_free(incident);
	/* When it died is not known: then it is not known to have lived. */
	take(selected(2, pid, pid));
	incident = attached(2, 0);
	assert_int_equal(incident->proc, PROC_PARTIAL);
	check_exe(incident);
	incident_free(incident);
	end(pid);
}

static struct incident *read_locked(uint32_t locks)
{
	pid_t pid = spawn(NULL);
	struct ev_selected *rec = selected(1, pid, pid);
	struct incident *incident;

	rec->locks = locks;
	take(rec);
	incident = attached(1, now());
	end(pid);
	assert_int_equal(incident->proc, PROC_PARTIAL);
	check_exe(incident);
	assert_false(incident->victim.smaps_known);
	assert_false(incident->victim.mappings_known);
	return incident;
}

static void test_locked(void **state)
{
	struct incident *incident;

	(void)state;
	incident = read_locked(EV_LOCK_EXEC);
	assert_non_null(incident->victim.cmdline);
	incident_free(incident);
	incident = read_locked(EV_LOCK_MMAP);
	assert_null(incident->victim.cmdline);
	incident_free(incident);
	incident = read_locked(EV_LOCK_MMAP | EV_LOCK_EXEC);
	assert_null(incident->victim.cmdline);
	incident_free(incident);
}

/* The counts of pages decide how much is walked: in all, and nothing of what is below zero. */
static void test_sizes(void **state)
{
	static const struct {
		uint32_t valid;
		int64_t pages[4];
		bool rollup, smaps;
	} cases[] = {
		{1, {1, 2, 0, 3}, true, true},
		{1, {0, ONE_WALK_PAGES, 0, 0}, true, false},
		{1, {ONE_WALK_PAGES, ONE_WALK_PAGES, 0, ONE_WALK_PAGES}, false, false},
		{1, {INT64_MAX, INT64_MAX, 0, INT64_MAX}, false, false},
		{1, {0, 0, 0, INT64_MAX}, false, false},
		{1, {-1, INT64_MIN, INT64_MIN, 7}, true, true},
		{0, {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX}, true, true},
	};
	pid_t pid = spawn(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ev_selected *rec = selected(i + 1, pid, pid);
		struct incident *incident;

		rec->memory.valid = cases[i].valid;
		for (size_t j = 0; j < 4; j++)
			rec->memory.exact_pages[j] = cases[i].pages[j];
		take(rec);
		incident = attached(i + 1, now());
		if (incident->victim.smaps_known != cases[i].rollup ||
		    incident->victim.mappings_known != cases[i].smaps)
			fail_msg("case %zu", i);
		assert_int_equal(incident->proc, cases[i].smaps ? PROC_COMPLETE : PROC_PARTIAL);
		check_exe(incident);
		assert_non_null(incident->victim.cmdline);
		incident_free(incident);
	}
	end(pid);
}

/* The command line may be what is swapped out; the pages that are do not count as resident. */
static void test_swapped(void **state)
{
	pid_t pid = spawn(NULL);
	struct ev_selected *rec = selected(1, pid, pid);
	struct incident *incident;

	(void)state;
	rec->memory.exact_pages[2] = INT64_MAX;
	take(rec);
	incident = attached(1, now());
	end(pid);
	assert_int_equal(incident->proc, PROC_PARTIAL);
	assert_null(incident->victim.cmdline);
	check_exe(incident);
	assert_true(incident->victim.smaps_known);
	assert_true(incident->victim.mappings_known);
	incident_free(incident);
}

static void test_gone(void **state)
{
	pid_t pid = spawn(NULL);
	struct ev_selected *rec = selected(1, pid, pid);
	struct incident *incident;

	(void)state;
	end(pid);
	take(rec);
	incident = attached(1, now());
	assert_int_equal(incident->proc, PROC_MISSED);
	check_nothing_of_victim(incident);
	/* The machine is still there. */
	assert_true(incident->system.mem_total_bytes.known);
	incident_free(incident);
}

/* A zombie still has a name and a status, but nothing of its memory. */
static void test_zombie(void **state)
{
	pid_t pid = spawn(NULL);
	struct ev_selected *rec = selected(1, pid, pid);
	struct incident *incident = incident_of(1, now() + HOLD_NS);
	siginfo_t info;

	(void)state;
	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	take(rec);
	incident->victim.cmdline = strdup("known before");
	incident->victim.known_in_advance = true;
	reader_attach(reader, incident);
	waitpid(pid, NULL, 0);
	assert_int_equal(incident->proc, PROC_PARTIAL);
	assert_null(incident->victim.exe);
	assert_false(incident->victim.smaps_known);
	assert_false(incident->victim.mappings_known);
	assert_string_equal(incident->victim.cmdline, "known before");
	assert_true(incident->victim.known_in_advance);
	incident_free(incident);
}

/* What was read now counts more than what was known before. */
static void test_known_in_advance(void **state)
{
	pid_t pid = spawn(NULL);
	struct incident *incident = incident_of(1, 0);

	(void)state;
	take(selected(1, pid, pid));
	end(pid);
	incident->kill_ns = now();
	incident->victim.cmdline = strdup("known before");
	incident->victim.exe = strdup("/known/before");
	incident->victim.known_in_advance = true;
	reader_attach(reader, incident);
	assert_non_null(strstr(incident->victim.cmdline, "test_reader"));
	assert_false(incident->victim.known_in_advance);
	check_exe(incident);
	incident_free(incident);
}

/* The hold is over, and the victim perhaps gone: nothing is made up. */
static void test_late(void **state)
{
	pid_t pid = spawn(NULL);
	struct ev_selected *rec = selected(1, pid, pid);
	struct incident *incident;

	(void)state;
	rec->hdr.time_ns = now() - HOLD_NS - 1;
	end(pid);
	take(rec);
	incident = attached(1, now());
	assert_int_equal(incident->proc, PROC_MISSED);
	check_nothing_of_victim(incident);
	incident_free(incident);
}

/*
 * Nobody waits, or no longer: the record may be old, and the victim is read as long as it is there.
 */
static void test_race(void **state)
{
	pid_t pid = spawn(NULL);
	struct incident *incident = NULL;

	(void)state;
	for (uint32_t hold = EV_HOLD_DISABLED; hold <= EV_HOLD_YES; hold++) {
		/* 50 ms from the first file on, which a busy machine may let pass. */
		for (int attempt = 0; attempt < 20; attempt++) {
			struct ev_selected *rec = selected(hold, pid, pid);

			rec->hold = hold;
			rec->hdr.time_ns = now() - HOLD_NS - 1;
			take(rec);
			incident_free(incident);
			incident = attached(hold, now());
			if (incident->proc == PROC_COMPLETE)
				break;
		}
		assert_int_equal(incident->proc, PROC_COMPLETE);
		check_exe(incident);
	}
	incident_free(incident);
	end(pid);
}

/* Another process has the number by now. */
static void test_number_used_again(void **state)
{
	pid_t pid = spawn(NULL);
	struct incident *incident;
	struct ev_selected *rec;

	(void)state;
	for (int later = 0; later < 2; later++) {
		rec = selected(1, pid, pid);
		rec->hold = EV_HOLD_BUSY;
		rec->victim.start_boottime_ns += later ? 20000000 : -20000000;
		take(rec);
		incident = attached(1, now());
		assert_int_equal(incident->proc, PROC_MISSED);
		check_nothing_of_victim(incident);
		incident_free(incident);
	}
	end(pid);
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
	struct incident *incident;
	pthread_t thread;
	pid_t pid, tid;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pthread_create(&thread, NULL, outlive, &fds[1]);
		syscall(SYS_exit, 0);
	}
	assert_int_equal(read(fds[0], &tid, sizeof(tid)), sizeof(tid));
	close(fds[0]);
	close(fds[1]);
	take(selected(1, pid, tid));
	incident = attached(1, now());
	assert_int_equal(incident->proc, PROC_COMPLETE);
	assert_true(incident->victim.smaps.rss_bytes.value > 0);
	check_exe(incident);
	incident_free(incident);
	/* By the leader alone it cannot be seen. */
	take(selected(2, pid, pid));
	incident = attached(2, now());
	assert_int_equal(incident->proc, PROC_PARTIAL);
	assert_false(incident->victim.smaps_known);
	incident_free(incident);
	end(pid);
}

/* Numbers no process has, and names /proc has for something else. */
static void test_bad_pids(void **state)
{
	static const int32_t bad[] = {0, -1, INT32_MIN, INT32_MAX};
	const size_t count = sizeof(bad) / sizeof(bad[0]);

	(void)state;
	for (size_t i = 0; i < count * count; i++) {
		struct incident *incident;

		take(selected(i + 1, bad[i % count], bad[i / count]));
		incident = attached(i + 1, now());
		assert_int_equal(incident->proc, PROC_MISSED);
		check_nothing_of_victim(incident);
		incident_free(incident);
	}
}

static void test_other_incident(void **state)
{
	pid_t pid = spawn(NULL);
	struct incident *incident;

	(void)state;
	/* Before anything was read, 0 being what is there then. */
	for (uint64_t id = 0; id < 2; id++) {
		incident = attached(id, now());
		assert_int_equal(incident->proc, PROC_MISSED);
		check_nothing_of_victim(incident);
		incident_free(incident);
	}
	take(selected(5, pid, pid));
	incident = attached(4, now());
	assert_int_equal(incident->proc, PROC_MISSED);
	check_nothing_of_victim(incident);
	assert_false(incident->system.asked);
	incident_free(incident);
	/* It waits for the right one, which gets it once. */
	incident = attached(5, now());
	assert_int_equal(incident->proc, PROC_COMPLETE);
	incident_free(incident);
	incident = attached(5, now());
	assert_int_equal(incident->proc, PROC_MISSED);
	check_nothing_of_victim(incident);
	incident_free(incident);
	/* One whose end was never seen makes room for the next. */
	take(selected(6, pid, pid));
	take(selected(7, pid, pid));
	incident = attached(6, now());
	assert_int_equal(incident->proc, PROC_MISSED);
	incident_free(incident);
	incident = attached(7, now());
	assert_int_equal(incident->proc, PROC_COMPLETE);
	incident_free(incident);
	/* What the last process left in the buffers is not the next one's. */
	end(pid);
	take(selected(8, pid, pid));
	incident = attached(8, now());
	assert_int_equal(incident->proc, PROC_MISSED);
	check_nothing_of_victim(incident);
	incident_free(incident);
}

static void test_no_victim(void **state)
{
	struct incident *incident = incident_of(1, now());

	(void)state;
	incident->has_victim = false;
	reader_attach(reader, incident);
	assert_int_equal(incident->proc, PROC_UNKNOWN);
	check_nothing_of_victim(incident);
	assert_false(incident->victim.container.present);
	incident_free(incident);
}

/* Known from the record, whether or not anything could be read. */
static void test_container(void **state)
{
	static const char id[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	struct incident *incident = incident_of(1, now());
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "/system.slice/docker-%s.scope", id);
	incident->victim.process.cgroup = strdup(path);
	reader_attach(reader, incident);
	assert_int_equal(incident->proc, PROC_MISSED);
	assert_true(incident->victim.container.present);
	assert_string_equal(incident->victim.container.id, id);
	incident_free(incident);
}

/* A machine made of files: what is read of each is told apart to the byte. */

#define SMAPS_OF(name, rss)                                                 \
	"00400000-00500000 r-xp 00000000 08:01 77                         " \
	"  " name "\nSize: 1024 kB\nRss: " rss " kB\nPss: " rss " kB\nSwap: 0 kB\n"

static void make_machine(struct temp_root *root)
{
	static const struct {
		const char *name, *text;
	} files[] = {
		{"/proc/1/mountinfo", "30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"},
		{"/proc/meminfo", "MemTotal:  1000 kB\nMemFree:  10 kB\n"},
		{"/proc/200/status", "Name:\tapp\n"},
		{"/proc/200/cgroup", "0::/a/c\n"},
		{"/proc/200/comm", "app\n"},
		{"/proc/200/oom_score_adj", "300\n"},
		{"/proc/200/limits", "Limit\n"},
		{"/proc/200/smaps_rollup",
		 "00400000-7ffff000 ---p 0 00:00 0 [rollup]\nRss: 30 kB\n"},
		{"/proc/200/smaps", SMAPS_OF("/bin/app", "10") SMAPS_OF("[heap]", "20")},
		{"/sys/fs/cgroup/a/memory.stat", "anon 5\nfile 6\n"},
		{"/sys/fs/cgroup/a/memory.events", "oom_kill 1\n"},
		{"/sys/fs/cgroup/a/memory.pressure",
		 "some avg10=1.00 avg60=0.00 avg300=0.00 total=7\n"
		 "full avg10=0.00 avg60=0.00 avg300=0.00 total=3\n"},
	};

	temp_root_make(root);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		temp_text(root, files[i].name, files[i].text);
	temp_write(root, "/proc/200/cmdline",
		   "app\0--size\0"
		   "8",
		   13);
	assert_int_equal(symlink("/bin/app (deleted)", temp_path(root, "/proc/200/exe")), 0);
}

static void test_machine(void **state)
{
	struct reader *own;
	struct ev_selected *rec = sample_selected(1);
	struct incident *incident = incident_of(1, 0);
	struct temp_root root;

	(void)state;
	make_machine(&root);
	assert_int_equal(reader_new(root.path, HOLD_NS, &own), 0);
	rec->hdr.time_ns = now();
	rec->memory.exact_pages[2] = 0;
	reader_read_victim(own, rec);
	incident->kill_ns = now();
	/* The rest is read after the kill, and that is early enough. */
	reader_read_rest(own, rec);
	reader_attach(own, incident);
	free(rec);
	assert_int_equal(incident->proc, PROC_COMPLETE);
	assert_string_equal(incident->victim.cmdline, "app --size 8");
	assert_string_equal(incident->victim.exe, "/bin/app (deleted)");
	assert_int_equal(incident->victim.smaps.rss_bytes.value, 30 << 10);
	assert_int_equal(incident->victim.mapping_count, 2);
	assert_string_equal(incident->victim.mappings[0].name, "[heap]");
	assert_int_equal(incident->victim.mappings[0].rss_bytes.value, 20 << 10);
	assert_int_equal(incident->limit.stat.count, 2);
	assert_string_equal(incident->limit.stat.entries[1].name, "file");
	assert_int_equal(incident->limit.stat.entries[1].value, 6);
	assert_int_equal(incident->limit.events.entries[0].value, 1);
	assert_int_equal(incident->limit.pressure.some.total_us, 7);
	assert_int_equal(incident->system.mem_total_bytes.value, 1000 << 10);
	incident_free(incident);
	reader_free(own);
	temp_root_remove(&root);
}

/* Of a command line that is longer than what is kept, all that is kept was read. */
static void test_machine_long_cmdline(void **state)
{
	struct incident *incident;
	struct ev_selected *rec = sample_selected(1);
	struct temp_root root;
	struct reader *own;
	char text[20000];

	(void)state;
	make_machine(&root);
	memset(text, 'x', sizeof(text));
	temp_write(&root, "/proc/200/cmdline", text, sizeof(text));
	assert_int_equal(reader_new(root.path, HOLD_NS, &own), 0);
	rec->hdr.time_ns = now();
	rec->memory.exact_pages[2] = 0;
	reader_read_victim(own, rec);
	reader_read_rest(own, rec);
	free(rec);
	incident = incident_of(1, now());
	reader_attach(own, incident);
	assert_int_equal(incident->proc, PROC_COMPLETE);
	incident_free(incident);
	reader_free(own);
	temp_root_remove(&root);
}

/* To read would keep the victim's memory from being freed, whoever's limit it was that was hit. */
static void test_machine_no_memory(void **state)
{
	struct incident *incident;
	struct ev_selected *rec;
	struct sysinfo info;
	struct temp_root root;
	struct reader *own;
	char text[128];

	(void)state;
	make_machine(&root);
	assert_int_equal(sysinfo(&info), 0);
	assert_int_equal(reader_new(root.path, HOLD_NS, &own), 0);
	for (uint64_t id = 1; id <= 4; id++) {
		bool has_memory = id % 2;

		snprintf(text, sizeof(text), "MemTotal: %llu kB\nMemAvailable: %llu kB\n",
			 (unsigned long long)info.totalram * info.mem_unit / 1024,
			 has_memory ? (unsigned long long)info.totalram * info.mem_unit / 1024 : 0);
		temp_text(&root, "/proc/meminfo", text);
		rec = sample_selected(id);
		rec->hdr.time_ns = now();
		rec->memory.exact_pages[2] = 0;
		rec->has_oom_control = id <= 2;
		reader_read_victim(own, rec);
		reader_read_rest(own, rec);
		free(rec);
		incident = incident_of(id, now());
		reader_attach(own, incident);
		assert_int_equal(incident->proc, has_memory ? PROC_COMPLETE : PROC_MISSED);
		if (!has_memory)
			check_nothing_of_victim(incident);
		incident_free(incident);
	}
	reader_free(own);
	temp_root_remove(&root);
}

/* A file that is not there is one that was not read before the kill. */
static void test_machine_without(void **state)
{
	static const char *const files[] = {"/proc/200/limits",	      "/proc/200/smaps",
					    "/proc/200/smaps_rollup", "/proc/200/exe",
					    "/proc/200/cmdline",      "/proc/200/status"};
	struct incident *incident;
	struct ev_selected *rec;
	struct temp_root root;
	struct reader *own;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		make_machine(&root);
		assert_int_equal(unlink(temp_path(&root, files[i])), 0);
		assert_int_equal(reader_new(root.path, HOLD_NS, &own), 0);
		rec = sample_selected(1);
		rec->hdr.time_ns = now();
		rec->memory.exact_pages[2] = 0;
		reader_read_victim(own, rec);
		reader_read_rest(own, rec);
		free(rec);
		incident = incident_of(1, now());
		reader_attach(own, incident);
		assert_int_equal(incident->proc, PROC_PARTIAL);
		incident_free(incident);
		reader_free(own);
		temp_root_remove(&root);
	}
}

/* Paths of the limit's cgroup that are not one: the victim's files are read all the same. */
static void test_machine_bad_limit(void **state)
{
	struct incident *incident;
	struct ev_selected *rec;
	struct temp_root root;
	struct reader *own;

	(void)state;
	make_machine(&root);
	assert_int_equal(reader_new(root.path, HOLD_NS, &own), 0);
	for (uint64_t i = 0; i < 6; i++) {
		rec = sample_selected(i + 1);
		rec->hdr.time_ns = now();
		rec->memory.exact_pages[2] = 0;
		if (i == 0)
			rec->limit.cgroup.len = UINT16_MAX;
		else if (i == 1)
			rec->limit.cgroup.flags |= EV_PATH_TOO_DEEP;
		else if (i == 2)
			rec->limit.cgroup.flags = 0;
		else if (i == 3)
			sample_path(&rec->limit.cgroup, "/a/../a");
		else if (i == 4)
			sample_path(&rec->limit.cgroup, "/removed");
		else
			rec->limit.flags = 0;
		reader_read_victim(own, rec);
		reader_read_rest(own, rec);
		free(rec);
		incident = incident_of(i + 1, now());
		reader_attach(own, incident);
		assert_int_equal(incident->proc, PROC_COMPLETE);
		assert_false(incident->limit.stat.known);
		assert_false(incident->limit.events.known);
		incident_free(incident);
	}
	reader_free(own);
	temp_root_remove(&root);
}

static void test_no_proc(void **state)
{
	struct reader *none = (void *)state;
	struct temp_root root;

	temp_root_make(&root);
	assert_true(reader_new(root.path, HOLD_NS, &none) < 0);
	assert_ptr_equal(none, state);
	temp_root_remove(&root);
	reader_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_complete),
		TEST(test_killed_before),
		TEST(test_locked),
		TEST(test_sizes),
		TEST(test_swapped),
		TEST(test_gone),
		TEST(test_zombie),
		TEST(test_known_in_advance),
		TEST(test_late),
		TEST(test_race),
		TEST(test_number_used_again),
		TEST(test_dead_leader),
		TEST(test_bad_pids),
		TEST(test_other_incident),
		TEST(test_no_victim),
		TEST(test_container),
		TEST(test_machine),
		TEST(test_machine_long_cmdline),
		TEST(test_machine_no_memory),
		TEST(test_machine_without),
		TEST(test_machine_bad_limit),
		TEST(test_no_proc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
