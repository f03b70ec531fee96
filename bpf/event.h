/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The records the BPF programs write into the ring buffer and the loader reads. The only header
 * both sides include. Fixed-width types, naturally aligned; enum values are numbered and only ever
 * appended to.
 *
 * One invocation of the OOM killer is a sequence of records that share `incident`:
 *
 *	INVOKED [MODULES] [CANDIDATES] [NAMES] [SELECTED [MODULES]]
 *		[KILLED | DYING | MARKED | SHARER]... RETURNED
 *
 * or, where the kernel is about to panic, INVOKED [MODULES] [CANDIDATES] PANICKING.
 *
 * What unwinding takes, USER_STATE, comes by a ring of its own, before INVOKED; so do the ends of
 * processes, EXITING, EXITED and REAPED, which belong to no incident and come at any time.
 *
 * Tasks that wait since nobody may be killed for them (oom_kill_disable of cgroup v1) have rings of
 * their own as well, and `incident` numbers what they wait for: STUCK [MODULES]... WAIT of the first
 * that waits there, WAIT of each further one, perhaps before those, and WOKEN whenever one of them
 * wakes up.
 *
 * The tracepoint tier sees neither entry nor return: it sends INVOKED, SELECTED and MARKED at the
 * first mark_victim of a task and leaves it to the loader to tell where the invocation ends.
 */
#ifndef OOMTRACE_EVENT_H
#define OOMTRACE_EVENT_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#define EV_COMM_LEN	   16
#define EV_MESSAGE_LEN	   64
#define EV_NAME_LEN	   256 /* NAME_MAX and the NUL */
#define EV_CGROUP_LEN	   2048
#define EV_CGROUP_DEPTH	   32
#define EV_FILE_LEN	   1024
#define EV_FILE_DEPTH	   24
#define EV_CMDLINE_LEN	   1024
#define EV_STACK_DEPTH	   96
#define EV_USER_DEPTH	   96
#define EV_MODULES	   32
#define EV_MODULE_FRAMES   32
#define EV_MEMCG_DEPTH	   32
#define EV_THREADS	   8
#define EV_CANDIDATES	   32 /* a power of two, like the next */
#define EV_SPARED	   4
#define EV_USER_REGS	   33
#define EV_STACK_PAGE	   4096
#define EV_STACK_COPY_LEN  65536
#define EV_RED_ZONE	   128
#define EV_BUILD_ID_LEN	   20
#define EV_UNLIMITED_PAGES (~0ULL)

enum ev_kind {
	EV_INVOKED = 1,
	EV_SELECTED = 2,
	EV_KILLED = 3,
	EV_MARKED = 4,
	EV_RETURNED = 5,
	EV_MODULES_MAPPED = 6,
	EV_NAMES = 7,
	EV_USER_STATE = 8,
	EV_CANDIDATES_WEIGHED = 9,
	EV_SHARER = 10,	 /* struct ev_killed: it has the victim's memory, and dies too */
	EV_DYING = 11,	 /* struct ev_killed: marked without having been selected */
	EV_EXITING = 12, /* struct ev_death: a thread exits, and no other is left to */
	EV_EXITED = 13,	 /* struct ev_death: the process's parent is told */
	EV_REAPED = 14,	 /* struct ev_death: the OOM reaper is done with it */
	EV_STUCK = 15,	 /* struct ev_invoked: nobody is killed, the task is about to wait */
	EV_WAIT = 16,	 /* struct ev_wait: it waits from here on, or was found waiting */
	EV_WOKEN = 17,	 /* struct ev_wait: it tries again, or dies */
	EV_PANICKING = 18,
	EV_KIND_END,
};

struct ev_header {
	__u32 size; /* of the whole record */
	__u16 kind; /* enum ev_kind */
	__u16 reserved;
	__u64 incident; /* numbers the invocations of this run, from 1 */
	__u64 time_ns;	/* CLOCK_MONOTONIC */
	__s32 tgid;	/* the task inside the OOM killer */
	__s32 tid;
};

enum ev_path_flags {
	EV_PATH_VALID = 1,
	EV_PATH_TOO_DEEP = 2, /* the components nearest the root are missing */
};

