// SPDX-License-Identifier: GPL-2.0
#include "proc_parse.h"
#include "readfile.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KB 1024

static char *fixture(const char *name, size_t *len)
{
	char path[512], *text;

	snprintf(path, sizeof(path), "%s/proc/%s", FIXTURES, name);
	assert_int_equal(file_read(path, &text, len, 1 << 20), 0);
	/* Without the NUL, so that a byte too many is an error of the address sanitizer. */
	return realloc(text, *len);
}

static char *exact(const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1);

	memcpy(copy, text, len);
	return copy;
}

static void check_cmdline(const char *text, size_t len, bool cut, const char *want)
{
	char *copy = exact(text, len), *line = proc_parse_cmdline(copy, len, cut);

	assert_non_null(line);
	assert_string_equal(line, want);
	free(line);
	free(copy);
}

static void test_cmdline(void **state)
{
	size_t len;
	char *text = fixture("6.12/cmdline", &len);

	(void)state;
	check_cmdline(text, len, false, "/bin/eater --size 8 MiB");
	check_cmdline("", 0, false, "");
	check_cmdline("\0\0\0", 3, false, "");
	check_cmdline("a", 1, false, "a");
	check_cmdline("a\0\0b\n\0", 6, false, "a  b\n");
	check_cmdline("nginx: worker process", 21, false, "nginx: worker process");
	check_cmdline("a\0b", 3, true, "a b" CMDLINE_CUT);
	free(text);
}

static void test_long_cmdline(void **state)
{
	char *text = malloc(CMDLINE_MAX + 2), *line;

	(void)state;
	memset(text, 'a', CMDLINE_MAX + 2);
	text[CMDLINE_MAX] = '\0';
	line = proc_parse_cmdline(text, CMDLINE_MAX + 1, false);
	assert_int_equal(strlen(line), CMDLINE_MAX);
	free(line);
	line = proc_parse_cmdline(text, CMDLINE_MAX + 2, false);
	assert_int_equal(strlen(line), CMDLINE_MAX + strlen(CMDLINE_CUT));
	assert_string_equal(line + CMDLINE_MAX, CMDLINE_CUT);
	free(line);
	/* A character of four bytes, the last of which would be cut off. */
	memcpy(text + CMDLINE_MAX - 3, "\xf0\x9f\x92\xa5", 4);
	line = proc_parse_cmdline(text, CMDLINE_MAX + 2, false);
	assert_string_equal(line + CMDLINE_MAX - 4, "a" CMDLINE_CUT);
	free(line);
	free(text);
}

static void check_cgroup(const char *text, int version, const char *want)
{
	char *copy = exact(text, strlen(text)), *path = (char *)text;
	int err = proc_parse_cgroup(copy, strlen(text), version, &path);

	assert_int_equal(err, want ? 0 : -ENOENT);
	if (want) {
		assert_string_equal(path, want);
		free(path);
	} else {
		assert_ptr_equal(path, text);
	}
	free(copy);
}

static void test_cgroup(void **state)
{
	static const char hybrid[] = "9:name=systemd:/memory\n5:memory_x:/x\n"
				     "4:hugetlb,memory,misc:/kubepods/pod:1/a b\n0::/init.scope\n";

	(void)state;
	check_cgroup(hybrid, 1, "/kubepods/pod:1/a b");
	check_cgroup(hybrid, 2, "/init.scope");
	check_cgroup("1:memory:/app\n", 1, "/app");
	check_cgroup("1:memory:/app\n", 2, NULL);
	check_cgroup("0::/app (deleted)\n", 2, "/app (deleted)");
	check_cgroup("0::/half", 2, NULL);
	check_cgroup("0::\n0:\n:\n\n0:memory:/\n", 2, NULL);
	check_cgroup("", 1, NULL);
}

