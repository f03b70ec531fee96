// SPDX-License-Identifier: GPL-2.0
#include "json_rank.h"

#include "json_incident.h"
#include "json_value.h"

#include <string.h>

/* null when it is not known; a limit of the machine has no cgroup. */
static json_t *rank_limit_json(const struct rank_limit *limit, bool whole)
{
	json_t *object;
	int failed = 0;

	if (!limit->known)
		return json_null();
	object = json_object();
	failed |= object_set_text(object, "cgroup", limit->cgroup);
	failed |= object_set(object, "limit_bytes", json_integer(limit->limit_bytes));
	failed |= object_set(object, "usage_bytes", json_integer(limit->usage_bytes));
	failed |= object_set(object, "left_bytes", json_integer(limit->left_bytes));
	if (whole)
		failed |= object_set_num(object, "reclaimable_bytes", limit->reclaimable_bytes);
	return json_whole(object, failed);
}

static json_t *rank_entry_json(const struct rank_entry *entry)
{
	struct weighed weighed = {
		.pid = num_of(entry->pid),
		.oom_score_adj = num_of(entry->oom_score_adj),
		.points_pages = entry->points_pages,
		.rss_bytes = num_of(entry->rss_bytes),
		.swap_bytes = num_of(entry->swap_bytes),
		.pgtables_bytes = num_of(entry->pgtables_bytes),
		.cgroup = (char *)entry->cgroup,
		.verdict = entry->verdict,
		.reason = entry->reason,
	};
	json_t *object;
	int failed = 0;

	memcpy(weighed.comm, entry->comm, sizeof(weighed.comm));
	object = json_of_weighed(&weighed);
	if (entry->close)
		failed |= object_set(object, "close", json_true());
	failed |= object_set(object, "first_limit", rank_limit_json(&entry->first_limit, false));
	return json_whole(object, failed);
}

static json_t *candidates_json(const struct rank *rank)
{
	json_t *object = json_object(), *top = json_array();
	int failed = 0, bad = 0;

	for (size_t i = 0; i < rank->top_count; i++)
		bad |= json_array_append_new(top, rank_entry_json(&rank->top[i]));
	for (size_t i = 0; i < rank->unkillable_count; i++)
		bad |= json_array_append_new(top, rank_entry_json(&rank->unkillable[i]));
	failed |= object_set(object, "considered", json_integer((json_int_t)rank->considered));
	failed |= object_set(object, "unreadable", json_integer((json_int_t)rank->unreadable));
	failed |= object_set(object, "tolerance_pages", json_integer(rank->tolerance_pages));
	failed |= object_set(object, "close", json_integer((json_int_t)rank->close_count));
	failed |= object_set(object, "top", json_whole(top, bad));
	return json_whole(object, failed);
}

/* Those that die along with the first because it is their memory too. */
static json_t *sharing_json(const struct rank *rank)
{
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; i < rank->sharing_count; i++) {
		const struct rank_entry *entry = &rank->sharing[i];
		json_t *object = json_object();
		int bad = 0;

		bad |= object_set(object, "pid", json_integer(entry->pid));
		bad |= object_set_text(object, "comm", entry->comm);
		bad |= object_set_text(object, "cgroup", entry->cgroup);
		bad |= object_set_text(object, "reason", kill_reason_name(KILL_SHARES_MEMORY));
		failed |= json_array_append_new(array, json_whole(object, bad));
	}
	return json_whole(array, failed);
}

/* Where the process that was asked for stands, there and on the machine. */
static json_t *ranked_json(const struct rank *rank)
{
	json_t *object = rank_entry_json(&rank->process), *global = json_null();
	int failed = 0, bad = 0;

	if (rank->global_considered.known) {
		global = json_object();
		bad |= object_set_num(global, "position", rank->global_position);
		bad |= object_set_num(global, "points_pages", rank->global_points_pages);
		bad |= object_set_num(global, "total_pages", rank->global_total_pages);
		bad |= object_set_num(global, "considered", rank->global_considered);
	}
	failed |= object_set_num(object, "position", rank->process.position);
	failed |= object_set(object, "global", json_whole(global, bad));
	return json_whole(object, failed);
}

static json_t *rank_system_json(const struct rank *rank)
{
	const struct system *system = &rank->system;
	const struct num_field fields[] = {
		{"mem_total_bytes", system->mem_total_bytes},
		{"mem_free_bytes", system->mem_free_bytes},
		{"mem_available_bytes", system->mem_available_bytes},
		{"swap_total_bytes", system->swap_total_bytes},
		{"swap_free_bytes", system->swap_free_bytes},
	};
	json_t *object = json_object();
	int failed = 0;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		failed |= object_set_num(object, fields[i].key, fields[i].num);
	return json_whole(object, failed);
}

int object_set_rank(json_t *record, const struct rank *rank)
{
	bool memcg = rank->scope == SCOPE_MEMCG;
	struct json_names missed = {.array = json_array()};
	int failed = 0;

	rank_missed(rank, json_append_name, &missed);
	failed |= object_set_text(record, "scope", scope_name(rank->scope));
	failed |= object_set_text(record, "cgroup", rank->cgroup);
	failed |= object_set_num(record, "total_pages", rank->total_pages);
	failed |= object_set_text(record, "action", rank_action_name(rank->action));
	failed |= object_set_text(record, "kills_group", rank->kills_group);
	failed |= object_set(record, "also_killed", sharing_json(rank));
	failed |= object_set(record, "limit",
			     memcg ? rank_limit_json(&rank->limit, true) : json_null());
	failed |= object_set(record, "system", rank_system_json(rank));
	if (rank->has_process)
		failed |= object_set(record, "process", ranked_json(rank));
	failed |= object_set(record, "candidates", candidates_json(rank));
	failed |= object_set(record, "missed", json_whole(missed.array, missed.failed));
	return failed;
}
