// SPDX-License-Identifier: GPL-2.0
#include "sample_incident.h"
#include "screen.h"
#include "sink.h"
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct record_common common = {.host_name = "web-17", .host_kernel = "6.12.117"};
static const struct text_style plain = {.utc = true};

static char *render(const struct incident *incident, const struct text_style *style)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(sink_text.oom(out, &common, incident, style), 0);
	fclose(out);
	assert_int_equal(strlen(text), len);
	return text;
}

/* At most 24 of them. */
static size_t check_screen(const char *text)
{
	size_t lines = check_lines(text);

	assert_true(lines <= 24);
	return lines;
}

static void check_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
}

static void check_lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("'%s' in:\n%s", part, text);
}

/* What holds in every report of the incident, plain and verbose. */
static void check_report(const struct incident *incident, const char *part)
{
	for (int verbose = 0; verbose < 2; verbose++) {
		const struct text_style style = {.utc = true, .verbose = verbose};
		char *text = render(incident, &style);

		check_screen(text);
		check_has(text, part);
		free(text);
	}
}

static void replace(char **string, const char *text)
{
	free(*string);
	*string = text ? sample_text(text) : NULL;
}

static void add_frames(struct incident *incident, int count)
{
	for (int i = 0; i < count; i++) {
		struct stack *stack = &incident->trigger.user_stack;
		struct frame *frame = sample_frame(stack);
		char name[24];

		snprintf(name, sizeof(name), "step_%zu", stack->count);
		frame->symbol = sample_text(name);
		frame->file = sample_text("src/run.c");
		frame->line = (int)stack->count;
	}
}

static void victim_is_trigger(void **state)
{
	struct incident *incident = sample_complete();
	char *text = render(incident, &plain);

	(void)state;
	assert_string_equal(
		text,
		"OOM KILL #3  2026-11-21 00:10:02 UTC  matrix (pid 4242) killed: limit 2 GiB\n"
		"  Victim   pid 4242, pid 7 in its container, uid 1000, oom_score_adj 0,\n"
		"           12 threads, parent 4100, started 2 h 5 min ago\n"
		"           cgroup /kubepods/burstable/pod42/app\n"
		"  Command  /srv/app/bin/matrix --size 2g\n"
		"  Ran in   containerd matrix, image acme/matrix:1.4, pod shop/matrix-7d9f8\n"
		"  Limit    2 GiB (2097152 kB) on the victim's own cgroup\n"
		"           used 2 GiB (2097152 kB), swap 0 B of 0 B, hit 318 times, PSI 12 %\n"
		"           holds 2.0 GiB anonymous, 24 MiB page cache (reclaimable)\n"
		"  Memory   resident     anon    file  shmem  swap  page tables  virtual\n"
		"            2.0 GiB  2.0 GiB  12 MiB    0 B   0 B        4 MiB  2.3 GiB\n"
		"    in kB   2064384  2052096   12288      0     0         4096  2457600\n"
		"  Mappings [heap] 2.0 GiB, …ux-gnu/libcrypto.so.3 6 MiB, [anon] 4 MiB\n"
		"  Score    986 of 1000: 517120 points of 524288 pages\n"
		"           = 516096 rss + 0 swap + 1024 page tables + 0 adj\n"
		"  Trigger  the victim itself, gfp GFP_KERNEL, order 0 (1 page)\n"
		"  Code       (__memset_avx2_unaligned_erms in libc.so.6)\n"
		"           → grow_table  /home/build/matrix/src/table.c:88\n"
		"             matrix+0x1500\n"
		"             (0x7f0000001000)\n"
		"  Kernel   mem_cgroup_out_of_memory < try_charge_memcg < charge_memcg\n"
		"           < __mem_cgroup_charge < do_anonymous_page < … < handle_mm_fault\n"
		"\n");
	check_screen(text);
	free(text);
	incident_free(incident);
}

/* Nothing stands where nothing was read, not even a "?". */
static void files_unread(void **state)
{
	static const char *const absent[] = {"Command", "Ran in", "holds", "Mappings", "PSI"};
	struct incident *incident = sample_memcg();
	char *text = render(incident, &plain);

	(void)state;
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		check_lacks(text, absent[i]);
	check_has(text, "  Unknown  not readable: victim.cmdline, victim.exe, victim.smaps, …\n");
	assert_int_equal(check_screen(text), 20);
	free(text);
	incident_free(incident);
}

static void command(void **state)
{
	struct incident *incident = sample_complete();

	(void)state;
	incident->victim.known_in_advance = true;
	check_report(incident, "\n  Command  /srv/app/bin/matrix --size 2g (seen at exec)\n");
	replace(&incident->victim.cmdline,
		"java -Xmx4g -Dapplication.home=/srv/application -Dlog.level=info "
		"-jar /srv/application/lib/server.jar");
	check_report(incident, "\n  Command  java -Xmx4g -Dapplication.home=/srv…ion/lib/"
			       "server.jar (seen at exec)\n");
	incident->victim.known_in_advance = false;
	replace(&incident->victim.cmdline, "a\n\033[2J\xff");
	check_report(incident, "\n  Command  a\\n\\e[2J\xef\xbf\xbd\n");
	replace(&incident->victim.cmdline, NULL);
	check_report(incident, "\n  Command  executable /srv/app/bin/matrix\n");
	incident_free(incident);
}