static void test_rollup(void **state)
{
	size_t len;
	char *text = fixture("6.12/smaps_rollup", &len);
	struct smaps smaps;

	(void)state;
	proc_parse_smaps_rollup(text, len, &smaps);
	assert_int_equal(smaps.rss_bytes.value, 12204 * KB);
	assert_int_equal(smaps.pss_bytes.value, 12201 * KB);
	assert_int_equal(smaps.pss_anon_bytes.value, 8848 * KB);
	assert_int_equal(smaps.pss_file_bytes.value, 1 * KB);
	assert_int_equal(smaps.pss_shmem_bytes.value, 3352 * KB);
	assert_int_equal(smaps.shared_clean_bytes.value, 4 * KB);
	assert_int_equal(smaps.private_dirty_bytes.value, 12200 * KB);
	assert_int_equal(smaps.referenced_bytes.value, 12204 * KB);
	assert_int_equal(smaps.anonymous_bytes.value, 8848 * KB);
	assert_true(smaps.shared_dirty_bytes.known && smaps.private_clean_bytes.known &&
		    smaps.lazy_free_bytes.known && smaps.anon_huge_bytes.known &&
		    smaps.swap_bytes.known && smaps.swap_pss_bytes.known &&
		    smaps.locked_bytes.known);
	free(text);
	proc_parse_smaps_rollup("", 0, &smaps);
	assert_false(smaps.rss_bytes.known);
	proc_parse_smaps_rollup("Rss: 1 kB\nPss: 1", 16, &smaps);
	assert_true(smaps.rss_bytes.known && !smaps.pss_bytes.known);
}

static void check_mapping(const struct mapping *mapping, const char *name, int64_t rss, int64_t pss)
{
	assert_string_equal(mapping->name, name);
	assert_true(mapping->rss_bytes.known && mapping->pss_bytes.known &&
		    mapping->swap_bytes.known);
	assert_int_equal(mapping->rss_bytes.value, rss);
	assert_int_equal(mapping->pss_bytes.value, pss);
	assert_int_equal(mapping->swap_bytes.value, 0);
}

static void test_smaps(void **state)
{
	struct mapping top[MAPPINGS_MAX];
	size_t len, count;
	char *text = fixture("6.12/smaps", &len);

	(void)state;
	assert_int_equal(proc_parse_smaps(text, len, top, &count), 0);
	assert_int_equal(count, 10);
	check_mapping(&top[0], "[anon]", 8712 * KB, 8712 * KB);
	check_mapping(&top[1], "/dev/zero (deleted)", 2048 * KB, 2048 * KB);
	check_mapping(&top[2], "/bin/eater", 668 * KB, 668 * KB);
	check_mapping(&top[3], "/tmp/gone (deleted)", 296 * KB, 296 * KB);
	check_mapping(&top[4], "/tmp/new\\012line", 196 * KB, 196 * KB);
	check_mapping(&top[5], "[heap]", 108 * KB, 108 * KB);
	check_mapping(&top[6], "/tmp/with space", 100 * KB, 100 * KB);
	check_mapping(&top[7], "/memfd:jit cache (deleted)", 64 * KB, 64 * KB);
	check_mapping(&top[8], "[stack]", 8 * KB, 8 * KB);
	check_mapping(&top[9], "[vdso]", 4 * KB, 1 * KB);
	proc_mappings_clear(top, count);
	assert_null(top[0].name);
	free(text);
}

/* Wherever the text is cut, what is there is whole mappings. */
static void test_cut_smaps(void **state)
{
	struct mapping top[MAPPINGS_MAX];
	size_t len, count;
	char *text = fixture("6.1/smaps", &len), *copy;

	(void)state;
	for (size_t at = 0; at < len; at += 7) {
		copy = exact(text, at);
		if (!proc_parse_smaps(copy, at, top, &count)) {
			for (size_t i = 0; i < count; i++)
				assert_true(top[i].rss_bytes.known && top[i].pss_bytes.known &&
					    top[i].swap_bytes.known);
			proc_mappings_clear(top, count);
		}
		free(copy);
	}
	free(text);
}

