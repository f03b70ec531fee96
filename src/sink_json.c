// SPDX-License-Identifier: GPL-2.0
#include "sink.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SCHEMA 1

/*
 * The set_ functions return 0 or -1, so that a whole object can be filled before one look at the
 * outcome. A NULL value, which is what jansson makes when memory is short, is such a failure.
 */
static int set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new_nocheck(object, key, value);
}

static int set_num(json_t *object, const char *key, struct num num)
{
	return set(object, key, num.known ? json_integer(num.value) : json_null());
}

static int set_bool(json_t *object, const char *key, struct num num)
{
	return set(object, key, num.known ? json_boolean(num.value != 0) : json_null());
}

static json_t *text_json(const char *text)
{
	json_t *value;
	char *utf8;

	if (!text)
		return json_null();
	utf8 = text_utf8(text, strlen(text));
	if (!utf8)
		return NULL;
	value = json_string(utf8);
	free(utf8);
	return value;
}

static int set_text(json_t *object, const char *key, const char *text)
{
	return set(object, key, text_json(text));
}

/* RFC 3339, UTC, nine digits of the second. */
static int set_time(json_t *object, const char *key, struct num realtime_ns)
{
	int64_t ns = realtime_ns.value % 1000000000;
	time_t seconds = realtime_ns.value / 1000000000;
	char text[64];
	struct tm tm;
	size_t len;

	if (!realtime_ns.known)
		return set(object, key, json_null());
	if (ns < 0) {
		ns += 1000000000;
		seconds--;
	}
	if (!gmtime_r(&seconds, &tm))
		return set(object, key, json_null());
	len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + len, sizeof(text) - len, ".%09" PRId64 "Z", ns);
	return set_text(object, key, text);
}

