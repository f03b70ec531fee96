/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the bytes of the ring buffer to the model. Nothing in a record is trusted: every length and
 * every count is checked against the record's own size.
 */
#ifndef OOMTRACE_DECODE_H
#define OOMTRACE_DECODE_H

#include "event.h"
#include "incident.h"

/* What turns the kernel's clocks and pages into the record's units. */
struct decode_units {
	int64_t realtime_minus_monotonic_ns;
	int64_t realtime_minus_boottime_ns;
	uint32_t page_size;
};

/* A record whose kind is known and whose size fits its kind; points into the caller's buffer. */
union ev_record {
	const struct ev_header *hdr;
	const struct ev_invoked *invoked;
	const struct ev_selected *selected;
	const struct ev_killed *killed;
	const struct ev_marked *marked;
	const struct ev_returned *returned;
	const struct ev_modules *modules;
	const struct ev_names *names;
	const struct ev_user_state *user_state;
	const struct ev_candidates *candidates;
	const struct ev_death *death;
	const struct ev_wait *wait;
	const struct ev_panic *panic;
};

/* The least that a record of the kind has, in bytes; 0: there is no such kind. */
size_t decode_record_size(unsigned int kind);

/*
 * Checks the record at `data` (8 byte aligned). Returns -EBADMSG when it is shorter than its kind
 * or lies about its size, -EOPNOTSUPP for an unknown kind.
 */
int decode_record(const void *data, size_t size, union ev_record *ret_record);

/*
 * The path for names stored from the last component up. A path cut at the root's end begins with
 * "…/". Returns a string the caller frees, or NULL when the names are malformed or memory is out.
 */
char *decode_path(const char *names, size_t len, unsigned int flags);

/* Each fills `ret` from its part of a record; the caller owns what `ret` points to. -ENOMEM. */
int decode_process(const struct ev_task *task, const struct decode_units *units,
		   struct process *ret);
void decode_memory(const struct ev_memory *memory, const struct decode_units *units,
		   struct memory *ret);
int decode_limit(const struct ev_limit *limit, const struct decode_units *units, struct limit *ret);
int decode_kernel_stack(const uint64_t *addresses, int32_t size, struct stack *ret);
int decode_user_stack(const struct ev_invoked *rec, struct stack *ret);
/* As they come, in no order; verdicts_settle() makes sense of them. */
int decode_candidates(const struct ev_candidates *rec, const struct decode_units *units,
		      struct weighing *ret);
int decode_user_state(const struct ev_user_state *rec, struct user_state *ret);
int decode_modules(const struct ev_modules *rec, struct module **ret_modules, size_t *ret_count);

/*
 * The victim's score, with the parts that add up to it: points = rss + swap + pgtables + adj, where
 * adj = oom_score_adj * (total / 1000) (oom_badness(), mm/oom_kill.c, 6.12). Parts that changed
 * since the kernel scored them, and so do not add up, stay unknown; so does all of one that the
 * kernel did not score.
 */
void decode_score(const struct ev_selected *rec, const struct decode_units *units,
		  struct score *ret);

/* What came of the hold, and in *ret_reason why there was none (NULL when there was). */
enum hold_state decode_hold(uint32_t hold, const char **ret_reason);

/* enum oom_constraint of the kernel. */
enum scope decode_scope(int32_t constraint);

#endif
