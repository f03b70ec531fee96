/* SPDX-License-Identifier: GPL-2.0 */
/* What a process is called: its command line and its executable. */
#ifndef OOMTRACE_NAMES_BPF_H
#define OOMTRACE_NAMES_BPF_H

#include "compat.bpf.h"
#include "event.h"

/*
 * Command lines as they were at exec, by tgid; the one not used for longest goes first. The loader
 * sizes it, and leaves it next to empty where the victim's /proc can be read in time.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct ev_cmdline);
} known_cmdlines SEC(".maps");

/* /proc tells when a process started in ticks of at most 10 ms, and a scan of it no finer. */
#define START_TICK_NS 10000000ULL

static __always_inline bool same_start(const struct ev_cmdline *known, __u64 start_boottime_ns)
{
	return start_boottime_ns - known->start_boottime_ns < START_TICK_NS;
}

/* The command line of the current process, whose memory can be read as far as it is resident. */
static __always_inline bool read_own_cmdline(struct ev_cmdline *out, struct mm_struct *mm)
{
	__u64 start = BPF_CORE_READ(mm, arg_start);
	__u64 len = BPF_CORE_READ(mm, arg_end) - start;

	out->cut = len > EV_CMDLINE_LEN;
	if (len > EV_CMDLINE_LEN)
		len = EV_CMDLINE_LEN;
	out->len = 0;
	if (!len || bpf_probe_read_user(out->text, len, (void *)start))
		return false;
	out->len = len;
	return true;
}

#endif