static void test_hostile_smaps(void **state)
{
	static const char text[] =
		"Rss: 5 kB\nPss: 5 kB\nSwap: 5 kB\n"
		"1000-2000 rw-p 00000000 00:00 0                          [anon:a b]\n"
		"Rss: 1 kB\nPss: 1 kB\nSwap: 7 kB\n"
		"2000-3000 rw-p 00000000 00:00 0                          [anon:a b]\n"
		"Rss: 1 kB\nPss: 1 kB\nSwap: 7 kB\n"
		"3000-4000 rw-p 00000000 00:00 0 \n"
		"Rss: 9007199254740991 kB\nPss: 0 kB\nSwap: 0 kB\n"
		"4000-5000 rw-p 00000000 00:00 0\n"
		"Rss: 9007199254740991 kB\nPss: 0 kB\nSwap: 0 kB\n"
		"5000-6000 rw-p 00000000 00:00 0 /negative\n"
		"Rss: -1 kB\nPss: 0 kB\nSwap: 0 kB\n"
		"6000-7000 rw-p 00000000 00:00 0 /unit\n"
		"Rss: 1\nPss: 0 kB\nSwap: 0 kB\n"
		"7000-8000 rw-p 00000000 00:00 0 /huge\n"
		"Rss: 99999999999999999999 kB\nPss: 0 kB\nSwap: 0 kB\n"
		"8000-9000 rw-p 00000000 00:00 0 /n\0l\n"
		"Rss: 1 kB\nPss: 1 kB\nSwap: 0 kB\n";
	char *copy = exact(text, sizeof(text) - 1);
	struct mapping top[MAPPINGS_MAX];
	size_t count;

	(void)state;
	assert_int_equal(proc_parse_smaps(copy, sizeof(text) - 1, top, &count), 0);
	/* What comes before the first address is nobody's. */
	assert_int_equal(count, 3);
	assert_string_equal(top[0].name, "[anon:a b]");
	assert_int_equal(top[0].rss_bytes.value, 2 * KB);
	assert_int_equal(top[0].swap_bytes.value, 14 * KB);
	assert_string_equal(top[1].name, "/n");
	/* A sum that does not fit is unknown, and not a wrong number. */
	assert_string_equal(top[2].name, "[anon]");
	assert_false(top[2].rss_bytes.known);
	assert_true(top[2].pss_bytes.known);
	proc_mappings_clear(top, count);
	free(copy);
	count = 42;
	assert_int_equal(proc_parse_smaps("", 0, top, &count), -ENOENT);
	assert_int_equal(proc_parse_smaps("x\n\ny", 4, top, &count), -ENOENT);
	assert_int_equal(count, 42);
}

static void test_many_names(void **state)
{
	enum { NAMES = 4100, TIMES = 2 };
	struct mapping top[MAPPINGS_MAX];
	size_t len, count;
	char *text;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	for (int i = 0; i < NAMES * TIMES; i++)
		fprintf(out,
			"%x000-%x000 rw-p 00000000 00:00 1 /file %d\nRss: %d kB\nPss: 0 kB\n"
			"Swap: 1 kB\n",
			i, i + 1, i % NAMES, i % NAMES == 4000 ? 3 : 1);
	fclose(out);
	assert_int_equal(proc_parse_smaps(text, len, top, &count), 0);
	assert_int_equal(count, MAPPINGS_MAX);
	assert_string_equal(top[0].name, "[other]");
	assert_int_equal(top[0].rss_bytes.value, (NAMES - 4096) * TIMES * KB);
	assert_string_equal(top[1].name, "/file 4000");
	assert_int_equal(top[1].rss_bytes.value, 3 * TIMES * KB);
	assert_string_equal(top[2].name, "/file 0");
	assert_string_equal(top[9].name, "/file 7");
	assert_int_equal(top[9].swap_bytes.value, TIMES * KB);
	proc_mappings_clear(top, count);
	free(text);
}