/* Hands the object on when it is complete, else frees it and returns NULL. */
static json_t *finish(json_t *object, int failed)
{
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *build_id_json(const struct frame *frame)
{
	char hex[2 * BUILD_ID_LEN + 1];
	size_t len = frame->build_id_len;

	if (!len || len > BUILD_ID_LEN)
		return json_null();
	for (size_t i = 0; i < len; i++)
		snprintf(hex + 2 * i, 3, "%02x", frame->build_id[i]);
	return json_string(hex);
}

static json_t *frame_json(const struct frame *frame)
{
	json_t *object = json_object();
	char address[32];
	int failed = 0;

	snprintf(address, sizeof(address), "0x%" PRIx64, frame->address);
	failed |= set_text(object, "address", address);
	failed |= set_text(object, "symbol", frame->symbol);
	failed |= set_num(object, "offset", frame->offset);
	failed |= set_text(object, "module", frame->module);
	failed |= set_num(object, "file_offset", frame->file_offset);
	failed |= set(object, "build_id", build_id_json(frame));
	failed |= set_text(object, "file", frame->file);
	failed |= set(object, "line", frame->line > 0 ? json_integer(frame->line) : json_null());
	failed |= set(object, "inlined", json_boolean(frame->inlined));
	return finish(object, failed);
}

static int set_frames(json_t *object, const char *key, const struct stack *stack)
{
	json_t *array;
	int failed = 0;

	if (!stack->valid)
		return set(object, key, json_null());
	array = json_array();
	for (size_t i = 0; i < stack->count; i++)
		failed |= json_array_append_new(array, frame_json(&stack->frames[i]));
	return set(object, key, finish(array, failed));
}

/* One member of the objects that hold nothing but numbers. */
struct num_field {
	const char *key;
	struct num num;
};

/* null as a whole when nothing of it is known. */
static int set_nums(json_t *object, const char *key, const struct num_field *fields, size_t count)
{
	json_t *group;
	bool known = false;
	int failed = 0;

	for (size_t i = 0; i < count; i++)
		known |= fields[i].num.known;
	if (!known)
		return set(object, key, json_null());
	group = json_object();
	for (size_t i = 0; i < count; i++)
		failed |= set_num(group, fields[i].key, fields[i].num);
	return set(object, key, finish(group, failed));
}

static int set_memory(json_t *object, const struct memory *memory)
{
	const struct num_field fields[] = {
		{"virtual_bytes", memory->virtual_bytes},   {"rss_bytes", memory->rss_bytes},
		{"anon_bytes", memory->anon_bytes},	    {"file_bytes", memory->file_bytes},
		{"shmem_bytes", memory->shmem_bytes},	    {"swap_bytes", memory->swap_bytes},
		{"pgtables_bytes", memory->pgtables_bytes},
	};

	return set_nums(object, "memory", fields, sizeof(fields) / sizeof(fields[0]));
}

static int set_score(json_t *object, const struct score *score)
{
	const struct num_field fields[] = {
		{"points_pages", score->points_pages}, {"rss_pages", score->rss_pages},
		{"swap_pages", score->swap_pages},     {"pgtables_pages", score->pgtables_pages},
		{"adj_pages", score->adj_pages},       {"total_pages", score->total_pages},
		{"per_mille", score->per_mille},
	};

	return set_nums(object, "score", fields, sizeof(fields) / sizeof(fields[0]));
}

static int set_comm(json_t *object, const struct process *process)
{
	return set_text(object, "comm", process->comm_known ? process->comm : NULL);
}

static json_t *trigger_json(const struct incident *incident)
{
	const struct process *process = &incident->trigger.process;
	json_t *object = json_object();
	int failed = 0;

	failed |= set_num(object, "pid", process->pid);
	failed |= set_num(object, "tid", process->tid);
	failed |= set_comm(object, process);
	failed |= set_num(object, "uid", process->uid);
	failed |= set_text(object, "cgroup", process->cgroup);
	failed |= set_num(object, "oom_score_adj", process->oom_score_adj);
	failed |= set_num(object, "gfp_mask", incident->trigger.gfp_mask);
	failed |= set_text(object, "gfp_flags", incident->trigger.gfp_flags);
	failed |= set_num(object, "order", incident->trigger.order);
	failed |= set_frames(object, "kernel_stack", &incident->trigger.kernel_stack);
	failed |= set_frames(object, "user_stack", &incident->trigger.user_stack);
	return finish(object, failed);
}

static json_t *container_json(const struct container *container)
{
	json_t *object;
	int failed = 0;

	if (!container->present)
		return json_null();
	object = json_object();
	failed |= set_text(object, "runtime", container->runtime);
	failed |= set_text(object, "id", container->id);
	failed |= set_text(object, "name", container->name);
	failed |= set_text(object, "image", container->image);
	failed |= set_text(object, "pod_uid", container->pod_uid);
	failed |= set_text(object, "pod_name", container->pod_name);
	failed |= set_text(object, "pod_namespace", container->pod_namespace);
	return finish(object, failed);
}

static int set_smaps(json_t *object, const struct smaps *smaps)
{
	const struct num_field fields[] = {
		{"rss_bytes", smaps->rss_bytes},
		{"pss_bytes", smaps->pss_bytes},
		{"pss_anon_bytes", smaps->pss_anon_bytes},
		{"pss_file_bytes", smaps->pss_file_bytes},
		{"pss_shmem_bytes", smaps->pss_shmem_bytes},
		{"shared_clean_bytes", smaps->shared_clean_bytes},
		{"shared_dirty_bytes", smaps->shared_dirty_bytes},
		{"private_clean_bytes", smaps->private_clean_bytes},
		{"private_dirty_bytes", smaps->private_dirty_bytes},
		{"referenced_bytes", smaps->referenced_bytes},
		{"anonymous_bytes", smaps->anonymous_bytes},
		{"lazy_free_bytes", smaps->lazy_free_bytes},
		{"anon_huge_bytes", smaps->anon_huge_bytes},
		{"swap_bytes", smaps->swap_bytes},
		{"swap_pss_bytes", smaps->swap_pss_bytes},
		{"locked_bytes", smaps->locked_bytes},
	};

	return set_nums(object, "smaps", fields, sizeof(fields) / sizeof(fields[0]));
}

static json_t *mappings_json(const struct incident *incident)
{
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; i < incident->victim.mapping_count; i++) {
		const struct mapping *mapping = &incident->victim.mappings[i];
		json_t *object = json_object();
		int bad = 0;

		bad |= set_text(object, "name", mapping->name);
		bad |= set_num(object, "rss_bytes", mapping->rss_bytes);
		bad |= set_num(object, "pss_bytes", mapping->pss_bytes);
		bad |= set_num(object, "swap_bytes", mapping->swap_bytes);
		failed |= json_array_append_new(array, finish(object, bad));
	}
	return finish(array, failed);
}

