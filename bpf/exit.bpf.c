// SPDX-License-Identifier: GPL-2.0
/*
 * Tells when processes end that the kernel killed for memory, whoever asked for their death. An
 * object of its own: where it does not load, the OOM hooks work without.
 *
 * Before 6.16 sched_process_exit comes when the thread has let go of its memory, since then before
 * it does. The signal to the parent comes after it everywhere, but not when the parent ignores it.
 *
 * raw_tp and not tp_btf: nothing here needs typed arguments, for which the loader would have to read
 * all types of the kernel, and that takes longer than all the rest.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "event.h"

#define SIGKILL	      9
#define SIGCHLD	      17
#define SEND_SIG_PRIV 1
#define PF_EXITING    4

char LICENSE[] SEC("license") = "GPL";

struct kill {
	__u64 start_boottime_ns;
	__u64 time_ns;
};

/* By tgid: who was sent SIGKILL by the kernel, and is perhaps not marked as a victim. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct kill);
} kills SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 128 * 1024);
} deaths SEC(".maps");

static __always_inline struct ev_death *begin(__u16 kind, __s32 tgid, __s32 tid)
{
	struct ev_death *rec = bpf_ringbuf_reserve(&deaths, sizeof(*rec), 0);

	if (!rec)
		return 0;
	__builtin_memset(rec, 0, sizeof(*rec));
	rec->hdr.size = sizeof(*rec);
	rec->hdr.kind = kind;
	rec->hdr.time_ns = bpf_ktime_get_ns();
	rec->hdr.tgid = tgid;
	rec->hdr.tid = tid;
	return rec;
}

/* The current thread is on its way out. */
static __always_inline void on_end(__u16 kind, struct task_struct *task)
{
	/* The thread itself may have let go of its signal_struct; the leader is the last to. */
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct signal_struct *signal = BPF_CORE_READ(leader, signal);
	__u64 start = BPF_CORE_READ(leader, start_boottime);
	__u32 tgid = BPF_CORE_READ(task, tgid);
	struct mm_struct *mm;
	struct ev_death *rec;
	struct kill *kill;

	if (!signal || BPF_CORE_READ(signal, live.counter))
		return;
	mm = BPF_CORE_READ(signal, oom_mm);
	kill = bpf_map_lookup_elem(&kills, &tgid);
	if (kill && kill->start_boottime_ns != start)
		kill = 0;
	if (!mm && !kill)
		return;
	rec = begin(kind, (__s32)tgid, BPF_CORE_READ(task, pid));
	if (!rec)
		return;
	rec->start_boottime_ns = start;
	if (kill)
		rec->killed_ns = kill->time_ns;
	/* The mark keeps the mm_struct, but not what it describes. */
	rec->freed = mm && !BPF_CORE_READ(mm, mm_users.counter);
	bpf_ringbuf_submit(rec, BPF_RB_NO_WAKEUP);
}

SEC("raw_tp/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	on_end(EV_EXITING, task);
	return 0;
}

/* The first one counts: members of a group are sent it more than once. */
static __always_inline void note_kill(struct task_struct *task)
{
	__u32 tgid = BPF_CORE_READ(task, tgid);
	struct kill kill = {
		.start_boottime_ns = BPF_CORE_READ(task, group_leader, start_boottime),
		.time_ns = bpf_ktime_get_ns(),
	};
	struct kill *known = bpf_map_lookup_elem(&kills, &tgid);

	if (!known || known->start_boottime_ns != kill.start_boottime_ns)
		bpf_map_update_elem(&kills, &tgid, &kill, 0);
}

SEC("raw_tp/signal_generate")
int BPF_PROG(on_signal, int sig, struct kernel_siginfo *info, struct task_struct *task)
{
	struct task_struct *sender = (void *)bpf_get_current_task();

	if (sig == SIGKILL && info == (void *)SEND_SIG_PRIV)
		note_kill(task);
	else if (sig == SIGCHLD && (BPF_CORE_READ(sender, flags) & PF_EXITING))
		on_end(EV_EXITED, sender);
	return 0;
}

SEC("raw_tp/finish_task_reaping")
int BPF_PROG(on_reaped, int pid)
{
	struct ev_death *rec = begin(EV_REAPED, 0, pid);

	if (rec)
		bpf_ringbuf_submit(rec, BPF_RB_NO_WAKEUP);
	return 0;
}