static void test_maps(void **state)
{
	struct proc_mapping map, code = {0}, heap = {0}, vdso = {0};
	size_t len, count = 0;
	char *text = fixture("6.12/maps", &len);
	struct span rest = {text, len};

	(void)state;
	while (proc_next_mapping(&rest, &map)) {
		count++;
		if (map.start == 0x401000)
			code = map;
		if (span_equals(map.name, "[heap]"))
			heap = map;
		if (span_equals(map.name, "[vdso]"))
			vdso = map;
	}
	assert_int_equal(count, 17);
	assert_int_equal(code.end, 0x47a000);
	assert_int_equal(code.file_offset, 0x1000);
	assert_int_equal(code.inode, 16);
	assert_int_equal(code.dev, 2);
	assert_true(code.executable && !code.writable);
	assert_true(span_equals(code.name, "/bin/eater"));
	assert_true(heap.writable && !heap.executable);
	assert_true(vdso.executable && !vdso.inode);
	free(text);
}

static void test_maps_lines(void **state)
{
	static const char *const bad[] = {
		"1000-2000\n",
		"1000 2000 r-xp 0 00:00 0 /a\n",
		"1000-2000 r-xp 0 0000 0 /a\n",
		"1000-2000 r-xp 0 1000:0 0 /a\n",
		"1000-2000 r-xp 0 0:100000 0 /a\n",
		"1000-2000 r-xp 0 0:0 18446744073709551616 /a\n",
		"1000-2000 r-xp 0 0:0 -1 /a\n",
		"1000-20000000000000000 r-xp 0 0:0 0 /a\n",
		"1000-2000 r-x 0 0:0 0 /a\n",
		"1000-2000 r-xp 0 0:0 0 /a",
		"2000-2000 r-xp 0 0:0 0 /a\n",
	};
	static const char good[] =
		"bad\n"
		"1000-2000 r-xp ffffffffffffffff fff:fffff 18446744073709551615 /a b\\012 (deleted)\n"
		"2000-3000 rw-p 0 0:0 0\n";
	struct span rest = {good, strlen(good)};
	struct proc_mapping map;
	char *copy;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		copy = exact(bad[i], strlen(bad[i]));
		assert_false(proc_next_mapping(&(struct span){copy, strlen(bad[i])}, &map));
		free(copy);
	}
	assert_true(proc_next_mapping(&rest, &map));
	assert_true(map.file_offset == UINT64_MAX && map.inode == UINT64_MAX &&
		    map.dev == UINT32_MAX);
	assert_true(span_equals(map.name, "/a b\\012 (deleted)"));
	assert_true(proc_next_mapping(&rest, &map));
	assert_int_equal(map.name.len, 0);
	assert_false(proc_next_mapping(&rest, &map));
}

static void test_status(void **state)
{
	struct proc_status status;
	size_t len;
	char *text = fixture("6.12/status", &len);

	(void)state;
	proc_parse_status(text, len, &status);
	assert_int_equal(status.state, 'S');
	assert_int_equal(status.ns_pid.value, 145);
	assert_int_equal(status.ns_tid.value, 145);
	assert_int_equal(status.ppid.value, 1);
	assert_true(status.uid.known && !status.uid.value);
	assert_int_equal(status.threads.value, 1);
	assert_int_equal(status.virtual_peak_bytes.value, 15388 * KB);
	assert_int_equal(status.virtual_bytes.value, 15388 * KB);
	assert_int_equal(status.rss_peak_bytes.value, 12204 * KB);
	assert_int_equal(status.rss_bytes.value, 12204 * KB);
	assert_int_equal(status.anon_bytes.value, 8848 * KB);
	assert_int_equal(status.file_bytes.value, 4 * KB);
	assert_int_equal(status.shmem_bytes.value, 3352 * KB);
	assert_true(status.swap_bytes.known && !status.swap_bytes.value);
	assert_int_equal(status.pgtables_bytes.value, 68 * KB);
	free(text);
}

