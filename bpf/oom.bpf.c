// SPDX-License-Identifier: GPL-2.0
/*
 * The OOM path. One body per fact (on_*), one thin entry point per tier; the loader loads the entry
 * points of one tier. Everything here runs inside the OOM killer, in the task that asked for the
 * memory, and the kernel's oom_lock lets only one task in at a time, so the state of the
 * invocation under way is a plain global.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "event.h"
#include "candidates.bpf.h"
#include "file_path.bpf.h"
#include "hold.bpf.h"
#include "modules.bpf.h"
#include "names.bpf.h"
#include "panic.bpf.h"
#include "record.bpf.h"
#include "task.bpf.h"
#include "trigger.bpf.h"
#include "user_state.bpf.h"
#include "victim.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/*
 * The OOM killer was entered. oc is NULL where only its end can be seen; `head` as in
 * read_trigger().
 */
static __always_inline void on_invoked(void *ctx, struct oom_control *oc, struct mem_cgroup *limit,
				       __u32 limit_flags, struct stack_head head, bool has_loop)
{
	struct ev_invoked *rec = RESERVE(ev_invoked, EV_INVOKED);

	if (!rec)
		return;
	rec->has_oom_control = !!oc;
	rec->gfp_mask = oc ? BPF_CORE_READ(oc, gfp_mask) : 0;
	rec->order = oc ? BPF_CORE_READ(oc, order) : 0;
	read_limit(&rec->limit, limit, has_loop);
	rec->limit.flags |= limit_flags;
	read_trigger(ctx, rec, head, has_loop);
	/* A reader at work on this CPU could not read the victim: it is woken up for that. */
	bpf_ringbuf_submit(rec, BPF_RB_NO_WAKEUP);
}

/* Executable and command line of the victim, as far as the kernel can tell them by itself. */
static __always_inline void on_named(struct task_struct *victim, bool has_loop)
{
	struct task_struct *current = (void *)bpf_get_current_task();
	struct mm_struct *mm = BPF_CORE_READ(victim, mm);
	__u32 tgid = BPF_CORE_READ(victim, tgid);
	struct ev_cmdline *known = bpf_map_lookup_elem(&known_cmdlines, &tgid);
	struct ev_names *rec = RESERVE(ev_names, EV_NAMES);
	struct file *exe;

	if (!rec)
		return;
	rec->victim_tgid = tgid;
	rec->cmdline_source = EV_CMDLINE_NONE;
	rec->cmdline.len = 0;
	rec->exe.flags = 0;
	rec->exe.len = 0;
	exe = BPF_CORE_READ(mm, exe_file);
	if (exe)
		read_file_path(&rec->exe, exe, has_loop);
	if (mm && mm == BPF_CORE_READ(current, mm) && read_own_cmdline(&rec->cmdline, mm)) {
		rec->cmdline_source = EV_CMDLINE_LIVE;
	} else if (known &&
		   same_start(known, BPF_CORE_READ(victim, group_leader, start_boottime))) {
		bpf_probe_read_kernel(&rec->cmdline, sizeof(rec->cmdline), known);
		rec->cmdline_source = EV_CMDLINE_AT_EXEC;
	}
	bpf_ringbuf_submit(rec, BPF_RB_NO_WAKEUP);
}

static __always_inline __u32 blocked_reads(struct task_struct *task)
{
	__u32 locks = 0;

	if (compat_mmap_lock_blocks(BPF_CORE_READ(task, mm)))
		locks |= EV_LOCK_MMAP;
	if (compat_exec_lock_blocks(BPF_CORE_READ(task, signal)))
		locks |= EV_LOCK_EXEC;
	return locks;
}

/*
 * A victim was chosen and is about to be killed, or let die. With an oom_control, decides whether
 * the kernel is to wait; returns EV_HOLD_YES then, and otherwise why not. `threads` replaces their
 * number now, unless it is 0.
 */
