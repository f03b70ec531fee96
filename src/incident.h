/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One invocation of the OOM killer, as sinks see it. Whatever could not be read is marked so in the
 * model (an unknown number, a NULL string, an invalid stack) and is never a made-up value.
 *
 * Strings are the kernel's bytes: names of processes, files and cgroups are not UTF-8 by any
 * guarantee and may hold control characters. Sinks escape them.
 */
#ifndef OOMTRACE_INCIDENT_H
#define OOMTRACE_INCIDENT_H

#include "user_state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMM_LEN     16
#define BUILD_ID_LEN 20

/* A number that may be unknown. */
struct num {
	bool known;
	int64_t value;
};

static inline struct num num_of(int64_t value)
{
	return (struct num){.known = true, .value = value};
}

struct frame {
	uint64_t address;
	char *symbol;	   /* NULL: unknown */
	struct num offset; /* in bytes, in the symbol; in the module's file when symbol is NULL */
	char *module;	   /* path of the file, or name of the kernel module; NULL: unknown */
	struct num file_offset; /* of the address in the module's file */
	uint8_t build_id[BUILD_ID_LEN];
	uint8_t build_id_len; /* 0: unknown */
	char *file;
	int line; /* 0: unknown */
	bool inlined;
};

/* How the frames of a user stack were found. */
enum unwind_method {
	UNWIND_UNKNOWN,
	UNWIND_FRAME_POINTERS, /* by the kernel */
	UNWIND_CFI,	       /* by the call frame information of the programs */
	UNWIND_MIXED,	       /* the inner frames by the latter, the outer by the former */
};

/* Innermost frame first. */
struct stack {
	bool valid; /* false: could not be read. A kernel thread's user stack is valid and empty */
	bool truncated;		   /* deeper than what was captured */
	enum unwind_method method; /* of a user stack */
	size_t count;
	struct frame *frames;
};

/* What a thread does in the language of its interpreter. */
struct language_stack {
	struct num tid;
	struct stack stack; /* frames have a symbol, a file and a line, and no address */
};

struct memory {
	struct num virtual_bytes;
	struct num rss_bytes;
	struct num anon_bytes;
	struct num file_bytes;
	struct num shmem_bytes;
	struct num swap_bytes;
	struct num pgtables_bytes;
};

/* The arithmetic of oom_badness(): points = rss + swap + pgtables + adj, all in pages. */
struct score {
	struct num points_pages;
	struct num rss_pages;
	struct num swap_pages;
	struct num pgtables_pages;
	struct num adj_pages;
	struct num total_pages; /* memory the choice was made over: the limit, or RAM and swap */
	struct num per_mille;	/* points_pages * 1000 / total_pages, rounded down */
};

/* /proc/PID/smaps_rollup. */
struct smaps {
	struct num rss_bytes;
	struct num pss_bytes;
	struct num pss_anon_bytes;
	struct num pss_file_bytes;
	struct num pss_shmem_bytes;
	struct num shared_clean_bytes;
	struct num shared_dirty_bytes;
	struct num private_clean_bytes;
	struct num private_dirty_bytes;
	struct num referenced_bytes;
	struct num anonymous_bytes;
	struct num lazy_free_bytes;
	struct num anon_huge_bytes;
	struct num swap_bytes;
	struct num swap_pss_bytes;
	struct num locked_bytes;
};

/* All mappings of one file or of one kind ("[heap]", "[anon]") together, from /proc/PID/smaps. */
struct mapping {
	char *name;
	struct num rss_bytes;
	struct num pss_bytes;
	struct num swap_bytes;
};

enum { MAPPINGS_MAX = 10 };

/* What the container runtime calls it; a NULL string is unknown. */
struct container {
	bool present; /* the process is in a container */
	char *runtime;
	char *id;
	char *name;
	char *image;
	char *pod_uid;
	char *pod_name;
	char *pod_namespace;
};

/* "name value" lines, as memory.stat and memory.events have them. */
struct stat_entry {
	char *name;
	int64_t value;
};

struct stat_list {
	bool known;
	size_t count;
	struct stat_entry *entries;
};

/* Pressure stall information; avg in per cent. */
struct pressure_line {
	bool known;
	double avg10;
	double avg60;
	double avg300;
	uint64_t total_us;
};

struct pressure {
	struct pressure_line some;
	struct pressure_line full;
};

