// SPDX-License-Identifier: GPL-2.0
#include "sample_records.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int check_record(size_t buffer, uint32_t size, uint16_t kind)
{
	struct ev_header *hdr = malloc(buffer > sizeof(*hdr) ? buffer : sizeof(*hdr));
	union ev_record rec = {.hdr = NULL};
	int err;

	*hdr = (struct ev_header){.size = size, .kind = kind};
	err = decode_record(hdr, buffer, &rec);
	assert_ptr_equal(rec.hdr, err ? NULL : hdr);
	free(hdr);
	return err;
}

static void test_record_sizes(void **state)
{
	static const struct {
		uint16_t kind;
		uint32_t size;
	} kinds[] = {
		{EV_INVOKED, sizeof(struct ev_invoked)},
		{EV_SELECTED, sizeof(struct ev_selected)},
		{EV_KILLED, sizeof(struct ev_killed)},
		{EV_MARKED, sizeof(struct ev_marked)},
		{EV_RETURNED, sizeof(struct ev_returned)},
		{EV_MODULES_MAPPED, offsetof(struct ev_modules, modules)},
		{EV_NAMES, sizeof(struct ev_names)},
		{EV_USER_STATE, offsetof(struct ev_user_state, stack)},
		{EV_CANDIDATES_WEIGHED, sizeof(struct ev_candidates)},
		{EV_SHARER, sizeof(struct ev_killed)},
		{EV_DYING, sizeof(struct ev_killed)},
		{EV_EXITING, sizeof(struct ev_death)},
		{EV_EXITED, sizeof(struct ev_death)},
		{EV_REAPED, sizeof(struct ev_death)},
		{EV_STUCK, sizeof(struct ev_invoked)},
		{EV_WAIT, sizeof(struct ev_wait)},
		{EV_WOKEN, sizeof(struct ev_wait)},
		{EV_PANICKING, sizeof(struct ev_panic)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		uint32_t size = kinds[i].size;

		assert_int_equal(check_record(size, size, kinds[i].kind), 0);
		assert_int_equal(check_record(size + 8, size, kinds[i].kind), 0);
		assert_int_equal(check_record(size + 8, size + 8, kinds[i].kind), 0);
		assert_int_equal(check_record(size, size - 1, kinds[i].kind), -EBADMSG);
		assert_int_equal(check_record(size - 1, size, kinds[i].kind), -EBADMSG);
		assert_int_equal(check_record(size, size + 1, kinds[i].kind), -EBADMSG);
		assert_int_equal(check_record(size, UINT32_MAX, kinds[i].kind), -EBADMSG);
		assert_int_equal(check_record(size, 0, kinds[i].kind), -EBADMSG);
	}
}

static void test_record_unknown(void **state)
{
	static const uint16_t kinds[] = {0, EV_PANICKING + 1, 255, UINT16_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		assert_int_equal(check_record(4096, 4096, kinds[i]), -EOPNOTSUPP);
	for (size_t size = 0; size < sizeof(struct ev_header); size++)
		assert_int_equal(check_record(size, (uint32_t)size, EV_RETURNED), -EBADMSG);
}

static void check_path(const char *names, size_t len, unsigned int flags, const char *want)
{
	/* Without a byte to spare. */
	char *exact = malloc(len ? len : 1);
	char *path;

	memcpy(exact, names, len);
	path = decode_path(exact, len, flags);
	if (want) {
		assert_non_null(path);
		assert_string_equal(path, want);
	} else {
		assert_null(path);
	}
	free(path);
	free(exact);
}

static void test_paths(void **state)
{
	const unsigned int cut = EV_PATH_VALID | EV_PATH_TOO_DEEP;

	(void)state;
	check_path("", 0, EV_PATH_VALID, "/");
	check_path("a", 2, EV_PATH_VALID, "/a");
	check_path("b\0a", 4, EV_PATH_VALID, "/a/b");
	check_path("leaf.scope\0x\0kubepods.slice", 28, EV_PATH_VALID,
		   "/kubepods.slice/x/leaf.scope");
	check_path("b\0a", 4, cut, "\xe2\x80\xa6/a/b");
	check_path("", 0, cut, "\xe2\x80\xa6/");
	check_path("b\0a", 4, 0, NULL);
	check_path("b\0a", 4, EV_PATH_TOO_DEEP, NULL);
	check_path("b\0a", 3, EV_PATH_VALID, NULL);
	check_path("b", 1, EV_PATH_VALID, NULL);
	check_path("\xff\x1b[31m", 7, EV_PATH_VALID, "/\xff\x1b[31m");
}

static void test_longest_path(void **state)
{
	char names[EV_CGROUP_LEN];
	char *path;

	(void)state;
	memset(names, 'x', sizeof(names));
	names[sizeof(names) - 1] = '\0';
	path = decode_path(names, sizeof(names), EV_PATH_VALID | EV_PATH_TOO_DEEP);
	assert_non_null(path);
	assert_int_equal(strlen(path), 3 + sizeof(names));
	free(path);
	/* Names of no length at all: whatever comes out is as long as what went in. */
	memset(names, 0, sizeof(names));
	path = decode_path(names, sizeof(names), EV_PATH_VALID);
	assert_non_null(path);
	assert_int_equal(strlen(path), sizeof(names));
	free(path);
}

static void test_process(void **state)
{
	struct ev_task task;
	struct process process;

	(void)state;
	sample_task(&task, 100, 101, "/a/b");
	task.uid = UINT32_MAX;
	task.oom_score_adj = -1000;
	memset(task.comm, 'c', sizeof(task.comm));
	task.cgroup_ids[3] = 0;
	task.cgroup_ids[4] = 99;
	assert_int_equal(decode_process(&task, &sample_units, &process), 0);
	assert_true(process.pid.known && process.pid.value == 100);
	assert_true(process.tid.known && process.tid.value == 101);
	assert_true(process.ns_pid.known && process.ns_pid.value == 7);
	assert_true(process.ppid.known && process.ppid.value == 1);
	assert_true(process.uid.known && process.uid.value == UINT32_MAX);
	assert_true(process.oom_score_adj.known && process.oom_score_adj.value == -1000);
	assert_true(process.threads.known && process.threads.value == 3);
	assert_true(process.start_realtime_ns.known);
	assert_int_equal(process.start_realtime_ns.value, 904000);
	assert_int_equal(process.cgroup_version.value, 2);
	assert_false(process.kernel_thread);
	assert_true(process.comm_known);
	assert_string_equal(process.comm, "cccccccccccccccc");
	assert_string_equal(process.cgroup, "/a/b");
	assert_false(process.cgroup_cut);
	assert_int_equal(process.cgroup_ids[0], 12);
	assert_int_equal(process.cgroup_ids[2], 1);
	assert_int_equal(process.cgroup_ids[4], 0);
	assert_false(process.memory.rss_bytes.known);
	process_clear(&process);
}

static void test_process_extremes(void **state)
{
	struct ev_task task;
	struct process process;

	(void)state;
	memset(&task, 0xff, sizeof(task));
	task.cgroup.flags = EV_PATH_VALID | EV_PATH_TOO_DEEP;
	memcpy(task.cgroup.names, "b\0a", 4);
	task.cgroup.len = 4;
	assert_int_equal(decode_process(&task, &sample_units, &process), 0);
	assert_true(process.kernel_thread);
	assert_int_equal(process.pid.value, -1);
	assert_int_equal(process.threads.value, UINT32_MAX);
	assert_true(process.cgroup_cut);
	assert_string_equal(process.cgroup, "\xe2\x80\xa6/a/b");
	assert_int_equal(process.cgroup_ids[CGROUP_IDS - 1], UINT64_MAX);
	process_clear(&process);

	memset(&task, 0, sizeof(task));
	assert_int_equal(decode_process(&task, &sample_units, &process), 0);
	assert_int_equal(process.cgroup_version.value, 1);
	assert_null(process.cgroup);
	assert_string_equal(process.comm, "");
	process_clear(&process);
}

/* One bad path makes the cgroup unknown, not the whole process. */
static void test_malformed_cgroup(void **state)
{
	struct ev_task task;
	struct ev_limit from;
	struct process process;
	struct limit limit;

	(void)state;
	for (int i = 0; i < 3; i++) {
		sample_task(&task, 100, 101, "/a/b");
		sample_limit(&from, 0);
		memset(task.cgroup.names, 'x', sizeof(task.cgroup.names));
		task.cgroup.len = i == 0 ? UINT16_MAX : i == 1 ? EV_CGROUP_LEN + 1 : EV_CGROUP_LEN;
		from.cgroup = task.cgroup;
		assert_int_equal(decode_process(&task, &sample_units, &process), 0);
		assert_null(process.cgroup);
		assert_int_equal(process.pid.value, 100);
		process_clear(&process);
		assert_int_equal(decode_limit(&from, &sample_units, &limit), 0);
		assert_true(limit.present);
		assert_null(limit.cgroup);
		assert_int_equal(limit.limit_bytes.value, 1024 * 4096);
		free(limit.cgroup);
	}
}

static void test_memory(void **state)
{
	struct ev_memory from;
	struct memory memory;

	(void)state;
	sample_memory(&from);
	decode_memory(&from, &sample_units, &memory);
	assert_int_equal(memory.virtual_bytes.value, 5000 * 4096);
	assert_int_equal(memory.file_bytes.value, 10 * 4096);
	assert_int_equal(memory.anon_bytes.value, 200 * 4096);
	assert_int_equal(memory.swap_bytes.value, 30 * 4096);
	assert_int_equal(memory.shmem_bytes.value, 4 * 4096);
	assert_int_equal(memory.rss_bytes.value, 214 * 4096);
	assert_int_equal(memory.pgtables_bytes.value, 8 * 4096);

	from.valid = 0;
	decode_memory(&from, &sample_units, &memory);
	assert_false(memory.rss_bytes.known);
	assert_false(memory.pgtables_bytes.known);
}

/* The exact figures are shown, whatever the approximate ones say; below zero counts as zero. */
static void test_memory_negative(void **state)
{
	struct ev_memory from = {.valid = 1};
	struct memory memory;

	(void)state;
	from.exact_pages[0] = -5;
	from.exact_pages[1] = 7;
	from.exact_pages[2] = INT64_MIN;
	from.exact_pages[3] = -1;
	from.fast_pages[1] = 64;
	decode_memory(&from, &sample_units, &memory);
	assert_int_equal(memory.file_bytes.value, 0);
	assert_int_equal(memory.anon_bytes.value, 7 * 4096);
	assert_int_equal(memory.swap_bytes.value, 0);
	assert_int_equal(memory.shmem_bytes.value, 0);
	assert_int_equal(memory.rss_bytes.value, 7 * 4096);
}

/* No figure turns negative, and the sum of three is not less than one of them. */
static void test_memory_huge(void **state)
{
	static const int64_t huge[] = {INT64_MAX, INT64_MAX / 2, INT64_MAX / 4096 + 1, 2, 1};
	const size_t count = sizeof(huge) / sizeof(huge[0]);
	struct ev_memory from = {.valid = 1, .total_vm_pages = UINT64_MAX};
	struct memory memory;

	(void)state;
	for (size_t i = 0; i < count * count * count; i++) {
		from.exact_pages[0] = huge[i % count];
		from.exact_pages[1] = huge[i / count % count];
		from.exact_pages[3] = huge[i / count / count];
		decode_memory(&from, &sample_units, &memory);
		assert_true(memory.virtual_bytes.value > 0);
		assert_true(memory.anon_bytes.value > 0);
		assert_true(memory.rss_bytes.value >= memory.anon_bytes.value);
		assert_true(memory.rss_bytes.value >= memory.file_bytes.value);
		assert_true(memory.rss_bytes.value >= memory.shmem_bytes.value);
	}
}

static void test_memory_negative_pgtables(void **state)
{
	struct ev_memory from = {.valid = 1, .pgtables_bytes = (uint64_t)-4096};
	struct memory memory;

	(void)state;
	decode_memory(&from, &sample_units, &memory);
	assert_int_equal(memory.pgtables_bytes.value, 0);
}

static void test_limit(void **state)
{
	struct ev_limit from;
	struct limit limit;

	(void)state;
	sample_limit(&from, EV_LIMIT_MEMSW | EV_LIMIT_DERIVED);
	assert_int_equal(decode_limit(&from, &sample_units, &limit), 0);
	assert_true(limit.present && limit.derived && limit.swap_counts_memory);
	assert_string_equal(limit.cgroup, "/a");
	assert_int_equal(limit.limit_bytes.value, 1024 * 4096);
	assert_int_equal(limit.usage_bytes.value, 1024 * 4096);
	assert_int_equal(limit.swap_limit_bytes.value, 64 * 4096);
	assert_int_equal(limit.swap_usage_bytes.value, 5 * 4096);
	assert_int_equal(limit.failcnt.value, 9);
	assert_int_equal(limit.cgroup_ids[0], 11);
	assert_int_equal(limit.cgroup_ids[2], 0);
	free(limit.cgroup);

	/* PAGE_COUNTER_MAX, and anything above it, is no limit. */
	from.max_pages = INT64_MAX / 4096;
	from.swap_max_pages = EV_UNLIMITED_PAGES;
	from.cgroup.flags = 0;
	assert_int_equal(decode_limit(&from, &sample_units, &limit), 0);
	assert_int_equal(limit.limit_bytes.value, LIMIT_NONE(4096));
	assert_int_equal(limit.swap_limit_bytes.value, LIMIT_NONE(4096));
	assert_null(limit.cgroup);

	from.flags &= ~(uint32_t)EV_LIMIT_VALID;
	assert_int_equal(decode_limit(&from, &sample_units, &limit), 0);
	assert_false(limit.present);
	assert_false(limit.limit_bytes.known);
}

static void check_kernel_stack(int32_t size, bool valid, size_t count, bool truncated)
{
	uint64_t addresses[EV_STACK_DEPTH];
	struct stack stack;

	for (size_t i = 0; i < EV_STACK_DEPTH; i++)
		addresses[i] = 1000 + i;
	assert_int_equal(decode_kernel_stack(addresses, size, &stack), 0);
	assert_int_equal(stack.valid, valid);
	assert_int_equal(stack.count, count);
	assert_int_equal(stack.truncated, truncated);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(stack.frames[i].address, 1000 + i);
		assert_null(stack.frames[i].symbol);
	}
	stack_clear(&stack);
}

static void test_kernel_stack(void **state)
{
	(void)state;
	check_kernel_stack(0, false, 0, false);
	check_kernel_stack(8, true, 1, false);
	check_kernel_stack(15, true, 1, false);
	check_kernel_stack(7, false, 0, false);
	check_kernel_stack(95 * 8, true, 95, false);
	check_kernel_stack(96 * 8, true, 96, true);
	check_kernel_stack(97 * 8, true, 96, true);
	check_kernel_stack(INT32_MAX, true, 96, true);
	check_kernel_stack(-1, false, 0, false);
	check_kernel_stack(-14, false, 0, false);
	check_kernel_stack(INT32_MIN, false, 0, false);
}

static void check_user_stack(struct ev_invoked *rec, bool valid, size_t count, bool truncated)
{
	struct stack stack;

	assert_int_equal(decode_user_stack(rec, &stack), 0);
	assert_int_equal(stack.valid, valid);
	assert_int_equal(stack.count, count);
	assert_int_equal(stack.truncated, truncated);
	stack_clear(&stack);
}

static void test_user_stack(void **state)
{
	struct ev_invoked *rec = sample_invoked(1);
	struct stack stack;

	(void)state;
	rec->user_build_ids_size = (int32_t)sizeof(rec->user_build_ids[0]);
	rec->user_build_ids[0].status = 1;
	memset(rec->user_build_ids[0].build_id, 0xab, EV_BUILD_ID_LEN);
	rec->user_build_ids[0].offset = 0x1234;
	rec->user_build_ids[1].status = 1;
	assert_int_equal(decode_user_stack(rec, &stack), 0);
	assert_int_equal(stack.count, 2);
	assert_int_equal(stack.frames[0].address, 0x401000);
	assert_int_equal(stack.frames[0].build_id_len, EV_BUILD_ID_LEN);
	assert_int_equal(stack.frames[0].build_id[19], 0xab);
	assert_int_equal(stack.frames[0].file_offset.value, 0x1234);
	/* Behind what the kernel said it had written. */
	assert_int_equal(stack.frames[1].build_id_len, 0);
	assert_false(stack.frames[1].file_offset.known);
	stack_clear(&stack);

	/* 0: empty, 2: only an address. */
	for (int32_t status = 0; status < 4; status++) {
		rec->user_build_ids[0].status = status;
		assert_int_equal(decode_user_stack(rec, &stack), 0);
		assert_int_equal(stack.frames[0].file_offset.known, status == 1);
		stack_clear(&stack);
	}

	check_user_stack(rec, true, 2, false);
	rec->user_build_ids_size = INT32_MAX;
	rec->user_stack_size = INT32_MAX;
	check_user_stack(rec, true, EV_USER_DEPTH, true);
	rec->user_build_ids_size = INT32_MIN;
	check_user_stack(rec, true, EV_USER_DEPTH, true);
	rec->user_stack_size = -14;
	check_user_stack(rec, false, 0, false);
	/* A kernel thread has none, which is not the same as one that could not be read. */
	rec->trigger.flags |= EV_TASK_KTHREAD;
	check_user_stack(rec, true, 0, false);
	rec->user_stack_size = 16;
	check_user_stack(rec, true, 0, false);
	free(rec);
}

static void free_modules(struct module *modules, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(modules[i].path);
	free(modules);
}

static void check_modules(uint32_t room, uint32_t count, size_t want)
{
	struct ev_modules *rec = sample_modules(1, room);
	struct module *modules = NULL;
	size_t got = 99;

	rec->count = count;
	assert_int_equal(decode_modules(rec, &modules, &got), 0);
	assert_int_equal(got, want);
	for (size_t i = 0; i < got; i++) {
		assert_int_equal(modules[i].start, 0x400000 + i * 0x100000);
		assert_int_equal(modules[i].inode, 77 + i);
		assert_string_equal(modules[i].path, "/bin/app");
	}
	free_modules(modules, got);
	free(rec);
}

static void test_modules(void **state)
{
	(void)state;
	check_modules(0, 0, 0);
	check_modules(0, UINT32_MAX, 0);
	check_modules(1, 1, 1);
	check_modules(1, 2, 1);
	check_modules(2, 1, 1);
	check_modules(EV_MODULES, EV_MODULES, EV_MODULES);
	check_modules(EV_MODULES, UINT32_MAX, EV_MODULES);
}

static void test_module_paths(void **state)
{
	struct ev_modules *rec = sample_modules(1, 6);
	struct module *modules;
	size_t count;

	(void)state;
	/* Half a module more is none. */
	rec->hdr.size -= 8;
	rec->modules[0].inode = 0;
	rec->modules[1].path.len = 0;
	rec->modules[2].path.len = UINT16_MAX;
	rec->modules[3].path.len = 7;
	rec->modules[4].path.flags = 0;
	assert_int_equal(decode_modules(rec, &modules, &count), 0);
	assert_int_equal(count, 5);
	for (size_t i = 0; i < count; i++)
		assert_null(modules[i].path);
	free_modules(modules, count);

	rec->hdr.size += 8;
	memset(rec->modules[5].path.names, 'x', EV_FILE_LEN);
	rec->modules[5].path.len = EV_FILE_LEN;
	assert_int_equal(decode_modules(rec, &modules, &count), 0);
	assert_int_equal(count, 6);
	assert_null(modules[5].path);
	free_modules(modules, count);
	free(rec);
}

static void check_score_parts(const struct ev_selected *rec, bool known)
{
	struct score score;

	decode_score(rec, &sample_units, &score);
	assert_int_equal(score.rss_pages.known, known);
	assert_int_equal(score.swap_pages.known, known);
	assert_int_equal(score.pgtables_pages.known, known);
	if (known)
		assert_int_equal(score.rss_pages.value + score.swap_pages.value +
					 score.pgtables_pages.value + score.adj_pages.value,
				 score.points_pages.value);
}

static void test_score(void **state)
{
	struct ev_selected *rec = sample_selected(1);
	struct score score;

	(void)state;
	decode_score(rec, &sample_units, &score);
	assert_int_equal(score.points_pages.value, 3252);
	assert_int_equal(score.total_pages.value, 10000);
	assert_int_equal(score.rss_pages.value, 214);
	assert_int_equal(score.swap_pages.value, 30);
	assert_int_equal(score.pgtables_pages.value, 8);
	assert_int_equal(score.adj_pages.value, 3000);
	assert_int_equal(score.per_mille.value, 325);
	check_score_parts(rec, true);

	/* The kernel's own, approximate figures are what it adds up. */
	rec->memory.exact_pages[1] = 260;
	check_score_parts(rec, true);
	decode_score(rec, &sample_units, &score);
	assert_int_equal(score.rss_pages.value, 214);
	/* From 7.0 on it adds up the exact ones. */
	rec->chosen_points += 60;
	check_score_parts(rec, true);
	decode_score(rec, &sample_units, &score);
	assert_int_equal(score.rss_pages.value, 274);

	/* Changed since: what does not add up is not said. */
	rec->chosen_points++;
	check_score_parts(rec, false);
	decode_score(rec, &sample_units, &score);
	assert_true(score.points_pages.known && score.adj_pages.known && score.per_mille.known);

	rec->memory.valid = 0;
	check_score_parts(rec, false);
	rec->has_oom_control = 0;
	decode_score(rec, &sample_units, &score);
	assert_false(score.points_pages.known);
	assert_false(score.total_pages.known);
	assert_false(score.adj_pages.known);
	free(rec);
}

static void test_score_negative_adj(void **state)
{
	struct ev_selected *rec = sample_selected(1);
	struct score score;

	(void)state;
	rec->total_pages = 1999;
	rec->victim.oom_score_adj = -500;
	rec->chosen_points = 214 + 30 + 8 - 500;
	check_score_parts(rec, true);
	decode_score(rec, &sample_units, &score);
	/* oom_badness() divides first: 1999 / 1000 * -500. */
	assert_int_equal(score.adj_pages.value, -500);
	assert_int_equal(score.points_pages.value, -248);

	rec->total_pages = 2000;
	rec->chosen_points = -1000;
	decode_score(rec, &sample_units, &score);
	assert_int_equal(score.per_mille.value, -500);
	free(rec);
}

static void test_score_extremes(void **state)
{
	static const int64_t points[] = {
		INT64_MIN, INT64_MAX, INT64_MAX / 1000, INT64_MIN / 1000, -1, 0, 1};
	static const int64_t pages[] = {INT64_MIN, -1, 0, INT64_MAX};
	static const uint64_t totals[] = {0, 1, INT64_MAX, UINT64_MAX};
	static const int32_t adjs[] = {-1000, 1000, INT32_MIN, INT32_MAX};
	struct ev_selected *rec = sample_selected(1);
	struct score score;

	(void)state;
	for (size_t i = 0; i < 7 * 4 * 4 * 4; i++) {
		rec->chosen_points = points[i % 7];
		rec->total_pages = totals[i / 7 % 4];
		rec->victim.oom_score_adj = adjs[i / 28 % 4];
		for (size_t j = 0; j < 4; j++)
			rec->memory.exact_pages[j] = rec->memory.fast_pages[j] = pages[i / 112];
		rec->memory.pgtables_bytes = UINT64_MAX;
		decode_score(rec, &sample_units, &score);
		assert_true(score.points_pages.known);
		if (!rec->total_pages)
			assert_false(score.per_mille.known);
		if (score.rss_pages.known)
			check_score_parts(rec, true);
	}
	free(rec);
}

static void test_scope(void **state)
{
	(void)state;
	assert_int_equal(decode_scope(0), SCOPE_GLOBAL);
	assert_int_equal(decode_scope(1), SCOPE_CPUSET);
	assert_int_equal(decode_scope(2), SCOPE_MEMPOLICY);
	assert_int_equal(decode_scope(3), SCOPE_MEMCG);
	assert_int_equal(decode_scope(4), SCOPE_UNKNOWN);
	assert_int_equal(decode_scope(-1), SCOPE_UNKNOWN);
	assert_int_equal(decode_scope(INT32_MAX), SCOPE_UNKNOWN);
	assert_int_equal(decode_scope(INT32_MIN), SCOPE_UNKNOWN);
}

static void test_hold(void **state)
{
	static const char *const reasons[] = {
		[EV_HOLD_NONE] = "no_victim",	 [EV_HOLD_DISABLED] = "disabled",
		[EV_HOLD_ONE_CPU] = "one_cpu",	 [EV_HOLD_OWN] = "own_process",
		[EV_HOLD_FILTERED] = "filtered", [EV_HOLD_BUSY] = "reader_busy",
		[EV_HOLD_BUDGET] = "budget",	 [EV_HOLD_NO_RECORD] = "no_record",
	};
	static const uint32_t unknown[] = {EV_HOLD_YES, EV_HOLD_MASKED + 1, UINT32_MAX};
	const char *reason;

	(void)state;
	for (uint32_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		assert_int_equal(decode_hold(i, &reason), HOLD_OFF);
		assert_string_equal(reason, reasons[i]);
	}
	assert_int_equal(decode_hold(EV_HOLD_GLOBAL, &reason), HOLD_OFF);
	assert_string_equal(reason, "global");
	assert_int_equal(decode_hold(EV_HOLD_NO_WAKEUP, &reason), HOLD_OFF);
	assert_string_equal(reason, "preempt_rt");
	assert_int_equal(decode_hold(EV_HOLD_MASKED, &reason), HOLD_OFF);
	assert_string_equal(reason, "interrupts_off");
	assert_int_equal(decode_hold(EV_HOLD_ACKNOWLEDGED, &reason), HOLD_ACKNOWLEDGED);
	assert_null(reason);
	assert_int_equal(decode_hold(EV_HOLD_TIMED_OUT, &reason), HOLD_TIMED_OUT);
	assert_null(reason);
	/* A hold that began and of which nothing else is known. */
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		reason = "";
		assert_int_equal(decode_hold(unknown[i], &reason), HOLD_UNKNOWN);
		assert_null(reason);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record_sizes),
		cmocka_unit_test(test_record_unknown),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_longest_path),
		cmocka_unit_test(test_process),
		cmocka_unit_test(test_process_extremes),
		cmocka_unit_test(test_malformed_cgroup),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_memory_negative),
		cmocka_unit_test(test_memory_huge),
		cmocka_unit_test(test_memory_negative_pgtables),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_kernel_stack),
		cmocka_unit_test(test_user_stack),
		cmocka_unit_test(test_modules),
		cmocka_unit_test(test_module_paths),
		cmocka_unit_test(test_score),
		cmocka_unit_test(test_score_negative_adj),
		cmocka_unit_test(test_score_extremes),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_scope),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