static __always_inline __u32 on_selected(struct oom_control *oc, const char *message,
					 struct task_struct *chosen, struct mem_cgroup *limit,
					 __u32 limit_flags, __u32 threads, bool has_loop)
{
	/* Without an oom_control the kernel names the one that it found the memory of. */
	struct task_struct *victim = oc ? find_task_mm(chosen) : chosen;
	struct mem_cgroup *group;
	struct ev_selected *rec;
	__u32 decision;

	if (!victim)
		victim = chosen;
	on_named(victim, has_loop);
	rec = RESERVE(ev_selected, EV_SELECTED);
	if (!rec)
		return EV_HOLD_NO_RECORD;
	rec->has_oom_control = !!oc;
	rec->constraint = oc ? BPF_CORE_READ(oc, constraint) : 0;
	rec->total_pages = oc ? BPF_CORE_READ(oc, totalpages) : 0;
	rec->chosen_points = oc ? BPF_CORE_READ(oc, chosen_points) : 0;
	rec->message[0] = 0;
	if (message)
		bpf_probe_read_kernel_str(rec->message, sizeof(rec->message), message);
	read_task(&rec->victim, victim, has_loop);
	if (threads)
		rec->victim.threads = threads;
	read_memory(&rec->memory, BPF_CORE_READ(victim, mm), nr_cpus, has_loop);
	read_limit(&rec->limit, limit, has_loop);
	rec->limit.flags |= limit_flags;
	group = find_oom_group(victim, limit, has_loop);
	if (group)
		rec->limit.flags |= EV_LIMIT_OOM_GROUP;
	rec->group_id = BPF_CORE_READ(group, css.cgroup, kn, id);
	rec->locks = blocked_reads(victim);
	rec->trigger_locks = blocked_reads((void *)bpf_get_current_task());
	rec->unweighed = oc && !current_oom.weighed;
	decision = oc ? decide_hold(rec, (__u64)BPF_CORE_READ(victim, mm)) : EV_HOLD_DISABLED;
	rec->hold = decision;
	bpf_ringbuf_submit(rec, oc ? BPF_RB_FORCE_WAKEUP : 0);
	return decision;
}

static __always_inline void on_returned(__u32 result)
{
	struct oom_control *oc = current_oom.oc;
	struct task_struct *chosen;
	struct ev_returned *rec;

	if (!inside_oom())
		return;
	/* Nothing killable is news, aborted is not. */
	if (current_oom.spared && !current_oom.selected && (result & 0xff)) {
		__sync_fetch_and_add(&ring_repeats, 1);
		current_oom.tid = 0;
		return;
	}
	if (!current_oom.selected)
		send_candidates();
	rec = RESERVE(ev_returned, EV_RETURNED);
	if (rec) {
		chosen = BPF_CORE_READ(oc, chosen);
		rec->result = result & 0xff;
		rec->chosen = !chosen		     ? EV_CHOSEN_NONE
			      : chosen == (void *)-1 ? EV_CHOSEN_ABORTED
						     : EV_CHOSEN_TASK;
		rec->constraint = BPF_CORE_READ(oc, constraint);
		rec->hold = current_oom.hold;
		rec->hold_ns = current_oom.hold_ns;
		rec->hold_end_ns = current_oom.hold_end_ns;
		bpf_ringbuf_submit(rec, BPF_RB_FORCE_WAKEUP);
	}
	current_oom.tid = 0;
}

/* Who asks, where it left user space, and which code it has there. */
static __always_inline void send_invoked(void *ctx, struct oom_control *oc, struct stack_head head,
					 bool has_loop)
{
	on_user_state(has_loop);
	on_invoked(ctx, oc, BPF_CORE_READ(oc, memcg), 0, head, has_loop);
	on_user_modules(ctx, page_size, has_loop);
}

static __always_inline void on_out_of_memory(void *ctx, struct oom_control *oc,
					     struct stack_head head, bool has_loop)
{
	struct mem_cgroup *memcg = BPF_CORE_READ(oc, memcg);

	begin_incident(oc, memcg, has_loop);
	begin_candidates();
	current_oom.spared = spare_ring();
	if (current_oom.spared)
		return;
	send_invoked(ctx, oc, head, has_loop);
}

static __always_inline void on_oom_kill_process(void *ctx, struct oom_control *oc,
						const char *message, struct stack_head head,
						bool has_loop)
{
	if (!inside_oom())
		return;
	/* It is not like the one before after all. */
	if (has_loop && current_oom.spared) {
		current_oom.spared = 0;
		send_invoked(ctx, oc, head, true);
	}
	current_oom.selected = 1;
	current_oom.weighed = anybody_weighed();
	keep_chosen(oc, has_loop);
	send_candidates();
	current_oom.hold = on_selected(oc, message, BPF_CORE_READ(oc, chosen),
				       BPF_CORE_READ(oc, memcg), 0, 0, has_loop);
	if (current_oom.hold == EV_HOLD_YES)
		hold(has_loop);
	/* Nobody has read maps in time. */
	if (!interrupts_masked() && *(volatile __u64 *)&hold_code_read != current_oom.incident)
		on_stack_modules(has_loop);
}

