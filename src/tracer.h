/* SPDX-License-Identifier: GPL-2.0 */
/* Owns the BPF object of one capture tier: loads it, attaches it, hands out its records. */
#ifndef OOMTRACE_TRACER_H
#define OOMTRACE_TRACER_H

#include "event.h"
#include "hooks.h"

#include <stdint.h>

struct core_types;
struct tracer;

/* What one hook came to. */
struct hook_result {
	const struct hook *hook;
	int err; /* 0: attached; else the -errno of the load or of the attachment */
};

enum { HOOK_RESULTS = 16 };

struct tracer_result {
	int load_err; /* -errno when the programs of the tier could not be loaded at all */
	size_t count;
	struct hook_result hooks[HOOK_RESULTS];
};

/*
 * One record of the ring buffer; valid during the call. Returns nothing: a bad record is dropped.
 */
typedef void (*tracer_fn)(void *ctx, const void *data, size_t size);

/* Both get the same ctx. */
struct tracer_fns {
	tracer_fn record;
	tracer_fn stack; /* from the ring of copied stacks */
};

/* What the BPF side must know before it is loaded. */
struct tracer_config {
	struct core_types *types; /* the caller's, for as long as tracer_open() takes */
	enum tier tier;
	struct hook_caps caps;
	uint64_t hold_bound_ns;	   /* longest single hold; 0: never */
	uint64_t hold_budget_ns;   /* longest sum of holds in a second */
	enum ev_hold hold_refused; /* why never, whatever the bound; EV_HOLD_NONE: it may be */
	bool filter_cgroups;
	bool filter_pids;
	unsigned int candidates;     /* how many of them are wanted */
	unsigned int known_cmdlines; /* how many the BPF side remembers; 0: as good as none */
};

/*
 * Loads and attaches every hook of the tier, or none. `fns` are called from tracer_consume() and
 * tracer_consume_stack(). Returns
 * 0 and a tracer the caller closes, or the first -errno met; ret_result tells either way what
 * became of each hook.
 */
int tracer_open(const struct tracer_config *config, const struct tracer_fns *fns, void *ctx,
		struct tracer **ret_tracer, struct tracer_result *ret_result);
void tracer_close(struct tracer *tracer);

/* Loads and attaches this hook alone and takes it away again. 0, or the -errno of either. */
int tracer_try_hook(const struct hook *hook, struct core_types *types);

/* Readable when records are waiting; owned by the tracer. */
int tracer_fd(const struct tracer *tracer);

/* Calls fn for each waiting record; the number of them, or -errno. */
int tracer_consume(struct tracer *tracer);

/* Calls the other for the oldest stack that waits; false when there is none. */
bool tracer_consume_stack(struct tracer *tracer);

/*
 * The hold. The calling thread becomes the reader that must never be waited for; -errno where the
 * kernel cannot run the program that notes it, and then only its pid is known.
 */
int tracer_note_reader(struct tracer *tracer);

/* How many CPUs are online: with one, nobody could read while the kernel waits. */
void tracer_set_cpus_online(struct tracer *tracer, uint64_t count);

/* The one CPU the reader may run on: a task on it is not waited in. -1: there are more. */
void tracer_set_only_cpu(struct tracer *tracer, int cpu);

/* The CPU on which the reader is at work and must not be kept from it. -1: it waits. */
void tracer_set_busy_cpu(struct tracer *tracer, int cpu);

/* The reader has nothing else to do: the next victim may be held for it. */
void tracer_ready(struct tracer *tracer);

/* The reader has something else to do until it is ready again. */
void tracer_busy(struct tracer *tracer);

/*
 * What needed the living victim of this incident has been read: the kernel goes on. With
 * `code_read`, it need not tell which code the trigger has mapped.
 */
void tracer_acknowledge(struct tracer *tracer, uint64_t incident, bool code_read);

/* OOMs of this cgroup (its kernfs id) or process are wanted. -errno of the map's update. */
int tracer_want_cgroup(struct tracer *tracer, uint64_t id);
int tracer_want_pid(struct tracer *tracer, int64_t pid);

/* The map of command lines, for exec_watch; owned by the tracer. */
int tracer_known_cmdlines_fd(const struct tracer *tracer);

/* Copies of stacks that found no room since the start. */
uint64_t tracer_stack_drops(const struct tracer *tracer);

/* Records that found no room in the ring since the start. */
uint64_t tracer_ring_drops(const struct tracer *tracer);

/*
 * Invocations of the OOM killer that were only counted, since the ring was filling with their like.
 */
uint64_t tracer_ring_repeats(const struct tracer *tracer);

#endif
