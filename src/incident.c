// SPDX-License-Identifier: GPL-2.0
#include "incident.h"

#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct incident *incident_new(void)
{
	struct incident *incident = calloc(1, sizeof(*incident));

	if (incident)
		incident->trigger.language_stack.valid = true;
	return incident;
}

void frame_clear(struct frame *frame)
{
	free(frame->symbol);
	free(frame->module);
	free(frame->file);
	memset(frame, 0, sizeof(*frame));
}

void stack_clear(struct stack *stack)
{
	for (size_t i = 0; i < stack->count; i++)
		frame_clear(&stack->frames[i]);
	free(stack->frames);
	memset(stack, 0, sizeof(*stack));
}

void stat_list_clear(struct stat_list *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->count; i++)
		free(list->entries[i].name);
	free(list->entries);
	*list = (struct stat_list){0};
}

void limit_clear(struct limit *limit)
{
	free(limit->cgroup);
	stat_list_clear(&limit->stat);
	stat_list_clear(&limit->events);
	memset(limit, 0, sizeof(*limit));
}

void container_clear(struct container *container)
{
	if (!container)
		return;
	free(container->runtime);
	free(container->id);
	free(container->name);
	free(container->image);
	free(container->pod_uid);
	free(container->pod_name);
	free(container->pod_namespace);
	*container = (struct container){0};
}

static void victim_files_free(struct incident *incident)
{
	container_clear(&incident->victim.container);
	free(incident->victim.cmdline);
	free(incident->victim.exe);
	for (size_t i = 0; i < incident->victim.mapping_count; i++)
		free(incident->victim.mappings[i].name);
	free(incident->victim.mappings);
}

void incident_move_context(struct incident *to, struct incident *from)
{
	if (from->victim.cmdline) {
		free(to->victim.cmdline);
		to->victim.cmdline = from->victim.cmdline;
		to->victim.known_in_advance = false;
	}
	if (from->victim.exe) {
		free(to->victim.exe);
		to->victim.exe = from->victim.exe;
	}
	to->victim.smaps_known = from->victim.smaps_known;
	to->victim.smaps = from->victim.smaps;
	to->victim.mappings_known = from->victim.mappings_known;
	to->victim.mapping_count = from->victim.mapping_count;
	to->victim.mappings = from->victim.mappings;
	to->limit.stat = from->limit.stat;
	to->limit.events = from->limit.events;
	to->limit.pressure = from->limit.pressure;
	to->limit.read_after_kill = from->limit.read_after_kill;
	to->system = from->system;
	memset(&from->victim, 0, sizeof(from->victim));
	memset(&from->limit, 0, sizeof(from->limit));
	memset(&from->system, 0, sizeof(from->system));
}

void process_clear(struct process *process)
{
	free(process->cgroup);
	process->cgroup = NULL;
}

static void also_killed_clear(struct also_killed *also)
{
	process_clear(&also->process);
	free(also->exe);
	free(also->cmdline);
}

static void weighing_clear(struct weighing *weighing)
{
	for (size_t i = 0; i < weighing->count; i++)
		free(weighing->top[i].cgroup);
	free(weighing->top);
	*weighing = (struct weighing){0};
}

void incident_free(struct incident *incident)
{
	if (!incident)
		return;
	free(incident->message);
	free(incident->trigger.gfp_flags);
	process_clear(&incident->trigger.process);
	stack_clear(&incident->trigger.kernel_stack);
	stack_clear(&incident->trigger.user_stack);
	free(incident->trigger.language);
	stack_clear(&incident->trigger.language_stack);
	process_clear(&incident->victim.process);
	stack_clear(&incident->victim.kernel_stack);
	free(incident->victim.language);
	for (size_t i = 0; i < incident->victim.language_stack_count; i++)
		stack_clear(&incident->victim.language_stacks[i].stack);
	free(incident->victim.language_stacks);
	for (size_t i = 0; i < incident->also_killed_count; i++)
		also_killed_clear(&incident->also_killed[i]);
	free(incident->also_killed);
	victim_files_free(incident);
	weighing_clear(&incident->candidates);
	limit_clear(&incident->limit);
	free(incident->system.zones);
	user_state_clear(&incident->user_state);
	free(incident);
}

