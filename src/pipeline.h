/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The output side, a thread of its own: names the stacks of an incident, applies the filter,
 * renders the record and writes it. It may wait, for a slow reader or a full disk; capture never
 * waits for it, what does not fit into its queue is counted and reported as lost. Only what must be
 * written before the machine stops capture writes itself.
 */
#ifndef OOMTRACE_PIPELINE_H
#define OOMTRACE_PIPELINE_H

#include "exit_watch.h"
#include "filter.h"
#include "gfp.h"
#include "identity.h"
#include "output.h"
#include "sink.h"
#include "wait_watch.h"

struct pipeline;

/* All of it is the caller's and must outlive the pipeline. */
struct pipeline_config {
	const struct sink *sink;
	struct text_style style;
	struct output *output;
	const struct identity *identity;
	const struct label *labels;
	size_t label_count;
	const char *root;
	struct filter *filter;
	const struct gfp_names *gfp_names; /* NULL: the built-in table */
	struct exit_watch *exit_watch;	   /* NULL: victims are not followed to their end */
	struct wait_watch *wait_watch;	   /* NULL: nobody tells who waits */
	enum tier tier;
	bool single_node;
	bool debuginfod;		/* ask servers for debug files */
	uint64_t count;			/* stop after so many incidents; 0: never */
	const struct start_info *start; /* the first record */
	int done_fd; /* eventfd that becomes readable when there is nothing left to do */
};

enum pipeline_end {
	PIPELINE_RUNNING,
	PIPELINE_COUNT_REACHED,
	PIPELINE_WRITE_FAILED,
};

enum lost_where {
	LOST_RING,
	LOST_QUEUE,
	LOST_OUTPUT,
	LOST_WHERE_COUNT,
};

/* Starts the thread, which writes the start record first. -ENOMEM, or what pthread says. */
int pipeline_start(const struct pipeline_config *config, struct pipeline **ret_pipeline);

/* Hands over an incident; it is freed and counted as lost when the queue is full. */
void pipeline_push(struct pipeline *pipeline, struct incident *incident);

/*
 * Makes pipeline_write_now() fit for a machine without memory: what it takes has been used before,
 * and stays in memory. To be called when there is time.
 */
void pipeline_warm_up(struct pipeline *pipeline);

/*
 * Writes an incident, which it frees, in the calling thread, ahead of what waits in the queue, and
 * returns when it is where it is to be kept, or cannot be within half a second; then it is handed
 * over as by pipeline_push(). The kernel's functions get names as far as they can be had at once,
 * the user's frames none.
 */
void pipeline_write_now(struct pipeline *pipeline, struct incident *incident);

/* Counts records lost before they came here. */
void pipeline_lost(struct pipeline *pipeline, enum lost_where where, uint64_t count);

/* Has the output file reopened before the next record is written. */
void pipeline_reopen(struct pipeline *pipeline);

/* Has a stats record written: these counters of capture, and the pipeline's own. */
void pipeline_report(struct pipeline *pipeline, const struct run_stats *capture_stats);

/* Why done_fd is readable. */
enum pipeline_end pipeline_end(const struct pipeline *pipeline);

/*
 * Writes what is in hand, a stats record and the stop record with this reason, ends the thread and
 * frees the pipeline. A reader that does not read gets a few seconds. Returns 0, or the -errno for
 * which records could not be written, with their number in *ret_unwritten.
 */
int pipeline_stop(struct pipeline *pipeline, const char *reason,
		  const struct run_stats *capture_stats, uint64_t *ret_unwritten);

#endif
