/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Puts the records of one invocation of the OOM killer together into one incident. Pure: no clock,
 * no files, no BPF, so it runs on recorded input.
 */
#ifndef OOMTRACE_ASSEMBLE_H
#define OOMTRACE_ASSEMBLE_H

#include "decode.h"

struct assembler;

/* Called with each finished incident; takes ownership. */
typedef void (*assemble_fn)(void *ctx, struct incident *incident);

/*
 * `hook` is the tier ("fentry", "kprobe", "tracepoint"; a static string). With `mark_only` (the
 * tracepoint tier) nobody tells when an invocation ends: it ends at its mark, or, when a whole
 * cgroup is being killed, as soon as a record comes that is not part of it, or at assembler_idle().
 * Returns NULL when there is no memory.
 */
struct assembler *assembler_new(const char *hook, bool mark_only, assemble_fn fn, void *ctx);
void assembler_free(struct assembler *assembler);

/*
 * Takes one record of the ring. Returns -EBADMSG or -EOPNOTSUPP for a record that cannot be read,
 * -ENOMEM; the record is lost then.
 */
int assembler_feed(struct assembler *assembler, const void *data, size_t size,
		   const struct decode_units *units);

/* Is this invocation, whose first record was fed already, a further victim of the open incident? */
bool assembler_is_member(const struct assembler *assembler, uint64_t incident);

/* Is an incident waiting for more records? */
bool assembler_pending(const struct assembler *assembler);

/* No record came for a while, or none will: finishes what waits. */
void assembler_idle(struct assembler *assembler);

/*
 * The incident of a task that waits since nobody may be killed for it, which is the caller's then:
 * of what the kernel told of it (EV_STUCK), or of no more than that it waits. -ENOMEM.
 */
int assemble_stuck(const struct ev_invoked *rec, const struct decode_units *units, const char *hook,
		   struct incident **ret_incident);
int assemble_wait(const struct ev_wait *rec, const struct decode_units *units, const char *hook,
		  struct incident **ret_incident);

#endif