/* mark_victim is all there is: make the records that the other tiers get from their own hooks. */
static __always_inline void on_mark_only(void *ctx, struct task_struct *victim, bool has_loop)
{
	/* First of all: SIGKILL has been sent, and the victim's threads begin to exit. */
	__u32 threads = BPF_CORE_READ(victim, signal, nr_threads);
	struct mem_cgroup *limit =
		derive_limit((void *)bpf_get_current_task(), victim, nr_cpus, has_loop);
	__u32 flags = limit ? EV_LIMIT_DERIVED : 0;

	begin_incident(NULL, NULL, false);
	on_user_state(has_loop);
	on_invoked(ctx, NULL, limit, flags, (struct stack_head){}, has_loop);
	note_victim(victim);
	on_selected(NULL, NULL, victim, limit, flags, threads, has_loop);
	on_user_modules(ctx, page_size, has_loop);
	on_stack_modules(has_loop);
}

/*
 * The entry points. Of each pair the one with a loop in its name is for kernels that have
 * bpf_loop() and bpf_find_vma() (both 5.17).
 */

/* fentry tier */

SEC("?fentry/out_of_memory")
int BPF_PROG(fentry_out_of_memory, struct oom_control *oc)
{
	on_out_of_memory(ctx, oc, (struct stack_head){}, false);
	return 0;
}

SEC("?fentry/out_of_memory")
int BPF_PROG(fentry_out_of_memory_loop, struct oom_control *oc)
{
	on_out_of_memory(ctx, oc, (struct stack_head){.function = bpf_get_func_ip(ctx)}, true);
	return 0;
}

SEC("?fentry/oom_kill_process")
int BPF_PROG(fentry_oom_kill_process, struct oom_control *oc, const char *message)
{
	on_oom_kill_process(ctx, oc, message, (struct stack_head){}, false);
	return 0;
}

SEC("?fentry/oom_kill_process")
int BPF_PROG(fentry_oom_kill_process_loop, struct oom_control *oc, const char *message)
{
	on_oom_kill_process(ctx, oc, message, (struct stack_head){.function = bpf_get_func_ip(ctx)},
			    true);
	return 0;
}

/* Before SIGKILL: afterwards the victim is on its way out. */
static __always_inline void on_killed_with_stack(struct task_struct *victim, bool has_loop)
{
	struct ev_killed *rec = on_killed(victim, has_loop);

	if (!rec)
		return;
	rec->kernel_stack_tid = BPF_CORE_READ(victim, pid);
	if (rec->kernel_stack_tid != (__s32)bpf_get_current_pid_tgid())
		rec->kernel_stack_size =
			bpf_get_task_stack(victim, rec->kernel_stack, sizeof(rec->kernel_stack), 0);
	bpf_ringbuf_submit(rec, 0);
}

SEC("?fentry/__oom_kill_process")
int BPF_PROG(fentry___oom_kill_process, struct task_struct *victim)
{
	on_killed_with_stack(victim, false);
	return 0;
}

SEC("?fentry/__oom_kill_process")
int BPF_PROG(fentry___oom_kill_process_loop, struct task_struct *victim)
{
	on_killed_with_stack(victim, true);
	return 0;
}

SEC("?fexit/out_of_memory")
int BPF_PROG(fexit_out_of_memory, struct oom_control *oc, long result)
{
	on_returned(result);
	return 0;
}

SEC("?fentry/dump_header")
int BPF_PROG(fentry_dump_header, struct oom_control *oc)
{
	on_dump_header(oc, false);
	return 0;
}

SEC("?fentry/dump_header")
int BPF_PROG(fentry_dump_header_loop, struct oom_control *oc)
{
	on_dump_header(oc, true);
	return 0;
}

/* Here a field costs a load in place of a call, which tells among many tasks. */
SEC("?fentry/oom_evaluate_task")
int BPF_PROG(fentry_oom_evaluate_task, struct task_struct *task, struct oom_control *oc)
{
	on_evaluate(task, oc, task->tgid, task->signal->oom_mm, false);
	return 0;
}

