/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who waits for memory in which cgroup, from the kernel's records of it. A task that is woken tries
 * again at once and may wait again: that is one wait going on, and it is over when the task has not
 * waited for a moment, or is killed. Pure: no clock, no files, no BPF.
 */
#ifndef OOMTRACE_WAITS_H
#define OOMTRACE_WAITS_H

#include "event.h"
#include "oom_wait.h"

/* How long a task must have gone on for its wait to be over. */
#define WAITS_SETTLE_NS 1000000000ULL
/* That more tasks wait is told no more often than this. */
#define WAITS_NEWS_NS 1000000000ULL

enum {
	WAITS_TASKS = 4096, /* that wait at a time */
	WAITS_PLACES = 256, /* in which they do */
};

struct waits;

/* Where tasks wait: one incident. */
struct waits_place {
	uint64_t kernel_id; /* of the incident */
	uint64_t cgroup_id;
	int32_t tgid; /* 0: of any process */
};

/* `by_process`: each process that waits is an incident. NULL when there is no memory. */
struct waits *waits_new(bool by_process);
void waits_free(struct waits *waits);

/*
 * Takes an EV_WAIT or EV_WOKEN, whose values may be anything. 1 when it is the first of an incident,
 * which the caller is to hand out, and to tell its number; else 0. -EBADMSG, -EOPNOTSUPP for another
 * record; -ENOSPC when too many wait, and this one is not known then.
 */
int waits_feed(struct waits *waits, const struct ev_wait *rec);

/* The number users see of an incident; 0: they do not, and are not told of those that wait there. */
void waits_number(struct waits *waits, uint64_t kernel_id, uint64_t number);

/* Has an incident been given its number, or is none known by this id? */
bool waits_is_told(const struct waits *waits, uint64_t kernel_id);

/*
 * All that wait were looked at (and fed) from `since_ns` (CLOCK_MONOTONIC) on: who was not seen does
 * not wait any more.
 */
void waits_looked(struct waits *waits, uint64_t since_ns);

/* Does anybody wait, as far as is known? */
bool waits_any(const struct waits *waits);

/*
 * The next wait that is over at `now_ns`, or of which there is more to tell than was; false when
 * there is none. `last`: nobody is to be waited for any more.
 */
bool waits_next_end(struct waits *waits, uint64_t now_ns, bool last, struct oom_wait_end *ret_end);
bool waits_next_news(struct waits *waits, uint64_t now_ns, struct oom_wait *ret_wait);

/* The next place where nobody waits any more, and which is forgotten now; false: there is none. */
bool waits_next_over(struct waits *waits, struct waits_place *ret_place);

#endif