static void container(void **state)
{
	struct incident *incident = sample_complete();
	struct container *c = &incident->victim.container;

	(void)state;
	replace(&c->name, NULL);
	replace(&c->pod_name, NULL);
	replace(&c->image, NULL);
	check_report(incident, "\n  Ran in   containerd 0123456789ab, "
			       "pod 0b1c2d3e-0000-4000-8000-000000000042\n");
	replace(&c->runtime, NULL);
	replace(&c->id, "web");
	replace(&c->pod_uid, NULL);
	check_report(incident, "\n  Ran in   container web\n");
	replace(&c->id, NULL);
	replace(&c->pod_name, "db-0");
	check_report(incident, "\n  Ran in   pod shop/db-0\n");
	replace(&c->pod_namespace, NULL);
	check_report(incident, "\n  Ran in   pod db-0\n");

	/* The pod's beginning and the image's end are kept. */
	replace(&c->runtime, "containerd");
	replace(&c->name, "a-container-with-quite-a-long-name");
	replace(&c->image, "registry.example.org:5000/platform/services/matrix:2026.11.21");
	replace(&c->pod_namespace, "production");
	replace(&c->pod_name, "matrix-service-0123456789-abcde");
	check_report(incident, "\n  Ran in   containerd a-contai…-long-name, "
			       "image re….11.21, pod producti…-abcde\n");
	c->present = false;
	for (int verbose = 0; verbose < 2; verbose++) {
		const struct text_style style = {.utc = true, .verbose = verbose};
		char *text = render(incident, &style);

		check_lacks(text, "Ran in");
		free(text);
	}
	incident_free(incident);
}

static void set_stat(struct incident *incident, const char *const *names, const int64_t *mib)
{
	struct stat_list *stat = &incident->limit.stat;

	for (size_t i = 0; i < stat->count; i++)
		free(stat->entries[i].name);
	stat->count = 0;
	for (size_t i = 0; names[i]; i++)
		sample_stat(stat, names[i], mib[i] << 20);
}

#define STAT(...) ((const char *const[]){__VA_ARGS__, NULL})
#define MIB(...)  ((const int64_t[]){__VA_ARGS__})

static void cgroup_holds(void **state)
{
	struct incident *incident = sample_complete();

	(void)state;
	/* Shared memory is counted as file, and is no cache that could be given back. */
	set_stat(incident, STAT("anon", "file", "shmem"), MIB(10, 1900, 1890));
	check_report(incident, "\n           holds 1.8 GiB shmem, 10 MiB page cache "
			       "(reclaimable)\n");
	set_stat(incident, STAT("anon", "file", "shmem"), MIB(100, 1900, 1000));
	check_report(incident, "\n           holds 1000 MiB shmem, 100 MiB anon, "
			       "900 MiB page cache (reclaimable)\n");
	/* What is locked in memory is on no list of what can be given back. */
	set_stat(incident, STAT("anon", "file", "active_file", "inactive_file"),
		 MIB(100, 1900, 10, 20));
	check_report(incident, "holds 100 MiB anonymous, 30 MiB page cache (reclaimable)\n");
	set_stat(incident, STAT("anon", "file", "kernel", "slab_reclaimable"),
		 MIB(1000, 20, 1000, 200));
	check_report(incident, "holds 1000 MiB anon, 220 MiB page cache and slab (reclaimable)\n");
	set_stat(incident, STAT("anon", "file", "slab", "kernel_stack"), MIB(100, 20, 1800, 100));
	check_report(incident, "holds 1.9 GiB kernel, 100 MiB anon, "
			       "20 MiB page cache (reclaimable)\n");
	/* v1: of the whole tree, not of the cgroup alone. */
	set_stat(incident, STAT("cache", "rss", "shmem", "total_cache", "total_rss", "total_shmem"),
		 MIB(1, 2, 3, 200, 1800, 0));
	check_report(incident, "holds 1.8 GiB anonymous, 200 MiB page cache (reclaimable)\n");
	set_stat(incident, STAT("pgfault"), MIB(1));
	incident->limit.pressure.some.avg10 = 0.99;
	for (int verbose = 0; verbose < 2; verbose++) {
		const struct text_style style = {.utc = true, .verbose = verbose};
		char *text = render(incident, &style);

		check_lacks(text, "holds");
		check_lacks(text, "PSI");
		free(text);
	}
	incident_free(incident);
}

static void another_trigger(void **state)
{
	struct incident *incident = sample_other_trigger();
	char *text = render(incident, &plain);

	(void)state;
	check_screen(text);
	check_has(text, "  Limit    2 GiB (2097152 kB) on a PARENT of the victim's cgroup:\n"
			"           cgroup /kubepods/burstable\n");
	check_has(text, "  Trigger  NOT the victim: bash, pid 977, uid 0, oom_score_adj -998\n");
	check_has(text, "           cgroup /system.slice/ssh.service\n  Its code   (__memset");
	check_has(text, "  Died in  futex_wait_queue < futex_wait < do_futex < __x64_sys_futex\n");
	free(text);

	/* The same by paths alone. */
	memset(incident->limit.cgroup_ids, 0, sizeof(incident->limit.cgroup_ids));
	text = render(incident, &plain);
	check_has(text, "on a PARENT of the victim's cgroup:");
	free(text);
	incident_free(incident);
}