/* A path as the kernel keeps it: names from the last component up, each ended by a NUL. */
struct ev_cgroup_path {
	__u16 flags;
	__u16 len; /* bytes of names[] in use */
	__u32 reserved;
	char names[EV_CGROUP_LEN];
};

struct ev_file_path {
	__u16 flags;
	__u16 len;
	__u32 reserved;
	char names[EV_FILE_LEN];
};

enum ev_task_flags {
	EV_TASK_KTHREAD = 1,
	EV_TASK_CGROUP_V2 = 2,
};

struct ev_task {
	__s32 tgid;
	__s32 tid;
	__s32 ns_tgid; /* in the innermost pid namespace */
	__s32 ppid;
	__u32 uid; /* in the initial user namespace */
	__s32 oom_score_adj;
	__u32 threads;
	__u32 flags;			  /* enum ev_task_flags */
	__u64 start_boottime_ns;	  /* of the group leader */
	__u64 cgroup_ids[EV_MEMCG_DEPTH]; /* own cgroup first; 0 ends */
	char comm[EV_COMM_LEN];
	struct ev_cgroup_path cgroup;
};

/* Indices are the kernel's: MM_FILEPAGES 0, MM_ANONPAGES 1, MM_SWAPENTS 2, MM_SHMEMPAGES 3. */
struct ev_memory {
	__u32 valid;
	__u32 reserved;
	__u64 total_vm_pages;
	__u64 pgtables_bytes;
	__s64 exact_pages[4];
	__s64 fast_pages[4]; /* what the kernel's own arithmetic reads, without per-CPU deltas */
};

enum ev_limit_flags {
	EV_LIMIT_VALID = 1,
	EV_LIMIT_MEMSW = 2,   /* the swap figures count memory and swap together (cgroup v1) */
	EV_LIMIT_DERIVED = 4, /* found by its usage, not told by oom_control */
	EV_LIMIT_OOM_GROUP = 8,
};

struct ev_limit {
	__u32 flags; /* enum ev_limit_flags */
	__u32 reserved;
	__u64 usage_pages;
	__u64 max_pages;
	__u64 swap_usage_pages;
	__u64 swap_max_pages;
	__u64 failcnt;
	__u64 cgroup_ids[EV_MEMCG_DEPTH];
	struct ev_cgroup_path cgroup;
};

/* Depths are what bpf_get_stack() returned: bytes, or a negative errno. */
struct ev_invoked {
	struct ev_header hdr;
	__u32 has_oom_control; /* gfp_mask and order are known */
	__u32 gfp_mask;
	__s32 order;
	__s32 kernel_stack_size;
	__s32 user_stack_size;
	__s32 user_build_ids_size;
	__u64 kernel_stack[EV_STACK_DEPTH];
	__u64 user_stack[EV_USER_DEPTH];
	struct {
		__s32 status; /* BPF_STACK_BUILD_ID_* */
		__u8 build_id[EV_BUILD_ID_LEN];
		__u64 offset; /* in the file, or the address when status says so */
	} user_build_ids[EV_USER_DEPTH];
	struct ev_task trigger;
	struct ev_limit limit;
};

/* What came of the hold. Up to EV_HOLD_BUDGET: why there was none. */
enum ev_hold {
	EV_HOLD_NONE = 0, /* no victim was chosen */
	EV_HOLD_DISABLED = 1,
	EV_HOLD_ONE_CPU = 2,
	EV_HOLD_OWN = 3, /* the reader itself would wait */
	EV_HOLD_FILTERED = 4,
	EV_HOLD_BUSY = 5,   /* the reader is not waiting for a record */
	EV_HOLD_BUDGET = 6, /* enough time was held in the last second */
	EV_HOLD_NO_RECORD = 7,
	EV_HOLD_YES = 8, /* the kernel waits now */
	EV_HOLD_ACKNOWLEDGED = 9,
	EV_HOLD_TIMED_OUT = 10,
	EV_HOLD_GLOBAL = 11,	/* the machine is out of memory, and reading takes some */
	EV_HOLD_NO_WAKEUP = 12, /* PREEMPT_RT could not wake up the reader meanwhile */
	EV_HOLD_MASKED = 13,	/* nor can a CPU whose interrupts are masked */
};

enum ev_lock_flags {
	EV_LOCK_MMAP = 1, /* the victim's mmap_lock is held or wanted for writing */
	EV_LOCK_EXEC = 2, /* the victim's exec_update_lock is */
};