/* A nullable number of a record: where it stands in its group, and the name users know it by. */
struct named_num {
	size_t offset;
	const char *name;
};

#define NUM(type, member, label)              \
	{                                     \
		offsetof(type, member), label \
	}

struct missed {
	void (*fn)(void *ctx, const char *name);
	void *ctx;
};

static bool num_known(const void *base, const struct named_num *field)
{
	return ((const struct num *)((const char *)base + field->offset))->known;
}

/* Names each unknown number; or, when none at all is known and there is one, the group. */
static void missed_nums(const struct missed *m, const void *base, const struct named_num *fields,
			size_t count, const char *group)
{
	size_t known = 0;

	for (size_t i = 0; i < count; i++)
		known += num_known(base, &fields[i]);
	if (group && !known) {
		m->fn(m->ctx, group);
		return;
	}
	for (size_t i = 0; i < count; i++)
		if (!num_known(base, &fields[i]))
			m->fn(m->ctx, fields[i].name);
}

static void missed_if(const struct missed *m, bool missed, const char *name)
{
	if (missed)
		m->fn(m->ctx, name);
}

/* A stack that was cut is there, but not all of it. */
static void missed_stack(const struct missed *m, const struct stack *stack, const char *name)
{
	missed_if(m, !stack->valid || stack->truncated, name);
}

static void missed_trigger(const struct missed *m, const struct incident *incident)
{
	static const struct named_num fields[] = {
		NUM(struct process, pid, "trigger.pid"),
		NUM(struct process, tid, "trigger.tid"),
		NUM(struct process, uid, "trigger.uid"),
		NUM(struct process, oom_score_adj, "trigger.oom_score_adj"),
	};
	const struct process *process = &incident->trigger.process;

	missed_nums(m, process, fields, ARRAY_SIZE(fields), NULL);
	missed_if(m, !process->comm_known, "trigger.comm");
	missed_if(m, !process->cgroup || process->cgroup_cut, "trigger.cgroup");
	missed_if(m, !incident->trigger.gfp_mask.known, "trigger.gfp_mask");
	missed_if(m, !incident->trigger.gfp_flags, "trigger.gfp_flags");
	missed_if(m, !incident->trigger.order.known, "trigger.order");
	missed_stack(m, &incident->trigger.kernel_stack, "trigger.kernel_stack");
	missed_stack(m, &incident->trigger.user_stack, "trigger.user_stack");
	missed_stack(m, &incident->trigger.language_stack, "trigger.language_stack");
}