static void machine_memory(void **state)
{
	struct incident *incident = sample_global();
	struct system *system = &incident->system;
	char *text;

	(void)state;
	sample_system(system);
	text = render(incident, &plain);
	check_screen(text);
	check_has(text, "  Limit    none: the whole machine ran out of memory\n"
			"           free 60.1 MiB, available 12.3 MiB, swap free 0 B of 2 GiB,\n"
			"           zone Normal: free 44.0 MiB below min 66 MiB, PSI 43 %\n");
	free(text);

	sample_zone(system, 1, "Normal", 4, 400 << 10);
	system->swap_total_bytes = num_of(0);
	system->mem_available_bytes.known = false;
	text = render(incident, &plain);
	check_has(text, "\n           free 60.1 MiB, no swap,\n"
			"           node 1 zone Normal: free 4 KiB below min 400 MiB, PSI 43 %\n");
	free(text);
	system->zone_count = 1;
	check_report(incident, "zone DMA: free 14 MiB above min 128 KiB\n");
	system->zones[0].free_bytes = system->zones[0].min_bytes;
	check_report(incident, "zone DMA: free 128 KiB at min 128 KiB");
	system->zones[0].free_bytes.known = false;
	text = render(incident, &plain);
	check_has(text, "\n           free 60.1 MiB, no swap, PSI 43 %\n");
	free(text);

	/* A cgroup's limit says nothing of the machine. */
	incident->scope = SCOPE_MEMCG;
	text = render(incident, &plain);
	check_has(text, "  Limit    a cgroup's, which one is unknown\n  Memory");
	free(text);
	incident_free(incident);
}

static void verbose_tells_how(void **state)
{
	const struct text_style verbose = {.utc = true, .verbose = true};
	struct incident *incident = sample_complete();
	char *text = render(incident, &verbose);

	(void)state;
	check_screen(text);
	check_has(text, "\n  Seen     [1234.567890], hook fentry, held 3.1 ms, /proc complete, "
			"host web-17,\n           kernel 6.12.117\n");
	free(text);
	incident->hold = HOLD_TIMED_OUT;
	incident->hold_ns = num_of(25000000);
	incident->proc = PROC_PARTIAL;
	check_report(incident, "");
	text = render(incident, &verbose);
	check_has(text, ", held 25.0 ms (timed out), /proc partial,\n");
	free(text);
	incident->hold = HOLD_OFF;
	incident->hold_reason = "one_cpu";
	incident->proc = PROC_MISSED;
	text = render(incident, &verbose);
	check_has(text, ", not held (one_cpu), /proc missed,\n");
	free(text);
	incident->hold = HOLD_UNKNOWN;
	incident->proc = PROC_UNKNOWN;
	text = render(incident, &verbose);
	check_has(text, ", hook fentry, host web-17, ");
	free(text);
	text = render(incident, &plain);
	check_lacks(text, "Seen");
	free(text);
	incident_free(incident);
}

static size_t rows_of(const char *text, const char *label)
{
	const char *line = strstr(text, label);
	size_t rows = 0;

	while (line && *line) {
		rows++;
		line = strchr(line, '\n') + 1;
		if (strncmp(line, "           ", 11))
			break;
	}
	return rows;
}

/* How the rows are spared, one step after the other, as the code asks for more. */
static void rows_are_spared_in_order(void **state)
{
	struct incident *incident = sample_complete();
	char *text;

	(void)state;
	replace(&incident->victim.mappings[0].name, "/srv/app/lib/libmatrix-engine.so");
	text = render(incident, &plain);
	assert_int_equal(check_screen(text), 24);
	assert_int_equal(rows_of(text, "  Mappings"), 2);
	assert_int_equal(rows_of(text, "  Kernel "), 2);
	free(text);

	add_frames(incident, 1);
	text = render(incident, &plain);
	assert_int_equal(check_screen(text), 24);
	assert_int_equal(rows_of(text, "  Mappings"), 1);
	assert_int_equal(rows_of(text, "  Kernel "), 2);
	assert_int_equal(rows_of(text, "  Code "), 5);
	free(text);

	add_frames(incident, 1);
	text = render(incident, &plain);
	assert_int_equal(rows_of(text, "  Kernel "), 1);
	assert_int_equal(rows_of(text, "  Code "), 6);
	check_has(text, "  in kB ");
	free(text);

	incident->also_killed = calloc(1, sizeof(*incident->also_killed));
	incident->also_killed_count = 1;
	text = render(incident, &plain);
	assert_int_equal(rows_of(text, "  Code "), 6);
	check_lacks(text, "  in kB ");
	check_has(text, "           = 516096 rss");
	free(text);
	incident_free(incident);
}

