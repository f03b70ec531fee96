/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A sink turns one event into the bytes to be written. It sees const models only, prints nothing
 * itself and keeps no state between calls.
 */
#ifndef OOMTRACE_SINK_H
#define OOMTRACE_SINK_H

#include "incident.h"
#include "oom_wait.h"
#include "rank.h"
#include "victim_exit.h"

#include <stdio.h>

/* What every record carries besides its own content. */
struct record_common {
	uint64_t seq;
	int64_t realtime_ns;
	uint64_t monotonic_ns;
	const char *run;     /* UUID of this run */
	const char *boot_id; /* NULL: unknown */
	const char *host_name;
	const char *host_kernel;
	const struct label *labels;
	size_t label_count;
};

struct label {
	const char *key;
	const char *value;
};

/* {name, text} pairs: hooks and how they attached, features and why they are missing. */
struct pair {
	const char *name;
	const char *text;
};

struct start_info {
	uint64_t time_ns; /* CLOCK_MONOTONIC: from here on no OOM is missed */
	const char *version;
	int pid;
	const struct pair *hooks;
	size_t hook_count;
	const struct pair *missing;
	size_t missing_count;
	const struct pair *options; /* as given, without the dashes */
	size_t option_count;
};

/* Counters of the run so far. */
struct run_stats {
	uint64_t incidents;	    /* reported */
	uint64_t filtered;	    /* not wanted by the filter */
	uint64_t no_victim_repeats; /* of the repeats, those with nobody to kill */
	uint64_t repeats; /* invocations that came to nothing like the one before, only counted */
	uint64_t lost_ring;
	uint64_t lost_queue;
	uint64_t lost_stacks; /* copies of stacks: these incidents have what the kernel walked */
	uint64_t holds_acknowledged;
	uint64_t holds_timed_out;
	uint64_t holds_off;
	uint64_t hold_total_ns;
	uint64_t hold_max_ns;
};

struct text_style {
	bool colour;
	bool verbose;
	bool utc;
};

struct sink {
	/*
	 * Each writes one whole record to `out`; -errno on failure. A NULL member writes nothing.
	 */
	int (*start)(FILE *out, const struct record_common *common, const struct start_info *info,
		     const struct text_style *style);
	int (*oom)(FILE *out, const struct record_common *common, const struct incident *incident,
		   const struct text_style *style);
	int (*victim_exit)(FILE *out, const struct record_common *common,
			   const struct victim_exit *exit, const struct text_style *style);
	int (*oom_wait)(FILE *out, const struct record_common *common, const struct oom_wait *wait,
			const struct text_style *style);
	int (*oom_wait_end)(FILE *out, const struct record_common *common,
			    const struct oom_wait_end *end, const struct text_style *style);
	int (*rank)(FILE *out, const struct record_common *common, const struct rank *rank,
		    const struct text_style *style);
	int (*lost)(FILE *out, const struct record_common *common, uint64_t count,
		    const char *where, const struct text_style *style);
	int (*stats)(FILE *out, const struct record_common *common, const struct run_stats *stats,
		     const struct text_style *style);
	int (*stop)(FILE *out, const struct record_common *common, const char *reason,
		    const struct text_style *style);
};

extern const struct sink sink_json;
extern const struct sink sink_text;

#endif
