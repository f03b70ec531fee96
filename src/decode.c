// SPDX-License-Identifier: GPL-2.0
#include "decode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CUT_MARK "\xe2\x80\xa6/" /* "…/" */

/* Keeps hostile values far from overflow; no machine has 2^51 pages. */
#define PAGES_MASK (INT64_MAX >> 12)

#define MM_FILEPAGES  0
#define MM_ANONPAGES  1
#define MM_SWAPENTS   2
#define MM_SHMEMPAGES 3

_Static_assert(COMM_LEN == EV_COMM_LEN, "comm");
_Static_assert(BUILD_ID_LEN == EV_BUILD_ID_LEN, "build id");
_Static_assert(CGROUP_IDS == EV_MEMCG_DEPTH, "cgroup ids");
_Static_assert(USER_REGS_MAX == EV_USER_REGS, "registers");
_Static_assert(USER_STACK_PAGE == EV_STACK_PAGE, "stack page");

size_t decode_record_size(unsigned int kind)
{
	static const size_t sizes[EV_KIND_END] = {
		[EV_INVOKED] = sizeof(struct ev_invoked),
		[EV_SELECTED] = sizeof(struct ev_selected),
		[EV_KILLED] = sizeof(struct ev_killed),
		[EV_MARKED] = sizeof(struct ev_marked),
		[EV_RETURNED] = sizeof(struct ev_returned),
		[EV_MODULES_MAPPED] = offsetof(struct ev_modules, modules),
		[EV_NAMES] = sizeof(struct ev_names),
		[EV_USER_STATE] = offsetof(struct ev_user_state, stack),
		[EV_CANDIDATES_WEIGHED] = sizeof(struct ev_candidates),
		[EV_SHARER] = sizeof(struct ev_killed),
		[EV_DYING] = sizeof(struct ev_killed),
		[EV_EXITING] = sizeof(struct ev_death),
		[EV_EXITED] = sizeof(struct ev_death),
		[EV_REAPED] = sizeof(struct ev_death),
		[EV_STUCK] = sizeof(struct ev_invoked),
		[EV_WAIT] = sizeof(struct ev_wait),
		[EV_WOKEN] = sizeof(struct ev_wait),
		[EV_PANICKING] = sizeof(struct ev_panic),
	};

	return kind < EV_KIND_END ? sizes[kind] : 0;
}

int decode_record(const void *data, size_t size, union ev_record *ret_record)
{
	const struct ev_header *hdr = data;
	size_t least;

	if (size < sizeof(*hdr) || hdr->size > size)
		return -EBADMSG;
	least = decode_record_size(hdr->kind);
	if (!least)
		return -EOPNOTSUPP;
	if (hdr->size < least)
		return -EBADMSG;
	ret_record->hdr = hdr;
	return 0;
}

char *decode_path(const char *names, size_t len, unsigned int flags)
{
	bool cut = flags & EV_PATH_TOO_DEEP;
	size_t mark = cut ? strlen(CUT_MARK) - 1 : 0;
	char *path, *out;
	size_t end = len;

	if (!(flags & EV_PATH_VALID) || (len && names[len - 1] != '\0'))
		return NULL;
	path = malloc(mark + len + 2);
	if (!path)
		return NULL;
	memcpy(path, CUT_MARK, mark);
	out = path + mark;
	while (end > 0) {
		size_t start = end - 1;

		while (start > 0 && names[start - 1] != '\0')
			start--;
		*out++ = '/';
		memcpy(out, names + start, end - 1 - start);
		out += end - 1 - start;
		end = start;
	}
	if (out == path + mark)
		*out++ = '/';
	*out = '\0';
	return path;
}

/* -ENOMEM; a path that was not read, or that makes no sense, is NULL. */
static int cgroup_path(const struct ev_cgroup_path *path, char **ret_path, bool *ret_cut)
{
	*ret_path = NULL;
	*ret_cut = false;
	if (!(path->flags & EV_PATH_VALID) || path->len > sizeof(path->names) ||
	    (path->len && path->names[path->len - 1] != '\0'))
		return 0;
	*ret_cut = path->flags & EV_PATH_TOO_DEEP;
	*ret_path = decode_path(path->names, path->len, path->flags);
	return *ret_path ? 0 : -ENOMEM;
}