static void python_code(void **state)
{
	struct incident *incident = sample_complete();
	char *text;

	(void)state;
	sample_python(incident);
	text = render(incident, &plain);
	assert_int_equal(check_screen(text), 24);
	check_has(text, "  Python   → grow  /app/cart.py:7\n"
			"    3.11     checkout  /app/cart.py:19\n"
			"             run  /app/main.py:1\n"
			"             run  /app/main.py:2\n"
			"             <module>  /app/main.py:3\n"
			"  Native   memset < bytes_new < _PyObject_MakeTpCall < …\n"
			"  Kernel ");
	check_lacks(text, "  Code ");
	free(text);
	incident_free(incident);

	incident = sample_other_trigger();
	sample_python(incident);
	check_report(incident, "\n  Its code → grow  /app/cart.py:7\n    Python   checkout ");
	incident_free(incident);
}

/* They have a row, and more when rows are left. */
static void threads_of_the_victim(void **state)
{
	struct incident *incident = sample_other_trigger();
	char *text;

	(void)state;
	sample_python_victim(incident, 5);
	text = render(incident, &plain);
	assert_int_equal(check_screen(text), 24);
	check_has(text, "\n  Victim's thread 4242: grow  /app/cart.py:7  … 4 more\n  Unknown ");
	free(text);

	limit_clear(&incident->limit);
	memset(&incident->victim.score, 0, sizeof(incident->victim.score));
	text = render(incident, &plain);
	check_screen(text);
	check_has(text, "\n  Victim's thread 4242: grow  /app/cart.py:7\n"
			"           thread 4243: grow  /app/cart.py:7\n"
			"           thread 4244: grow  /app/cart.py:7  … 2 more\n");
	free(text);
	incident_free(incident);
}

static void whole_machine(void **state)
{
	struct incident *incident = sample_global();
	char *text = render(incident, &plain);

	(void)state;
	check_screen(text);
	check_has(text, "matrix (pid 4242) killed: out of memory\n");
	check_has(text, "  Limit    none: the whole machine ran out of memory\n");
	check_has(text, "  Kernel   __alloc_pages_slowpath.constprop.0 < ");
	free(text);

	free(incident->message);
	incident->message = sample_text("Out of memory (oom_kill_allocating_task)");
	text = render(incident, &plain);
	check_screen(text);
	check_has(text, "\n           Out of memory (oom_kill_allocating_task)\n");
	free(text);
	incident_free(incident);
}

static void other_outcomes(void **state)
{
	struct incident *incident = sample_memcg();
	char *text;

	(void)state;
	incident->outcome = OUTCOME_VICTIM_EXITING;
	text = render(incident, &plain);
	check_has(text, "OOM #3  2026-11-21 00:10:02 UTC  matrix (pid 4242) was already exiting");
	free(text);

	incident->has_victim = false;
	incident->outcome = OUTCOME_NO_VICTIM;
	text = render(incident, &plain);
	check_screen(text);
	check_has(text, "UTC  no process could be killed: limit 2 GiB\n  Limit ");
	check_has(text, "  Trigger  matrix, pid 4242, uid 1000");
	free(text);

	incident->panic = num_of(1);
	incident->panic_cause = PANIC_ON_OOM;
	text = render(incident, &plain);
	check_screen(text);
	check_has(text, "UTC  the kernel panics: vm.panic_on_oom\n  Limit ");
	free(text);
	incident->panic_cause = PANIC_NO_VICTIM;
	text = render(incident, &plain);
	check_has(text, "UTC  the kernel panics: nothing can be killed\n");
	free(text);
	incident->panic = num_of(0);
	incident->panic_cause = PANIC_UNKNOWN;

	incident->outcome = OUTCOME_ABORTED;
	text = render(incident, &plain);
	check_has(text, "UTC  no kill, an earlier victim still exits\n");
	check_screen(text);
	free(text);

	incident->outcome = OUTCOME_OOM_DISABLED;
	text = render(incident, &plain);
	check_has(text, "UTC  matrix (pid 4242) waits (oom_kill_disable)");
	check_screen(text);
	free(text);
	incident_free(incident);
}

static void nothing_known(void **state)
{
	struct incident *incident = incident_new();
	char *text = render(incident, &plain);

	(void)state;
	check_screen(text);
	check_has(text, "  Trigger  ?\n");
	check_has(text, "  Code     ? (the user stack could not be read)\n");
	check_has(text, "  Unknown  not readable: outcome, scope, ");
	assert_null(strstr(text, " 0 B"));
	free(text);

	incident->has_victim = true;
	incident->hook = "tracepoint";
	incident->outcome = OUTCOME_KILLED;
	incident->victim.process.memory.rss_bytes = num_of(4096);
	text = render(incident, &plain);
	check_screen(text);
	check_has(text, "? (pid ?) killed\n  Victim   pid ?, uid ?, oom_score_adj ?\n");
	check_has(text, "    in kB         4     ?     ?      ?     ?            ?        ?\n");
	check_has(text, "not seen by tracepoints: ");
	assert_null(strstr(text, "Score"));
	free(text);

	incident->lost_records = true;
	text = render(incident, &plain);
	check_has(text, "  Unknown  records LOST, no room in the ring: ");
	free(text);
	incident_free(incident);
}

