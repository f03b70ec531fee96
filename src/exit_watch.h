/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ends of processes that the kernel killed for memory, as records of the kernel's. They lie in
 * a ring until they are asked for; nobody is woken for them.
 */
#ifndef OOMTRACE_EXIT_WATCH_H
#define OOMTRACE_EXIT_WATCH_H

#include <stddef.h>

struct core_types;
struct exit_watch;

/*
 * Attaches; the caller closes it. `types` need not outlive the call. -errno when it cannot be loaded
 * or attached.
 */
int exit_watch_open(struct core_types *types, struct exit_watch **ret_watch);
void exit_watch_close(struct exit_watch *watch);

/*
 * Hands every record that there is by now, a struct ev_death that nobody has checked, to `fn`. To
 * be called by one thread at a time.
 */
void exit_watch_take(struct exit_watch *watch, void (*fn)(void *ctx, const void *data, size_t size),
		     void *ctx);

#endif
