// SPDX-License-Identifier: GPL-2.0
#include "user_reader.h"

#include "clock.h"
#include "sample_process.h"
#include "sample_records.h"
#include "temp_root.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>

static struct procfs *procfs;
static struct proc_raw *raw;
static struct user_reader *reader;
static size_t descriptors;

static int setup(void **state)
{
	(void)state;
	descriptors = count_descriptors();
	return procfs_new("", &procfs) || proc_raw_new(1 << 20, &raw) ||
	       user_reader_new(procfs, &reader);
}

/* Whatever a test did: nothing stays open. */
static int teardown(void **state)
{
	(void)state;
	user_reader_free(reader);
	proc_raw_free(raw);
	procfs_free(procfs);
	return count_descriptors() != descriptors;
}

/* Modules: one record of the trigger, some of whose files are there. */

static struct ev_modules *modules_of(uint64_t incident, pid_t pid, uint32_t count, const char *path)
{
	struct ev_modules *rec = sample_modules(incident, count);

	rec->hdr.tgid = rec->hdr.tid = pid;
	for (uint32_t i = 0; i < count; i++) {
		memset(&rec->modules[i].path, 0, sizeof(rec->modules[i].path));
		sample_file(&rec->modules[i].path, path);
	}
	return rec;
}

static struct incident *attached(uint64_t id)
{
	struct incident *incident = incident_new();

	assert_non_null(incident);
	incident->kernel_id = id;
	user_reader_attach(reader, incident);
	return incident;
}

static void check_open(const struct module *module, const char *path)
{
	struct stat want, got;

	assert_true(module->fd > 0);
	assert_int_equal(stat(path, &want), 0);
	assert_int_equal(fstat(module->fd, &got), 0);
	assert_int_equal(got.st_ino, want.st_ino);
	assert_int_equal(got.st_dev, want.st_dev);
	/* Opened without asking the file system, and not for those we start. */
	assert_true(fcntl(module->fd, F_GETFL) & O_PATH);
	assert_true(fcntl(module->fd, F_GETFD) & FD_CLOEXEC);
}

static const char *own_exe(void)
{
	static char exe[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	assert_true(len > 0);
	exe[len] = '\0';
	return exe;
}

static void test_modules(void **state)
{
	pid_t pid = spawn(NULL);
	struct ev_modules *rec = modules_of(1, pid, 6, own_exe());
	struct incident *incident;
	size_t before = count_descriptors();

	(void)state;
	rec->modules[1].inode = 0;
	rec->modules[2].path.len = 0;
	rec->modules[3].path.len = UINT16_MAX;
	rec->modules[4].path.names[rec->modules[4].path.len - 1] = 'x';
	user_reader_take_modules(reader, rec, true);
	end(pid);
	/* Two of them, and the directory that is the root. */
	assert_int_equal(count_descriptors(), before + 3);
	free(rec);
	incident = attached(1);
	assert_int_equal(incident->user_state.module_count, 6);
	check_open(&incident->user_state.modules[0], own_exe());
	for (size_t i = 1; i < 5; i++)
		assert_int_equal(incident->user_state.modules[i].fd, 0);
	check_open(&incident->user_state.modules[5], own_exe());
	/* They are the incident's. */
	incident_free(incident);
	assert_int_equal(count_descriptors(), before);
}

static void test_modules_not_there(void **state)
{
	static const char *const paths[] = {"/nonexistent/file", "/..", "/proc/nonexistent", "/."};
	pid_t pid = spawn(NULL);
	struct incident *incident;
	struct ev_modules *rec;

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		rec = modules_of(i + 1, pid, 1, paths[i]);
		user_reader_take_modules(reader, rec, true);
		free(rec);
		incident = attached(i + 1);
		/* Never above the root; that one is a directory and harmless. */
		if (incident->user_state.modules[0].fd)
			check_open(&incident->user_state.modules[0], "/");
		incident_free(incident);
	}
	end(pid);
	rec = modules_of(9, pid, 2, own_exe());
	user_reader_take_modules(reader, rec, true);
	free(rec);
	incident = attached(9);
	assert_int_equal(incident->user_state.modules[0].fd, 0);
	incident_free(incident);
}

