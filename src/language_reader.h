/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stacks that an interpreter keeps for itself: of the thread that asks, and of the victim's
 * threads when that is another process. Read while the kernel waits, since they go with the
 * process, and made frames of later. For one incident at a time.
 */
#ifndef OOMTRACE_LANGUAGE_READER_H
#define OOMTRACE_LANGUAGE_READER_H

#include "event.h"
#include "incident.h"
#include "procfs.h"

struct language_reader;

/* -ENOMEM. The free function takes NULL. */
int language_reader_new(struct language_reader **ret_reader);
void language_reader_free(struct language_reader *reader);

/*
 * Both read a process whose directory in /proc is `process`, and whose mappings `maps` tells, up to
 * `deadline_ns` (CLOCK_MONOTONIC). A process with swapped pages is left alone: to read one is to
 * have it swapped in and charged, and that charge may wait for the task that waits for us.
 */
void language_reader_read_trigger(struct language_reader *reader, const struct ev_selected *rec,
				  int process, uint64_t thread_pointer,
				  const struct proc_text *maps, uint64_t deadline_ns);
void language_reader_read_victim(struct language_reader *reader, const struct ev_selected *rec,
				 const struct proc_text *maps, uint64_t deadline_ns);

/*
 * Gives the incident what was read for it before the kill, and says of an interpreter that is
 * known only by the name of its file that its stack is missing.
 */
void language_reader_attach(struct language_reader *reader, struct incident *incident);

#endif