static void copy_ids(uint64_t to[CGROUP_IDS], const __u64 from[EV_MEMCG_DEPTH])
{
	bool ended = false;

	for (size_t i = 0; i < CGROUP_IDS; i++) {
		ended = ended || !from[i];
		to[i] = ended ? 0 : from[i];
	}
}

int decode_process(const struct ev_task *task, const struct decode_units *units,
		   struct process *ret)
{
	bool cut;
	char *cgroup;
	int err = cgroup_path(&task->cgroup, &cgroup, &cut);

	if (err)
		return err;
	memset(ret, 0, sizeof(*ret));
	ret->pid = num_of(task->tgid);
	ret->tid = num_of(task->tid);
	ret->ns_pid = num_of(task->ns_tgid);
	ret->ppid = num_of(task->ppid);
	ret->uid = num_of(task->uid);
	ret->oom_score_adj = num_of(task->oom_score_adj);
	ret->threads = num_of(task->threads);
	ret->start_realtime_ns = num_of(
		(int64_t)(task->start_boottime_ns + (uint64_t)units->realtime_minus_boottime_ns));
	ret->cgroup_version = num_of(task->flags & EV_TASK_CGROUP_V2 ? 2 : 1);
	ret->kernel_thread = task->flags & EV_TASK_KTHREAD;
	memcpy(ret->comm, task->comm, EV_COMM_LEN);
	ret->comm[COMM_LEN] = '\0';
	ret->comm_known = true;
	ret->cgroup = cgroup;
	ret->cgroup_cut = cut;
	copy_ids(ret->cgroup_ids, task->cgroup_ids);
	return 0;
}

/* Below zero is what a counter's per-CPU parts make of nothing; no machine has 2^51 pages. */
static int64_t clamp_pages(int64_t pages)
{
	const int64_t most = INT64_MAX >> 12;

	return pages < 0 ? 0 : pages < most ? pages : most;
}

static struct num pages_to_bytes(uint64_t pages, const struct decode_units *units)
{
	uint64_t most = (uint64_t)INT64_MAX / units->page_size;

	return num_of((int64_t)((pages < most ? pages : most) * units->page_size));
}

void decode_memory(const struct ev_memory *memory, const struct decode_units *units,
		   struct memory *ret)
{
	int64_t anon, file, shmem;

	memset(ret, 0, sizeof(*ret));
	if (!memory->valid)
		return;
	anon = clamp_pages(memory->exact_pages[MM_ANONPAGES]);
	file = clamp_pages(memory->exact_pages[MM_FILEPAGES]);
	shmem = clamp_pages(memory->exact_pages[MM_SHMEMPAGES]);
	ret->virtual_bytes = pages_to_bytes(memory->total_vm_pages, units);
	ret->anon_bytes = pages_to_bytes(anon, units);
	ret->file_bytes = pages_to_bytes(file, units);
	ret->shmem_bytes = pages_to_bytes(shmem, units);
	ret->rss_bytes = pages_to_bytes((uint64_t)anon + (uint64_t)file + (uint64_t)shmem, units);
	ret->swap_bytes = pages_to_bytes(clamp_pages(memory->exact_pages[MM_SWAPENTS]), units);
	ret->pgtables_bytes =
		num_of((int64_t)memory->pgtables_bytes > 0 ? (int64_t)memory->pgtables_bytes : 0);
}

