// SPDX-License-Identifier: GPL-2.0
#include "sample_incident.h"
#include "sink.h"

#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct label labels[] = {{"region", "eu"}, {"bad", "\xff"}};

static const struct record_common common = {
	.seq = 2,
	.realtime_ns = SAMPLE_TIME,
	.monotonic_ns = UINT64_C(1234567890123),
	.run = "9c1f2a3e-0000-4000-8000-000000000001",
	.boot_id = NULL,
	.host_name = "web-17",
	.host_kernel = "6.12.117",
	.labels = labels,
	.label_count = 2,
};

static const struct text_style style;

/* Renders with `call`, checks that it is one line, parses it back. */
#define RECORD(call)                                       \
	({                                                 \
		char *text_;                               \
		size_t len_;                               \
		FILE *out = open_memstream(&text_, &len_); \
		int err_ = (call);                         \
		fclose(out);                               \
		assert_int_equal(err_, 0);                 \
		json_t *json_ = parse_line(text_, len_);   \
		free(text_);                               \
		json_;                                     \
	})

static json_t *parse_line(const char *text, size_t len)
{
	json_error_t error;
	json_t *json, *again;
	char *dumped;

	assert_true(len > 0);
	assert_ptr_equal(memchr(text, '\n', len), text + len - 1);
	json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	assert_non_null(json);
	dumped = json_dumps(json, JSON_COMPACT);
	assert_memory_equal(dumped, text, len - 1);
	again = json_loads(dumped, 0, &error);
	assert_true(json_equal(json, again));
	json_decref(again);
	free(dumped);
	return json;
}

/* Compares the value at a path such as "victim.memory.rss_bytes" with JSON text. */
static void check(json_t *json, const char *path, const char *want)
{
	char buf[128], *rest = buf, *name, *got;

	snprintf(buf, sizeof(buf), "%s", path);
	while ((name = strsep(&rest, "."))) {
		json = json_is_array(json) ? json_array_get(json, (size_t)atoi(name))
					   : json_object_get(json, name);
		if (!json)
			fail_msg("%s is absent", path);
	}
	got = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
	assert_string_equal(got, want);
	free(got);
}

static void starts_and_stops(void **state)
{
	const struct pair hooks[] = {{"oom_kill_process", "fentry"}};
	const struct pair missing[] = {{"hold", "one CPU"}};
	const struct pair given[] = {{"cgroup", "/a"}, {"cgroup", "/b"}};
	const struct start_info info = {
		.version = "0.1.0",
		.pid = 77,
		.hooks = hooks,
		.hook_count = 1,
		.missing = missing,
		.missing_count = 1,
		.options = given,
		.option_count = 2,
	};
	json_t *json = RECORD(sink_json.start(out, &common, &info, &style));

	(void)state;
	check(json, "schema", "1");
	check(json, "type", "\"start\"");
	check(json, "seq", "2");
	check(json, "time", "\"2026-11-21T00:10:02.123456789Z\"");
	check(json, "monotonic_ns", "1234567890123");
	check(json, "boot_id", "null");
	check(json, "host", "{\"name\":\"web-17\",\"kernel\":\"6.12.117\"}");
	check(json, "labels", "{\"region\":\"eu\",\"bad\":\"\xef\xbf\xbd\"}");
	check(json, "pid", "77");
	check(json, "hooks", "{\"oom_kill_process\":\"fentry\"}");
	check(json, "missing", "[{\"feature\":\"hold\",\"reason\":\"one CPU\"}]");
	check(json, "options",
	      "[{\"name\":\"cgroup\",\"value\":\"/a\"},{\"name\":\"cgroup\",\"value\":\"/b\"}]");
	json_decref(json);

	json = RECORD(sink_json.stop(out, &common, "count", &style));
	check(json, "reason", "\"count\"");
	json_decref(json);
	json = RECORD(sink_json.lost(out, &common, 12, "ring", &style));
	check(json, "count", "12");
	check(json, "where", "\"ring\"");
	json_decref(json);
}

