/* SPDX-License-Identifier: GPL-2.0 */
/* A made-up machine below a temporary root: processes, cgroups of version 2, 400 MiB of memory. */
#ifndef OOMTRACE_FAKE_MACHINE_H
#define OOMTRACE_FAKE_MACHINE_H

#include "temp_root.h"

#include <stdint.h>

#define FAKE_MACHINE_PAGES 102400 /* of 4 KiB */

struct fake_process {
	int pid;
	const char *comm;
	const char *cgroup;
	int rss_pages;
	int held_back; /* pages that CPUs have of it, which status shows */
	int swap_pages;
	int pgtables_pages;
	int adj;
	int start;     /* ticks */
	int oom_score; /* 0: what the kernel would say, -1: that it is never killed */
};

static inline void fake_file(const struct temp_root *root, const char *dir, const char *name,
			     const char *text)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	temp_text(root, path, text);
}

static inline void fake_stat(const struct temp_root *root, const char *dir, int pid,
			     const char *comm, unsigned int flags, int start, int rss_pages)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "%d (%s) S 1 1 1 0 -1 %u 101 0 0 0 0 0 0 0 20 0 1 0 %d 3133440 %d "
		 "18446744073709551615 1 1 1 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 1 1 1 1 1 1 1 0\n",
		 pid, comm, flags, start, rss_pages);
	fake_file(root, dir, "stat", text);
}

static inline void fake_status(const struct temp_root *root, const char *dir, int pid,
			       const struct fake_process *process)
{
	char text[512];
	int len = snprintf(text, sizeof(text), "Name:\tx\nState:\tS (sleeping)\nTgid:\t%d\n", pid);

	if (process)
		snprintf(text + len, sizeof(text) - (size_t)len,
			 "VmRSS:\t%d kB\nVmPTE:\t%d kB\nVmSwap:\t%d kB\n",
			 (process->rss_pages + process->held_back) * 4, process->pgtables_pages * 4,
			 process->swap_pages * 4);
	fake_file(root, dir, "status", text);
}

static inline void fake_process(const struct temp_root *root, const struct fake_process *process)
{
	int64_t points = process->rss_pages + process->swap_pages + process->pgtables_pages +
			 process->adj * (FAKE_MACHINE_PAGES / 1000);
	int64_t score = (1000 + points * 1000 / FAKE_MACHINE_PAGES) * 2 / 3;
	char dir[64], text[256];

	snprintf(dir, sizeof(dir), "/proc/%d", process->pid);
	fake_stat(root, dir, process->pid, process->comm, 4194304, process->start,
		  process->rss_pages);
	fake_status(root, dir, process->pid, process);
	snprintf(text, sizeof(text), "%d\n", process->adj);
	fake_file(root, dir, "oom_score_adj", text);
	if (process->oom_score < 0 || process->adj == -1000 || score < 0)
		score = 0;
	snprintf(text, sizeof(text), "%d\n", (int)score);
	fake_file(root, dir, "oom_score", text);
	snprintf(text, sizeof(text), "0::%s\n", process->cgroup);
	fake_file(root, dir, "cgroup", text);
}

/* Sizes in MiB; -1 is "max". The numbers of `pids` end with a newline each. */
static inline void fake_cgroup(const struct temp_root *root, const char *path, int limit, int usage,
			       const char *pids)
{
	char dir[256], text[64];

	snprintf(dir, sizeof(dir), "/sys/fs/cgroup%s", path);
	snprintf(text, sizeof(text), limit < 0 ? "max\n" : "%lld\n", limit * 1048576LL);
	fake_file(root, dir, "memory.max", text);
	fake_file(root, dir, "memory.swap.max", "max\n");
	snprintf(text, sizeof(text), "%lld\n", usage * 1048576LL);
	fake_file(root, dir, "memory.current", text);
	fake_file(root, dir, "memory.oom.group", "0\n");
	fake_file(root, dir, "memory.stat",
		  "anon 1048576\nfile 3145728\nshmem 0\nactive_file 1048576\n"
		  "inactive_file 1048576\n");
	fake_file(root, dir, "cgroup.procs", pids);
}

static inline void fake_sysctl(const struct temp_root *root, const char *name, int value)
{
	char path[64], text[16];

	snprintf(path, sizeof(path), "/proc/sys/vm/%s", name);
	snprintf(text, sizeof(text), "%d\n", value);
	temp_text(root, path, text);
}

/* With an init of 30 MiB and a kernel thread, and no other process. */
static inline void fake_machine(const struct temp_root *root)
{
	static const struct fake_process init = {
		.pid = 1, .comm = "init", .cgroup = "/", .rss_pages = 7680, .oom_score = -1};

	temp_text(root, "/proc/meminfo",
		  "MemTotal:         409600 kB\nMemFree:          200000 kB\n"
		  "MemAvailable:     204800 kB\nSwapTotal:             0 kB\n"
		  "SwapFree:              0 kB\n");
	fake_sysctl(root, "panic_on_oom", 0);
	fake_sysctl(root, "oom_kill_allocating_task", 0);
	fake_sysctl(root, "swappiness", 60);
	fake_process(root, &init);
	temp_text(root, "/proc/1/mountinfo",
		  "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n");
	fake_stat(root, "/proc/2", 2, "kthreadd", 2129984, 0, 0);
	fake_status(root, "/proc/2", 2, NULL);
	temp_dir(root, "/sys/fs/cgroup");
}

#endif