SEC("?fentry/oom_evaluate_task")
int BPF_PROG(fentry_oom_evaluate_task_loop, struct task_struct *task, struct oom_control *oc)
{
	on_evaluate(task, oc, task->tgid, task->signal->oom_mm, true);
	return 0;
}

SEC("?fexit/oom_badness")
int BPF_PROG(fexit_oom_badness, struct task_struct *task, unsigned long total, long points)
{
	on_badness(task, points, false);
	return 0;
}

SEC("?fexit/oom_badness")
int BPF_PROG(fexit_oom_badness_loop, struct task_struct *task, unsigned long total, long points)
{
	on_badness(task, points, true);
	return 0;
}

/* kprobe tier */

SEC("?kprobe/out_of_memory")
int BPF_KPROBE(kprobe_out_of_memory, struct oom_control *oc)
{
	on_out_of_memory(ctx, oc, (struct stack_head){.caller = compat_kprobe_caller(ctx)}, false);
	return 0;
}

SEC("?kprobe/out_of_memory")
int BPF_KPROBE(kprobe_out_of_memory_loop, struct oom_control *oc)
{
	on_out_of_memory(ctx, oc, (struct stack_head){.caller = compat_kprobe_caller(ctx)}, true);
	return 0;
}

SEC("?kprobe/oom_kill_process")
int BPF_KPROBE(kprobe_oom_kill_process, struct oom_control *oc, const char *message)
{
	on_oom_kill_process(ctx, oc, message, (struct stack_head){}, false);
	return 0;
}

SEC("?kprobe/oom_kill_process")
int BPF_KPROBE(kprobe_oom_kill_process_loop, struct oom_control *oc, const char *message)
{
	on_oom_kill_process(ctx, oc, message,
			    (struct stack_head){.caller = compat_kprobe_caller(ctx)}, true);
	return 0;
}

static __always_inline void on_killed_without_stack(struct task_struct *victim, bool has_loop)
{
	struct ev_killed *rec = on_killed(victim, has_loop);

	if (rec)
		bpf_ringbuf_submit(rec, 0);
}

SEC("?kprobe/__oom_kill_process")
int BPF_KPROBE(kprobe___oom_kill_process, struct task_struct *victim)
{
	on_killed_without_stack(victim, false);
	return 0;
}

SEC("?kprobe/__oom_kill_process")
int BPF_KPROBE(kprobe___oom_kill_process_loop, struct task_struct *victim)
{
	on_killed_without_stack(victim, true);
	return 0;
}

SEC("?kretprobe/out_of_memory")
int BPF_KRETPROBE(kretprobe_out_of_memory, long result)
{
	on_returned(result);
	return 0;
}

SEC("?kprobe/dump_header")
int BPF_KPROBE(kprobe_dump_header, struct oom_control *oc)
{
	on_dump_header(oc, false);
	return 0;
}

SEC("?kprobe/dump_header")
int BPF_KPROBE(kprobe_dump_header_loop, struct oom_control *oc)
{
	on_dump_header(oc, true);
	return 0;
}

SEC("?kprobe/oom_evaluate_task")
int BPF_KPROBE(kprobe_oom_evaluate_task, struct task_struct *task, struct oom_control *oc)
{
	on_evaluate(task, oc, BPF_CORE_READ(task, tgid), BPF_CORE_READ(task, signal, oom_mm),
		    false);
	return 0;
}

SEC("?kprobe/oom_evaluate_task")
int BPF_KPROBE(kprobe_oom_evaluate_task_loop, struct task_struct *task, struct oom_control *oc)
{
	on_evaluate(task, oc, BPF_CORE_READ(task, tgid), BPF_CORE_READ(task, signal, oom_mm), true);
	return 0;
}

SEC("?kretprobe/oom_badness")
int BPF_KRETPROBE(kretprobe_oom_badness, long points)
{
	on_badness(candidate_state.task, points, false);
	return 0;
}

SEC("?kretprobe/oom_badness")
int BPF_KRETPROBE(kretprobe_oom_badness_loop, long points)
{
	on_badness(candidate_state.task, points, true);
	return 0;
}

static __always_inline long note_reader_cgroup(__u32 depth, bool has_loop)
{
	struct mem_cgroup *memcg = limit_walk.memcg;

	if (!memcg)
		return 1;
	hold_reader_cgroups[depth & (EV_MEMCG_DEPTH - 1)] =
		BPF_CORE_READ(memcg, css.cgroup, kn, id);
	limit_walk.memcg = parent_memcg(memcg);
	return 0;
}