static void victims_end(void **state)
{
	struct victim_exit exit = {
		.incident = 3,
		.pid = 4242,
		.comm = "ma\xfftrix",
		.comm_known = true,
		.kill_to_exit_ns = num_of(5000000),
		.reaped = true,
		.alive = num_of(0),
	};
	json_t *json = RECORD(sink_json.victim_exit(out, &common, &exit, &style));

	(void)state;
	check(json, "type", "\"victim_exit\"");
	check(json, "incident", "3");
	check(json, "pid", "4242");
	check(json, "comm", "\"ma\xef\xbf\xbdtrix\"");
	check(json, "kill_to_exit_ns", "5000000");
	check(json, "kill_to_free_ns", "null");
	check(json, "reaped", "true");
	check(json, "alive", "false");
	assert_null(json_object_get(json, "state"));
	assert_null(json_object_get(json, "kernel_stack"));
	json_decref(json);
}

static void victims_live_on(void **state)
{
	struct frame frame = {.symbol = "nfs_wait", .offset = num_of(18), .module = "nfs"};
	struct victim_exit exit = {.incident = 3, .pid = 4242, .alive = num_of(1)};
	json_t *json = RECORD(sink_json.victim_exit(out, &common, &exit, &style));

	(void)state;
	check(json, "comm", "null");
	check(json, "kill_to_exit_ns", "null");
	check(json, "reaped", "false");
	check(json, "alive", "true");
	check(json, "state", "null");
	check(json, "kernel_stack", "null");
	json_decref(json);
	exit.state = 'D';
	exit.kernel_stack = (struct stack){.valid = true, .count = 1, .frames = &frame};
	json = RECORD(sink_json.victim_exit(out, &common, &exit, &style));
	check(json, "state", "\"D\"");
	check(json, "kernel_stack",
	      "[{\"address\":null,\"symbol\":\"nfs_wait\",\"offset\":18,\"module\":\"nfs\","
	      "\"file_offset\":null,\"build_id\":null,\"file\":null,\"line\":null,"
	      "\"inlined\":false}]");
	json_decref(json);
	exit.alive = (struct num){0};
	json = RECORD(sink_json.victim_exit(out, &common, &exit, &style));
	check(json, "alive", "null");
	json_decref(json);
}

static void tasks_wait(void **state)
{
	struct oom_wait wait = {
		.incident = 3,
		.waiting = 40,
		.count = 2,
		.tasks = {{.pid = 42, .tid = 43, .comm = "ma\xfftrix", .wait_ns = num_of(5000)},
			  {.pid = 52, .tid = 52, .comm = "b"}},
	};
	json_t *json = RECORD(sink_json.oom_wait(out, &common, &wait, &style));

	(void)state;
	check(json, "type", "\"oom_wait\"");
	check(json, "incident", "3");
	check(json, "waiting", "40");
	check(json, "tasks",
	      "[{\"pid\":42,\"tid\":43,\"comm\":\"ma\xef\xbf\xbdtrix\",\"wait_ns\":5000},"
	      "{\"pid\":52,\"tid\":52,\"comm\":\"b\",\"wait_ns\":null}]");
	json_decref(json);
}

static void waits_end(void **state)
{
	struct oom_wait_end end = {
		.incident = 3,
		.task = {.pid = 42, .tid = 43, .comm = "matrix", .wait_ns = num_of(5000)},
		.ended = WAIT_RESUMED,
		.waiting = 39,
	};
	json_t *json = RECORD(sink_json.oom_wait_end(out, &common, &end, &style));

	(void)state;
	check(json, "type", "\"oom_wait_end\"");
	check(json, "incident", "3");
	check(json, "pid", "42");
	check(json, "tid", "43");
	check(json, "comm", "\"matrix\"");
	check(json, "wait_ns", "5000");
	check(json, "ended", "\"resumed\"");
	check(json, "derived", "false");
	check(json, "waiting", "39");
	json_decref(json);
	end.ended = WAIT_ENDED_UNKNOWN;
	end.derived = true;
	json = RECORD(sink_json.oom_wait_end(out, &common, &end, &style));
	check(json, "ended", "null");
	check(json, "derived", "true");
	json_decref(json);
}

static void found_waiting(void **state)
{
	struct incident *incident = incident_new();
	json_t *json;

	(void)state;
	incident->outcome = OUTCOME_OOM_DISABLED;
	json = RECORD(sink_json.oom(out, &common, incident, &style));
	check(json, "outcome", "\"oom_disabled\"");
	check(json, "victim", "null");
	assert_null(json_object_get(json, "began_before"));
	json_decref(json);
	incident->began_before = true;
	json = RECORD(sink_json.oom(out, &common, incident, &style));
	check(json, "began_before", "true");
	json_decref(json);
	incident_free(incident);
}