struct ev_selected {
	struct ev_header hdr;
	__u32 hold;	     /* enum ev_hold: EV_HOLD_YES, or why the kernel does not wait */
	__u32 locks;	     /* enum ev_lock_flags: which reads of /proc would block */
	__u32 trigger_locks; /* the same for the process that asks */
	__u32 unweighed;     /* the kernel took the one that asks, and gave nobody points */
	__u32 has_oom_control; /* constraint, total_pages and chosen_points are known */
	__s32 constraint;      /* enum oom_constraint */
	__u64 total_pages;
	__s64 chosen_points;
	__u64 group_id; /* kernfs id of the cgroup that dies with the victim; 0: none */
	char message[EV_MESSAGE_LEN];
	struct ev_task victim;
	struct ev_memory memory;
	struct ev_limit limit;
};

/* One process is about to get SIGKILL: the selected one, or a member of its memory.oom.group. */
struct ev_killed {
	struct ev_header hdr;
	struct ev_task victim;
	struct ev_memory memory;
	__s32 kernel_stack_size; /* of the task below; negative: not to be had here */
	__s32 kernel_stack_tid;
	__u64 kernel_stack[EV_STACK_DEPTH];
};

/* The kernel marked a task as OOM victim; fires after SIGKILL, for a task that dies already too. */
struct ev_marked {
	struct ev_header hdr;
	__s32 victim_tgid;
	__s32 victim_tid;
	__s32 kernel_stack_size; /* the victim's, when it is another task than the current one */
	__u32 shared;		 /* other processes may have its memory too, and die for it */
	__u64 kernel_stack[EV_STACK_DEPTH];
};

enum ev_chosen {
	EV_CHOSEN_NONE = 0,
	EV_CHOSEN_TASK = 1,
	EV_CHOSEN_ABORTED = 2, /* an earlier victim is still dying */
};

struct ev_returned {
	struct ev_header hdr;
	__u32 result;	   /* of out_of_memory() */
	__u32 chosen;	   /* enum ev_chosen */
	__s32 constraint;  /* enum oom_constraint, as found by then */
	__u32 hold;	   /* enum ev_hold */
	__u64 hold_ns;	   /* how long */
	__u64 hold_end_ns; /* when it ended, CLOCK_MONOTONIC; 0: there was none */
};

enum ev_panic_cause {
	EV_PANIC_NO_VICTIM = 1, /* the machine has nothing to kill */
	EV_PANIC_ON_OOM = 2,	/* vm.panic_on_oom */
	EV_PANIC_IF_COMPULSORY = 3, /* only if vm.panic_on_oom is 2: the reader finds out */
};

/* The kernel panics next. It waits, bounded, for the reader to be done with what it was told. */
struct ev_panic {
	struct ev_header hdr;
	__s32 constraint; /* enum oom_constraint */
	__u32 cause;	  /* enum ev_panic_cause */
};

struct ev_module {
	__u64 start;
	__u64 end;
	__u64 file_offset; /* of start, in bytes */
	__u64 inode;
	__u32 dev; /* the kernel's dev_t: 12 bits major, 20 bits minor */
	__u32 reserved;
	struct ev_file_path path;
};

struct ev_modules {
	struct ev_header hdr;
	__u32 count;
	__u32 error; /* positive errno of the last look-up that failed */
	struct ev_module modules[EV_MODULES];
};

/* Where the task inside the OOM killer left user space. As long as its stack. */
struct ev_user_state {
	struct ev_header hdr;
	__u32 reg_count;
	__u32 stack_len;	  /* bytes of stack[] in use */
	__u64 regs[EV_USER_REGS]; /* in the order of the machine's DWARF numbers */
	__u64 pc;
	__u64 thread_pointer;
	__u64 stack_address; /* of stack[0] */
	__u64 stack_missing; /* a bit for each page of stack[] that could not be read */
	__u64 outer_address; /* of stack[outer_at] */
	__u32 outer_at;	     /* where the stack begins that a signal interrupted; 0: it is one */
	__u32 reserved;
	__u8 stack[EV_STACK_COPY_LEN];
};