/* As the rows get fewer, less and less is said. */
static void why_this_one(void **state)
{
	struct incident *incident = sample_memcg();
	char *text;

	(void)state;
	sample_weighed(incident, VERDICT_CHOSEN, "matrix", 4242, 2068480, 0);
	text = render(incident, &plain);
	check_has(text, " points of 524288 pages, the only candidate\n           = 516096 rss");
	check_lacks(text, "  Why ");
	assert_int_equal(check_screen(text), 20);
	free(text);

	sample_weighed(incident, VERDICT_ELIGIBLE, "nginx", 977, 4812, 0);
	text = render(incident, &plain);
	check_has(text, "  Why        points      rss  adj   pid  name  (2 of 2 weighed)\n"
			"           → 517120  2.0 GiB    0  4242  matrix\n"
			"               1203  4.7 MiB    0   977  nginx\n"
			"  Trigger ");
	check_lacks(text, "candidate");
	free(text);

	/* All rows are taken: each that the code asks for from here on, the table loses. */
	sample_weighed(incident, VERDICT_UNKILLABLE, "sshd", 7, 9 << 20, -1000)->reason =
		"oom_score_adj";
	incident->candidates.considered = 70;
	text = render(incident, &plain);
	check_has(text, "  Why        points      rss  adj   pid  name  (2 of 70 weighed)\n"
			"           → 517120  2.0 GiB    0  4242  matrix\n"
			"               1203  4.7 MiB    0   977  nginx\n"
			"           spared: sshd (pid 7, 9 GiB), oom_score_adj -1000\n  Trigger ");
	assert_int_equal(check_screen(text), 24);
	free(text);
	add_frames(incident, 1);
	text = render(incident, &plain);
	check_has(text, "  Why      most points of 70, next nginx (pid 977) with 1203\n"
			"           spared: sshd (pid 7, 9 GiB), oom_score_adj -1000\n  Trigger ");
	assert_int_equal(rows_of(text, "  Code "), 5);
	free(text);
	incident->also_killed = calloc(1, sizeof(*incident->also_killed));
	incident->also_killed_count = 1;
	add_frames(incident, 1);
	text = render(incident, &plain);
	check_has(text, "  Why      spared: sshd (pid 7, 9 GiB), oom_score_adj -1000\n  Trigger ");
	assert_int_equal(rows_of(text, "  Code "), 6);
	free(text);
	incident_free(incident);
}

static void why_with_swap_and_four_rows(void **state)
{
	struct incident *incident = sample_memcg();
	char *text;

	(void)state;
	memset(&incident->victim.process.memory, 0, sizeof(struct memory));
	sample_weighed(incident, VERDICT_CHOSEN, "matrix", 4242, 2068480, 0)->swap_bytes =
		num_of(1 << 20);
	for (int i = 0; i < 6; i++)
		sample_weighed(incident, VERDICT_ELIGIBLE, "a", 10 + i, 4096 - 4 * i, 0);
	text = render(incident, &plain);
	check_has(text, "  Why        points      rss   swap  adj   pid  name  (4 of 7 weighed)\n"
			"           → 517120  2.0 GiB  1 MiB    0  4242  matrix\n"
			"               1024    4 MiB    0 B    0    10  a\n"
			"               1023  4.0 MiB    0 B    0    11  a\n"
			"               1022  4.0 MiB    0 B    0    12  a\n"
			"  Trigger ");
	check_screen(text);
	free(text);
	incident_free(incident);
}

static void why_not_the_larger(void **state)
{
	static const char *const words[][2] = {
		{"init", "init is never killed"},
		{"already_victim", "a victim already"},
		{"vfork", "in vfork"},
		{"other", "the kernel gives it no points"},
	};
	struct incident *incident = sample_memcg();
	struct weighed *larger;
	char *text, row[120];

	(void)state;
	sample_weighed(incident, VERDICT_CHOSEN, "matrix", 4242, 2068480, 300);
	larger = sample_weighed(incident, VERDICT_ELIGIBLE, "redis", 55, 2097152, -100);
	check_report(incident, "larger: redis (pid 55, 2 GiB), oom_score_adj -100 against 300\n");
	larger->swap_bytes.known = false;
	check_report(incident, "larger: redis (pid 55, ?), oom_score_adj -100 against 300\n");
	larger->swap_bytes = num_of(1 << 30);
	larger->verdict = VERDICT_UNKILLABLE;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		larger->reason = words[i][0];
		snprintf(row, sizeof(row), "spared: redis (pid 55, 3 GiB), %s\n", words[i][1]);
		check_report(incident, row);
	}
	/* As large is not larger. */
	larger->own_pages = incident->candidates.top[0].own_pages;
	text = render(incident, &plain);
	check_has(text, "  Why      most points of 2 weighed\n");
	check_lacks(text, "redis");
	free(text);
	incident_free(incident);
}