/* What was read from the victim's /proc. */
static int set_victim_files(json_t *object, const struct incident *incident)
{
	int failed = 0;

	failed |= set_text(object, "cmdline", incident->victim.cmdline);
	failed |= set_text(object, "exe", incident->victim.exe);
	if (incident->victim.known_in_advance)
		failed |= set(object, "known_in_advance", json_true());
	failed |= set(object, "container", container_json(&incident->victim.container));
	failed |= set_smaps(object, &incident->victim.smaps);
	failed |= set(object, "mappings",
		      incident->victim.mappings_known ? mappings_json(incident) : json_null());
	return failed;
}

static json_t *stat_list_json(const struct stat_list *list)
{
	json_t *object;
	int failed = 0;

	if (!list->known)
		return json_null();
	object = json_object();
	for (size_t i = 0; i < list->count; i++)
		failed |= set(object, list->entries[i].name, json_integer(list->entries[i].value));
	return finish(object, failed);
}

static json_t *pressure_line_json(const struct pressure_line *line)
{
	json_t *object;
	int failed = 0;

	if (!line->known)
		return json_null();
	object = json_object();
	failed |= set(object, "avg10", json_real(line->avg10));
	failed |= set(object, "avg60", json_real(line->avg60));
	failed |= set(object, "avg300", json_real(line->avg300));
	failed |= set(object, "total_us", json_integer((json_int_t)line->total_us));
	return finish(object, failed);
}

static json_t *pressure_json(const struct pressure *pressure)
{
	json_t *object;
	int failed = 0;

	if (!pressure->some.known && !pressure->full.known)
		return json_null();
	object = json_object();
	failed |= set(object, "some", pressure_line_json(&pressure->some));
	failed |= set(object, "full", pressure_line_json(&pressure->full));
	return finish(object, failed);
}

static json_t *zones_json(const struct system *system)
{
	json_t *array;
	int failed = 0;

	if (!system->zones_known)
		return json_null();
	array = json_array();
	for (size_t i = 0; i < system->zone_count; i++) {
		const struct zone *zone = &system->zones[i];
		json_t *object = json_object();
		int bad = 0;

		bad |= set(object, "node", json_integer(zone->node));
		bad |= set_text(object, "zone", zone->name);
		bad |= set_num(object, "free_bytes", zone->free_bytes);
		bad |= set_num(object, "min_bytes", zone->min_bytes);
		bad |= set_num(object, "low_bytes", zone->low_bytes);
		bad |= set_num(object, "high_bytes", zone->high_bytes);
		failed |= json_array_append_new(array, finish(object, bad));
	}
	return finish(array, failed);
}