struct zone {
	int node;
	char name[16];
	struct num free_bytes;
	struct num min_bytes;
	struct num low_bytes;
	struct num high_bytes;
};

/* The machine's memory: /proc/meminfo, /proc/zoneinfo, /proc/pressure/memory. */
struct system {
	bool asked; /* a read was tried */
	struct num mem_total_bytes;
	struct num mem_free_bytes;
	struct num mem_available_bytes;
	struct num buffers_bytes;
	struct num cached_bytes;
	struct num anon_bytes;
	struct num mapped_bytes;
	struct num shmem_bytes;
	struct num slab_bytes;
	struct num slab_reclaimable_bytes;
	struct num kernel_stack_bytes;
	struct num pagetables_bytes;
	struct num swap_total_bytes;
	struct num swap_free_bytes;
	struct num committed_bytes;
	bool zones_known;
	size_t zone_count;
	struct zone *zones;
	struct pressure pressure;
};

enum hold_state {
	HOLD_UNKNOWN,
	HOLD_OFF,
	HOLD_ACKNOWLEDGED,
	HOLD_TIMED_OUT,
};

enum proc_state {
	PROC_UNKNOWN,
	PROC_COMPLETE, /* every file was read before the kill */
	PROC_PARTIAL,
	PROC_MISSED,
};

enum cgroup_id_max { CGROUP_IDS = 32 };

/* Trigger and victim alike; a field the record has for only one of them is unknown in the other. */
struct process {
	struct num pid; /* the thread group, in the initial pid namespace */
	struct num tid;
	struct num ns_pid; /* pid in the process's own pid namespace */
	struct num ppid;
	struct num uid; /* in the initial user namespace */
	struct num oom_score_adj;
	struct num threads;
	struct num start_realtime_ns; /* since 1970 */
	struct num cgroup_version;    /* 1 or 2 */
	bool kernel_thread;
	char comm[COMM_LEN + 1];
	bool comm_known;
	char *cgroup;	 /* path below the root of the hierarchy, begins with '/' */
	bool cgroup_cut; /* too deep: only the last components are known, after "…/" */
	uint64_t cgroup_ids[CGROUP_IDS]; /* kernfs ids, own cgroup first; 0 ends */
	struct memory memory;
};

enum outcome {
	OUTCOME_UNKNOWN,
	OUTCOME_KILLED,
	OUTCOME_VICTIM_EXITING,
	OUTCOME_NO_VICTIM,
	OUTCOME_ABORTED,
	OUTCOME_OOM_DISABLED,
};

enum scope {
	SCOPE_UNKNOWN,
	SCOPE_MEMCG,
	SCOPE_GLOBAL,
	SCOPE_CPUSET,
	SCOPE_MEMPOLICY,
};

/* Why the kernel panicked rather than kill. */
enum panic_cause {
	PANIC_UNKNOWN,
	PANIC_NO_VICTIM, /* the machine had nothing to kill */
	PANIC_ON_OOM,	 /* vm.panic_on_oom */
};

struct limit {
	bool present; /* scope is memcg: the rest applies */
	bool derived; /* found by its usage, not told by the kernel */
	char *cgroup;
	bool cgroup_cut;
	uint64_t cgroup_ids[CGROUP_IDS];
	struct num limit_bytes; /* LIMIT_NONE: no limit is set */
	struct num usage_bytes;
	struct num swap_limit_bytes;
	struct num swap_usage_bytes;
	bool swap_counts_memory; /* cgroup v1: the swap figures are memory and swap together */
	struct num failcnt;
	struct stat_list stat;
	struct stat_list events;
	struct pressure pressure;
	bool read_after_kill; /* those three: the victim may have given its memory back by then */
};

/* PAGE_COUNTER_MAX in bytes, as cgroup v1 files show an absent limit. */
#define LIMIT_NONE(page_size) (INT64_MAX / (page_size) * (page_size))

enum kill_reason {
	KILL_OOM_GROUP = 1,
	KILL_SHARES_MEMORY = 2,
};

struct also_killed {
	struct process process;
	char *exe; /* of a group's member, when it could be read in time */
	char *cmdline;
	enum kill_reason reason;
};

enum verdict {
	VERDICT_CHOSEN = 1,
	VERDICT_ELIGIBLE = 2,
	VERDICT_UNKILLABLE = 3,
};

