/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records as the BPF side writes them, for the tests of what reads them. Each is allocated with
 * exactly its own size, so that a byte too many is an error of the address sanitizer.
 */
#ifndef OOMTRACE_SAMPLE_RECORDS_H
#define OOMTRACE_SAMPLE_RECORDS_H

#include "decode.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLE_TRIGGER_TID 101
#define SAMPLE_VICTIM_TGID 200
#define SAMPLE_HOLD_NS	   700000

static const struct decode_units sample_units = {
	.realtime_minus_monotonic_ns = 1000000,
	.realtime_minus_boottime_ns = 900000,
	.page_size = 4096,
};

static inline void *sample_record(size_t size, uint16_t kind, uint64_t incident)
{
	struct ev_header *hdr = calloc(1, size);

	if (!hdr)
		abort();
	*hdr = (struct ev_header){
		.size = (uint32_t)size,
		.kind = kind,
		.incident = incident,
		.time_ns = 5000 + incident,
		.tgid = 100,
		.tid = SAMPLE_TRIGGER_TID,
	};
	return hdr;
}

/* "/a/b" becomes "b\0a\0"; returns its length. */
static inline uint16_t sample_path_names(char *names, const char *path)
{
	const char *end = path + strlen(path);
	size_t len = 0;

	while (end > path) {
		const char *slash = memrchr(path, '/', (size_t)(end - path));
		size_t name = (size_t)(end - slash - 1);

		if (!name)
			break;
		memcpy(names + len, slash + 1, name);
		names[len + name] = '\0';
		len += name + 1;
		end = slash;
	}
	return (uint16_t)len;
}

static inline void sample_path(struct ev_cgroup_path *out, const char *path)
{
	out->flags = EV_PATH_VALID;
	out->len = sample_path_names(out->names, path);
}

static inline void sample_file(struct ev_file_path *out, const char *path)
{
	out->flags = EV_PATH_VALID;
	out->len = sample_path_names(out->names, path);
}

static inline void sample_task(struct ev_task *task, int32_t tgid, int32_t tid, const char *cgroup)
{
	*task = (struct ev_task){
		.tgid = tgid,
		.tid = tid,
		.ns_tgid = 7,
		.ppid = 1,
		.uid = 1000,
		.oom_score_adj = 300,
		.threads = 3,
		.flags = EV_TASK_CGROUP_V2,
		.start_boottime_ns = 4000,
		.cgroup_ids = {12, 11, 1},
		.comm = "sample",
	};
	sample_path(&task->cgroup, cgroup);
}

static inline void sample_memory(struct ev_memory *memory)
{
	*memory = (struct ev_memory){
		.valid = 1,
		.total_vm_pages = 5000,
		.pgtables_bytes = 8 * 4096,
		.exact_pages = {10, 200, 30, 4},
		.fast_pages = {10, 200, 30, 4},
	};
}

static inline void sample_limit(struct ev_limit *limit, uint32_t flags)
{
	*limit = (struct ev_limit){
		.flags = EV_LIMIT_VALID | flags,
		.usage_pages = 1024,
		.max_pages = 1024,
		.swap_usage_pages = 5,
		.swap_max_pages = 64,
		.failcnt = 9,
		.cgroup_ids = {11, 1},
	};
	sample_path(&limit->cgroup, "/a");
}

static inline struct ev_invoked *sample_invoked(uint64_t incident)
{
	struct ev_invoked *rec = sample_record(sizeof(*rec), EV_INVOKED, incident);

	rec->has_oom_control = 1;
	rec->gfp_mask = 0xcc0;
	rec->kernel_stack_size = 3 * 8;
	rec->user_stack_size = 2 * 8;
	rec->user_build_ids_size = -14;
	for (size_t i = 0; i < EV_STACK_DEPTH; i++)
		rec->kernel_stack[i] = 0xffffffff81000000 + i;
	for (size_t i = 0; i < EV_USER_DEPTH; i++)
		rec->user_stack[i] = 0x401000 + i;
	sample_task(&rec->trigger, 100, SAMPLE_TRIGGER_TID, "/a/b");
	sample_limit(&rec->limit, 0);
	return rec;
}

