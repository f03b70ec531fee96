/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Incidents for the tests of sinks. Each is made by incident_new() and owns all its strings.
 */
#ifndef OOMTRACE_SAMPLE_INCIDENT_H
#define OOMTRACE_SAMPLE_INCIDENT_H

#include "incident.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLE_TIME INT64_C(1795219802123456789) /* 2026-11-21 00:10:02 UTC */

static inline char *sample_text(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		abort();
	return copy;
}

static inline void sample_comm(struct process *process, const char *comm)
{
	strncpy(process->comm, comm, COMM_LEN);
	process->comm_known = true;
}

static inline struct frame *sample_frame(struct stack *stack)
{
	stack->frames = realloc(stack->frames, (stack->count + 1) * sizeof(*stack->frames));
	if (!stack->frames)
		abort();
	memset(&stack->frames[stack->count], 0, sizeof(*stack->frames));
	stack->valid = true;
	return &stack->frames[stack->count++];
}

/* A frame of that function, module (NULL: unknown) and file (NULL: unknown). */
static inline struct frame *sample_code(struct stack *stack, const char *symbol, const char *module,
					const char *file, int line)
{
	struct frame *frame = sample_frame(stack);

	frame->address = 0x400000 + 0x10 * stack->count;
	frame->symbol = symbol ? sample_text(symbol) : NULL;
	frame->module = module ? sample_text(module) : NULL;
	frame->file_offset = frame->offset = num_of((int64_t)(0x10 * stack->count));
	frame->file_offset.known = module != NULL;
	frame->file = file ? sample_text(file) : NULL;
	frame->line = line;
	return frame;
}

static inline void sample_kernel_stack(struct stack *stack, const char *const *symbols)
{
	for (; *symbols; symbols++) {
		struct frame *frame = sample_frame(stack);

		frame->address = 0xffffffff81000000 + stack->count;
		frame->symbol = sample_text(*symbols);
		frame->offset = num_of(0x10);
	}
}

static inline void sample_user_stack(struct stack *stack)
{
	struct frame *frame = sample_frame(stack);

	frame->address = 0x7f12345672a;
	frame->symbol = sample_text("__memset_avx2_unaligned_erms");
	frame->offset = num_of(0x4a);
	frame->module = sample_text("/usr/lib/x86_64-linux-gnu/libc.so.6");
	frame->file_offset = num_of(0x16072a);
	frame->build_id_len = 4;
	memcpy(frame->build_id, "\x0a\xbc\xde\xf0", 4);

	frame = sample_frame(stack);
	frame->address = 0x401234;
	frame->symbol = sample_text("grow_table");
	frame->offset = num_of(0x94);
	frame->module = sample_text("/srv/app/bin/matrix");
	frame->file_offset = num_of(0x1234);
	frame->file = sample_text("/home/build/matrix/src/table.c");
	frame->line = 88;

	frame = sample_frame(stack);
	frame->address = 0x401500;
	frame->module = sample_text("/srv/app/bin/matrix");
	frame->offset = num_of(0x1500);
	frame->file_offset = num_of(0x1500);

	frame = sample_frame(stack);
	frame->address = 0x7f0000001000;
}

static inline void sample_victim(struct incident *incident)
{
	struct process *process = &incident->victim.process;

	incident->has_victim = true;
	process->pid = num_of(4242);
	process->tid = num_of(4242);
	process->ns_pid = num_of(7);
	process->ppid = num_of(4100);
	process->uid = num_of(1000);
	process->oom_score_adj = num_of(0);
	process->threads = num_of(12);
	process->start_realtime_ns = num_of(SAMPLE_TIME - INT64_C(7500) * 1000000000);
	process->cgroup_version = num_of(2);
	sample_comm(process, "matrix");
	process->cgroup = sample_text("/kubepods/burstable/pod42/app");
	process->cgroup_ids[0] = 30;
	process->cgroup_ids[1] = 20;
	process->cgroup_ids[2] = 10;
	process->memory = (struct memory){
		.virtual_bytes = num_of(INT64_C(2457600) << 10),
		.rss_bytes = num_of(INT64_C(2064384) << 10),
		.anon_bytes = num_of(INT64_C(2052096) << 10),
		.file_bytes = num_of(INT64_C(12288) << 10),
		.shmem_bytes = num_of(0),
		.swap_bytes = num_of(0),
		.pgtables_bytes = num_of(INT64_C(4096) << 10),
	};
	incident->victim.score = (struct score){
		.points_pages = num_of(517120),
		.rss_pages = num_of(516096),
		.swap_pages = num_of(0),
		.pgtables_pages = num_of(1024),
		.adj_pages = num_of(0),
		.total_pages = num_of(524288),
		.per_mille = num_of(986),
	};
}