/* Counts and sizes that lie: what was opened is what the decoder says there was, or nothing. */
static void test_module_counts(void **state)
{
	static const struct {
		uint32_t room, count;
		int cut; /* bytes that the size says less */
		size_t open;
	} cases[] = {
		{0, 0, 0, 0},
		{0, UINT32_MAX, 0, 0},
		{1, UINT32_MAX, 0, 1},
		{3, 2, 0, 2},
		{2, 2, 8, 1},
		{EV_MODULES, UINT32_MAX, 0, EV_MODULES},
		{EV_MODULES + 1, EV_MODULES, 0, EV_MODULES},
		{EV_MODULES + 4, UINT32_MAX, 0, EV_MODULES},
	};
	size_t before = count_descriptors();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ev_modules *rec = modules_of(i + 1, getpid(), cases[i].room, own_exe());
		struct incident *incident;
		size_t open = 0;

		rec->count = cases[i].count;
		rec->hdr.size -= (uint32_t)cases[i].cut;
		user_reader_take_modules(reader, rec, true);
		assert_int_equal(count_descriptors(), before + cases[i].open + 1);
		free(rec);
		incident = attached(i + 1);
		for (size_t j = 0; j < incident->user_state.module_count; j++)
			open += incident->user_state.modules[j].fd > 0;
		assert_int_equal(open, cases[i].open);
		incident_free(incident);
	}
	assert_int_equal(count_descriptors(), before);
}

/* What nobody comes for goes with the next incident. */
static void test_modules_of_another(void **state)
{
	struct ev_modules *rec;
	struct incident *incident;
	size_t before = count_descriptors();

	(void)state;
	for (uint64_t i = 1; i <= 3; i++) {
		rec = modules_of(i, getpid(), 4, own_exe());
		user_reader_take_modules(reader, rec, true);
		free(rec);
		/* And the directory that is the root. */
		assert_int_equal(count_descriptors(), before + 5);
	}
	incident = attached(2);
	assert_int_equal(incident->user_state.module_count, 0);
	incident_free(incident);
	incident = attached(3);
	check_open(&incident->user_state.modules[3], own_exe());
	incident_free(incident);
	assert_int_equal(count_descriptors(), before);
	/* Left for user_reader_free(). */
	rec = modules_of(4, getpid(), 4, own_exe());
	user_reader_take_modules(reader, rec, true);
	free(rec);
}

static struct temp_root inner;

static const char *enter_inner(void)
{
	if (chroot(inner.path) || chdir("/"))
		return "chroot";
	return NULL;
}

/* The path is one of the trigger's own root, and no link in there leads out of it. */
static void test_modules_of_container(void **state)
{
	static const char *const paths[] = {"/lib/app", "/link", "/up"};
	struct incident *incident;
	pid_t pid;

	(void)state;
	if (geteuid())
		skip();
	temp_root_make(&inner);
	temp_text(&inner, "/lib/app", "inner");
	assert_int_equal(symlink("/lib/app", temp_path(&inner, "/link")), 0);
	assert_int_equal(symlink("../../../../../../lib/app", temp_path(&inner, "/up")), 0);
	pid = spawn(enter_inner);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct ev_modules *rec = modules_of(i + 1, pid, 1, paths[i]);

		user_reader_take_modules(reader, rec, true);
		free(rec);
		incident = attached(i + 1);
		/* To follow a link may take more than what is cached: then it is not followed. */
		if (!i || incident->user_state.modules[0].fd)
			check_open(&incident->user_state.modules[0], temp_path(&inner, "/lib/app"));
		incident_free(incident);
	}
	end(pid);
	temp_root_remove(&inner);
}

/* State: what the kernel copied, and the code that it points to. */

static struct ev_user_state *state_of(uint64_t incident, pid_t pid, const uint64_t *words,
				      size_t count)
{
	struct ev_user_state *rec =
		sample_record(offsetof(struct ev_user_state, stack) + count * sizeof(*words),
			      EV_USER_STATE, incident);

	rec->hdr.tgid = rec->hdr.tid = pid;
	rec->reg_count = 17;
	rec->pc = rec->regs[16] = words[0];
	rec->stack_address = 0x7ffc00001000;
	rec->stack_len = (uint32_t)(count * sizeof(*words));
	memcpy(rec->stack, words, count * sizeof(*words));
	return rec;
}