static json_t *system_json(const struct system *system)
{
	const struct num_field fields[] = {
		{"mem_total_bytes", system->mem_total_bytes},
		{"mem_free_bytes", system->mem_free_bytes},
		{"mem_available_bytes", system->mem_available_bytes},
		{"buffers_bytes", system->buffers_bytes},
		{"cached_bytes", system->cached_bytes},
		{"anon_bytes", system->anon_bytes},
		{"mapped_bytes", system->mapped_bytes},
		{"shmem_bytes", system->shmem_bytes},
		{"slab_bytes", system->slab_bytes},
		{"slab_reclaimable_bytes", system->slab_reclaimable_bytes},
		{"kernel_stack_bytes", system->kernel_stack_bytes},
		{"pagetables_bytes", system->pagetables_bytes},
		{"swap_total_bytes", system->swap_total_bytes},
		{"swap_free_bytes", system->swap_free_bytes},
		{"committed_bytes", system->committed_bytes},
	};
	json_t *object;
	int failed = 0;

	if (!system->asked)
		return json_null();
	object = json_object();
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		failed |= set_num(object, fields[i].key, fields[i].num);
	failed |= set(object, "zones", zones_json(system));
	failed |= set(object, "pressure", pressure_json(&system->pressure));
	return finish(object, failed);
}

static json_t *victim_json(const struct incident *incident)
{
	const struct process *process = &incident->victim.process;
	json_t *object;
	int failed = 0;

	if (!incident->has_victim)
		return json_null();
	object = json_object();
	failed |= set_num(object, "pid", process->pid);
	failed |= set_num(object, "tid", process->tid);
	failed |= set_num(object, "ns_pid", process->ns_pid);
	failed |= set_num(object, "ppid", process->ppid);
	failed |= set_comm(object, process);
	failed |= set_num(object, "uid", process->uid);
	failed |= set_time(object, "start_time", process->start_realtime_ns);
	failed |= set_num(object, "threads", process->threads);
	failed |= set_text(object, "cgroup", process->cgroup);
	failed |= set_num(object, "cgroup_version", process->cgroup_version);
	failed |= set_num(object, "oom_score_adj", process->oom_score_adj);
	failed |= set_memory(object, &process->memory);
	failed |= set_score(object, &incident->victim.score);
	failed |= set_frames(object, "kernel_stack", &incident->victim.kernel_stack);
	failed |= set_victim_files(object, incident);
	return finish(object, failed);
}

static json_t *also_killed_json(const struct incident *incident)
{
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; i < incident->also_killed_count; i++) {
		const struct also_killed *also = &incident->also_killed[i];
		json_t *object = json_object();
		int bad = 0;

		bad |= set_num(object, "pid", also->process.pid);
		bad |= set_num(object, "tid", also->process.tid);
		bad |= set_comm(object, &also->process);
		bad |= set_text(object, "cgroup", also->process.cgroup);
		bad |= set_memory(object, &also->process.memory);
		if (also->cmdline)
			bad |= set_text(object, "cmdline", also->cmdline);
		if (also->exe)
			bad |= set_text(object, "exe", also->exe);
		bad |= set_text(object, "reason", kill_reason_name(also->reason));
		failed |= json_array_append_new(array, finish(object, bad));
	}
	return finish(array, failed);
}

static json_t *limit_json(const struct limit *limit)
{
	json_t *object;
	int failed = 0;

	if (!limit->present)
		return json_null();
	object = json_object();
	failed |= set_text(object, "cgroup", limit->cgroup);
	failed |= set_num(object, "limit_bytes", limit->limit_bytes);
	failed |= set_num(object, "usage_bytes", limit->usage_bytes);
	failed |= set_num(object, "swap_limit_bytes", limit->swap_limit_bytes);
	failed |= set_num(object, "swap_usage_bytes", limit->swap_usage_bytes);
	failed |= set(object, "swap_counts_memory", json_boolean(limit->swap_counts_memory));
	failed |= set_num(object, "failcnt", limit->failcnt);
	failed |= set(object, "derived", json_boolean(limit->derived));
	failed |= set(object, "stat", stat_list_json(&limit->stat));
	failed |= set(object, "events", stat_list_json(&limit->events));
	failed |= set(object, "pressure", pressure_json(&limit->pressure));
	if (limit->read_after_kill)
		failed |= set(object, "read_after_kill", json_true());
	return finish(object, failed);
}