static void whole_incident(void **state)
{
	struct incident *incident = sample_memcg();
	json_t *json;

	(void)state;
	incident->also_killed = calloc(1, sizeof(*incident->also_killed));
	incident->also_killed_count = 1;
	incident->also_killed[0].reason = KILL_OOM_GROUP;
	incident->also_killed[0].process.pid = num_of(9);
	json = RECORD(sink_json.oom(out, &common, incident, &style));
	check(json, "incident", "3");
	check(json, "outcome", "\"killed\"");
	check(json, "scope", "\"memcg\"");
	check(json, "sysrq", "false");
	check(json, "panic", "false");
	assert_null(json_object_get(json, "panic_cause"));
	check(json, "trigger.gfp_mask", "3264");
	check(json, "trigger.user_stack.0",
	      "{\"address\":\"0x7f12345672a\",\"symbol\":\"__memset_avx2_unaligned_erms\","
	      "\"offset\":74,\"module\":\"/usr/lib/x86_64-linux-gnu/libc.so.6\","
	      "\"file_offset\":1443626,\"build_id\":\"0abcdef0\",\"file\":null,\"line\":null,"
	      "\"inlined\":false}");
	check(json, "trigger.user_stack.1.line", "88");
	check(json, "victim.start_time", "\"2026-11-20T22:05:02.123456789Z\"");
	check(json, "victim.memory.shmem_bytes", "0");
	check(json, "victim.score.per_mille", "986");
	check(json, "victim.kernel_stack", "[]");
	check(json, "limit.failcnt", "318");
	check(json, "limit.swap_counts_memory", "false");
	check(json, "also_killed",
	      "[{\"pid\":9,\"tid\":null,\"comm\":null,\"cgroup\":null,\"memory\":null,"
	      "\"reason\":\"oom_group\"}]");
	check(json, "victim.cmdline", "null");
	check(json, "victim.exe", "null");
	check(json, "victim.container", "null");
	check(json, "victim.smaps", "null");
	check(json, "victim.mappings", "null");
	assert_null(json_object_get(json_object_get(json, "victim"), "known_in_advance"));
	check(json, "limit.stat", "null");
	check(json, "limit.events", "null");
	check(json, "limit.pressure", "null");
	check(json, "system", "null");
	check(json, "capture",
	      "{\"hook\":\"fentry\",\"hold\":null,\"proc\":null,\"missed\":[\"victim.cmdline\","
	      "\"victim.exe\",\"victim.smaps\",\"victim.mappings\",\"limit.stat\","
	      "\"limit.events\",\"limit.pressure\",\"system\",\"system.zones\","
	      "\"system.pressure\",\"capture.hold\"]}");
	json_decref(json);
	incident_free(incident);
}

