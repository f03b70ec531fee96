/* SPDX-License-Identifier: GPL-2.0 */
/* Who and where this run is: what every record repeats. */
#ifndef OOMTRACE_IDENTITY_H
#define OOMTRACE_IDENTITY_H

#include <stdbool.h>
#include <sys/utsname.h>

struct identity {
	char run[37];	  /* UUID, made anew */
	char boot_id[37]; /* "" when unknown */
	struct utsname host;
};

/*
 * Reads below `root`; what cannot be read stays empty. -errno when no random bytes are to be had.
 */
int identity_read(const char *root, struct identity *ret_identity);

/* Is there a single node with memory? Then no policy or cpuset can narrow an allocation. */
bool identity_single_node(const char *root);

#endif
