// SPDX-License-Identifier: GPL-2.0
#include "hooks.h"

#include <errno.h>
#include <string.h>

#define ENOTSUPP 524 /* the kernel's own, without a name in user space */

#define FENTRY	   (1 << TIER_FENTRY)
#define KPROBE	   (1 << TIER_KPROBE)
#define TRACEPOINT (1 << TIER_TRACEPOINT)
#define EVERY	   (FENTRY | KPROBE | TRACEPOINT)

const struct hook hooks[] = {
	{"fentry_out_of_memory", "out_of_memory", "fentry", FENTRY, NEED_NO_LOOP},
	{"fentry_out_of_memory_loop", "out_of_memory", "fentry", FENTRY, NEED_LOOP},
	{"fentry_oom_kill_process", "oom_kill_process", "fentry", FENTRY, NEED_NO_LOOP},
	{"fentry_oom_kill_process_loop", "oom_kill_process", "fentry", FENTRY, NEED_LOOP},
	{"fentry___oom_kill_process", "__oom_kill_process", "fentry", FENTRY, NEED_NO_LOOP},
	{"fentry___oom_kill_process_loop", "__oom_kill_process", "fentry", FENTRY, NEED_LOOP},
	{"fentry_dump_header", "dump_header", "fentry", FENTRY, NEED_NO_LOOP},
	{"fentry_dump_header_loop", "dump_header", "fentry", FENTRY, NEED_LOOP},
	{"fentry_oom_evaluate_task", "oom_evaluate_task", "fentry", FENTRY, NEED_NO_LOOP},
	{"fentry_oom_evaluate_task_loop", "oom_evaluate_task", "fentry", FENTRY, NEED_LOOP},
	{"fexit_oom_badness", "oom_badness return", "fexit", FENTRY, NEED_NO_LOOP},
	{"fexit_oom_badness_loop", "oom_badness return", "fexit", FENTRY, NEED_LOOP},
	{"fexit_out_of_memory", "out_of_memory return", "fexit", FENTRY, 0},
	{"kprobe_out_of_memory", "out_of_memory", "kprobe", KPROBE, NEED_NO_LOOP},
	{"kprobe_out_of_memory_loop", "out_of_memory", "kprobe", KPROBE, NEED_LOOP},
	{"kprobe_oom_kill_process", "oom_kill_process", "kprobe", KPROBE, NEED_NO_LOOP},
	{"kprobe_oom_kill_process_loop", "oom_kill_process", "kprobe", KPROBE, NEED_LOOP},
	{"kprobe___oom_kill_process", "__oom_kill_process", "kprobe", KPROBE, NEED_NO_LOOP},
	{"kprobe___oom_kill_process_loop", "__oom_kill_process", "kprobe", KPROBE, NEED_LOOP},
	{"kprobe_dump_header", "dump_header", "kprobe", KPROBE, NEED_NO_LOOP},
	{"kprobe_dump_header_loop", "dump_header", "kprobe", KPROBE, NEED_LOOP},
	{"kprobe_oom_evaluate_task", "oom_evaluate_task", "kprobe", KPROBE, NEED_NO_LOOP},
	{"kprobe_oom_evaluate_task_loop", "oom_evaluate_task", "kprobe", KPROBE, NEED_LOOP},
	{"kretprobe_oom_badness", "oom_badness return", "kretprobe", KPROBE, NEED_NO_LOOP},
	{"kretprobe_oom_badness_loop", "oom_badness return", "kretprobe", KPROBE, NEED_LOOP},
	{"kretprobe_out_of_memory", "out_of_memory return", "kretprobe", KPROBE, 0},
	{"note_reader", "the reader", NULL, FENTRY | KPROBE, NEED_NO_LOOP},
	{"note_reader_loop", "the reader", NULL, FENTRY | KPROBE, NEED_LOOP},
	{"tp_mark_victim", "mark_victim", "tp_btf", FENTRY | KPROBE, NEED_NO_LOOP},
	{"tp_mark_victim_loop", "mark_victim", "tp_btf", FENTRY | KPROBE, NEED_LOOP},
	{"tp_signal_sharer", "signal_generate", "tp_btf", EVERY, NEED_NO_LOOP},
	{"tp_signal_sharer_loop", "signal_generate", "tp_btf", EVERY, NEED_LOOP},
	{"tp_mark_victim_only", "mark_victim", "tp_btf", TRACEPOINT, NEED_NO_LOOP | NEED_MARK_TASK},
	{"tp_mark_victim_only_loop", "mark_victim", "tp_btf", TRACEPOINT,
	 NEED_LOOP | NEED_MARK_TASK},
	{"tp_signal_generate", "signal_generate", "tp_btf", TRACEPOINT, NEED_MARK_PID},
	{"tp_mark_victim_pid", "mark_victim", "tp_btf", TRACEPOINT, NEED_NO_LOOP | NEED_MARK_PID},
	{"tp_mark_victim_pid_loop", "mark_victim", "tp_btf", TRACEPOINT, NEED_LOOP | NEED_MARK_PID},
};

const size_t hook_count = sizeof(hooks) / sizeof(hooks[0]);

bool hook_wanted(const struct hook *hook, enum tier tier, const struct hook_caps *caps)
{
	if (!(hook->tiers & (1u << tier)))
		return false;
	if ((hook->needs & NEED_LOOP) && !caps->loop)
		return false;
	if ((hook->needs & NEED_NO_LOOP) && caps->loop)
		return false;
	if ((hook->needs & NEED_MARK_TASK) && !caps->mark_victim_task)
		return false;
	if ((hook->needs & NEED_MARK_PID) && !caps->mark_victim_pid)
		return false;
	return true;
}

const char *hook_failure(const struct hook *hook, int err)
{
	const char *how = hook->how ? hook->how : "";
	bool kprobe = strstr(how, "probe");
	bool trampoline = !strcmp(how, "fentry") || !strcmp(how, "fexit");

	if (kprobe && err == -ENOENT)
		return "no kprobes in this kernel (CONFIG_KPROBES), or no such function";
	if (kprobe && err == -EACCES)
		return "perf events are refused: kernel.perf_event_paranoid above 2 wants "
		       "CAP_SYS_ADMIN";
	if (trampoline && (err == -EPERM || err == -ENOTSUPP))
		return "this kernel refuses BPF trampolines";
	if (trampoline && (err == -ESRCH || err == -ENOENT))
		return "no such function in this kernel's type information";
	return err == -ENOTSUPP ? "not supported by this kernel" : strerror(-err);
}

const char *tier_name(enum tier tier)
{
	static const char *const names[] = {
		[TIER_FENTRY] = "fentry",
		[TIER_KPROBE] = "kprobe",
		[TIER_TRACEPOINT] = "tracepoint",
	};

	return tier < TIER_COUNT ? names[tier] : "none";
}
