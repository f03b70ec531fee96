// SPDX-License-Identifier: GPL-2.0
/*
 * Who waits where nobody is killed: with oom_kill_disable of cgroup v1 a task that faults at the
 * limit sleeps in mem_cgroup_oom_synchronize() until there is memory, or it is killed, and the kernel
 * says nothing of it. An object of its own: the function is only there where the memory controller of
 * version 1 is, and the OOM hooks work without.
 *
 * Unlike the OOM killer any number of tasks may be in there at once. The first that waits in a cgroup
 * is described, all others are only named.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "event.h"
#include "modules.bpf.h"
#include "record.bpf.h"
#include "task.bpf.h"
#include "trigger.bpf.h"
#include "user_state.bpf.h"

#define SIGKILL_BIT (1UL << 8)
/* Below the time's, a CPU's number: what two CPUs begin at the same moment is not the same. */
#define INCIDENT_CPU_MASK 1023ULL

char LICENSE[] SEC("license") = "GPL";

/* Set by the loader: tell of each process apart, since only some are asked for. */
const volatile bool by_process;

/* Set by a look, for the loader: may fexit programs be attached to what tasks sleep in? */
bool fexit_may_sleep;

/* Where somebody waits. The loader removes what is over. */
struct place {
	__u64 cgroup_id;
	__u64 tgid; /* 0 unless by_process */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct place);
	__type(value, __u64); /* the incident */
} places SEC(".maps");

struct waiter {
	__u64 incident;
	__u64 cgroup_id;
	__u64 start_boottime_ns; /* thread ids are used again */
};

/* By tid: those inside. One that is pushed out is missed by the loader, which looks for it then. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, struct waiter);
} waiters SEC(".maps");

/* What is described lies in memory that all CPUs share: its only element is there while one does. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} describing SEC(".maps");

static __always_inline __u64 incident_at(struct mem_cgroup *memcg, __u32 tgid, bool *ret_first)
{
	struct place place = {
		.cgroup_id = BPF_CORE_READ(memcg, css.cgroup, kn, id),
		.tgid = by_process ? tgid : 0,
	};
	__u64 id = (bpf_ktime_get_ns() & ~INCIDENT_CPU_MASK) |
		   (bpf_get_smp_processor_id() & INCIDENT_CPU_MASK);
	__u64 *known = bpf_map_lookup_elem(&places, &place);

	*ret_first = false;
	if (known)
		return *known;
	*ret_first = !bpf_map_update_elem(&places, &place, &id, BPF_NOEXIST);
	if (*ret_first)
		return id;
	known = bpf_map_lookup_elem(&places, &place);
	return known ? *known : id;
}

static __always_inline void fill_wait(struct ev_wait *rec, struct task_struct *task,
				      const struct waiter *waiter, __u32 flags)
{
	rec->hdr.incident = waiter->incident;
	rec->start_boottime_ns = waiter->start_boottime_ns;
	rec->cgroup_id = waiter->cgroup_id;
	rec->flags = flags;
	rec->reserved = 0;
	bpf_probe_read_kernel(rec->comm, sizeof(rec->comm),
			      __builtin_preserve_access_index(&task->comm));
}

static __always_inline void send_wait(__u16 kind, struct task_struct *task,
				      const struct waiter *waiter, __u32 flags)
{
	struct ev_wait *rec = RESERVE(ev_wait, kind);

	if (!rec)
		return;
	fill_wait(rec, task, waiter, flags);
	bpf_ringbuf_submit(rec, BPF_RB_NO_WAKEUP);
}

static __always_inline void on_stuck(void *ctx, struct task_struct *task, struct mem_cgroup *memcg,
				     struct stack_head head, bool has_loop)
{
	struct ev_invoked *rec;
	__u32 gfp_mask = 0;
	__s32 order = 0;

	on_user_state(has_loop);
	rec = RESERVE(ev_invoked, EV_STUCK);
	if (rec) {
		rec->has_oom_control = compat_oom_request(task, &gfp_mask, &order);
		rec->gfp_mask = gfp_mask;
		rec->order = order;
		read_limit(&rec->limit, memcg, has_loop);
		read_trigger(ctx, rec, head, has_loop);
		bpf_ringbuf_submit(rec, BPF_RB_NO_WAKEUP);
	}
	on_user_modules(ctx, page_size, has_loop);
	/* It waits, but may be killed before anybody reads its maps. */
	on_stack_modules(has_loop);
}

