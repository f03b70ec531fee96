// SPDX-License-Identifier: GPL-2.0
#include "json_incident.h"

#include "json_stack.h"
#include "json_value.h"

#include <inttypes.h>

/* How far the user stack goes, and how that is known. */
static int set_unwinding(json_t *object, const struct stack *stack)
{
	bool known = stack->valid && stack->count;
	int failed = 0;

	failed |= object_set_text(object, "user_stack_method",
				  known ? unwind_method_name(stack->method) : NULL);
	failed |= object_set(object, "user_stack_truncated",
			     known ? json_boolean(stack->truncated) : json_null());
	return failed;
}

static json_t *language_stacks_json(const struct incident *incident)
{
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; i < incident->victim.language_stack_count; i++) {
		const struct language_stack *thread = &incident->victim.language_stacks[i];
		json_t *object = json_object();
		int broken = 0;

		broken |= object_set_num(object, "tid", thread->tid);
		broken |= object_set_frames(object, "frames", &thread->stack);
		failed |= json_array_append_new(array, json_whole(object, broken));
	}
	return json_whole(array, failed);
}

static int set_memory(json_t *object, const struct memory *memory)
{
	const struct num_field fields[] = {
		{"virtual_bytes", memory->virtual_bytes},   {"rss_bytes", memory->rss_bytes},
		{"anon_bytes", memory->anon_bytes},	    {"file_bytes", memory->file_bytes},
		{"shmem_bytes", memory->shmem_bytes},	    {"swap_bytes", memory->swap_bytes},
		{"pgtables_bytes", memory->pgtables_bytes},
	};

	return object_set_nums(object, "memory", fields, sizeof(fields) / sizeof(fields[0]));
}

static int set_score(json_t *object, const struct score *score)
{
	const struct num_field fields[] = {
		{"points_pages", score->points_pages}, {"rss_pages", score->rss_pages},
		{"swap_pages", score->swap_pages},     {"pgtables_pages", score->pgtables_pages},
		{"adj_pages", score->adj_pages},       {"total_pages", score->total_pages},
		{"per_mille", score->per_mille},
	};

	return object_set_nums(object, "score", fields, sizeof(fields) / sizeof(fields[0]));
}

static int set_comm(json_t *object, const struct process *process)
{
	return object_set_text(object, "comm", process->comm_known ? process->comm : NULL);
}

static json_t *trigger_json(const struct incident *incident)
{
	const struct process *process = &incident->trigger.process;
	json_t *object = json_object();
	int failed = 0;

	failed |= object_set_num(object, "pid", process->pid);
	failed |= object_set_num(object, "tid", process->tid);
	failed |= set_comm(object, process);
	failed |= object_set_num(object, "uid", process->uid);
	failed |= object_set_text(object, "cgroup", process->cgroup);
	failed |= object_set_num(object, "oom_score_adj", process->oom_score_adj);
	failed |= object_set_num(object, "gfp_mask", incident->trigger.gfp_mask);
	failed |= object_set_text(object, "gfp_flags", incident->trigger.gfp_flags);
	failed |= object_set_num(object, "order", incident->trigger.order);
	failed |= object_set_frames(object, "kernel_stack", &incident->trigger.kernel_stack);
	failed |= object_set_frames(object, "user_stack", &incident->trigger.user_stack);
	failed |= set_unwinding(object, &incident->trigger.user_stack);
	failed |= object_set_text(object, "language", incident->trigger.language);
	failed |= object_set_frames(object, "language_stack", &incident->trigger.language_stack);
	return json_whole(object, failed);
}

static json_t *container_json(const struct container *container)
{
	json_t *object;
	int failed = 0;

	if (!container->present)
		return json_null();
	object = json_object();
	failed |= object_set_text(object, "runtime", container->runtime);
	failed |= object_set_text(object, "id", container->id);
	failed |= object_set_text(object, "name", container->name);
	failed |= object_set_text(object, "image", container->image);
	failed |= object_set_text(object, "pod_uid", container->pod_uid);
	failed |= object_set_text(object, "pod_name", container->pod_name);
	failed |= object_set_text(object, "pod_namespace", container->pod_namespace);
	return json_whole(object, failed);
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

	return object_set_nums(object, "smaps", fields, sizeof(fields) / sizeof(fields[0]));
}

static json_t *mappings_json(const struct incident *incident)
{
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; i < incident->victim.mapping_count; i++) {
		const struct mapping *mapping = &incident->victim.mappings[i];
		json_t *object = json_object();
		int bad = 0;

		bad |= object_set_text(object, "name", mapping->name);
		bad |= object_set_num(object, "rss_bytes", mapping->rss_bytes);
		bad |= object_set_num(object, "pss_bytes", mapping->pss_bytes);
		bad |= object_set_num(object, "swap_bytes", mapping->swap_bytes);
		failed |= json_array_append_new(array, json_whole(object, bad));
	}
	return json_whole(array, failed);
}