static void victim_files(void **state)
{
	struct incident *incident = sample_complete();
	json_t *json = RECORD(sink_json.oom(out, &common, incident, &style));

	(void)state;
	check(json, "victim.cmdline", "\"/srv/app/bin/matrix --size 2g\"");
	check(json, "victim.exe", "\"/srv/app/bin/matrix\"");
	check(json, "victim.container",
	      "{\"runtime\":\"containerd\","
	      "\"id\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\","
	      "\"name\":\"matrix\",\"image\":\"acme/matrix:1.4\","
	      "\"pod_uid\":\"0b1c2d3e-0000-4000-8000-000000000042\","
	      "\"pod_name\":\"matrix-7d9f8\",\"pod_namespace\":\"shop\"}");
	check(json, "victim.smaps",
	      "{\"rss_bytes\":2113929216,\"pss_bytes\":2113928192,"
	      "\"pss_anon_bytes\":2113927168,\"pss_file_bytes\":2113926144,"
	      "\"pss_shmem_bytes\":2113925120,\"shared_clean_bytes\":2113924096,"
	      "\"shared_dirty_bytes\":2113923072,\"private_clean_bytes\":2113922048,"
	      "\"private_dirty_bytes\":2113921024,\"referenced_bytes\":2113920000,"
	      "\"anonymous_bytes\":2113918976,\"lazy_free_bytes\":2113917952,"
	      "\"anon_huge_bytes\":2113916928,\"swap_bytes\":2113915904,"
	      "\"swap_pss_bytes\":2113914880,\"locked_bytes\":2113913856}");
	check(json, "victim.mappings",
	      "[{\"name\":\"[heap]\",\"rss_bytes\":2097152000,\"pss_bytes\":1048576000,"
	      "\"swap_bytes\":0},"
	      "{\"name\":\"/usr/lib/x86_64-linux-gnu/libcrypto.so.3\",\"rss_bytes\":6291456,"
	      "\"pss_bytes\":3145728,\"swap_bytes\":0},"
	      "{\"name\":\"[anon]\",\"rss_bytes\":4194304,\"pss_bytes\":2097152,"
	      "\"swap_bytes\":0},"
	      "{\"name\":\"[stack]\",\"rss_bytes\":135168,\"pss_bytes\":67584,"
	      "\"swap_bytes\":0}]");
	json_decref(json);

	/* Told only when it is so; and no mapping is not the same as none known. */
	incident->victim.known_in_advance = true;
	free(incident->victim.container.name);
	incident->victim.container.name = NULL;
	incident->victim.smaps.locked_bytes.known = false;
	for (size_t i = 0; i < incident->victim.mapping_count; i++)
		free(incident->victim.mappings[i].name);
	incident->victim.mapping_count = 0;
	json = RECORD(sink_json.oom(out, &common, incident, &style));
	check(json, "victim.known_in_advance", "true");
	check(json, "victim.container.name", "null");
	check(json, "victim.smaps.locked_bytes", "null");
	check(json, "victim.mappings", "[]");
	json_decref(json);
	incident_free(incident);
}

static void memory_around(void **state)
{
	struct incident *incident = sample_complete();
	json_t *json = RECORD(sink_json.oom(out, &common, incident, &style));

	(void)state;
	check(json, "limit.stat",
	      "{\"anon\":2101346304,\"file\":26214400,\"kernel\":8388608,\"shmem\":1048576,"
	      "\"inactive_file\":16777216,\"active_file\":8388608,"
	      "\"slab_reclaimable\":2097152}");
	check(json, "limit.events", "{\"max\":318,\"oom_kill\":1}");
	check(json, "limit.pressure",
	      "{\"some\":{\"avg10\":12.5,\"avg60\":3.25,\"avg300\":0.75,\"total_us\":1234567},"
	      "\"full\":null}");
	check(json, "system",
	      "{\"mem_total_bytes\":8257536000,\"mem_free_bytes\":63019008,"
	      "\"mem_available_bytes\":12897280,\"buffers_bytes\":4096,\"cached_bytes\":5120,"
	      "\"anon_bytes\":6144,\"mapped_bytes\":7168,\"shmem_bytes\":8192,"
	      "\"slab_bytes\":9216,\"slab_reclaimable_bytes\":10240,"
	      "\"kernel_stack_bytes\":11264,\"pagetables_bytes\":12288,"
	      "\"swap_total_bytes\":2147483648,\"swap_free_bytes\":0,"
	      "\"committed_bytes\":15360,"
	      "\"zones\":["
	      "{\"node\":0,\"zone\":\"DMA\",\"free_bytes\":14680064,\"min_bytes\":131072,"
	      "\"low_bytes\":163840,\"high_bytes\":196608},"
	      "{\"node\":0,\"zone\":\"DMA32\",\"free_bytes\":2197504,\"min_bytes\":1081344,"
	      "\"low_bytes\":1351680,\"high_bytes\":1622016},"
	      "{\"node\":0,\"zone\":\"Normal\",\"free_bytes\":46141440,\"min_bytes\":69206016,"
	      "\"low_bytes\":86507520,\"high_bytes\":103809024}],"
	      "\"pressure\":{"
	      "\"some\":{\"avg10\":43.25,\"avg60\":12.5,\"avg300\":3.0,\"total_us\":4567890},"
	      "\"full\":{\"avg10\":38.0,\"avg60\":9.75,\"avg300\":2.5,\"total_us\":4000000}}}");
	json_decref(json);

	incident->system.zones_known = false;
	incident->system.mem_free_bytes.known = false;
	incident->system.pressure = (struct pressure){0};
	json = RECORD(sink_json.oom(out, &common, incident, &style));
	check(json, "system.zones", "null");
	check(json, "system.mem_free_bytes", "null");
	check(json, "system.pressure", "null");
	check(json, "capture.missed",
	      "[\"system.mem_free_bytes\",\"system.zones\",\"system.pressure\"]");
	json_decref(json);
	incident_free(incident);
}