static void missed_victim(const struct missed *m, const struct incident *incident)
{
	static const struct named_num fields[] = {
		NUM(struct process, pid, "victim.pid"),
		NUM(struct process, tid, "victim.tid"),
		NUM(struct process, ns_pid, "victim.ns_pid"),
		NUM(struct process, ppid, "victim.ppid"),
		NUM(struct process, uid, "victim.uid"),
		NUM(struct process, start_realtime_ns, "victim.start_time"),
		NUM(struct process, threads, "victim.threads"),
		NUM(struct process, cgroup_version, "victim.cgroup_version"),
		NUM(struct process, oom_score_adj, "victim.oom_score_adj"),
	};
	static const struct named_num memory[] = {
		NUM(struct memory, virtual_bytes, "victim.memory.virtual_bytes"),
		NUM(struct memory, rss_bytes, "victim.memory.rss_bytes"),
		NUM(struct memory, anon_bytes, "victim.memory.anon_bytes"),
		NUM(struct memory, file_bytes, "victim.memory.file_bytes"),
		NUM(struct memory, shmem_bytes, "victim.memory.shmem_bytes"),
		NUM(struct memory, swap_bytes, "victim.memory.swap_bytes"),
		NUM(struct memory, pgtables_bytes, "victim.memory.pgtables_bytes"),
	};
	static const struct named_num score[] = {
		NUM(struct score, points_pages, "victim.score.points_pages"),
		NUM(struct score, rss_pages, "victim.score.rss_pages"),
		NUM(struct score, swap_pages, "victim.score.swap_pages"),
		NUM(struct score, pgtables_pages, "victim.score.pgtables_pages"),
		NUM(struct score, adj_pages, "victim.score.adj_pages"),
		NUM(struct score, total_pages, "victim.score.total_pages"),
		NUM(struct score, per_mille, "victim.score.per_mille"),
	};
	const struct process *process = &incident->victim.process;

	missed_nums(m, process, fields, ARRAY_SIZE(fields), NULL);
	missed_if(m, !process->comm_known, "victim.comm");
	missed_if(m, !process->cgroup || process->cgroup_cut, "victim.cgroup");
	missed_nums(m, &process->memory, memory, ARRAY_SIZE(memory), "victim.memory");
	missed_nums(m, &incident->victim.score, score, ARRAY_SIZE(score), "victim.score");
	missed_stack(m, &incident->victim.kernel_stack, "victim.kernel_stack");
	missed_if(m, !incident->victim.cmdline, "victim.cmdline");
	missed_if(m, !incident->victim.exe, "victim.exe");
	missed_if(m, !incident->victim.smaps_known, "victim.smaps");
	missed_if(m, !incident->victim.mappings_known, "victim.mappings");
	missed_if(m, incident->victim.language_stacks_missed, "victim.language_stacks");
}

static void missed_system(const struct missed *m, const struct system *system)
{
	static const struct named_num fields[] = {
		NUM(struct system, mem_total_bytes, "system.mem_total_bytes"),
		NUM(struct system, mem_free_bytes, "system.mem_free_bytes"),
		NUM(struct system, mem_available_bytes, "system.mem_available_bytes"),
		NUM(struct system, buffers_bytes, "system.buffers_bytes"),
		NUM(struct system, cached_bytes, "system.cached_bytes"),
		NUM(struct system, anon_bytes, "system.anon_bytes"),
		NUM(struct system, mapped_bytes, "system.mapped_bytes"),
		NUM(struct system, shmem_bytes, "system.shmem_bytes"),
		NUM(struct system, slab_bytes, "system.slab_bytes"),
		NUM(struct system, slab_reclaimable_bytes, "system.slab_reclaimable_bytes"),
		NUM(struct system, kernel_stack_bytes, "system.kernel_stack_bytes"),
		NUM(struct system, pagetables_bytes, "system.pagetables_bytes"),
		NUM(struct system, swap_total_bytes, "system.swap_total_bytes"),
		NUM(struct system, swap_free_bytes, "system.swap_free_bytes"),
		NUM(struct system, committed_bytes, "system.committed_bytes"),
	};

	missed_nums(m, system, fields, ARRAY_SIZE(fields), "system");
	missed_if(m, !system->zones_known, "system.zones");
	missed_if(m, !system->pressure.some.known, "system.pressure");
}

static void missed_limit(const struct missed *m, const struct limit *limit)
{
	static const struct named_num fields[] = {
		NUM(struct limit, limit_bytes, "limit.limit_bytes"),
		NUM(struct limit, usage_bytes, "limit.usage_bytes"),
		NUM(struct limit, swap_limit_bytes, "limit.swap_limit_bytes"),
		NUM(struct limit, swap_usage_bytes, "limit.swap_usage_bytes"),
		NUM(struct limit, failcnt, "limit.failcnt"),
	};

	missed_if(m, !limit->cgroup || limit->cgroup_cut, "limit.cgroup");
	missed_nums(m, limit, fields, ARRAY_SIZE(fields), NULL);
	missed_if(m, !limit->stat.known, "limit.stat");
	missed_if(m, !limit->events.known, "limit.events");
	missed_if(m, !limit->pressure.some.known, "limit.pressure");
}