/* `handle`: it comes from a fault that got no memory, and not from one that could do without. */
static __always_inline void on_wait(void *ctx, unsigned long handle, struct stack_head head,
				    bool has_loop)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct mem_cgroup *memcg = compat_memcg_in_oom(task);
	__u64 id = bpf_get_current_pid_tgid();
	struct waiter waiter = {};
	__u32 key = 0, tid = id;
	bool first;

	if (!(handle & 0xff) || !memcg || !compat_oom_kill_disabled(memcg))
		return;
	waiter.cgroup_id = BPF_CORE_READ(memcg, css.cgroup, kn, id);
	waiter.start_boottime_ns = BPF_CORE_READ(task, start_boottime);
	waiter.incident = incident_at(memcg, id >> 32, &first);
	bpf_map_update_elem(&waiters, &tid, &waiter, BPF_ANY);
	if (first && !bpf_map_update_elem(&describing, &key, &tid, BPF_NOEXIST)) {
		current_oom.incident = waiter.incident;
		on_stuck(ctx, task, memcg, head, has_loop);
		bpf_map_delete_elem(&describing, &key);
	}
	send_wait(EV_WAIT, task, &waiter, first ? EV_WAIT_FIRST : 0);
}

static __always_inline void on_woken(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u32 tid = bpf_get_current_pid_tgid();
	struct waiter *known = bpf_map_lookup_elem(&waiters, &tid);
	struct waiter waiter;
	bool killed;

	if (!known || known->start_boottime_ns != BPF_CORE_READ(task, start_boottime))
		return;
	waiter = *known;
	bpf_map_delete_elem(&waiters, &tid);
	killed = BPF_CORE_READ(task, pending.signal.sig[0]) & SIGKILL_BIT;
	send_wait(EV_WOKEN, task, &waiter, killed ? EV_WAIT_KILLED : 0);
}

/*
 * The entry points; of each pair the one with a loop in its name is for kernels that have bpf_loop()
 * and bpf_find_vma() (both 5.17).
 */

SEC("?fentry/mem_cgroup_oom_synchronize")
int BPF_PROG(fentry_wait, unsigned long handle)
{
	on_wait(ctx, handle, (struct stack_head){}, false);
	return 0;
}

SEC("?fentry/mem_cgroup_oom_synchronize")
int BPF_PROG(fentry_wait_loop, unsigned long handle)
{
	on_wait(ctx, handle, (struct stack_head){.function = bpf_get_func_ip(ctx)}, true);
	return 0;
}

SEC("?fexit/mem_cgroup_oom_synchronize")
int BPF_PROG(fexit_wait)
{
	on_woken();
	return 0;
}

SEC("?kprobe/mem_cgroup_oom_synchronize")
int BPF_KPROBE(kprobe_wait, unsigned long handle)
{
	on_wait(ctx, handle, (struct stack_head){.caller = compat_kprobe_caller(ctx)}, false);
	return 0;
}

SEC("?kprobe/mem_cgroup_oom_synchronize")
int BPF_KPROBE(kprobe_wait_loop, unsigned long handle)
{
	on_wait(ctx, handle, (struct stack_head){.caller = compat_kprobe_caller(ctx)}, true);
	return 0;
}

/* Only so many returns can be waited for at once (10, or two for each CPU): the loader looks too. */
SEC("?kretprobe/mem_cgroup_oom_synchronize")
int BPF_KRETPROBE(kretprobe_wait)
{
	on_woken();
	return 0;
}

/* Read by the loader: all that wait now, one struct ev_wait after the other. */
SEC("iter/task")
int look(struct bpf_iter__task *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct task_struct *task = ctx->task;
	struct mem_cgroup *memcg = task ? compat_memcg_in_oom(task) : NULL;
	struct ev_wait rec = {};
	struct waiter waiter;
	bool first;

	fexit_may_sleep = compat_fexit_may_sleep();
	if (!memcg || !compat_oom_kill_disabled(memcg) || !compat_sleeps_killable(task))
		return 0;
	fill_header(&rec.hdr, sizeof(rec), EV_WAIT);
	rec.hdr.tgid = BPF_CORE_READ(task, tgid);
	rec.hdr.tid = BPF_CORE_READ(task, pid);
	waiter.cgroup_id = BPF_CORE_READ(memcg, css.cgroup, kn, id);
	waiter.start_boottime_ns = BPF_CORE_READ(task, start_boottime);
	waiter.incident = incident_at(memcg, rec.hdr.tgid, &first);
	fill_wait(&rec, task, &waiter, EV_WAIT_FOUND);
	bpf_seq_write(seq, &rec, sizeof(rec));
	return 0;
}
