// SPDX-License-Identifier: GPL-2.0
/*
 * Names kernel addresses with the kernel's own table, through the %pS of bpf_snprintf() (5.13):
 * right at any setting of kptr_restrict, with modules and BPF programs, and no copy of the table in
 * user space. Never attached: the loader runs it with BPF_PROG_TEST_RUN.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#include "ksym.h"

char LICENSE[] SEC("license") = "GPL";

struct ksym_batch batch;

SEC("raw_tp/sys_enter")
int name_addresses(void *ctx)
{
	static const char format[] = "%pS";

	for (__u32 i = 0; i < KSYM_BATCH; i++) {
		if (i >= batch.count)
			break;
		bpf_snprintf(batch.names[i], KSYM_NAME_LEN, format, &batch.addresses[i],
			     sizeof(batch.addresses[i]));
	}
	return 0;
}