static void why_nobody(void **state)
{
	struct incident *incident = sample_memcg();
	char *text;

	(void)state;
	incident->has_victim = false;
	incident->outcome = OUTCOME_NO_VICTIM;
	sample_weighed(incident, VERDICT_UNKILLABLE, "a", 5, 40, -1000)->reason = "oom_score_adj";
	sample_weighed(incident, VERDICT_UNKILLABLE, "b", 6, 4096, -1000)->reason = "oom_score_adj";
	check_report(incident, "  Why      none of 2 could be killed\n"
			       "           spared: b (pid 6, 4 MiB), oom_score_adj -1000\n");
	incident->candidates.known = false;
	text = render(incident, &plain);
	check_lacks(text, "  Why ");
	free(text);

	/* It stopped at an earlier victim. */
	incident->candidates.known = true;
	incident->outcome = OUTCOME_ABORTED;
	incident->candidates.top[0].verdict = VERDICT_ELIGIBLE;
	text = render(incident, &plain);
	check_lacks(text, "  Why ");
	free(text);
	incident_free(incident);
}

static void innocent_trigger(void **state)
{
	struct incident *incident = sample_other_trigger();
	struct weighed *trigger;
	char *text;

	(void)state;
	sample_weighed(incident, VERDICT_CHOSEN, "matrix", 4242, 2068480, 0);
	trigger = sample_weighed(incident, VERDICT_ELIGIBLE, "bash", 977, 3072, -998);
	check_report(incident,
		     "\n           gfp GFP_KERNEL, order 0 (1 page), holds only 3 MiB itself\n");
	trigger->rss_bytes = num_of(INT64_C(1) << 30);
	text = render(incident, &plain);
	check_lacks(text, "holds only");
	free(text);
	trigger->rss_bytes.known = false;
	text = render(incident, &plain);
	check_lacks(text, "holds only");
	free(text);
	incident_free(incident);
}

/* However many rows the code asks for, what the candidates take from it is one row at most. */
static void why_yields_to_the_code(void **state)
{
	(void)state;
	for (int frames = 0; frames < 12; frames++) {
		for (int i = 0; i < 4; i++) {
			bool verbose = i / 2;
			const struct text_style style = {.utc = true, .verbose = verbose};
			struct incident *incident = i % 2 ? sample_complete() : sample_memcg();
			char *text;
			size_t rows;

			add_frames(incident, frames);
			text = render(incident, &style);
			rows = rows_of(text, "  Code ");
			free(text);
			sample_weighed(incident, VERDICT_CHOSEN, "matrix", 4242, 2068480, 0);
			for (int k = 0; k < 5; k++)
				sample_weighed(incident, VERDICT_ELIGIBLE, "a", 10 + k, 4, 0);
			text = render(incident, &style);
			check_screen(text);
			check_has(text, "  Why ");
			rows = rows < 6 ? rows : 6;
			assert_in_range(rows_of(text, "  Code "), verbose ? rows - 1 : rows, 10);
			free(text);
			incident_free(incident);
		}
	}
}

static char *long_text(const char *piece, size_t times)
{
	char *text = calloc(times, strlen(piece) + 1);

	for (size_t i = 0; i < times; i++)
		strcat(text, piece);
	return text;
}

static void make_worst_context(struct incident *incident, const char *piece)
{
	struct container *c = &incident->victim.container;
	char **const strings[] = {&c->runtime,
				  &c->id,
				  &c->name,
				  &c->image,
				  &c->pod_uid,
				  &c->pod_name,
				  &c->pod_namespace,
				  &incident->victim.cmdline,
				  &incident->victim.exe,
				  &incident->victim.mappings[0].name,
				  &incident->victim.mappings[1].name};
	struct stat_list *stat = &incident->limit.stat;
	struct system *system = &incident->system;

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		free(*strings[i]);
		*strings[i] = long_text(piece, 300);
	}
	for (size_t i = 0; i < 3; i++)
		incident->victim.mappings[i].rss_bytes = num_of(INT64_MAX);
	for (size_t i = 0; i < stat->count; i++)
		stat->entries[i].value = INT64_MAX;
	for (size_t i = 0; i < system->zone_count; i++) {
		system->zones[i].node = INT32_MIN;
		memset(system->zones[i].name, '\n', sizeof(system->zones[i].name) - 1);
		system->zones[i].free_bytes = num_of(INT64_MIN);
	}
	system->mem_free_bytes = system->swap_free_bytes = num_of(INT64_MAX);
	incident->limit.pressure.some.avg10 = 1e300;
	incident->victim.known_in_advance = true;
	incident->hold = HOLD_OFF;
	incident->hold_reason = "a reason that nobody would give so many words to";
	incident->hold_ns = num_of(INT64_MAX);
}

static void make_worst_stack(struct stack *stack, const char *piece)
{
	stack->truncated = true;
	stack->method = UNWIND_FRAME_POINTERS;
	for (int n = 0; n < 130; n++) {
		struct frame *frame = sample_frame(stack);

		frame->symbol = n % 3 ? long_text(piece, 100) : NULL;
		frame->file = n % 2 ? long_text(piece, 200) : NULL;
		frame->module = long_text(piece, 50);
		frame->line = INT32_MAX;
		frame->inlined = true;
		frame->offset = num_of(INT64_MAX / 2);
	}
}

