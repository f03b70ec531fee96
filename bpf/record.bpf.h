/* SPDX-License-Identifier: GPL-2.0 */
/* The way out of the kernel: the ring buffer, and the header every record begins with. */
#ifndef OOMTRACE_RECORD_BPF_H
#define OOMTRACE_RECORD_BPF_H

#include "event.h"

/* About forty invocations of the OOM killer: what the loader may lag behind before any is lost. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} records SEC(".maps");

/* Records that found no room in the ring. */
__u64 ring_drops;

/*
 * The invocation under way. The kernel's oom_lock lets one task at a time into the OOM killer, so a
 * plain global holds it.
 */
struct {
	__u64 incident;
	struct oom_control *oc;
	struct task_struct *signalled;
	__s32 signalled_pid;
	__u64 hold_ns;
	__u64 hold_end_ns;
	__u32 hold; /* enum ev_hold */
	__s32 tid;  /* of the task inside out_of_memory(), 0 when none is */
} current_oom;

static __always_inline void fill_header(struct ev_header *hdr, __u32 size, __u16 kind)
{
	__u64 id = bpf_get_current_pid_tgid();

	hdr->size = size;
	hdr->kind = kind;
	hdr->reserved = 0;
	hdr->incident = current_oom.incident;
	hdr->time_ns = bpf_ktime_get_ns();
	hdr->tgid = id >> 32;
	hdr->tid = (__u32)id;
}

/* A record with its header filled in, or NULL: then the loss is counted. */
#define RESERVE(type, kind)                                                                 \
	({                                                                                  \
		struct type *__rec = bpf_ringbuf_reserve(&records, sizeof(struct type), 0); \
		if (__rec)                                                                  \
			fill_header(&__rec->hdr, sizeof(struct type), kind);                \
		else                                                                        \
			__sync_fetch_and_add(&ring_drops, 1);                               \
		__rec;                                                                      \
	})

static __always_inline bool inside_oom(void)
{
	return current_oom.tid == (__s32)bpf_get_current_pid_tgid();
}

static __always_inline void begin_incident(struct oom_control *oc)
{
	current_oom.incident++;
	current_oom.oc = oc;
	current_oom.hold = EV_HOLD_NONE;
	current_oom.hold_ns = 0;
	current_oom.hold_end_ns = 0;
	current_oom.tid = (__s32)bpf_get_current_pid_tgid();
}

#endif
