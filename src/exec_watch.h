/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Command lines known in advance: remembered in the kernel at exec, and for what runs already read
 * from /proc at the start. For tiers in which a victim may be gone before it can be read.
 */
#ifndef OOMTRACE_EXEC_WATCH_H
#define OOMTRACE_EXEC_WATCH_H

struct core_types;
struct exec_watch;

/* How many command lines are kept; about 1 KiB each, in the kernel. */
enum { EXEC_WATCH_MAX = 4096 };

/*
 * Attaches, with the map of this descriptor as the place to remember in, and fills in what runs
 * already, below `root`. The caller closes it; `types` need not outlive the call. -errno when it
 * cannot be loaded or attached.
 */
int exec_watch_open(const char *root, int map_fd, struct core_types *types,
		    struct exec_watch **ret_watch);
void exec_watch_close(struct exec_watch *watch);

#endif