static void make_worst_languages(struct incident *incident, const char *piece)
{
	incident->trigger.language = long_text(piece, 3);
	make_worst_stack(&incident->trigger.language_stack, piece);
	sample_python_victim(incident, 50);
	for (size_t i = 0; i < 50; i++) {
		struct language_stack *thread = &incident->victim.language_stacks[i];

		thread->tid = num_of(INT64_MIN);
		stack_clear(&thread->stack);
		make_worst_stack(&thread->stack, piece);
	}
}

static void make_worst_candidates(struct incident *incident, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct weighed *candidate = sample_weighed(
			incident, i ? VERDICT_ELIGIBLE : VERDICT_CHOSEN, "", INT64_MIN, 4, 0);

		memset(candidate->comm, '\033', COMM_LEN);
		candidate->points_pages = candidate->oom_score_adj = num_of(INT64_MIN);
		candidate->rss_bytes = candidate->swap_bytes = num_of(INT64_MAX);
		candidate->own_pages = INT64_MAX - !i;
	}
	incident->candidates.considered = UINT64_MAX;
}

static void make_worst(struct incident *incident, const char *piece)
{
	struct stack *const stacks[] = {&incident->trigger.kernel_stack,
					&incident->trigger.user_stack,
					&incident->victim.kernel_stack};
	struct process *processes[] = {&incident->trigger.process, &incident->victim.process};
	struct num *memory = (struct num *)&incident->victim.process.memory;
	struct num *score = (struct num *)&incident->victim.score;
	const struct num huge = num_of(INT64_MAX / 2);

	for (size_t i = 0; i < 2; i++) {
		struct process *p = processes[i];

		p->pid = p->tid = p->ns_pid = p->ppid = p->uid = num_of(INT64_MAX - (int64_t)i);
		p->tid.value = INT64_MIN + (int64_t)i;
		p->ns_pid.value = 4000000000;
		p->threads = p->oom_score_adj = num_of(INT64_MIN);
		memset(p->comm, '\033', COMM_LEN);
		free(p->cgroup);
		p->cgroup = long_text(piece, 900 + i);
	}
	for (size_t i = 0; i < sizeof(struct memory) / sizeof(struct num); i++)
		memory[i] = huge;
	for (size_t i = 0; i < sizeof(struct score) / sizeof(struct num); i++)
		score[i] = huge;
	incident->number = UINT64_MAX;
	incident->limit.limit_bytes = incident->limit.usage_bytes = incident->limit.failcnt = huge;
	incident->limit.swap_limit_bytes = incident->limit.swap_usage_bytes = huge;
	incident->limit.derived = true;
	incident->lost_records = true;
	incident->trigger.order = num_of(INT64_MIN);
	free(incident->trigger.gfp_flags);
	incident->trigger.gfp_flags = long_text(piece, 500);
	for (size_t i = 0; i < 3; i++)
		make_worst_stack(stacks[i], piece);
	make_worst_context(incident, piece);
	make_worst_candidates(incident, 36);
	incident->also_killed = calloc(500, sizeof(*incident->also_killed));
	incident->also_killed_count = 500;
	for (size_t i = 0; i < 500; i++)
		sample_comm(&incident->also_killed[i].process, "\377\377\377\377\377\377\377\377");
}

static void worst_case_fits(void **state)
{
	/* Plain, escapes, wide, no columns at all. */
	static const char *const pieces[] = {"/abc",	 "\n\033[2J", "\xe6\xbc\xa2",
					     "\xcc\x81", "\xff",      "\xf0\x9f\x98\x80x"};

	(void)state;
	for (size_t i = 0; i < 4 * sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct incident *incident = sample_other_trigger();

		sample_context(incident);
		make_worst(incident, pieces[i / 4]);
		if (i / 2 % 2)
			make_worst_languages(incident, pieces[i / 4]);
		/* The machine's, where the stack is not known. */
		if (i % 2) {
			limit_clear(&incident->limit);
			incident->scope = SCOPE_GLOBAL;
			stack_clear(&incident->trigger.user_stack);
		}
		for (int verbose = 0; verbose < 2; verbose++) {
			struct text_style style = {.utc = true, .verbose = verbose};
			char *text = render(incident, &style);

			check_screen(text);
			check_has(text, "NOT the victim");
			check_has(text, "  Its code ");
			check_has(text, "  Also     500 more killed: ");
			check_has(text, "  Unknown  records LOST");
			free(text);
		}
		incident_free(incident);
	}
}

/* Where there are rows enough for them. */
static void worst_candidates_fit(void **state)
{
	(void)state;
	for (size_t count = 1; count < 40; count++) {
		struct incident *incident = sample_memcg();

		make_worst_candidates(incident, count);
		check_report(incident, "  Why ");
		memset(&incident->victim.process.memory, 0, sizeof(struct memory));
		check_report(incident, "  Why ");
		incident->candidates.top[count - 1].verdict = VERDICT_UNKILLABLE;
		incident->candidates.top[count - 1].reason = "oom_score_adj";
		check_report(incident, "");
		incident->candidates.top[0].rss_bytes.known = false;
		incident->candidates.top[0].oom_score_adj.known = false;
		check_report(incident, "");
		incident_free(incident);
	}
}

