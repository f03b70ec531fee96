// SPDX-License-Identifier: GPL-2.0
#include "sink.h"

#include "json_incident.h"
#include "json_rank.h"
#include "json_stack.h"
#include "json_value.h"

#include <errno.h>

#define SCHEMA 1

static json_t *host_json(const struct record_common *common)
{
	json_t *object = json_object();
	int failed = 0;

	failed |= object_set_text(object, "name", common->host_name);
	failed |= object_set_text(object, "kernel", common->host_kernel);
	return json_whole(object, failed);
}

static json_t *labels_json(const struct record_common *common)
{
	json_t *object = json_object();
	int failed = 0;

	for (size_t i = 0; i < common->label_count; i++)
		failed |= object_set_text(object, common->labels[i].key, common->labels[i].value);
	return json_whole(object, failed);
}

/* A record with what all have in common; NULL when memory is short. */
static json_t *record_json(const struct record_common *common, const char *type)
{
	json_t *record = json_object();
	int failed = 0;

	failed |= object_set(record, "schema", json_integer(SCHEMA));
	failed |= object_set_text(record, "type", type);
	failed |= object_set_text(record, "run", common->run);
	failed |= object_set(record, "seq", json_integer((json_int_t)common->seq));
	failed |= object_set_time(record, "time", num_of(common->realtime_ns));
	failed |=
		object_set(record, "monotonic_ns", json_integer((json_int_t)common->monotonic_ns));
	failed |= object_set_text(record, "boot_id", common->boot_id);
	failed |= object_set(record, "host", host_json(common));
	if (common->label_count)
		failed |= object_set(record, "labels", labels_json(common));
	return json_whole(record, failed);
}

static int put_text(const char *buf, size_t len, void *out)
{
	return fwrite(buf, 1, len, out) == len ? 0 : -1;
}

/* Writes the finished record as one line and frees it. */
static int put_record(FILE *out, json_t *record, int failed)
{
	int err = 0;

	record = json_whole(record, failed);
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

		bad |= object_set_text(object, "feature", info->missing[i].name);
		bad |= object_set_text(object, "reason", info->missing[i].text);
		failed |= json_array_append_new(array, json_whole(object, bad));
	}
	return json_whole(array, failed);
}

static json_t *hooks_json(const struct start_info *info)
{
	json_t *object = json_object();
	int failed = 0;

	for (size_t i = 0; i < info->hook_count; i++)
		failed |= object_set_text(object, info->hooks[i].name, info->hooks[i].text);
	return json_whole(object, failed);
}

/* Always an array: an option may be given more than once, and a type must not depend on that. */
static json_t *options_json(const struct start_info *info)
{
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; i < info->option_count; i++) {
		json_t *object = json_object();
		int bad = 0;

		bad |= object_set_text(object, "name", info->options[i].name);
		bad |= object_set_text(object, "value", info->options[i].text);
		failed |= json_array_append_new(array, json_whole(object, bad));
	}
	return json_whole(array, failed);
}

static int json_start(FILE *out, const struct record_common *common, const struct start_info *info,
		      const struct text_style *style)
{
	json_t *record = record_json(common, "start");
	int failed = 0;

	(void)style;
	failed |= object_set_text(record, "version", info->version);
	failed |= object_set(record, "pid", json_integer(info->pid));
	failed |= object_set(record, "hooks", hooks_json(info));
	failed |= object_set(record, "missing", missing_json(info));
	failed |= object_set(record, "options", options_json(info));
	return put_record(out, record, failed);
}

static int json_oom(FILE *out, const struct record_common *common, const struct incident *incident,
		    const struct text_style *style)
{
	json_t *record = record_json(common, "oom");

	(void)style;
	return put_record(out, record, object_set_incident(record, incident));
}

static int json_victim_exit(FILE *out, const struct record_common *common,
			    const struct victim_exit *exit, const struct text_style *style)
{
	json_t *record = record_json(common, "victim_exit");
	const char state[] = {exit->state, '\0'};
	int failed = 0;

	(void)style;
	failed |= object_set(record, "incident", json_integer((json_int_t)exit->incident));
	failed |= object_set(record, "pid", json_integer(exit->pid));
	failed |= object_set_text(record, "comm", exit->comm_known ? exit->comm : NULL);
	failed |= object_set_num(record, "kill_to_exit_ns", exit->kill_to_exit_ns);
	failed |= object_set_num(record, "kill_to_free_ns", exit->kill_to_free_ns);
	failed |= object_set(record, "reaped", json_boolean(exit->reaped));
	failed |= object_set_bool(record, "alive", exit->alive);
	if (exit->alive.known && exit->alive.value) {
		failed |= object_set_text(record, "state", exit->state ? state : NULL);
		failed |= object_set_frames(record, "kernel_stack", &exit->kernel_stack);
	}
	return put_record(out, record, failed);
}

