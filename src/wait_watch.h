/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tasks that wait for memory since nobody may be killed for them (oom_kill_disable of cgroup v1), as
 * records of the kernel's. They lie in rings until they are asked for; nobody is woken for them. To
 * be used by one thread at a time.
 */
#ifndef OOMTRACE_WAIT_WATCH_H
#define OOMTRACE_WAIT_WATCH_H

#include "hooks.h"

#include <stdint.h>

enum { WAIT_WATCH_HOOKS = 2 };

struct core_types;
struct wait_watch;

/* Of records, nobody has checked anything; they are valid during the call. */
typedef void (*wait_watch_fn)(void *ctx, const void *data, size_t size);

struct wait_watch_config {
	struct core_types *types; /* the caller's, for as long as wait_watch_open() takes */
	enum tier tier;		  /* not TIER_TRACEPOINT: there is no event of that */
	bool loop;		  /* as in struct hook_caps */
	bool by_process;	  /* each process that waits is an incident, and not each cgroup */
};

/*
 * Attaches; the caller closes it. -errno when it cannot be loaded or attached: -ESRCH or -ENOENT
 * where the kernel has no memory controller of version 1, -ENOTSUP for the tracepoint tier. Then
 * *ret_hook is what failed, for hook_failure(), or NULL.
 */
int wait_watch_open(const struct wait_watch_config *config, struct wait_watch **ret_watch,
		    const struct hook **ret_hook);
void wait_watch_close(struct wait_watch *watch);

/* Hands every record that there is by now to `fn`: EV_STUCK, EV_MODULES_MAPPED, EV_WAIT, EV_WOKEN. */
void wait_watch_take(struct wait_watch *watch, wait_watch_fn fn, void *ctx);

/* The oldest stack that waits (EV_USER_STATE); false when there is none. */
bool wait_watch_take_stack(struct wait_watch *watch, wait_watch_fn fn, void *ctx);

/* Hands each task that waits now to `fn`, as an EV_WAIT. 0, or the -errno of looking. */
int wait_watch_look(struct wait_watch *watch, wait_watch_fn fn, void *ctx);

/* Nobody waits there any more: who does next is an incident of its own. `tgid`: 0 unless by_process.
 */
void wait_watch_forget(struct wait_watch *watch, uint64_t cgroup_id, int32_t tgid);

/* Records and copies of stacks that found no room since the start. */
uint64_t wait_watch_drops(const struct wait_watch *watch);
uint64_t wait_watch_stack_drops(const struct wait_watch *watch);

/* What it attaches to in this tier; NULL after the last. */
const struct hook *wait_watch_hook(enum tier tier, size_t index);

/*
 * Is it attached to that? Not to the function's return on kernels where a task that sleeps in it would
 * come back to code that is gone with us (fexit before 5.12).
 */
bool wait_watch_has(const struct wait_watch *watch, const struct hook *hook);

#endif
