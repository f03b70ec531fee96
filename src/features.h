/* SPDX-License-Identifier: GPL-2.0 */
/* What this kernel and this machine offer: a table of questions, each answered by trying. */
#ifndef OOMTRACE_FEATURES_H
#define OOMTRACE_FEATURES_H

#include "hooks.h"

enum { FEATURE_REASON_LEN = 160 };

struct feature {
	const char *name;
	const char *use; /* what oomtrace takes it for */
	/* 0 when it is there; else -errno and the reason, one line. */
	int (*probe)(const char *root, char reason[FEATURE_REASON_LEN]);
};

extern const struct feature features[];
extern const size_t feature_count;

/* Is there type information about this kernel? Without it nothing can be captured. */
bool features_have_btf(const char *root);

/* Where tracefs is, below `root`; NULL when it is not mounted. A static string. */
const char *features_tracefs(const char *root, char *buf, size_t len);

/* Is there, below `root`, what libbpf attaches kprobes with? */
bool features_have_kprobes(const char *root);

/* Is this a PREEMPT_RT kernel? */
bool features_realtime(const char *root);

/* What decides which programs make up a tier. */
void features_hook_caps(const char *root, struct hook_caps *ret_caps);

#endif
