/* SPDX-License-Identifier: GPL-2.0 */
/* Owns the BPF object of one capture tier: loads it, attaches it, hands out its records. */
#ifndef OOMTRACE_TRACER_H
#define OOMTRACE_TRACER_H

#include "hooks.h"

#include <stdint.h>

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

/* One record of the ring buffer; valid during the call. Returns nothing: a bad record is dropped. */
typedef void (*tracer_fn)(void *ctx, const void *data, size_t size);

/*
 * Loads and attaches every hook of the tier, or none. `fn` is called from tracer_consume(). Returns
 * 0 and a tracer the caller closes, or the first -errno met; ret_result tells either way what
 * became of each hook.
 */
int tracer_open(enum tier tier, const struct hook_caps *caps, tracer_fn fn, void *ctx,
		struct tracer **ret_tracer, struct tracer_result *ret_result);
void tracer_close(struct tracer *tracer);

/* Loads and attaches this hook alone and takes it away again. 0, or the -errno of either. */
int tracer_try_hook(const struct hook *hook);

/* Readable when records are waiting; owned by the tracer. */
int tracer_fd(const struct tracer *tracer);

/* Calls fn for each waiting record; the number of them, or -errno. */
int tracer_consume(struct tracer *tracer);

/* Records that found no room in the ring since the start. */
uint64_t tracer_ring_drops(const struct tracer *tracer);

#endif
