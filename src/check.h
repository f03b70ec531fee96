/* SPDX-License-Identifier: GPL-2.0 */
/* `oomtrace check`: what can be traced here, what not, and why. */
#ifndef OOMTRACE_CHECK_H
#define OOMTRACE_CHECK_H

#include <stdio.h>

/*
 * Tries every tier by really attaching it, one after the other, and writes the findings to `out`.
 * Returns how many tiers work, or -errno when writing failed.
 */
int check_run(const char *root, FILE *out);

#endif