void incident_missed(const struct incident *incident, void (*fn)(void *ctx, const char *name),
		     void *ctx)
{
	const struct missed m = {.fn = fn, .ctx = ctx};

	missed_if(&m, incident->outcome == OUTCOME_UNKNOWN, "outcome");
	missed_if(&m, incident->scope == SCOPE_UNKNOWN, "scope");
	missed_if(&m, !incident->sysrq.known, "sysrq");
	missed_if(&m, !incident->panic.known, "panic");
	missed_if(&m, incident->has_victim && !incident->message, "message");
	missed_trigger(&m, incident);
	if (incident->has_victim)
		missed_victim(&m, incident);
	else
		missed_if(&m,
			  incident->outcome == OUTCOME_KILLED ||
				  incident->outcome == OUTCOME_UNKNOWN,
			  "victim");
	if (incident->limit.present)
		missed_limit(&m, &incident->limit);
	else
		missed_if(&m, incident->scope == SCOPE_MEMCG || incident->scope == SCOPE_UNKNOWN,
			  "limit");
	missed_if(&m, !incident->candidates.known, "candidates");
	missed_system(&m, &incident->system);
	missed_if(&m, incident->hold == HOLD_UNKNOWN, "capture.hold");
	missed_if(&m, incident->lost_records, "records");
}

const char *outcome_name(enum outcome outcome)
{
	static const char *const names[] = {
		[OUTCOME_KILLED] = "killed",
		[OUTCOME_VICTIM_EXITING] = "victim_exiting",
		[OUTCOME_NO_VICTIM] = "no_victim",
		[OUTCOME_ABORTED] = "aborted",
		[OUTCOME_OOM_DISABLED] = "oom_disabled",
	};

	return outcome < ARRAY_SIZE(names) ? names[outcome] : NULL;
}

const char *scope_name(enum scope scope)
{
	static const char *const names[] = {
		[SCOPE_MEMCG] = "memcg",
		[SCOPE_GLOBAL] = "global",
		[SCOPE_CPUSET] = "cpuset",
		[SCOPE_MEMPOLICY] = "mempolicy",
	};

	return scope < ARRAY_SIZE(names) ? names[scope] : NULL;
}

const char *panic_cause_name(enum panic_cause cause)
{
	static const char *const names[] = {
		[PANIC_NO_VICTIM] = "no_victim",
		[PANIC_ON_OOM] = "panic_on_oom",
	};

	return cause < ARRAY_SIZE(names) ? names[cause] : NULL;
}

const char *hold_state_name(enum hold_state state)
{
	static const char *const names[] = {
		[HOLD_OFF] = "off",
		[HOLD_ACKNOWLEDGED] = "acknowledged",
		[HOLD_TIMED_OUT] = "timed_out",
	};

	return state < ARRAY_SIZE(names) ? names[state] : NULL;
}

const char *proc_state_name(enum proc_state state)
{
	static const char *const names[] = {
		[PROC_COMPLETE] = "complete",
		[PROC_PARTIAL] = "partial",
		[PROC_MISSED] = "missed",
	};

	return state < ARRAY_SIZE(names) ? names[state] : NULL;
}

const char *unwind_method_name(enum unwind_method method)
{
	static const char *const names[] = {
		[UNWIND_FRAME_POINTERS] = "frame_pointers",
		[UNWIND_CFI] = "cfi",
		[UNWIND_MIXED] = "mixed",
	};

	return method < ARRAY_SIZE(names) ? names[method] : NULL;
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_CHOSEN] = "chosen",
		[VERDICT_ELIGIBLE] = "eligible",
		[VERDICT_UNKILLABLE] = "unkillable",
	};

	return verdict < ARRAY_SIZE(names) ? names[verdict] : NULL;
}

const char *kill_reason_name(enum kill_reason reason)
{
	static const char *const names[] = {
		[KILL_OOM_GROUP] = "oom_group",
		[KILL_SHARES_MEMORY] = "shares_memory",
	};

	return reason < ARRAY_SIZE(names) ? names[reason] : NULL;
}
