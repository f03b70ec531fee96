/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tracepoint tier is not told and its kernel stack shows: which way the kernel came to the
 * mark. Only what follows with certainty; the rest stays unknown.
 */
#ifndef OOMTRACE_DERIVE_H
#define OOMTRACE_DERIVE_H

#include "incident.h"

/*
 * Sets scope, outcome, sysrq and message from the trigger's named kernel stack, and drops the limit
 * when it was not a cgroup's. `single_node`: the machine has one memory node, so an OOM that is not
 * a cgroup's is global. Returns -ENOMEM. When the
 * stack has no names nothing follows, and the limit is dropped too.
 */
int derive_from_stack(struct incident *incident, bool single_node);

#endif