/* One that the kernel weighed against the sample's limit; from the highest points to the lowest. */
static inline struct weighed *sample_weighed(struct incident *incident, enum verdict verdict,
					     const char *comm, int64_t pid, int64_t rss_kb,
					     int64_t adj)
{
	struct weighing *candidates = &incident->candidates;
	struct weighed *candidate;

	candidates->top =
		realloc(candidates->top, (candidates->count + 1) * sizeof(*candidates->top));
	if (!candidates->top)
		abort();
	candidate = &candidates->top[candidates->count++];
	candidates->known = true;
	candidates->considered++;
	*candidate = (struct weighed){
		.pid = num_of(pid),
		.oom_score_adj = num_of(adj),
		.points_pages = num_of(rss_kb / 4 + adj * (524288 / 1000)),
		.rss_bytes = num_of(rss_kb << 10),
		.swap_bytes = num_of(0),
		.pgtables_bytes = num_of(0),
		.own_pages = rss_kb / 4,
		.verdict = verdict,
	};
	strncpy(candidate->comm, comm, COMM_LEN);
	return candidate;
}

/* A memory cgroup's limit, hit by the victim itself; nothing was read of its files. */
static inline struct incident *sample_memcg(void)
{
	static const char *const symbols[] = {
		"oom_kill_process",
		"out_of_memory",
		"mem_cgroup_out_of_memory",
		"try_charge_memcg",
		"charge_memcg",
		"__mem_cgroup_charge",
		"do_anonymous_page",
		"__handle_mm_fault",
		"handle_mm_fault",
		"do_user_addr_fault",
		"exc_page_fault",
		"asm_exc_page_fault",
		NULL,
	};
	struct incident *incident = incident_new();
	struct process *trigger;

	if (!incident)
		abort();
	incident->number = 3;
	incident->monotonic_ns = UINT64_C(1234567890123);
	incident->realtime_ns = SAMPLE_TIME;
	incident->outcome = OUTCOME_KILLED;
	incident->candidates.known = true;
	incident->scope = SCOPE_MEMCG;
	incident->sysrq = num_of(0);
	incident->panic = num_of(0);
	incident->message = sample_text("Memory cgroup out of memory");
	incident->hook = "fentry";
	sample_victim(incident);
	incident->victim.kernel_stack.valid = true;

	trigger = &incident->trigger.process;
	trigger->pid = num_of(4242);
	trigger->tid = num_of(4242);
	trigger->uid = num_of(1000);
	trigger->oom_score_adj = num_of(0);
	sample_comm(trigger, "matrix");
	trigger->cgroup = sample_text("/kubepods/burstable/pod42/app");
	incident->trigger.gfp_mask = num_of(0xcc0);
	incident->trigger.gfp_flags = sample_text("GFP_KERNEL");
	incident->trigger.order = num_of(0);
	sample_kernel_stack(&incident->trigger.kernel_stack, symbols);
	sample_user_stack(&incident->trigger.user_stack);

	incident->limit.present = true;
	incident->limit.cgroup = sample_text("/kubepods/burstable/pod42/app");
	incident->limit.cgroup_ids[0] = 30;
	incident->limit.limit_bytes = num_of(INT64_C(2) << 30);
	incident->limit.usage_bytes = num_of(INT64_C(2) << 30);
	incident->limit.swap_limit_bytes = num_of(0);
	incident->limit.swap_usage_bytes = num_of(0);
	incident->limit.failcnt = num_of(318);
	return incident;
}

static inline void sample_stat(struct stat_list *list, const char *name, int64_t value)
{
	list->entries = realloc(list->entries, (list->count + 1) * sizeof(*list->entries));
	if (!list->entries)
		abort();
	list->known = true;
	list->entries[list->count++] = (struct stat_entry){sample_text(name), value};
}