static void capture(void **state)
{
	struct incident *incident = sample_complete();
	json_t *json = RECORD(sink_json.oom(out, &common, incident, &style));

	(void)state;
	check(json, "capture",
	      "{\"hook\":\"fentry\",\"hold\":{\"state\":\"acknowledged\","
	      "\"duration_ns\":3140000},\"proc\":\"complete\",\"missed\":[]}");
	json_decref(json);

	incident->hold = HOLD_TIMED_OUT;
	incident->proc = PROC_PARTIAL;
	json = RECORD(sink_json.oom(out, &common, incident, &style));
	check(json, "capture.hold", "{\"state\":\"timed_out\",\"duration_ns\":3140000}");
	check(json, "capture.proc", "\"partial\"");
	json_decref(json);

	incident->hold = HOLD_OFF;
	incident->hold_reason = "one_cpu";
	incident->hold_ns.known = false;
	incident->proc = PROC_MISSED;
	json = RECORD(sink_json.oom(out, &common, incident, &style));
	check(json, "capture.hold",
	      "{\"state\":\"off\",\"duration_ns\":null,\"reason\":\"one_cpu\"}");
	check(json, "capture.proc", "\"missed\"");
	json_decref(json);
	incident_free(incident);
}

/* Nothing known: null all over, never 0 or "". */
static void nothing_known(void **state)
{
	struct record_common bare = {.run = "r"};
	struct incident *incident = incident_new();
	json_t *json = RECORD(sink_json.oom(out, &bare, incident, &style));

	(void)state;
	assert_null(json_object_get(json, "labels"));
	check(json, "host", "{\"name\":null,\"kernel\":null}");
	check(json, "outcome", "null");
	check(json, "sysrq", "null");
	check(json, "panic", "null");
	check(json, "message", "null");
	check(json, "victim", "null");
	check(json, "limit", "null");
	check(json, "also_killed", "[]");
	check(json, "trigger",
	      "{\"pid\":null,\"tid\":null,\"comm\":null,\"uid\":null,\"cgroup\":null,"
	      "\"oom_score_adj\":null,\"gfp_mask\":null,\"gfp_flags\":null,\"order\":null,"
	      "\"kernel_stack\":null,\"user_stack\":null,\"user_stack_method\":null,"
	      "\"user_stack_truncated\":null,\"language\":null,\"language_stack\":[]}");
	check(json, "capture.hook", "null");
	check(json, "capture.missed.0", "\"outcome\"");
	json_decref(json);

	incident->has_victim = true;
	incident->victim.process.memory.rss_bytes = num_of(0);
	json = RECORD(sink_json.oom(out, &bare, incident, &style));
	check(json, "victim.memory.rss_bytes", "0");
	check(json, "victim.memory.anon_bytes", "null");
	check(json, "victim.score", "null");
	check(json, "victim.start_time", "null");
	check(json, "victim.language_stacks", "[]");
	json_decref(json);
	incident_free(incident);
}

static void add_frame(struct stack *stack, const char *symbol, const char *file, int line)
{
	stack->valid = true;
	stack->frames = calloc(1, sizeof(*stack->frames));
	assert_non_null(stack->frames);
	stack->count = 1;
	stack->frames[0].symbol = sample_text(symbol);
	stack->frames[0].file = sample_text(file);
	stack->frames[0].line = line;
}