int decode_limit(const struct ev_limit *limit, const struct decode_units *units, struct limit *ret)
{
	bool cut;
	char *cgroup;
	int err;

	memset(ret, 0, sizeof(*ret));
	if (!(limit->flags & EV_LIMIT_VALID))
		return 0;
	err = cgroup_path(&limit->cgroup, &cgroup, &cut);
	if (err)
		return err;
	ret->present = true;
	ret->derived = limit->flags & EV_LIMIT_DERIVED;
	ret->swap_counts_memory = limit->flags & EV_LIMIT_MEMSW;
	ret->cgroup = cgroup;
	ret->cgroup_cut = cut;
	copy_ids(ret->cgroup_ids, limit->cgroup_ids);
	ret->limit_bytes = pages_to_bytes(limit->max_pages, units);
	ret->usage_bytes = pages_to_bytes(limit->usage_pages, units);
	ret->swap_limit_bytes = pages_to_bytes(limit->swap_max_pages, units);
	ret->swap_usage_bytes = pages_to_bytes(limit->swap_usage_pages, units);
	ret->failcnt = num_of((int64_t)(limit->failcnt & INT64_MAX));
	return 0;
}

static int new_frames(struct stack *stack, size_t count)
{
	stack->frames = calloc(count ? count : 1, sizeof(*stack->frames));
	if (!stack->frames)
		return -ENOMEM;
	stack->count = count;
	stack->valid = true;
	return 0;
}

int decode_kernel_stack(const uint64_t *addresses, int32_t size, struct stack *ret)
{
	size_t count = size > 0 ? (size_t)size / sizeof(*addresses) : 0;
	int err;

	memset(ret, 0, sizeof(*ret));
	/*
	 * A task inside the kernel has a stack: an empty one was running and could not be walked.
	 */
	if (!count)
		return 0;
	if (count > EV_STACK_DEPTH)
		count = EV_STACK_DEPTH;
	err = new_frames(ret, count);
	if (err)
		return err;
	ret->truncated = count == EV_STACK_DEPTH;
	for (size_t i = 0; i < count; i++)
		ret->frames[i].address = addresses[i];
	return 0;
}

/* Without frame pointers the kernel follows rubbish, which reads as zeroes sooner or later. */
static size_t until_zero(const uint64_t *addresses, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!addresses[i])
			return i;
	return count;
}

int decode_user_stack(const struct ev_invoked *rec, struct stack *ret)
{
	size_t count = 0, ids = 0;
	int err;

	memset(ret, 0, sizeof(*ret));
	if (rec->user_stack_size < 0 && !(rec->trigger.flags & EV_TASK_KTHREAD))
		return 0;
	if (rec->user_stack_size > 0)
		count = (size_t)rec->user_stack_size / sizeof(rec->user_stack[0]);
	if (rec->user_build_ids_size > 0)
		ids = (size_t)rec->user_build_ids_size / sizeof(rec->user_build_ids[0]);
	if (count > EV_USER_DEPTH)
		count = EV_USER_DEPTH;
	if (rec->trigger.flags & EV_TASK_KTHREAD)
		count = 0;
	count = until_zero((const uint64_t *)rec->user_stack, count);
	err = new_frames(ret, count);
	if (err)
		return err;
	ret->truncated = count == EV_USER_DEPTH;
	ret->method = UNWIND_FRAME_POINTERS;
	for (size_t i = 0; i < count; i++) {
		struct frame *frame = &ret->frames[i];

		frame->address = rec->user_stack[i];
		if (i >= ids || rec->user_build_ids[i].status != 1 /* BPF_STACK_BUILD_ID_VALID */)
			continue;
		/* For an address in no mapping the kernel takes the next one above. */
		if ((int64_t)rec->user_build_ids[i].offset < 0)
			continue;
		memcpy(frame->build_id, rec->user_build_ids[i].build_id, BUILD_ID_LEN);
		frame->build_id_len = BUILD_ID_LEN;
		frame->file_offset = num_of((int64_t)rec->user_build_ids[i].offset);
	}
	return 0;
}

int decode_modules(const struct ev_modules *rec, struct module **ret_modules, size_t *ret_count)
{
	size_t room =
		(rec->hdr.size - offsetof(struct ev_modules, modules)) / sizeof(rec->modules[0]);
	size_t count = rec->count < room ? rec->count : room;
	struct module *modules;

	if (count > EV_MODULES)
		count = EV_MODULES;
	modules = calloc(count ? count : 1, sizeof(*modules));
	if (!modules)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct ev_module *from = &rec->modules[i];

		modules[i] = (struct module){
			.start = from->start,
			.end = from->end,
			.file_offset = from->file_offset,
			.inode = from->inode,
			.dev = from->dev,
		};
		if (from->inode && from->path.len && from->path.len <= sizeof(from->path.names))
			modules[i].path =
				decode_path(from->path.names, from->path.len, from->path.flags);
	}
	*ret_modules = modules;
	*ret_count = count;
	return 0;
}