/* What was read from the victim's /proc. */
static int set_victim_files(json_t *object, const struct incident *incident)
{
	int failed = 0;

	failed |= object_set_text(object, "cmdline", incident->victim.cmdline);
	failed |= object_set_text(object, "exe", incident->victim.exe);
	if (incident->victim.known_in_advance)
		failed |= object_set(object, "known_in_advance", json_true());
	failed |= object_set(object, "container", container_json(&incident->victim.container));
	failed |= set_smaps(object, &incident->victim.smaps);
	failed |=
		object_set(object, "mappings",
			   incident->victim.mappings_known ? mappings_json(incident) : json_null());
	failed |= object_set_text(object, "language", incident->victim.language);
	failed |= object_set(object, "language_stacks",
			     incident->victim.language_stacks_missed
				     ? json_null()
				     : language_stacks_json(incident));
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
		failed |= object_set(object, list->entries[i].name,
				     json_integer(list->entries[i].value));
	return json_whole(object, failed);
}

static json_t *pressure_line_json(const struct pressure_line *line)
{
	json_t *object;
	int failed = 0;

	if (!line->known)
		return json_null();
	object = json_object();
	failed |= object_set(object, "avg10", json_real(line->avg10));
	failed |= object_set(object, "avg60", json_real(line->avg60));
	failed |= object_set(object, "avg300", json_real(line->avg300));
	failed |= object_set(object, "total_us", json_integer((json_int_t)line->total_us));
	return json_whole(object, failed);
}

static json_t *pressure_json(const struct pressure *pressure)
{
	json_t *object;
	int failed = 0;

	if (!pressure->some.known && !pressure->full.known)
		return json_null();
	object = json_object();
	failed |= object_set(object, "some", pressure_line_json(&pressure->some));
	failed |= object_set(object, "full", pressure_line_json(&pressure->full));
	return json_whole(object, failed);
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

		bad |= object_set(object, "node", json_integer(zone->node));
		bad |= object_set_text(object, "zone", zone->name);
		bad |= object_set_num(object, "free_bytes", zone->free_bytes);
		bad |= object_set_num(object, "min_bytes", zone->min_bytes);
		bad |= object_set_num(object, "low_bytes", zone->low_bytes);
		bad |= object_set_num(object, "high_bytes", zone->high_bytes);
		failed |= json_array_append_new(array, json_whole(object, bad));
	}
	return json_whole(array, failed);
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
		failed |= object_set_num(object, fields[i].key, fields[i].num);
	failed |= object_set(object, "zones", zones_json(system));
	failed |= object_set(object, "pressure", pressure_json(&system->pressure));
	return json_whole(object, failed);
}

static json_t *victim_json(const struct incident *incident)
{
	const struct process *process = &incident->victim.process;
	json_t *object;
	int failed = 0;

	if (!incident->has_victim)
		return json_null();
	object = json_object();
	failed |= object_set_num(object, "pid", process->pid);
	failed |= object_set_num(object, "tid", process->tid);
	failed |= object_set_num(object, "ns_pid", process->ns_pid);
	failed |= object_set_num(object, "ppid", process->ppid);
	failed |= set_comm(object, process);
	failed |= object_set_num(object, "uid", process->uid);
	failed |= object_set_time(object, "start_time", process->start_realtime_ns);
	failed |= object_set_num(object, "threads", process->threads);
	failed |= object_set_text(object, "cgroup", process->cgroup);
	failed |= object_set_num(object, "cgroup_version", process->cgroup_version);
	failed |= object_set_num(object, "oom_score_adj", process->oom_score_adj);
	failed |= set_memory(object, &process->memory);
	failed |= set_score(object, &incident->victim.score);
	failed |= object_set_frames(object, "kernel_stack", &incident->victim.kernel_stack);
	failed |= set_victim_files(object, incident);
	return json_whole(object, failed);
}

json_t *json_of_weighed(const struct weighed *candidate)
{
	json_t *object = json_object();
	int failed = 0;

	failed |= object_set_num(object, "pid", candidate->pid);
	failed |= object_set_text(object, "comm", candidate->comm);
	failed |= object_set_text(object, "cgroup", candidate->cgroup);
	failed |= object_set_num(object, "points_pages", candidate->points_pages);
	failed |= object_set_num(object, "rss_bytes", candidate->rss_bytes);
	failed |= object_set_num(object, "swap_bytes", candidate->swap_bytes);
	failed |= object_set_num(object, "pgtables_bytes", candidate->pgtables_bytes);
	failed |= object_set_num(object, "oom_score_adj", candidate->oom_score_adj);
	failed |= object_set_text(object, "verdict", verdict_name(candidate->verdict));
	if (candidate->reason)
		failed |= object_set_text(object, "reason", candidate->reason);
	return json_whole(object, failed);
}

