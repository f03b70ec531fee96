/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The capture side, in the thread that calls it and its stand-in: takes the records of the best
 * tier that attaches, reads the victim's /proc while the kernel waits for that, and hands out whole
 * incidents. Never waits for anything but /proc.
 */
#ifndef OOMTRACE_CAPTURE_H
#define OOMTRACE_CAPTURE_H

#include "filter.h"
#include "incident.h"
#include "sink.h"
#include "tracer.h"

struct capture;
struct core_types;

/* All of it is the caller's and must outlive the capture. */
struct capture_config {
	const char *root;
	enum tier first_tier; /* the tiers to try, best first */
	enum tier last_tier;
	uint64_t hold_ms;
	bool realtime; /* a PREEMPT_RT kernel */
	uint64_t top;  /* how many candidates to report */
	const struct filter *filter;
	/* Called with each whole incident, which it owns from then on. */
	void (*on_incident)(void *ctx, struct incident *incident);
	/* The same of one that the kernel panics after, and waits for this call to return. */
	void (*on_panic)(void *ctx, struct incident *incident);
	void *ctx;
};

/* A tier that was tried. */
struct tier_attempt {
	enum tier tier;
	int err;
	struct tracer_result result;
};

/*
 * Why this tier never has the kernel wait, whatever is asked for; EV_HOLD_NONE when nothing is in the
 * way.
 */
enum ev_hold capture_hold_refused(const struct capture_config *config, enum tier tier);

/*
 * Attaches, or not: -errno of the last tier tried then. `types` need not outlive the call.
 * ret_attempts has room for TIER_COUNT and tells of each tier tried, the last of which is the one in
 * use on success.
 */
int capture_open(const struct capture_config *config, struct core_types *types,
		 struct capture **ret_capture, struct tier_attempt *ret_attempts,
		 size_t *ret_attempt_count);
void capture_close(struct capture *capture);

enum tier capture_tier(const struct capture *capture);

/* Readable when there are records to take. */
int capture_fd(const struct capture *capture);

/*
 * From here on the kernel may wait for the calling thread, and a second one takes records as well.
 * To be called once, after every other thread was started: see stand_in.h for what becomes of the
 * caller.
 */
void capture_start(struct capture *capture);

/* Makes the first hold as short as the later ones; to be called when there is time. */
void capture_warm_up(struct capture *capture);

/* From here on only the calling thread takes records, and the kernel waits for nobody. */
void capture_stop(struct capture *capture);

/* Takes what is there. */
void capture_take(struct capture *capture);

/* How long to wait for more before capture_idle(), in milliseconds; -1: for good. */
int capture_idle_ms(struct capture *capture);

/* Nothing came for that long, or nothing will: hands out what is incomplete. */
void capture_idle(struct capture *capture);

/* Sets what capture counts: repeats and holds. */
void capture_count(struct capture *capture, struct run_stats *stats);

/* Records lost since the last call. */
uint64_t capture_take_losses(struct capture *capture);

#endif