static void test_other_status(void **state)
{
	static const char zombie[] =
		"Name:\teat\\nUid: 3\nState:\tZ (zombie)\nPPid:\t7\n"
		"Uid:\t1000\t0\t0\t0\nNStgid:\t900\t12\t1\nNSpid:\t901\t13\t2\n"
		"Threads:\t2\nThreads:\t3\n";
	static const char hostile[] = "State:\nUid:\t-1\nNSpid:\t1\tx\nThreads:\nNStgid:\n"
				      "VmRSS:\t12\nVmSize:\t99999999999999999999 kB\nPPid:\t1";
	char *copy = exact(zombie, strlen(zombie));
	struct proc_status status;

	(void)state;
	proc_parse_status(copy, strlen(zombie), &status);
	assert_int_equal(status.state, 'Z');
	assert_int_equal(status.uid.value, 1000);
	assert_int_equal(status.ns_pid.value, 1);
	assert_int_equal(status.ns_tid.value, 2);
	assert_int_equal(status.threads.value, 2);
	assert_false(status.rss_bytes.known || status.virtual_bytes.known);
	free(copy);
	copy = exact(hostile, strlen(hostile));
	proc_parse_status(copy, strlen(hostile), &status);
	assert_int_equal(status.state, 0);
	assert_false(status.uid.known || status.ns_tid.known || status.threads.known ||
		     status.ns_pid.known || status.ppid.known);
	assert_false(status.rss_bytes.known || status.virtual_bytes.known);
	free(copy);
}

static int stat_of(const char *text, struct proc_stat *stat)
{
	return proc_parse_stat(text, strlen(text), stat);
}

static void test_stat(void **state)
{
	static const char rest[] =
		" S 1 4132 26402 0 -1 4194304 101 0 0 0 0 0 0 0 20 0 1 0 2469849 "
		"3133440 413 18446744073709551615 1 2 3\n";
	static const char *const names[] = {"cat", "", "a) R 1 2 (b", ") \n(", "((()))"};
	char text[256];
	struct proc_stat stat;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(text, sizeof(text), "4134 (%s)%s", names[i], rest);
		assert_int_equal(stat_of(text, &stat), 0);
		assert_string_equal(stat.comm, names[i]);
		assert_int_equal(stat.state, 'S');
		assert_false(stat.kernel_thread);
		assert_int_equal(stat.start_ticks, 2469849);
		assert_int_equal(stat.rss_pages, 413);
	}
	assert_int_equal(stat_of("2 (kworker/u16:3-events_unbound) I 0 0 0 0 -1 69238880 0 0 0 0 0 "
				 "0 0 0 20 0 1 0 11 0 0 18446744073709551615 0 0\n",
				 &stat),
			 0);
	assert_true(stat.kernel_thread);
	assert_string_equal(stat.comm, "kworker/u16:3-ev");
}

static void test_bad_stat(void **state)
{
	static const char *const bad[] = {
		"",
		"1",
		"1 (a",
		"1 a)",
		")1 (",
		"1 (a)",
		"1 (a) S 1 2",
		"1 (a) S 1 2 3 4 5 x 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22\n",
		"1 (a) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20\n",
		"1 (a) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 -1\n",
		"1 (a) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 9223372036854775807\n",
	};
	struct proc_stat stat = {.start_ticks = 42};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(stat_of(bad[i], &stat), -EINVAL);
	assert_int_equal(stat.start_ticks, 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stat),	      cmocka_unit_test(test_bad_stat),
		cmocka_unit_test(test_cmdline),	      cmocka_unit_test(test_long_cmdline),
		cmocka_unit_test(test_cgroup),	      cmocka_unit_test(test_rollup),
		cmocka_unit_test(test_smaps),	      cmocka_unit_test(test_cut_smaps),
		cmocka_unit_test(test_hostile_smaps), cmocka_unit_test(test_many_names),
		cmocka_unit_test(test_maps),	      cmocka_unit_test(test_maps_lines),
		cmocka_unit_test(test_status),	      cmocka_unit_test(test_other_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
