/* SPDX-License-Identifier: GPL-2.0 */
/* Which BPF programs make up which capture tier, and what each is attached to. */
#ifndef OOMTRACE_HOOKS_H
#define OOMTRACE_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

/* Best first. */
enum tier {
	TIER_FENTRY,
	TIER_KPROBE,
	TIER_TRACEPOINT,
	TIER_COUNT,
};

/* What the choice of programs within a tier depends on. */
struct hook_caps {
	bool loop;	       /* the kernel has bpf_loop() and bpf_find_vma() */
	bool mark_victim_task; /* mark_victim may pass the task */
	bool mark_victim_pid;  /* mark_victim may pass only a pid */
	bool kprobes;	       /* there is a way to attach them */
};

struct hook {
	const char *program; /* in the BPF object */
	const char *target;  /* kernel function or tracepoint, as users know it */
	const char
		*how; /* "fentry", "fexit", "kprobe", "kretprobe", "tp_btf"; NULL: not attached */
	unsigned int tiers; /* bit mask of 1 << enum tier */
	unsigned int needs; /* enum hook_need */
};

enum hook_need {
	NEED_MARK_TASK = 1,
	NEED_MARK_PID = 2,
	NEED_LOOP = 4,
	NEED_NO_LOOP = 8,
};

extern const struct hook hooks[];
extern const size_t hook_count;

/* Is this program part of the tier on a kernel with these capabilities? */
bool hook_wanted(const struct hook *hook, enum tier tier, const struct hook_caps *caps);

/* Why a hook could not be loaded or attached, for people; a static string or strerror()'s. */
const char *hook_failure(const struct hook *hook, int err);

/* "fentry", "kprobe", "tracepoint" */
const char *tier_name(enum tier tier);

#endif