int decode_user_state(const struct ev_user_state *rec, struct user_state *ret)
{
	size_t room = rec->hdr.size - offsetof(struct ev_user_state, stack);
	size_t len = rec->stack_len < room ? rec->stack_len : room;
	uint8_t *stack = malloc(len ? len : 1);

	if (!stack)
		return -ENOMEM;
	memcpy(stack, rec->stack, len);
	*ret = (struct user_state){
		.reg_count = rec->reg_count <= USER_REGS_MAX ? rec->reg_count : 0,
		.pc = rec->pc,
		.thread_pointer = rec->thread_pointer,
		.stack_address = rec->stack_address,
		.stack_len = len,
		.stack_missing = rec->stack_missing,
		.outer_address = rec->outer_address,
		.outer_at = rec->outer_at < len ? rec->outer_at : 0,
		.stack = stack,
		.stack_cut = len >= EV_STACK_COPY_LEN,
	};
	memcpy(ret->regs, rec->regs, sizeof(ret->regs));
	return 0;
}

static const char *spared_reason(uint32_t verdict)
{
	static const char *const reasons[] = {
		[EV_VERDICT_ADJ] = "oom_score_adj",	[EV_VERDICT_INIT] = "init",
		[EV_VERDICT_VICTIM] = "already_victim", [EV_VERDICT_VFORK] = "vfork",
		[EV_VERDICT_OTHER] = "other",
	};
	bool known = verdict < sizeof(reasons) / sizeof(reasons[0]) && reasons[verdict];

	return known ? reasons[verdict] : reasons[EV_VERDICT_OTHER];
}

static void decode_candidate(const struct ev_candidate *from, const struct decode_units *units,
			     struct weighed *ret)
{
	bool eligible = from->verdict == EV_VERDICT_ELIGIBLE;

	*ret = (struct weighed){
		.pid = num_of(from->tgid),
		.oom_score_adj = num_of(from->oom_score_adj),
		.points_pages = eligible ? num_of(from->points) : (struct num){0},
		.rss_bytes = pages_to_bytes(from->rss_pages, units),
		.swap_bytes = pages_to_bytes(from->swap_pages, units),
		.pgtables_bytes = num_of((int64_t)(from->pgtables_bytes & INT64_MAX)),
		.own_pages =
			(int64_t)((from->rss_pages & PAGES_MASK) + (from->swap_pages & PAGES_MASK) +
				  (from->pgtables_bytes & INT64_MAX) / units->page_size),
		.cgroup_id = from->cgroup_id,
		.verdict = eligible ? VERDICT_ELIGIBLE : VERDICT_UNKILLABLE,
		.reason = eligible ? NULL : spared_reason(from->verdict),
	};
	memcpy(ret->comm, from->comm, EV_COMM_LEN);
	ret->comm[COMM_LEN] = '\0';
}

int decode_candidates(const struct ev_candidates *rec, const struct decode_units *units,
		      struct weighing *ret)
{
	size_t eligible = rec->eligible_count < EV_CANDIDATES ? rec->eligible_count : EV_CANDIDATES;
	size_t spared = rec->spared_count < EV_SPARED ? rec->spared_count : EV_SPARED;
	struct weighed *top = calloc(eligible + spared ? eligible + spared : 1, sizeof(*top));

	if (!top)
		return -ENOMEM;
	for (size_t i = 0; i < eligible; i++)
		decode_candidate(&rec->eligible[i], units, &top[i]);
	for (size_t i = 0; i < spared; i++)
		decode_candidate(&rec->spared[i], units, &top[eligible + i]);
	*ret = (struct weighing){.known = true,
				 .considered = rec->considered,
				 .count = eligible + spared,
				 .top = top};
	return 0;
}