static int set_waiting_task(json_t *object, const struct waiting_task *task)
{
	int failed = 0;

	failed |= object_set(object, "pid", json_integer(task->pid));
	failed |= object_set(object, "tid", json_integer(task->tid));
	failed |= object_set_text(object, "comm", task->comm);
	failed |= object_set_num(object, "wait_ns", task->wait_ns);
	return failed;
}

static int json_oom_wait(FILE *out, const struct record_common *common, const struct oom_wait *wait,
			 const struct text_style *style)
{
	json_t *record = record_json(common, "oom_wait");
	json_t *tasks = json_array();
	int failed = 0;

	(void)style;
	failed |= object_set(record, "incident", json_integer((json_int_t)wait->incident));
	failed |= object_set(record, "waiting", json_integer((json_int_t)wait->waiting));
	for (size_t i = 0; i < wait->count; i++) {
		json_t *task = json_object();
		int bad = set_waiting_task(task, &wait->tasks[i]);

		failed |= json_array_append_new(tasks, json_whole(task, bad));
	}
	failed |= object_set(record, "tasks", tasks);
	return put_record(out, record, failed);
}

static int json_oom_wait_end(FILE *out, const struct record_common *common,
			     const struct oom_wait_end *end, const struct text_style *style)
{
	json_t *record = record_json(common, "oom_wait_end");
	int failed = 0;

	(void)style;
	failed |= object_set(record, "incident", json_integer((json_int_t)end->incident));
	failed |= set_waiting_task(record, &end->task);
	failed |= object_set_text(record, "ended", wait_ended_name(end->ended));
	failed |= object_set(record, "derived", json_boolean(end->derived));
	failed |= object_set(record, "waiting", json_integer((json_int_t)end->waiting));
	return put_record(out, record, failed);
}

static int json_rank(FILE *out, const struct record_common *common, const struct rank *rank,
		     const struct text_style *style)
{
	json_t *record = record_json(common, "rank");

	(void)style;
	return put_record(out, record, object_set_rank(record, rank));
}

static int json_lost(FILE *out, const struct record_common *common, uint64_t count,
		     const char *where, const struct text_style *style)
{
	json_t *record = record_json(common, "lost");
	int failed = 0;

	(void)style;
	failed |= object_set(record, "count", json_integer((json_int_t)count));
	failed |= object_set_text(record, "where", where);
	return put_record(out, record, failed);
}

static int json_stats(FILE *out, const struct record_common *common, const struct run_stats *stats,
		      const struct text_style *style)
{
	json_t *record = record_json(common, "stats");
	json_t *lost = json_object(), *holds = json_object();
	int failed = 0;

	(void)style;
	failed |= object_set(record, "incidents", json_integer((json_int_t)stats->incidents));
	failed |= object_set(record, "filtered", json_integer((json_int_t)stats->filtered));
	failed |= object_set(record, "repeats", json_integer((json_int_t)stats->repeats));
	failed |= object_set(record, "no_victim_repeats",
			     json_integer((json_int_t)stats->no_victim_repeats));
	failed |= object_set(lost, "ring", json_integer((json_int_t)stats->lost_ring));
	failed |= object_set(lost, "queue", json_integer((json_int_t)stats->lost_queue));
	failed |= object_set(lost, "stacks", json_integer((json_int_t)stats->lost_stacks));
	failed |= object_set(record, "lost", lost);
	failed |= object_set(holds, "acknowledged",
			     json_integer((json_int_t)stats->holds_acknowledged));
	failed |= object_set(holds, "timed_out", json_integer((json_int_t)stats->holds_timed_out));
	failed |= object_set(holds, "off", json_integer((json_int_t)stats->holds_off));
	failed |= object_set(holds, "total_ns", json_integer((json_int_t)stats->hold_total_ns));
	failed |= object_set(holds, "max_ns", json_integer((json_int_t)stats->hold_max_ns));
	failed |= object_set(record, "holds", holds);
	return put_record(out, record, failed);
}

static int json_stop(FILE *out, const struct record_common *common, const char *reason,
		     const struct text_style *style)
{
	json_t *record = record_json(common, "stop");

	(void)style;
	return put_record(out, record, object_set_text(record, "reason", reason));
}

const struct sink sink_json = {
	.start = json_start,
	.oom = json_oom,
	.victim_exit = json_victim_exit,
	.oom_wait = json_oom_wait,
	.oom_wait_end = json_oom_wait_end,
	.rank = json_rank,
	.lost = json_lost,
	.stats = json_stats,
	.stop = json_stop,
};
