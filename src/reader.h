/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads what must be read while the victim lives, from what cannot block to what may, and then the
 * rest. Works for one incident at a time, in preallocated buffers.
 */
#ifndef OOMTRACE_READER_H
#define OOMTRACE_READER_H

#include "event.h"
#include "incident.h"

struct reader;

/*
 * `root` must outlive it; `hold_ns` is how long the kernel waits at most. -ENOMEM, or what opening
 * /proc failed with.
 */
int reader_new(const char *root, uint64_t hold_ns, struct reader **ret_reader);
void reader_free(struct reader *reader);

/*
 * The first reads of a kind are slow: caches fill, the kernel's as well. Better now than in a hold.
 */
void reader_warm_up(struct reader *reader);

/*
 * What the kernel tells of the one that asks, in this order: where it left user space, who it is,
 * and which code it has mapped. The files of that are opened, when `open` says so, without reading
 * them: neither the file system they lie on nor the trigger's locks are waited for.
 */
void reader_take_user_state(struct reader *reader, const struct ev_user_state *rec);
void reader_begin(struct reader *reader, const struct ev_invoked *rec);
void reader_take_modules(struct reader *reader, const struct ev_modules *rec, bool open);

/* Reads the victim's /proc; the kernel may be waiting for this to return. */
void reader_read_victim(struct reader *reader, const struct ev_selected *rec);

/* Whether that told all code of the one that asks. */
bool reader_has_code(const struct reader *reader);

/* Reads the rest: of the cgroup's files what was not read in time, and the machine's memory. */
void reader_read_rest(struct reader *reader, const struct ev_selected *rec);

/* Gives the incident what was read for it and says how much of /proc was read before the kill. */
void reader_attach(struct reader *reader, struct incident *incident);

#endif