enum ev_verdict {
	EV_VERDICT_ELIGIBLE = 1,
	EV_VERDICT_ADJ = 2, /* oom_score_adj is the least there is */
	EV_VERDICT_INIT = 3,
	EV_VERDICT_VICTIM = 4, /* of an earlier invocation */
	EV_VERDICT_VFORK = 5,
	EV_VERDICT_OTHER = 6, /* its memory is being taken already */
};

struct ev_candidate {
	__s32 tgid;
	__s32 tid;
	__s32 oom_score_adj;
	__u32 verdict; /* enum ev_verdict */
	__s64 points;  /* the kernel's own; 0 where it gave none */
	__u64 rss_pages;
	__u64 swap_pages;
	__u64 pgtables_bytes;
	__u64 cgroup_id;
	__u64 start_boottime_ns;
	char comm[EV_COMM_LEN];
};

/* Those with the most points, and the largest of those the kernel may not kill; in no order. */
struct ev_candidates {
	struct ev_header hdr;
	__u64 considered;
	__u32 eligible_count;
	__u32 spared_count;
	struct ev_candidate eligible[EV_CANDIDATES];
	struct ev_candidate spared[EV_SPARED];
};

/* A command line as it was at exec: arguments, each ended by a NUL. */
struct ev_cmdline {
	__u64 start_boottime_ns; /* of the process: pids are used again */
	__u32 len;		 /* bytes of text[] in use */
	__u32 cut;		 /* there was more */
	char text[EV_CMDLINE_LEN];
};

enum ev_cmdline_source {
	EV_CMDLINE_NONE = 0,
	EV_CMDLINE_LIVE = 1,	/* read now: the victim is the current process */
	EV_CMDLINE_AT_EXEC = 2, /* remembered */
};

/* What the victim is called, for when its /proc cannot be read in time. */
struct ev_names {
	struct ev_header hdr;
	__s32 victim_tgid;
	__u32 cmdline_source;	 /* enum ev_cmdline_source */
	struct ev_file_path exe;
	struct ev_cmdline cmdline;
};

/* The header's task is the one that dies; of REAPED only the tid is known. */
struct ev_death {
	struct ev_header hdr;
	__u64 start_boottime_ns; /* of the group leader */
	__u64 killed_ns;	 /* the kernel's SIGKILL, CLOCK_MONOTONIC; 0: not seen */
	__u32 freed;		 /* nobody uses its memory any more */
	__u32 reserved;
};

enum ev_wait_flags {
	EV_WAIT_FOUND = 1,  /* nobody saw it begin */
	EV_WAIT_KILLED = 2, /* SIGKILL woke it */
	EV_WAIT_FIRST = 4,  /* the one that is described, unless that found no room */
};

/* The header's task waits for memory. */
struct ev_wait {
	struct ev_header hdr;
	__u64 start_boottime_ns; /* of the thread */
	__u64 cgroup_id;	 /* kernfs id of the one at its limit */
	__u32 flags;		 /* enum ev_wait_flags */
	__u32 reserved;
	char comm[EV_COMM_LEN];
};

#define EV_ASSERT_ALIGNED(type) \
	_Static_assert(sizeof(struct type) % 8 == 0, #type " has no tail padding")
EV_ASSERT_ALIGNED(ev_header);
EV_ASSERT_ALIGNED(ev_task);
EV_ASSERT_ALIGNED(ev_memory);
EV_ASSERT_ALIGNED(ev_limit);
EV_ASSERT_ALIGNED(ev_invoked);
EV_ASSERT_ALIGNED(ev_selected);
EV_ASSERT_ALIGNED(ev_killed);
EV_ASSERT_ALIGNED(ev_marked);
EV_ASSERT_ALIGNED(ev_returned);
EV_ASSERT_ALIGNED(ev_module);
EV_ASSERT_ALIGNED(ev_modules);
EV_ASSERT_ALIGNED(ev_names);
EV_ASSERT_ALIGNED(ev_user_state);
EV_ASSERT_ALIGNED(ev_candidate);
EV_ASSERT_ALIGNED(ev_candidates);
EV_ASSERT_ALIGNED(ev_death);
EV_ASSERT_ALIGNED(ev_wait);
EV_ASSERT_ALIGNED(ev_panic);
#undef EV_ASSERT_ALIGNED

#endif
