/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What unwinding and naming will need of the one that asked for memory: its registers and stack as
 * the kernel copied them, and the files of its code, opened while they can be found. For one
 * incident at a time.
 */
#ifndef OOMTRACE_USER_READER_H
#define OOMTRACE_USER_READER_H

#include "event.h"
#include "incident.h"
#include "procfs.h"

struct user_reader;

/* `procfs` must outlive it. -ENOMEM. */
int user_reader_new(const struct procfs *procfs, struct user_reader **ret_reader);
void user_reader_free(struct user_reader *reader);

/*
 * What the kernel tells, in this order; each may be missing. Without `open` files are known by
 * their paths alone.
 */
void user_reader_take_state(struct user_reader *reader, const struct ev_user_state *rec);
void user_reader_begin(struct user_reader *reader, const struct ev_invoked *rec);
void user_reader_take_modules(struct user_reader *reader, const struct ev_modules *rec, bool open);

/*
 * Reads the mappings of the one that asked, which the kernel keeps waiting, and opens those files
 * among them that may stand in its stack: up to `deadline_ns` (CLOCK_MONOTONIC). The text of maps is
 * left in `raw`.
 */
void user_reader_read(struct user_reader *reader, const struct ev_selected *rec,
		      uint64_t deadline_ns, struct proc_raw *raw);

/* Whether all code that may stand in the stack of this incident's trigger is known. */
bool user_reader_has_code(const struct user_reader *reader, uint64_t incident);

/* Where the thread keeps what is its own; 0: unknown. */
uint64_t user_reader_thread_pointer(const struct user_reader *reader);

/* Gives the incident what there is for it. */
void user_reader_attach(struct user_reader *reader, struct incident *incident);

#endif