/* A task that the kernel weighed, as it was when it did. */
struct weighed {
	struct num pid;
	struct num oom_score_adj;
	struct num points_pages; /* of one it may not kill: what they would be */
	struct num rss_bytes;
	struct num swap_bytes;
	struct num pgtables_bytes;
	int64_t own_pages; /* the points without oom_score_adj */
	char comm[COMM_LEN + 1];
	char *cgroup;
	uint64_t cgroup_id; /* kernfs id */
	enum verdict verdict;
	const char *reason; /* why it may not be killed; NULL otherwise. Not owned */
};

struct weighing {
	bool known;
	uint64_t considered; /* every task that was looked at */
	size_t count;	     /* by points, highest first */
	struct weighed *top;
};

struct incident {
	uint64_t kernel_id; /* the number the BPF side gave it */
	uint64_t number;    /* the number users see, from 1 */
	uint64_t monotonic_ns;
	int64_t realtime_ns; /* since 1970 */
	enum outcome outcome;
	enum scope scope;
	struct num sysrq; /* 0 or 1 */
	struct num panic; /* 0 or 1: the kernel was about to panic */
	enum panic_cause panic_cause;
	char *message;
	struct {
		struct process process;
		struct num gfp_mask;
		char *gfp_flags;
		struct num order;
		struct stack kernel_stack;
		struct stack user_stack;
		char *language;		     /* "Python 3.11"; NULL: none that is known */
		struct stack language_stack; /* valid and empty: no interpreter was found */
	} trigger;
	bool has_victim;
	struct {
		struct process process;
		struct score score;
		struct stack kernel_stack;
		struct container container;
		char *cmdline; /* arguments separated by spaces */
		char *exe;
		bool known_in_advance; /* cmdline is the one seen at exec, not read now */
		bool smaps_known;
		struct smaps smaps;
		bool mappings_known;
		size_t mapping_count; /* largest first, at most MAPPINGS_MAX */
		struct mapping *mappings;
		char *language;
		size_t language_stack_count; /* its threads', when it is not the trigger */
		struct language_stack *language_stacks;
		bool language_stacks_missed; /* it has some, but they could not be read */
	} victim;
	size_t also_killed_count;
	struct also_killed *also_killed;
	struct weighing candidates;
	struct limit limit;
	struct user_state user_state; /* of the trigger, for its user stack */
	struct system system;
	const char *hook; /* "fentry", "kprobe", "tracepoint"; not owned */
	enum hold_state hold;
	const char *hold_reason; /* why there was no hold; NULL otherwise. Not owned */
	struct num hold_ns;
	enum proc_state proc;
	uint64_t kill_ns;  /* monotonic; what was read by then was read of the living victim */
	uint64_t repeats;  /* invocations like this one that came before it and were only counted */
	bool lost_records; /* part of this invocation found no room in the ring */
	bool began_before; /* it was found under way: the time is that of the finding */
};

/* A new, empty incident: everything unknown. NULL when there is no memory. */
struct incident *incident_new(void);

/* Frees the incident and all it owns; NULL is allowed. */
void incident_free(struct incident *incident);

/* Frees what a process, a stack or a frame own, not the object itself. */
void process_clear(struct process *process);
void stack_clear(struct stack *stack);
void frame_clear(struct frame *frame);
void limit_clear(struct limit *limit);

/* Frees what the container owns and makes it an absent one; NULL is allowed. */
void container_clear(struct container *container);

/* Frees the entries and makes the list unknown. */
void stat_list_clear(struct stat_list *list);

/* Moves what was read of the victim, its cgroup and the machine from one incident to another. */
void incident_move_context(struct incident *to, struct incident *from);

/*
 * Calls fn with the name ("victim.score", "trigger.gfp_mask") of each field that the record has for
 * this kind of incident and that could not be read, or not whole. A group of which nothing is known
 * is named once. Names are static strings.
 */
void incident_missed(const struct incident *incident, void (*fn)(void *ctx, const char *name),
		     void *ctx);

/* The words of the record; NULL for the unknown values. */
const char *outcome_name(enum outcome outcome);
const char *scope_name(enum scope scope);
const char *panic_cause_name(enum panic_cause cause);
const char *hold_state_name(enum hold_state state);
const char *proc_state_name(enum proc_state state);
const char *unwind_method_name(enum unwind_method method);
const char *verdict_name(enum verdict verdict);
const char *kill_reason_name(enum kill_reason reason);

#endif