static void long_things_keep_what_tells(void **state)
{
	struct incident *incident = sample_memcg();
	char *text;

	(void)state;
	free(incident->victim.process.cgroup);
	incident->victim.process.cgroup =
		sample_text("/kubepods.slice/kubepods-burstable.slice/"
			    "kubepods-burstable-pod0123456789abcdef0123456789abcdef.slice/"
			    "cri-containerd-0123456789abcdef0123456789abcdef.scope");
	text = render(incident, &plain);
	check_screen(text);
	check_has(text, "cgroup /kubepods.slice/kube…");
	check_has(text, "0123456789abcdef0123456789abcdef.scope\n");
	free(text);
	incident_free(incident);
}

static void hostile_names(void **state)
{
	struct incident *incident = sample_memcg();
	char *text;

	(void)state;
	sample_comm(&incident->victim.process, "a\n\033]0;x\a\xff");
	text = render(incident, &plain);
	check_screen(text);
	check_has(text, "a\\n\\e]0;x");
	assert_null(strchr(text, '\033'));
	free(text);
	incident_free(incident);
}

static void colour(void **state)
{
	const struct text_style style = {.utc = true, .colour = true};
	struct incident *incident = sample_memcg();
	char *text = render(incident, &style);

	(void)state;
	assert_memory_equal(text, "\033[1;31mOOM KILL #3", 18);
	check_has(text, "killed: limit 2 GiB\033[0m\n");
	check_has(text, "\033[2m  Kernel ");
	check_has(text, "\n\033[1m           → grow_table ");
	free(text);
	incident_free(incident);
}

static void lost_records(void **state)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	assert_int_equal(sink_text.lost(out, &common, 2, "ring", &plain), 0);
	fclose(out);
	assert_string_equal(text, "lost 2 records (ring: no room was left between kernel and "
				  "oomtrace)\n\n");
	assert_true(strcspn(text, "\n") <= 80);
	assert_null(sink_text.start);
	assert_null(sink_text.stop);
	free(text);
}

static void check_exit(const struct victim_exit *exit, bool verbose, const char *want)
{
	const struct text_style style = {.verbose = verbose};
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(sink_text.victim_exit(out, &common, exit, &style), 0);
	fclose(out);
	assert_string_equal(text, want);
	free(text);
}

/* Who died is worth a line for those who want to know all; who did not, for everybody. */
static void victims_end(void **state)
{
	struct frame frames[] = {{.symbol = "func1"}, {.symbol = "func2"}};
	struct victim_exit exit = {
		.incident = 3,
		.pid = 4242,
		.comm = "ma\033trix",
		.comm_known = true,
		.kill_ns = 1000,
		.time_ns = 5200001000,
		.kill_to_exit_ns = num_of(12300000),
		.alive = num_of(0),
	};

	(void)state;
	check_exit(&exit, false, "");
	check_exit(&exit, true, "OOM #3: ma\\etrix (pid 4242) gone 12.3 ms after the kill\n\n");
	exit.kill_to_exit_ns = (struct num){0};
	check_exit(&exit, true, "OOM #3: ma\\etrix (pid 4242) gone, but its end was not seen\n\n");
	exit.alive = (struct num){0};
	check_exit(&exit, false, "");
	check_exit(&exit, true, "OOM #3: ma\\etrix (pid 4242) not seen to end, nor found\n\n");
	exit.alive = num_of(1);
	check_exit(&exit, false, "OOM #3: ma\\etrix (pid 4242) still alive 5 s after the kill\n\n");
	exit.state = 'D';
	exit.reaped = true;
	exit.kernel_stack = (struct stack){.valid = true, .count = 2, .frames = frames};
	check_exit(
		&exit, false,
		"OOM #3: ma\\etrix (pid 4242) still alive 5 s after the kill in D: func1 < func2, "
		"its memory taken by the OOM reaper\n\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(victim_is_trigger),
		cmocka_unit_test(files_unread),
		cmocka_unit_test(command),
		cmocka_unit_test(container),
		cmocka_unit_test(cgroup_holds),
		cmocka_unit_test(another_trigger),
		cmocka_unit_test(python_code),
		cmocka_unit_test(threads_of_the_victim),
		cmocka_unit_test(whole_machine),
		cmocka_unit_test(machine_memory),
		cmocka_unit_test(verbose_tells_how),
		cmocka_unit_test(rows_are_spared_in_order),
		cmocka_unit_test(other_outcomes),
		cmocka_unit_test(nothing_known),
		cmocka_unit_test(worst_case_fits),
		cmocka_unit_test(long_things_keep_what_tells),
		cmocka_unit_test(hostile_names),
		cmocka_unit_test(colour),
		cmocka_unit_test(lost_records),
		cmocka_unit_test(why_this_one),
		cmocka_unit_test(why_with_swap_and_four_rows),
		cmocka_unit_test(why_not_the_larger),
		cmocka_unit_test(why_nobody),
		cmocka_unit_test(innocent_trigger),
		cmocka_unit_test(why_yields_to_the_code),
		cmocka_unit_test(worst_candidates_fit),
		cmocka_unit_test(victims_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