static void feed_state(struct ev_user_state *rec)
{
	user_reader_take_state(reader, rec);
	free(rec);
}

static void read_all(uint64_t incident, pid_t pid, uint32_t locks)
{
	struct ev_selected *rec = sample_selected(incident);

	rec->hdr.tgid = rec->hdr.tid = pid;
	rec->trigger_locks = locks;
	proc_raw_reset(raw);
	user_reader_read(reader, rec, (uint64_t)clock_ns(CLOCK_MONOTONIC) + 10000000000u, raw);
	free(rec);
}

static const struct module *module_at(const struct incident *incident, uint64_t address)
{
	for (size_t i = 0; i < incident->user_state.module_count; i++)
		if (address >= incident->user_state.modules[i].start &&
		    address < incident->user_state.modules[i].end)
			return &incident->user_state.modules[i];
	return NULL;
}

static void test_maps(void **state)
{
	const uint64_t words[] = {(uintptr_t)test_maps, (uintptr_t)abort, 0,
				  (uintptr_t)state,	UINT64_MAX,	  (uintptr_t)&procfs};
	pid_t pid = spawn(NULL);
	struct incident *incident;
	const struct module *own;

	feed_state(state_of(1, pid, words, 6));
	assert_false(user_reader_has_code(reader, 1));
	read_all(1, pid, 0);
	assert_true(user_reader_has_code(reader, 1));
	assert_false(user_reader_has_code(reader, 2));
	end(pid);
	incident = attached(1);
	assert_true(incident->user_state.all_modules);
	assert_int_equal(incident->user_state.stack_len, sizeof(words));
	assert_int_equal(incident->user_state.pc, words[0]);
	assert_true(incident->user_state.root_fd > 0);
	/* The code of the test and of the C library, and none of the data. */
	assert_int_equal(incident->user_state.module_count, 2);
	own = module_at(incident, words[0]);
	assert_non_null(own);
	assert_string_equal(own->path, own_exe());
	check_open(own, own_exe());
	assert_int_equal(own->same_file, geteuid() == 0);
	assert_non_null(module_at(incident, words[1]));
	incident_free(incident);
}

/* What is read of a process with this word on its stack, and this one in a register. */
static struct incident *read_with(uint64_t id, uint32_t reg_count, uint64_t word, uint64_t link)
{
	const uint64_t words[] = {(uintptr_t)read_with, word};
	pid_t pid = spawn(NULL);
	struct ev_user_state *rec = state_of(id, pid, words, 2);

	rec->reg_count = reg_count;
	rec->regs[30] = link;
	feed_state(rec);
	read_all(id, pid, 0);
	end(pid);
	return attached(id);
}