static inline void sample_mapping(struct incident *incident, const char *name, int64_t rss_kb)
{
	struct mapping *mapping;

	if (!incident->victim.mappings)
		incident->victim.mappings = calloc(MAPPINGS_MAX, sizeof(struct mapping));
	if (!incident->victim.mappings || incident->victim.mapping_count == MAPPINGS_MAX)
		abort();
	incident->victim.mappings_known = true;
	mapping = &incident->victim.mappings[incident->victim.mapping_count++];
	mapping->name = sample_text(name);
	mapping->rss_bytes = num_of(rss_kb << 10);
	mapping->pss_bytes = num_of(rss_kb << 9);
	mapping->swap_bytes = num_of(0);
}

static inline void sample_zone(struct system *system, int node, const char *name, int64_t free_kb,
			       int64_t min_kb)
{
	struct zone *zone;

	system->zones = realloc(system->zones, (system->zone_count + 1) * sizeof(*system->zones));
	if (!system->zones)
		abort();
	system->zones_known = true;
	zone = &system->zones[system->zone_count++];
	*zone = (struct zone){
		.node = node,
		.free_bytes = num_of(free_kb << 10),
		.min_bytes = num_of(min_kb << 10),
		.low_bytes = num_of(min_kb * 5 / 4 << 10),
		.high_bytes = num_of(min_kb * 3 / 2 << 10),
	};
	strncpy(zone->name, name, sizeof(zone->name) - 1);
}

/* A machine without memory, where the zone Normal is below its mark. */
static inline void sample_system(struct system *system)
{
	int64_t kb = 1;

	system->asked = true;
	for (struct num *num = &system->mem_total_bytes; num <= &system->committed_bytes; num++)
		*num = num_of(kb++ << 10);
	system->mem_total_bytes = num_of(INT64_C(8064000) << 10);
	system->mem_free_bytes = num_of(INT64_C(61542) << 10);
	system->mem_available_bytes = num_of(INT64_C(12595) << 10);
	system->swap_total_bytes = num_of(INT64_C(2) << 30);
	system->swap_free_bytes = num_of(0);
	sample_zone(system, 0, "DMA", 14336, 128);
	sample_zone(system, 0, "DMA32", 2146, 1056);
	sample_zone(system, 0, "Normal", 45060, 67584);
	system->pressure.some = (struct pressure_line){true, 43.25, 12.5, 3, 4567890};
	system->pressure.full = (struct pressure_line){true, 38, 9.75, 2.5, 4000000};
}

static inline void sample_smaps(struct smaps *smaps)
{
	int64_t kb = 2064384;

	for (struct num *num = &smaps->rss_bytes; num <= &smaps->locked_bytes; num++)
		*num = num_of(kb-- << 10);
}

/* All that is read of the victim, its container, its cgroup and the machine. */
static inline void sample_context(struct incident *incident)
{
	struct container *container = &incident->victim.container;
	struct stat_list *stat = &incident->limit.stat, *events = &incident->limit.events;

	incident->victim.cmdline = sample_text("/srv/app/bin/matrix --size 2g");
	incident->victim.exe = sample_text("/srv/app/bin/matrix");
	incident->victim.smaps_known = true;
	sample_smaps(&incident->victim.smaps);
	sample_mapping(incident, "[heap]", 2048000);
	sample_mapping(incident, "/usr/lib/x86_64-linux-gnu/libcrypto.so.3", 6144);
	sample_mapping(incident, "[anon]", 4096);
	sample_mapping(incident, "[stack]", 132);
	container->present = true;
	container->runtime = sample_text("containerd");
	container->id = sample_text("0123456789abcdef0123456789abcdef"
				    "0123456789abcdef0123456789abcdef");
	container->name = sample_text("matrix");
	container->image = sample_text("acme/matrix:1.4");
	container->pod_uid = sample_text("0b1c2d3e-0000-4000-8000-000000000042");
	container->pod_name = sample_text("matrix-7d9f8");
	container->pod_namespace = sample_text("shop");
	sample_stat(stat, "anon", INT64_C(2052096) << 10);
	sample_stat(stat, "file", INT64_C(25600) << 10);
	sample_stat(stat, "kernel", INT64_C(8192) << 10);
	sample_stat(stat, "shmem", INT64_C(1024) << 10);
	sample_stat(stat, "inactive_file", INT64_C(16384) << 10);
	sample_stat(stat, "active_file", INT64_C(8192) << 10);
	sample_stat(stat, "slab_reclaimable", INT64_C(2048) << 10);
	sample_stat(events, "max", 318);
	sample_stat(events, "oom_kill", 1);
	incident->limit.pressure.some = (struct pressure_line){true, 12.5, 3.25, 0.75, 1234567};
	sample_system(&incident->system);
	incident->hold = HOLD_ACKNOWLEDGED;
	incident->hold_ns = num_of(3140000);
	incident->proc = PROC_COMPLETE;
}

