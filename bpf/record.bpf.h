/* SPDX-License-Identifier: GPL-2.0 */
/* The way out of the kernel: the ring buffer, and the header every record begins with. */
#ifndef OOMTRACE_RECORD_BPF_H
#define OOMTRACE_RECORD_BPF_H

#include "event.h"

/* Set by the loader. */
const volatile __u32 nr_cpus = 1;
const volatile __u32 page_size = 4096;

#define RING_SIZE (1 << 20)

/* About forty invocations of the OOM killer: what the loader may lag behind before any is lost. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RING_SIZE);
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
	struct mem_cgroup *memcg;
	__u32 repeat;	/* the same cgroup and outcome as the invocation before */
	__u32 selected; /* this invocation chose a victim */
	__u32 weighed;	/* for that it looked at somebody */
	__u32 spared;	/* it is only counted */
	__u32 hold;	/* enum ev_hold */
	__u32 resolved; /* the code was looked up at the mark */
	__u32 killed;	/* somebody has been sent SIGKILL, or was about to */
	__s32 last_tid;
	__s32 victim_tgid;
	struct mm_struct *victim_mm; /* of the one killed last */
	__s32 tid;		     /* of the task inside out_of_memory(), 0 when none is */
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

/* Invocations that came to nothing, like the one before them, and were only counted. */
__u64 ring_repeats;

/* While its victim dies, a task that writes a limit enters the OOM killer some thousand times. */
static __always_inline bool spare_ring(void)
{
	return current_oom.repeat && bpf_ringbuf_query(&records, BPF_RB_AVAIL_DATA) > RING_SIZE / 4;
}

/*
 * With `any_task`, it is like the one before whoever asks: on a machine without memory many tasks
 * do, and each of them again, until the victim is gone.
 */
static __always_inline void begin_incident(struct oom_control *oc, struct mem_cgroup *memcg,
					   bool any_task)
{
	__s32 tid = (__s32)bpf_get_current_pid_tgid();

	current_oom.repeat = (any_task || current_oom.last_tid == tid) &&
			     current_oom.memcg == memcg && !current_oom.selected;
	current_oom.last_tid = tid;
	current_oom.memcg = memcg;
	current_oom.selected = 0;
	current_oom.killed = 0;
	current_oom.resolved = 0;
	current_oom.victim_tgid = 0;
	current_oom.victim_mm = NULL;
	current_oom.incident++;
	current_oom.oc = oc;
	current_oom.hold = EV_HOLD_NONE;
	current_oom.hold_ns = 0;
	current_oom.hold_end_ns = 0;
	current_oom.tid = tid;
}

#endif
