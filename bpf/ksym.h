/* SPDX-License-Identifier: GPL-2.0 */
/* What the loader and the symbol-naming BPF program hand each other. */
#ifndef OOMTRACE_KSYM_H
#define OOMTRACE_KSYM_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#define KSYM_BATCH    32
#define KSYM_NAME_LEN 256

struct ksym_batch {
	__u64 count;
	__u64 addresses[KSYM_BATCH];
	char names[KSYM_BATCH][KSYM_NAME_LEN];
};

#endif