static bool score_parts(const int64_t pages[4], int64_t pgtables, int64_t adj, int64_t points,
			struct score *ret)
{
	int64_t rss = clamp_pages(pages[MM_FILEPAGES]) + clamp_pages(pages[MM_ANONPAGES]) +
		      clamp_pages(pages[MM_SHMEMPAGES]);
	int64_t swap = clamp_pages(pages[MM_SWAPENTS]);

	if (rss + swap + pgtables + adj != points)
		return false;
	ret->rss_pages = num_of(rss);
	ret->swap_pages = num_of(swap);
	ret->pgtables_pages = num_of(pgtables);
	return true;
}

void decode_score(const struct ev_selected *rec, const struct decode_units *units,
		  struct score *ret)
{
	const struct ev_memory *memory = &rec->memory;
	int64_t total = (int64_t)(rec->total_pages & (INT64_MAX >> 12));
	int64_t points = rec->chosen_points;
	int64_t pgtables = (int64_t)((memory->pgtables_bytes & INT64_MAX) / units->page_size);
	int64_t exact[4], fast[4];
	int64_t adj;

	memset(ret, 0, sizeof(*ret));
	/* vm.oom_kill_allocating_task: no points were given. */
	if (!rec->has_oom_control || rec->unweighed)
		return;
	adj = (int64_t)(int16_t)rec->victim.oom_score_adj * (total / 1000);
	ret->points_pages = num_of(points);
	ret->total_pages = num_of(total);
	ret->adj_pages = num_of(adj);
	if (total && points > INT64_MIN / 1000 && points < INT64_MAX / 1000)
		ret->per_mille = num_of(points * 1000 / total);
	if (!memory->valid)
		return;
	for (size_t i = 0; i < 4; i++) {
		/* Keeps hostile values far from overflow; no machine has 2^51 pages. */
		exact[i] = memory->exact_pages[i] & (INT64_MAX >> 12);
		fast[i] = memory->fast_pages[i] < 0 ? 0 : memory->fast_pages[i] & (INT64_MAX >> 12);
		if (memory->exact_pages[i] < 0)
			exact[i] = 0;
	}
	if (!score_parts(fast, pgtables & (INT64_MAX >> 12), adj, points, ret))
		score_parts(exact, pgtables & (INT64_MAX >> 12), adj, points, ret);
}

enum hold_state decode_hold(uint32_t hold, const char **ret_reason)
{
	static const char *const reasons[] = {
		[EV_HOLD_NONE] = "no_victim",	     [EV_HOLD_DISABLED] = "disabled",
		[EV_HOLD_ONE_CPU] = "one_cpu",	     [EV_HOLD_OWN] = "own_process",
		[EV_HOLD_FILTERED] = "filtered",     [EV_HOLD_BUSY] = "reader_busy",
		[EV_HOLD_BUDGET] = "budget",	     [EV_HOLD_NO_RECORD] = "no_record",
		[EV_HOLD_GLOBAL] = "global",	     [EV_HOLD_NO_WAKEUP] = "preempt_rt",
		[EV_HOLD_MASKED] = "interrupts_off",
	};

	*ret_reason = NULL;
	if (hold == EV_HOLD_ACKNOWLEDGED)
		return HOLD_ACKNOWLEDGED;
	if (hold == EV_HOLD_TIMED_OUT)
		return HOLD_TIMED_OUT;
	if (hold >= sizeof(reasons) / sizeof(reasons[0]) || !reasons[hold])
		return HOLD_UNKNOWN;
	*ret_reason = reasons[hold];
	return HOLD_OFF;
}

enum scope decode_scope(int32_t constraint)
{
	static const enum scope scopes[] = {SCOPE_GLOBAL, SCOPE_CPUSET, SCOPE_MEMPOLICY,
					    SCOPE_MEMCG};

	if (constraint < 0 || constraint >= (int32_t)(sizeof(scopes) / sizeof(scopes[0])))
		return SCOPE_UNKNOWN;
	return scopes[constraint];
}