static void languages(void **state)
{
	struct record_common bare = {.run = "r"};
	struct incident *incident = incident_new();
	struct stack *user = &incident->trigger.user_stack;
	json_t *json;

	(void)state;
	incident->has_victim = true;
	incident->trigger.language = sample_text("Python 3.11");
	add_frame(&incident->trigger.language_stack, "grow", "/app/cart.py", 7);
	add_frame(user, "PyList_Append", "listobject.c", 300);
	user->frames[0].address = 0x401000;
	user->method = UNWIND_MIXED;
	user->truncated = true;
	incident->victim.language = sample_text("Python 3.9");
	incident->victim.language_stacks = calloc(1, sizeof(*incident->victim.language_stacks));
	incident->victim.language_stack_count = 1;
	incident->victim.language_stacks[0].tid = num_of(12);
	add_frame(&incident->victim.language_stacks[0].stack, "wait", "/app/w.py", 1);
	json = RECORD(sink_json.oom(out, &bare, incident, &style));
	check(json, "trigger.language", "\"Python 3.11\"");
	check(json, "trigger.language_stack",
	      "[{\"address\":null,\"symbol\":\"grow\",\"offset\":null,\"module\":null,"
	      "\"file_offset\":null,\"build_id\":null,\"file\":\"/app/cart.py\",\"line\":7,"
	      "\"inlined\":false}]");
	check(json, "trigger.user_stack.0.address", "\"0x401000\"");
	check(json, "trigger.user_stack_method", "\"mixed\"");
	check(json, "trigger.user_stack_truncated", "true");
	check(json, "victim.language", "\"Python 3.9\"");
	check(json, "victim.language_stacks.0.tid", "12");
	check(json, "victim.language_stacks.0.frames.0.symbol", "\"wait\"");
	json_decref(json);

	stack_clear(&incident->trigger.language_stack);
	incident->victim.language_stacks_missed = true;
	json = RECORD(sink_json.oom(out, &bare, incident, &style));
	check(json, "trigger.language_stack", "null");
	check(json, "victim.language_stacks", "null");
	json_decref(json);
	incident_free(incident);
}

static void hostile_names(void **state)
{
	struct incident *incident = sample_memcg();
	json_t *json;

	(void)state;
	sample_comm(&incident->victim.process, "a\"\n\033[2J\\\xff\xc3(");
	incident->victim.cmdline = sample_text("a\t\xfe");
	sample_mapping(incident, "/tmp/\xff\n", 1);
	free(incident->victim.process.cgroup);
	incident->victim.process.cgroup = sample_text("…/\xed\xa0\x80/x");
	json = RECORD(sink_json.oom(out, &common, incident, &style));
	check(json, "victim.comm", "\"a\\\"\\n\\u001B[2J\\\\\xef\xbf\xbd\xef\xbf\xbd(\"");
	check(json, "victim.cmdline", "\"a\\t\xef\xbf\xbd\"");
	check(json, "victim.mappings.0.name", "\"/tmp/\xef\xbf\xbd\\n\"");
	check(json, "victim.cgroup", "\"…/\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd/x\"");
	json_decref(json);
	incident_free(incident);
}

static void full_disk(void **state)
{
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	setvbuf(full, NULL, _IONBF, 0);
	assert_int_equal(sink_json.stop(full, &common, "x", &style), -ENOSPC);
	fclose(full);
}

static struct rank_entry ranked(pid_t pid, int64_t points)
{
	return (struct rank_entry){
		.pid = pid,
		.comm = "x\xff",
		.cgroup = "/a",
		.position = num_of(1),
		.points_pages = num_of(points),
		.rss_bytes = 8192,
		.pgtables_bytes = 4096,
		.oom_score_adj = -5,
		.first_limit = {.known = true,
				.limit_bytes = 10,
				.usage_bytes = 4,
				.left_bytes = 6},
	};
}

