/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the text of a process's files in /proc says: pure functions on bytes read before. Text need
 * not end with a NUL and may be cut anywhere; half a line at its end is ignored. The formats are
 * those of fs/proc/{array,base,task_mmu}.c and kernel/cgroup/cgroup.c, 5.8 to 7.2.
 */
#ifndef OOMTRACE_PROC_PARSE_H
#define OOMTRACE_PROC_PARSE_H

#include "incident.h"
#include "lines.h"

/* Longest command line kept, in bytes, and what is put after one that was longer. */
#define CMDLINE_MAX 4096
#define CMDLINE_CUT "…"

/*
 * cmdline as one string: NULs between arguments become spaces, those at the end go. At most
 * CMDLINE_MAX bytes, then CMDLINE_CUT; `cut` says that the text itself is not whole. The caller
 * frees it; NULL when there is no memory.
 */
char *proc_parse_cmdline(const char *text, size_t len, bool cut);

/*
 * The path of the memory cgroup from the cgroup file: the line of the v1 hierarchy that has the
 * memory controller where `version` is 1, that of v2 (hierarchy 0) where it is 2. " (deleted)" is
 * after it when the cgroup has been removed. The caller frees it. -ENOENT when there is no such
 * line, -ENOMEM.
 */
int proc_parse_cgroup(const char *text, size_t len, int version, char **ret_path);

/* smaps_rollup in bytes. The kernel gives kB; what is missing is unknown. */
void proc_parse_smaps_rollup(const char *text, size_t len, struct smaps *ret_smaps);

/*
 * The names with the largest RSS in smaps, the mappings of each name summed up, largest first.
 * Names are the kernel's (newlines of a file's name are \012, " (deleted)" stays); mappings without
 * one are "[anon]". Beyond 4096 names, the rest is summed up as "[other]". A mapping that is not
 * whole because the text is cut is left out. The caller clears the mappings. -ENOENT when there is
 * none, -ENOMEM.
 */
int proc_parse_smaps(const char *text, size_t len, struct mapping ret_top[MAPPINGS_MAX],
		     size_t *ret_count);
void proc_mappings_clear(struct mapping *mappings, size_t count);

/* One line of maps. */
struct proc_mapping {
	uint64_t start;
	uint64_t end;
	uint64_t file_offset;
	uint64_t inode;
	uint32_t dev; /* as the kernel keeps it: 12 bits major, 20 bits minor */
	bool writable;
	bool executable;
	/* In the text: a path as the kernel writes it, "[heap]" and the like, or empty. */
	struct span name;
};

/*
 * Takes the next mapping off the text of maps, passing over lines that are none. False at the end.
 */
bool proc_next_mapping(struct span *text, struct proc_mapping *ret_mapping);

/* From status. */
struct proc_status {
	char state;	   /* 'R', 'S', 'D', 'Z' (zombie) ...; 0: unknown */
	struct num pid;	   /* of the thread group, in the pid namespace of that /proc */
	struct num ns_pid; /* of the thread group, in the process's own pid namespace */
	struct num ns_tid; /* of the thread whose file it is, there */
	struct num ppid;
	struct num uid; /* real, in the user namespace of the reader */
	struct num threads;
	/* Unknown when the process has no memory: a zombie, a kernel thread. */
	struct num virtual_peak_bytes;
	struct num virtual_bytes;
	struct num rss_peak_bytes;
	struct num rss_bytes;
	struct num anon_bytes;
	struct num file_bytes;
	struct num shmem_bytes;
	struct num swap_bytes;
	struct num pgtables_bytes;
};

void proc_parse_status(const char *text, size_t len, struct proc_status *ret_status);

/* More pages than any address space has. */
#define PROC_PAGES_MAX (INT64_C(1) << 48)

/* From stat. */
struct proc_stat {
	char comm[COMM_LEN + 1]; /* cut when it is longer, as those of kernel threads may be */
	char state;
	bool kernel_thread;
	uint64_t start_ticks; /* of PROC_TICK_NS, since boot */
	/* Summed up as the OOM killer does it, which is not how status does it on all kernels. */
	int64_t rss_pages; /* at most PROC_PAGES_MAX */
};

/* -EINVAL when it is not such a line, or a number in it makes no sense. */
int proc_parse_stat(const char *text, size_t len, struct proc_stat *ret_stat);

#endif