/* arm64 may have a return address in a register alone, and sign it in bits that no address has. */
static void test_return_addresses(void **state)
{
	const uint64_t code = (uintptr_t)abort, signature = UINT64_C(0x2a5a) << 48;
	const struct {
		uint32_t reg_count;
		uint64_t word, link;
		bool found;
	} cases[] = {
		{17, code, 0, true},
		{17, code | signature, 0, false},
		{32, code, 0, true},
		{32, code | signature, 0, true},
		{32, 0, code, true},
		{32, 0, code | signature, true},
		{32, 0, (uintptr_t)&procfs, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct incident *incident =
			read_with(i + 1, cases[i].reg_count, cases[i].word, cases[i].link);

		assert_int_equal(incident->user_state.module_count, 1 + cases[i].found);
		assert_int_equal(!!module_at(incident, code), cases[i].found);
		incident_free(incident);
	}
}

/* The file was replaced while it ran: what is opened is what runs. */
static void test_deleted(void **state)
{
	const uint64_t words[] = {(uintptr_t)test_deleted};
	struct incident *incident;
	struct temp_root root;
	struct stat before, got;
	char command[2 * PATH_MAX + 64];
	const char *copy;
	pid_t pid;
	FILE *maps;
	unsigned long start = 0;

	(void)state;
	(void)words;
	if (geteuid())
		skip();
	temp_root_make(&root);
	copy = temp_path(&root, "/sleeper");
	snprintf(command, sizeof(command), "cp /bin/sleep %s", copy);
	assert_int_equal(system(command), 0);
	assert_int_equal(stat(copy, &before), 0);
	pid = fork();
	if (!pid) {
		execl(copy, copy, "1000", NULL);
		_exit(1);
	}
	for (int i = 0; i < 1000 && !start; i++) {
		char line[PATH_MAX];

		usleep(10000);
		snprintf(line, sizeof(line), "/proc/%d/maps", pid);
		maps = fopen(line, "re");
		while (maps && fgets(line, sizeof(line), maps))
			if (strstr(line, "r-xp") && strstr(line, "/sleeper"))
				start = strtoul(line, NULL, 16);
		if (maps)
			fclose(maps);
	}
	assert_int_equal(unlink(copy), 0);
	temp_text(&root, "/sleeper", "another");
	feed_state(state_of(1, pid, (uint64_t[]){start}, 1));
	read_all(1, pid, 0);
	end(pid);
	incident = attached(1);
	assert_int_equal(incident->user_state.module_count, 1);
	assert_true(incident->user_state.modules[0].same_file);
	assert_int_equal(fstat(incident->user_state.modules[0].fd, &got), 0);
	assert_int_equal(got.st_ino, before.st_ino);
	/* As the process knew it. */
	assert_string_equal(strrchr(incident->user_state.modules[0].path, '/'), "/sleeper");
	incident_free(incident);
	temp_root_remove(&root);
}

static void test_not_read(void **state)
{
	const uint64_t words[] = {(uintptr_t)test_not_read};
	struct incident *incident;

	(void)state;
	/* Its lock is taken: to look at its mappings would be to wait for it. */
	feed_state(state_of(1, getpid(), words, 1));
	read_all(1, getpid(), EV_LOCK_MMAP);
	incident = attached(1);
	assert_false(incident->user_state.all_modules);
	assert_int_equal(incident->user_state.module_count, 0);
	assert_int_equal(incident->user_state.stack_len, sizeof(words));
	incident_free(incident);
	/* Nobody has that number. */
	feed_state(state_of(2, INT32_MAX, words, 1));
	read_all(2, INT32_MAX, 0);
	incident = attached(2);
	assert_false(incident->user_state.all_modules);
	incident_free(incident);
	/* The stack of one incident is not given to another. */
	feed_state(state_of(3, getpid(), words, 1));
	incident = attached(4);
	assert_int_equal(incident->user_state.stack_len, 0);
	incident_free(incident);
}

/* Sizes that lie: no more is taken than there is. */
static void test_state_sizes(void **state)
{
	const uint64_t words[] = {1, 2, 3, 4};
	struct ev_user_state *rec;
	struct incident *incident;

	(void)state;
	rec = state_of(1, getpid(), words, 4);
	rec->stack_len = UINT32_MAX;
	rec->reg_count = UINT32_MAX;
	feed_state(rec);
	incident = attached(1);
	assert_int_equal(incident->user_state.stack_len, sizeof(words));
	assert_int_equal(incident->user_state.reg_count, 0);
	incident_free(incident);
}

static void test_perf_map(void **state)
{
	struct ev_invoked *invoked = sample_invoked(1);
	void *jit = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const uint64_t words[] = {(uintptr_t)jit};
	struct incident *incident;
	char path[64];
	FILE *file;

	(void)state;
	/* A number that no process of this machine has as its own. */
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", INT32_MAX - getpid());
	file = fopen(path, "we");
	assert_non_null(file);
	fclose(file);
	feed_state(state_of(1, getpid(), words, 1));
	invoked->trigger.ns_tgid = INT32_MAX - getpid();
	user_reader_begin(reader, invoked);
	read_all(1, getpid(), 0);
	unlink(path);
	incident = attached(1);
	assert_int_equal(incident->user_state.module_count, 1);
	assert_null(incident->user_state.modules[0].path);
	assert_true(incident->user_state.perf_map_fd > 0);
	incident_free(incident);
	free(invoked);
	munmap(jit, 4096);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_modules),
		TEST(test_modules_not_there),
		TEST(test_module_counts),
		TEST(test_modules_of_another),
		TEST(test_modules_of_container),
		TEST(test_maps),
		TEST(test_return_addresses),
		TEST(test_deleted),
		TEST(test_not_read),
		TEST(test_state_sizes),
		TEST(test_perf_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