static void ranks(void **state)
{
	struct rank_entry top[] = {ranked(7, 30), ranked(8, 20)}, spared = ranked(1, 0);
	struct rank rank = {
		.scope = SCOPE_MEMCG,
		.cgroup = "/a",
		.limit = {.known = true, .cgroup = "/", .limit_bytes = 9, .left_bytes = 1},
		.total_pages = num_of(8192),
		.action = RANK_KILLS,
		.tolerance_pages = 64,
		.close_count = 1,
		.considered = 3,
		.top_count = 2,
		.top = top,
		.unkillable_count = 1,
		.unkillable = &spared,
		.kills_group = "/a",
		.sharing_count = 1,
		.sharing = &top[1],
	};
	json_t *json;

	(void)state;
	top[0].verdict = VERDICT_CHOSEN;
	top[1].verdict = VERDICT_ELIGIBLE;
	top[1].close = true;
	spared.verdict = VERDICT_UNKILLABLE;
	spared.reason = "init";
	spared.points_pages = (struct num){0};
	spared.first_limit.known = false;
	json = RECORD(sink_json.rank(out, &common, &rank, &style));
	check(json, "schema", "1");
	check(json, "type", "\"rank\"");
	check(json, "scope", "\"memcg\"");
	check(json, "cgroup", "\"/a\"");
	check(json, "total_pages", "8192");
	check(json, "action", "\"kills\"");
	check(json, "kills_group", "\"/a\"");
	check(json, "also_killed.0.pid", "8");
	check(json, "also_killed.0.reason", "\"shares_memory\"");
	check(json, "limit.cgroup", "\"/\"");
	check(json, "limit.left_bytes", "1");
	check(json, "limit.reclaimable_bytes", "null");
	check(json, "system.mem_total_bytes", "null");
	check(json, "candidates.considered", "3");
	check(json, "candidates.unreadable", "0");
	check(json, "candidates.tolerance_pages", "64");
	check(json, "candidates.close", "1");
	check(json, "candidates.top.0.pid", "7");
	check(json, "candidates.top.0.comm", "\"x\uFFFD\"");
	check(json, "candidates.top.0.points_pages", "30");
	check(json, "candidates.top.0.rss_bytes", "8192");
	check(json, "candidates.top.0.swap_bytes", "0");
	check(json, "candidates.top.0.pgtables_bytes", "4096");
	check(json, "candidates.top.0.oom_score_adj", "-5");
	check(json, "candidates.top.0.verdict", "\"chosen\"");
	check(json, "candidates.top.0.first_limit",
	      "{\"cgroup\":null,\"limit_bytes\":10,\"usage_bytes\":4,\"left_bytes\":6}");
	check(json, "candidates.top.1.verdict", "\"eligible\"");
	check(json, "candidates.top.1.close", "true");
	check(json, "candidates.top.2.verdict", "\"unkillable\"");
	check(json, "candidates.top.2.reason", "\"init\"");
	check(json, "candidates.top.2.points_pages", "null");
	check(json, "candidates.top.2.first_limit", "null");
	check(json, "missed", "[]");
	assert_null(json_object_get(json, "process"));
	json_decref(json);
}

static void ranks_a_process(void **state)
{
	struct rank rank = {
		.scope = SCOPE_GLOBAL,
		.has_process = true,
		.process = ranked(9, 40),
	};
	json_t *json;

	(void)state;
	rank.process.position = num_of(12);
	json = RECORD(sink_json.rank(out, &common, &rank, &style));
	check(json, "scope", "\"global\"");
	check(json, "cgroup", "null");
	check(json, "limit", "null");
	check(json, "total_pages", "null");
	check(json, "kills_group", "null");
	check(json, "also_killed", "[]");
	check(json, "candidates.top", "[]");
	check(json, "process.pid", "9");
	check(json, "process.position", "12");
	check(json, "process.global", "null");
	check(json, "action", "null");
	check(json, "missed", "[\"total_pages\",\"system\",\"action\"]");
	json_decref(json);
	rank.scope = SCOPE_MEMCG;
	rank.global_position = num_of(5);
	rank.global_points_pages = num_of(6);
	rank.global_total_pages = num_of(7);
	rank.global_considered = num_of(8);
	rank.hidden = true;
	json = RECORD(sink_json.rank(out, &common, &rank, &style));
	check(json, "process.global",
	      "{\"position\":5,\"points_pages\":6,\"total_pages\":7,\"considered\":8}");
	check(json, "missed", "[\"total_pages\",\"system\",\"candidates\",\"action\"]");
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranks),
		cmocka_unit_test(ranks_a_process),
		cmocka_unit_test(starts_and_stops),
		cmocka_unit_test(victims_end),
		cmocka_unit_test(victims_live_on),
		cmocka_unit_test(tasks_wait),
		cmocka_unit_test(waits_end),
		cmocka_unit_test(found_waiting),
		cmocka_unit_test(whole_incident),
		cmocka_unit_test(victim_files),
		cmocka_unit_test(memory_around),
		cmocka_unit_test(capture),
		cmocka_unit_test(nothing_known),
		cmocka_unit_test(languages),
		cmocka_unit_test(hostile_names),
		cmocka_unit_test(full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
