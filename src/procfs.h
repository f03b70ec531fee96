/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A process's files in /proc, read as fast as they can be while the process may be dying and the
 * kernel may be waiting. What the bytes say is told later, by proc_parse.h.
 *
 * Reading allocates nothing and opens nothing but files of /proc/PID. How long one read() takes is
 * the kernel's affair: it waits for the mm's lock, and for memory when the command line has been
 * swapped out.
 */
#ifndef OOMTRACE_PROCFS_H
#define OOMTRACE_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* In the order from what cannot block to what may, and what takes longest last. */
enum proc_file {
	PROC_FILE_STATUS,
	PROC_FILE_CGROUP,
	PROC_FILE_COMM,
	PROC_FILE_OOM_SCORE_ADJ,
	PROC_FILE_LIMITS,
	PROC_FILE_CMDLINE,
	PROC_FILE_EXE, /* a link: its target, " (deleted)" after it as the kernel shows it */
	PROC_FILE_MAPS,
	PROC_FILE_SMAPS_ROLLUP,
	PROC_FILE_SMAPS,
	PROC_FILE_COUNT,
};

/* For sets of them. */
#define PROC_FILE_BIT(file) (1u << (file))

/* What was read of one file. */
struct proc_text {
	char *bytes; /* len of them, no NUL after them; belong to the struct proc_raw */
	size_t len;
	uint64_t time_ns; /* CLOCK_MONOTONIC when its last read finished; 0: not tried */
	int err;  /* 0 or -errno; after a failure in the middle, bytes holds what came before */
	bool cut; /* there was more than room or time for */
};

/* The files of one process, in buffers of its own. */
struct proc_raw {
	struct proc_text files[PROC_FILE_COUNT];
	size_t room[PROC_FILE_COUNT]; /* size of each buffer in bytes */
	void *area;
	size_t area_len;
};

/*
 * Allocates the buffers and touches every page of them; they are swapped out like any memory unless
 * locked. `large` is the room for maps and for smaps in bytes each: of maps, 4 MiB hold some 40,000
 * mappings, of smaps 6,000. -ENOMEM.
 */
int proc_raw_new(size_t large, struct proc_raw **ret_raw);
void proc_raw_free(struct proc_raw *raw);

/* Forgets what was read, for the next process. */
void proc_raw_reset(struct proc_raw *raw);

/* The mounted /proc. */
struct procfs;

/* Opens <root>/proc ("": this machine's). -ENOMEM, or what opening it failed with. */
int procfs_new(const char *root, struct procfs **ret_procfs);
void procfs_free(struct procfs *procfs);

/* Whether processes are kept from the reader (hidepid): the first one, which always is, is not there. */
bool procfs_hides(const struct procfs *procfs);

/*
 * A descriptor of the directory of process `pid`, for the caller to close. With a `tid` other than
 * 0 and pid it is that thread's (/proc/PID/task/TID), which shows the same memory, but its own comm
 * and cgroup; when the group's leader has exited before its threads, only they still show memory.
 * The descriptor never comes to mean another process that gets the same pid later. -ENOENT when
 * there is none, or what open() failed with.
 */
int procfs_open_process(const struct procfs *procfs, pid_t pid, pid_t tid, int *ret_process);

/*
 * The processes that /proc lists, in ascending order of their numbers; a process's threads of
 * /proc/PID/task. The caller frees *ret_pids. -ENOMEM, or what reading the directory failed with.
 */
int procfs_list(const struct procfs *procfs, pid_t **ret_pids, size_t *ret_count);
int procfs_list_threads(int process, pid_t **ret_tids, size_t *ret_count);

/*
 * Reads one file of the process into raw->files[file]. After `deadline_ns` (CLOCK_MONOTONIC; 0:
 * none) no file is begun (-ETIME), and maps and smaps are left off (`cut`) after the piece in hand:
 * about a page of text, for the length of which the kernel holds the mm's lock. smaps_rollup is all
 * one piece. Both it and smaps walk the page tables: 3 to 4 ms for each GiB resident in pages of
 * 4 KiB, on the hardware this was measured on.
 *
 * Returns what is in `err` of the text: -ESRCH or -ENOENT when the process has gone, or has lost
 * its memory, for the files that show memory. Some of those are simply empty then: maps and smaps
 * give -ESRCH here, since no living process is without mappings; but an empty command line may also
 * be that of a kernel thread or of a process that wiped it, so it gives 0.
 */
int procfs_read(int process, enum proc_file file, uint64_t deadline_ns, struct proc_raw *raw);

/*
 * When the process started, by the boot clock, rounded down to a tick of /proc (PROC_TICK_NS).
 * Tells one process from the next with its number. -ESRCH, -EINVAL, or what open() failed with.
 */
#define PROC_TICK_NS 10000000ULL
int procfs_read_start(int process, uint64_t *ret_boottime_ns);

/* Reads the files whose bits are set in `files`, in the order of enum proc_file. */
void procfs_read_files(int process, unsigned int files, uint64_t deadline_ns, struct proc_raw *raw);

#endif