DEFINE_LOOP(note_reader_cgroup)

static __always_inline void on_reader(bool has_loop)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	hold_reader_tgid = bpf_get_current_pid_tgid() >> 32;
	hold_reader_mm = (__u64)BPF_CORE_READ(task, mm);
	limit_walk.memcg = task_memcg(task);
	loop(EV_MEMCG_DEPTH, note_reader_cgroup, has_loop);
}

/* Run by the reader itself, never attached: tells whom not to wait for. */
SEC("?raw_tp/sys_enter")
int note_reader(void *ctx)
{
	on_reader(false);
	return 0;
}

SEC("?raw_tp/sys_enter")
int note_reader_loop(void *ctx)
{
	on_reader(true);
	return 0;
}

/* Both of these tiers: the mark itself. */

static __always_inline void on_mark(void *ctx, struct task_struct *task, bool has_loop)
{
	__s32 pid = (__s32)((__u64 *)ctx)[0];

	if (!inside_oom())
		return;
	/* Only from here on could the code be looked up. */
	if (interrupts_masked() && !current_oom.resolved) {
		current_oom.resolved = 1;
		on_user_modules(ctx, page_size, has_loop);
		on_stack_modules(has_loop);
	}
	if (compat_mark_victim_has_task()) {
		on_dying(task, has_loop);
		on_marked(task);
		return;
	}
	/* Unless somebody was selected, it is the one that asks. */
	on_dying((void *)bpf_get_current_task(), has_loop);
	on_marked_pid(pid);
}

SEC("?tp_btf/mark_victim")
int BPF_PROG(tp_mark_victim, struct task_struct *task)
{
	on_mark(ctx, task, false);
	return 0;
}

SEC("?tp_btf/mark_victim")
int BPF_PROG(tp_mark_victim_loop, struct task_struct *task)
{
	on_mark(ctx, task, true);
	return 0;
}

SEC("?tp_btf/signal_generate")
int BPF_PROG(tp_signal_sharer, int sig, struct kernel_siginfo *info, struct task_struct *task)
{
	on_signal(sig, info, task, false);
	return 0;
}

SEC("?tp_btf/signal_generate")
int BPF_PROG(tp_signal_sharer_loop, int sig, struct kernel_siginfo *info, struct task_struct *task)
{
	on_signal(sig, info, task, true);
	return 0;
}

/* tracepoint tier */

static __always_inline void on_only_mark(void *ctx, struct task_struct *victim, bool has_loop)
{
	if (!compat_mark_victim_has_task())
		return;
	on_mark_only(ctx, victim, has_loop);
	on_marked(victim);
}

SEC("?tp_btf/mark_victim")
int BPF_PROG(tp_mark_victim_only, struct task_struct *task)
{
	on_only_mark(ctx, task, false);
	return 0;
}

SEC("?tp_btf/mark_victim")
int BPF_PROG(tp_mark_victim_only_loop, struct task_struct *task)
{
	on_only_mark(ctx, task, true);
	return 0;
}

/*
 * Where mark_victim passes only a pid: the signal the kernel sends just before, in the same task,
 * has the victim.
 */
SEC("?tp_btf/signal_generate")
int BPF_PROG(tp_signal_generate, int sig, struct kernel_siginfo *info, struct task_struct *task)
{
	if (sig != SIGKILL || info != (void *)SEND_SIG_PRIV)
		return 0;
	current_oom.signalled = task;
	current_oom.signalled_pid = BPF_CORE_READ(task, pid);
	return 0;
}

static __always_inline void on_only_mark_pid(void *ctx, __s32 pid, bool has_loop)
{
	if (compat_mark_victim_has_task())
		return;
	if (current_oom.signalled && current_oom.signalled_pid == pid) {
		on_mark_only(ctx, current_oom.signalled, has_loop);
		on_marked_pid(pid);
	}
	current_oom.signalled = NULL;
}

SEC("?tp_btf/mark_victim")
int BPF_PROG(tp_mark_victim_pid)
{
	on_only_mark_pid(ctx, (__s32)ctx[0], false);
	return 0;
}

SEC("?tp_btf/mark_victim")
int BPF_PROG(tp_mark_victim_pid_loop)
{
	on_only_mark_pid(ctx, (__s32)ctx[0], true);
	return 0;
}