/* As sample_memcg(), and nothing is unknown. */
static inline struct incident *sample_complete(void)
{
	struct incident *incident = sample_memcg();

	sample_context(incident);
	return incident;
}

/* The limit of a parent, hit by a shell that is not the victim. */
static inline struct incident *sample_other_trigger(void)
{
	static const char *const symbols[] = {"futex_wait_queue", "futex_wait",	   "do_futex",
					      "__x64_sys_futex",  "do_syscall_64", NULL};
	struct incident *incident = sample_memcg();
	struct process *trigger = &incident->trigger.process;

	trigger->pid = num_of(977);
	trigger->tid = num_of(977);
	trigger->uid = num_of(0);
	trigger->oom_score_adj = num_of(-998);
	sample_comm(trigger, "bash");
	free(trigger->cgroup);
	trigger->cgroup = sample_text("/system.slice/ssh.service");
	sample_kernel_stack(&incident->victim.kernel_stack, symbols);
	free(incident->limit.cgroup);
	incident->limit.cgroup = sample_text("/kubepods/burstable");
	incident->limit.cgroup_ids[0] = 10;
	return incident;
}

/* What a thread of a Python program does, `outer` frames further out. */
static inline void sample_python_stack(struct stack *stack, int outer)
{
	sample_code(stack, "grow", NULL, "/app/cart.py", 7);
	sample_code(stack, "checkout", NULL, "/app/cart.py", 19);
	for (int i = 0; i < outer; i++)
		sample_code(stack, i + 1 < outer ? "run" : "<module>", NULL, "/app/main.py", i + 1);
}

/* Makes a Python program of the trigger. */
static inline void sample_python(struct incident *incident)
{
	static const char *const symbols[] = {"bytes_new",
					      "_PyObject_MakeTpCall",
					      "_PyEval_EvalFrameDefault",
					      "_PyFunction_Vectorcall",
					      "_PyEval_EvalFrameDefault",
					      "PyEval_EvalCode",
					      NULL};
	struct stack *stack = &incident->trigger.user_stack;

	stack_clear(stack);
	sample_code(stack, "memset", "/usr/lib/x86_64-linux-gnu/libc.so.6", NULL, 0);
	for (size_t i = 0; symbols[i]; i++)
		sample_code(stack, symbols[i], "/usr/bin/python3.11", NULL, 0);
	incident->trigger.language = sample_text("Python 3.11");
	sample_python_stack(&incident->trigger.language_stack, 3);
}

/* The same of the victim, with so many threads, which must not be the trigger. */
static inline void sample_python_victim(struct incident *incident, size_t threads)
{
	incident->victim.language = sample_text("Python 3.12");
	incident->victim.language_stacks =
		calloc(threads, sizeof(*incident->victim.language_stacks));
	if (!incident->victim.language_stacks)
		abort();
	incident->victim.language_stack_count = threads;
	for (size_t i = 0; i < threads; i++) {
		struct language_stack *thread = &incident->victim.language_stacks[i];

		thread->tid = num_of(4242 + (int64_t)i);
		sample_python_stack(&thread->stack, 1);
	}
}

/* The whole machine; the trigger is another process. */
static inline struct incident *sample_global(void)
{
	static const char *const symbols[] = {
		"oom_kill_process",  "out_of_memory",	   "__alloc_pages_slowpath.constprop.0",
		"__alloc_pages",     "folio_alloc",	   "__filemap_get_folio",
		"filemap_fault",     "__do_fault",	   "do_fault",
		"__handle_mm_fault", "handle_mm_fault",	   "do_user_addr_fault",
		"exc_page_fault",    "asm_exc_page_fault", NULL,
	};
	struct incident *incident = sample_other_trigger();

	incident->scope = SCOPE_GLOBAL;
	free(incident->message);
	incident->message = sample_text("Out of memory");
	free(incident->limit.cgroup);
	incident->limit = (struct limit){0};
	stack_clear(&incident->trigger.kernel_stack);
	sample_kernel_stack(&incident->trigger.kernel_stack, symbols);
	free(incident->trigger.gfp_flags);
	incident->trigger.gfp_flags = sample_text("GFP_HIGHUSER_MOVABLE|__GFP_COMP");
	incident->trigger.gfp_mask = num_of(0x140cca);
	return incident;
}

#endif