struct names {
	json_t *array;
	int failed;
};

static void append_name(void *ctx, const char *name)
{
	struct names *names = ctx;

	names->failed |= json_array_append_new(names->array, text_json(name));
}

static json_t *hold_json(const struct incident *incident)
{
	json_t *object;
	int failed = 0;

	if (incident->hold == HOLD_UNKNOWN)
		return json_null();
	object = json_object();
	failed |= set_text(object, "state", hold_state_name(incident->hold));
	failed |= set_num(object, "duration_ns", incident->hold_ns);
	if (incident->hold_reason)
		failed |= set_text(object, "reason", incident->hold_reason);
	return finish(object, failed);
}

static json_t *capture_json(const struct incident *incident)
{
	struct names missed = {.array = json_array()};
	json_t *object = json_object();
	int failed = 0;

	incident_missed(incident, append_name, &missed);
	failed |= set_text(object, "hook", incident->hook);
	failed |= set(object, "hold", hold_json(incident));
	failed |= set_text(object, "proc", proc_state_name(incident->proc));
	failed |= set(object, "missed", finish(missed.array, missed.failed));
	return finish(object, failed);
}

static json_t *host_json(const struct record_common *common)
{
	json_t *object = json_object();
	int failed = 0;

	failed |= set_text(object, "name", common->host_name);
	failed |= set_text(object, "kernel", common->host_kernel);
	return finish(object, failed);
}

static json_t *labels_json(const struct record_common *common)
{
	json_t *object = json_object();
	int failed = 0;

	for (size_t i = 0; i < common->label_count; i++)
		failed |= set_text(object, common->labels[i].key, common->labels[i].value);
	return finish(object, failed);
}

/* A record with what all have in common; NULL when memory is short. */
static json_t *record_json(const struct record_common *common, const char *type)
{
	json_t *record = json_object();
	int failed = 0;

	failed |= set(record, "schema", json_integer(SCHEMA));
	failed |= set_text(record, "type", type);
	failed |= set_text(record, "run", common->run);
	failed |= set(record, "seq", json_integer((json_int_t)common->seq));
	failed |= set_time(record, "time", num_of(common->realtime_ns));
	failed |= set(record, "monotonic_ns", json_integer((json_int_t)common->monotonic_ns));
	failed |= set_text(record, "boot_id", common->boot_id);
	failed |= set(record, "host", host_json(common));
	if (common->label_count)
		failed |= set(record, "labels", labels_json(common));
	return finish(record, failed);
}

static int put_text(const char *buf, size_t len, void *out)
{
	return fwrite(buf, 1, len, out) == len ? 0 : -1;
}

/* Writes the finished record as one line and frees it. */
static int put_record(FILE *out, json_t *record, int failed)
{
	int err = 0;

	record = finish(record, failed);
	if (!record)
		return -ENOMEM;
	errno = 0;
	if (json_dump_callback(record, put_text, out, JSON_COMPACT | JSON_REAL_PRECISION(15)) ||
	    putc('\n', out) == EOF)
		err = errno ? -errno : -EIO;
	json_decref(record);
	return err;
}

static json_t *missing_json(const struct start_info *info)
{
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; i < info->missing_count; i++) {
		json_t *object = json_object();
		int bad = 0;

		bad |= set_text(object, "feature", info->missing[i].name);
		bad |= set_text(object, "reason", info->missing[i].text);
		failed |= json_array_append_new(array, finish(object, bad));
	}
	return finish(array, failed);
}

static json_t *hooks_json(const struct start_info *info)
{
	json_t *object = json_object();
	int failed = 0;

	for (size_t i = 0; i < info->hook_count; i++)
		failed |= set_text(object, info->hooks[i].name, info->hooks[i].text);
	return finish(object, failed);
}