static inline struct ev_selected *sample_selected(uint64_t incident)
{
	struct ev_selected *rec = sample_record(sizeof(*rec), EV_SELECTED, incident);

	rec->hold = EV_HOLD_YES;
	rec->has_oom_control = 1;
	rec->constraint = 3;
	rec->total_pages = 10000;
	rec->chosen_points = 10 + 200 + 30 + 4 + 8 + 300 * 10;
	strcpy(rec->message, "Memory cgroup out of memory");
	sample_task(&rec->victim, SAMPLE_VICTIM_TGID, SAMPLE_VICTIM_TGID, "/a/c");
	sample_memory(&rec->memory);
	sample_limit(&rec->limit, 0);
	return rec;
}

static inline struct ev_killed *sample_killed(uint64_t incident, int32_t tgid)
{
	struct ev_killed *rec = sample_record(sizeof(*rec), EV_KILLED, incident);

	sample_task(&rec->victim, tgid, tgid, "/a/c");
	sample_memory(&rec->memory);
	return rec;
}

static inline struct ev_killed *sample_sharer(uint64_t incident, int32_t tgid)
{
	struct ev_killed *rec = sample_killed(incident, tgid);

	rec->hdr.kind = EV_SHARER;
	return rec;
}

static inline struct ev_killed *sample_dying(uint64_t incident, int32_t tgid)
{
	struct ev_killed *rec = sample_killed(incident, tgid);

	rec->hdr.kind = EV_DYING;
	return rec;
}

static inline struct ev_marked *sample_marked(uint64_t incident, int32_t tgid)
{
	struct ev_marked *rec = sample_record(sizeof(*rec), EV_MARKED, incident);

	rec->victim_tgid = tgid;
	rec->victim_tid = tgid;
	rec->kernel_stack_size = 2 * 8;
	for (size_t i = 0; i < EV_STACK_DEPTH; i++)
		rec->kernel_stack[i] = 0xffffffff82000000 + i;
	return rec;
}

static inline struct ev_returned *sample_returned(uint64_t incident, uint32_t result,
						  uint32_t chosen)
{
	struct ev_returned *rec = sample_record(sizeof(*rec), EV_RETURNED, incident);

	rec->result = result;
	rec->chosen = chosen;
	rec->constraint = 3;
	if (chosen == EV_CHOSEN_TASK) {
		rec->hold = EV_HOLD_ACKNOWLEDGED;
		rec->hold_ns = SAMPLE_HOLD_NS;
		rec->hold_end_ns = rec->hdr.time_ns;
	}
	return rec;
}

static inline struct ev_panic *sample_panic(uint64_t incident, uint32_t cause)
{
	struct ev_panic *rec = sample_record(sizeof(*rec), EV_PANICKING, incident);

	rec->cause = cause;
	return rec;
}

/* Exactly as long as its modules. */
static inline struct ev_modules *sample_modules(uint64_t incident, uint32_t count)
{
	struct ev_modules *rec = sample_record(offsetof(struct ev_modules, modules) +
						       count * sizeof(struct ev_module),
					       EV_MODULES_MAPPED, incident);

	rec->count = count;
	for (uint32_t i = 0; i < count; i++) {
		struct ev_module *module = &rec->modules[i];

		module->start = 0x400000 + i * 0x100000;
		module->end = module->start + 0x10000;
		module->file_offset = 0x1000;
		module->inode = 77 + i;
		module->dev = 8 << 20 | 1;
		sample_file(&module->path, "/bin/app");
	}
	return rec;
}

static inline struct ev_names *sample_names(uint64_t incident, uint32_t source)
{
	static const char text[] = "app\0--size\0"
				   "8";
	struct ev_names *rec = sample_record(sizeof(*rec), EV_NAMES, incident);

	rec->victim_tgid = SAMPLE_VICTIM_TGID;
	rec->cmdline_source = source;
	if (source != EV_CMDLINE_NONE) {
		memcpy(rec->cmdline.text, text, sizeof(text));
		rec->cmdline.len = sizeof(text);
	}
	sample_file(&rec->exe, "/bin/app");
	return rec;
}

#endif