static json_t *weighing_json(const struct weighing *candidates)
{
	json_t *object, *top;
	int failed = 0;

	if (!candidates->known)
		return json_null();
	object = json_object();
	top = json_array();
	for (size_t i = 0; i < candidates->count; i++)
		failed |= json_array_append_new(top, json_of_weighed(&candidates->top[i]));
	failed |=
		object_set(object, "considered", json_integer((json_int_t)candidates->considered));
	failed |= object_set(object, "top", top);
	return json_whole(object, failed);
}

static json_t *also_killed_json(const struct incident *incident)
{
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; i < incident->also_killed_count; i++) {
		const struct also_killed *also = &incident->also_killed[i];
		json_t *object = json_object();
		int bad = 0;

		bad |= object_set_num(object, "pid", also->process.pid);
		bad |= object_set_num(object, "tid", also->process.tid);
		bad |= set_comm(object, &also->process);
		bad |= object_set_text(object, "cgroup", also->process.cgroup);
		bad |= set_memory(object, &also->process.memory);
		if (also->cmdline)
			bad |= object_set_text(object, "cmdline", also->cmdline);
		if (also->exe)
			bad |= object_set_text(object, "exe", also->exe);
		bad |= object_set_text(object, "reason", kill_reason_name(also->reason));
		failed |= json_array_append_new(array, json_whole(object, bad));
	}
	return json_whole(array, failed);
}

static json_t *limit_json(const struct limit *limit)
{
	json_t *object;
	int failed = 0;

	if (!limit->present)
		return json_null();
	object = json_object();
	failed |= object_set_text(object, "cgroup", limit->cgroup);
	failed |= object_set_num(object, "limit_bytes", limit->limit_bytes);
	failed |= object_set_num(object, "usage_bytes", limit->usage_bytes);
	failed |= object_set_num(object, "swap_limit_bytes", limit->swap_limit_bytes);
	failed |= object_set_num(object, "swap_usage_bytes", limit->swap_usage_bytes);
	failed |= object_set(object, "swap_counts_memory", json_boolean(limit->swap_counts_memory));
	failed |= object_set_num(object, "failcnt", limit->failcnt);
	failed |= object_set(object, "derived", json_boolean(limit->derived));
	failed |= object_set(object, "stat", stat_list_json(&limit->stat));
	failed |= object_set(object, "events", stat_list_json(&limit->events));
	failed |= object_set(object, "pressure", pressure_json(&limit->pressure));
	if (limit->read_after_kill)
		failed |= object_set(object, "read_after_kill", json_true());
	return json_whole(object, failed);
}

static json_t *hold_json(const struct incident *incident)
{
	json_t *object;
	int failed = 0;

	if (incident->hold == HOLD_UNKNOWN)
		return json_null();
	object = json_object();
	failed |= object_set_text(object, "state", hold_state_name(incident->hold));
	failed |= object_set_num(object, "duration_ns", incident->hold_ns);
	if (incident->hold_reason)
		failed |= object_set_text(object, "reason", incident->hold_reason);
	return json_whole(object, failed);
}

static json_t *capture_json(const struct incident *incident)
{
	struct json_names missed = {.array = json_array()};
	json_t *object = json_object();
	int failed = 0;

	incident_missed(incident, json_append_name, &missed);
	failed |= object_set_text(object, "hook", incident->hook);
	failed |= object_set(object, "hold", hold_json(incident));
	failed |= object_set_text(object, "proc", proc_state_name(incident->proc));
	failed |= object_set(object, "missed", json_whole(missed.array, missed.failed));
	return json_whole(object, failed);
}

int object_set_incident(json_t *record, const struct incident *incident)
{
	int failed = 0;

	failed |= object_set(record, "incident", json_integer((json_int_t)incident->number));
	failed |= object_set_text(record, "outcome", outcome_name(incident->outcome));
	failed |= object_set_text(record, "scope", scope_name(incident->scope));
	failed |= object_set_bool(record, "sysrq", incident->sysrq);
	failed |= object_set_bool(record, "panic", incident->panic);
	if (incident->panic_cause)
		failed |= object_set_text(record, "panic_cause",
					  panic_cause_name(incident->panic_cause));
	failed |= object_set_text(record, "message", incident->message);
	failed |= object_set(record, "trigger", trigger_json(incident));
	failed |= object_set(record, "victim", victim_json(incident));
	failed |= object_set(record, "also_killed", also_killed_json(incident));
	failed |= object_set(record, "limit", limit_json(&incident->limit));
	failed |= object_set(record, "candidates", weighing_json(&incident->candidates));
	failed |= object_set(record, "repeats", json_integer((json_int_t)incident->repeats));
	if (incident->began_before)
		failed |= object_set(record, "began_before", json_true());
	failed |= object_set(record, "system", system_json(&incident->system));
	failed |= object_set(record, "capture", capture_json(incident));
	return failed;
}