/* Always an array: an option may be given more than once, and a type must not depend on that. */
static json_t *options_json(const struct start_info *info)
{
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; i < info->option_count; i++) {
		json_t *object = json_object();
		int bad = 0;

		bad |= set_text(object, "name", info->options[i].name);
		bad |= set_text(object, "value", info->options[i].text);
		failed |= json_array_append_new(array, finish(object, bad));
	}
	return finish(array, failed);
}

static int json_start(FILE *out, const struct record_common *common, const struct start_info *info,
		      const struct text_style *style)
{
	json_t *record = record_json(common, "start");
	int failed = 0;

	(void)style;
	failed |= set_text(record, "version", info->version);
	failed |= set(record, "pid", json_integer(info->pid));
	failed |= set(record, "hooks", hooks_json(info));
	failed |= set(record, "missing", missing_json(info));
	failed |= set(record, "options", options_json(info));
	return put_record(out, record, failed);
}

static int json_oom(FILE *out, const struct record_common *common, const struct incident *incident,
		    const struct text_style *style)
{
	json_t *record = record_json(common, "oom");
	int failed = 0;

	(void)style;
	failed |= set(record, "incident", json_integer((json_int_t)incident->number));
	failed |= set_text(record, "outcome", outcome_name(incident->outcome));
	failed |= set_text(record, "scope", scope_name(incident->scope));
	failed |= set_bool(record, "sysrq", incident->sysrq);
	failed |= set_text(record, "message", incident->message);
	failed |= set(record, "trigger", trigger_json(incident));
	failed |= set(record, "victim", victim_json(incident));
	failed |= set(record, "also_killed", also_killed_json(incident));
	failed |= set(record, "limit", limit_json(&incident->limit));
	failed |= set(record, "system", system_json(&incident->system));
	failed |= set(record, "capture", capture_json(incident));
	return put_record(out, record, failed);
}

static int json_lost(FILE *out, const struct record_common *common, uint64_t count,
		     const char *where, const struct text_style *style)
{
	json_t *record = record_json(common, "lost");
	int failed = 0;

	(void)style;
	failed |= set(record, "count", json_integer((json_int_t)count));
	failed |= set_text(record, "where", where);
	return put_record(out, record, failed);
}

static int json_stats(FILE *out, const struct record_common *common, const struct run_stats *stats,
		      const struct text_style *style)
{
	json_t *record = record_json(common, "stats");
	json_t *lost = json_object(), *holds = json_object();
	int failed = 0;

	(void)style;
	failed |= set(record, "incidents", json_integer((json_int_t)stats->incidents));
	failed |= set(record, "filtered", json_integer((json_int_t)stats->filtered));
	failed |= set(record, "repeats", json_integer((json_int_t)stats->repeats));
	failed |= set(lost, "ring", json_integer((json_int_t)stats->lost_ring));
	failed |= set(lost, "queue", json_integer((json_int_t)stats->lost_queue));
	failed |= set(record, "lost", lost);
	failed |= set(holds, "acknowledged", json_integer((json_int_t)stats->holds_acknowledged));
	failed |= set(holds, "timed_out", json_integer((json_int_t)stats->holds_timed_out));
	failed |= set(holds, "off", json_integer((json_int_t)stats->holds_off));
	failed |= set(holds, "total_ns", json_integer((json_int_t)stats->hold_total_ns));
	failed |= set(holds, "max_ns", json_integer((json_int_t)stats->hold_max_ns));
	failed |= set(record, "holds", holds);
	return put_record(out, record, failed);
}

static int json_stop(FILE *out, const struct record_common *common, const char *reason,
		     const struct text_style *style)
{
	json_t *record = record_json(common, "stop");

	(void)style;
	return put_record(out, record, set_text(record, "reason", reason));
}

const struct sink sink_json = {
	.start = json_start,
	.oom = json_oom,
	.lost = json_lost,
	.stats = json_stats,
	.stop = json_stop,
};
