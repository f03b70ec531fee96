// SPDX-License-Identifier: GPL-2.0
#include "rank.h"

#include "candidates.h"
#include "cgroup_files.h"
#include "readfile.h"
#include "system_memory.h"

#include <errno.h>
#include <limits.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SYSCTL_MAX 64

/* What is read once, and what the model's pointers point into. */
struct rank_store {
	const char *root;
	int64_t page_size;
	bool has_mount;
	struct cgroup_mount mount;
	struct rank_groups *groups;
	struct procfs *procfs;
	struct candidates candidates;
	const struct rank_group *scope; /* NULL: the machine */
	const struct rank_group *limit; /* whose limit is hit; NULL: the machine */
	int64_t machine_pages;		/* RAM and swap */
	int64_t swap_pages;
	int64_t swappiness;
	int64_t panic_on_oom;
	int64_t kill_allocating_task;
	int64_t cpus_hold_back; /* pages of a counter, at most */
	bool exact;		/* and the kernel weighs them */
};

/* Of a number of /proc/meminfo; not more than sums of two can hold. */
static int64_t bytes_of(struct num bytes)
{
	return bytes.value < INT64_MAX / 4 ? bytes.value : INT64_MAX / 4;
}

static int64_t read_sysctl(const char *root, const char *name, int64_t otherwise)
{
	char path[PATH_MAX];
	struct num number;
	char *text;
	size_t len;

	if (snprintf(path, sizeof(path), "%s/proc/sys/vm/%s", root, name) >= (int)sizeof(path) ||
	    file_read(path, &text, &len, SYSCTL_MAX))
		return otherwise;
	number = cgroup_limit_parse(text, len);
	free(text);
	return number.known ? number.value : otherwise;
}

static int open_store(struct rank *rank, const struct rank_config *config)
{
	struct rank_store *store = rank->store;
	const char *root = config->root;
	int err;

	store->root = root;
	store->exact = config->exact;
	store->cpus_hold_back = badness_tolerance(sysconf(_SC_NPROCESSORS_ONLN));
	store->page_size = sysconf(_SC_PAGESIZE);
	err = cgroup_find_mount(root, &store->mount);
	store->has_mount = !err;
	if (err == -ENOMEM)
		return err;
	err = rank_groups_new(root, store->has_mount ? &store->mount : NULL, &store->groups);
	if (!err)
		err = procfs_new(root, &store->procfs);
	if (!err)
		err = system_memory_read(root, &rank->system);
	if (err)
		return err;
	store->swap_pages = bytes_of(rank->system.swap_total_bytes) / store->page_size;
	if (rank->system.mem_total_bytes.known)
		store->machine_pages = bytes_of(rank->system.mem_total_bytes) / store->page_size +
				       store->swap_pages;
	store->swappiness = read_sysctl(root, "swappiness", 60);
	store->panic_on_oom = read_sysctl(root, "panic_on_oom", 0);
	store->kill_allocating_task = read_sysctl(root, "oom_kill_allocating_task", 0);
	return 0;
}

/* The cgroup a user asked for; that of the root is the machine. */
static int find_cgroup(struct rank_store *store, const char *wanted)
{
	char *path;
	int dir, err;

	if (!store->has_mount)
		return -ENODEV;
	path = cgroup_normalize(&store->mount, wanted);
	if (!path)
		return -EINVAL;
	dir = cgroup_open(store->root, &store->mount, path);
	err = dir < 0 ? dir : 0;
	if (!err && strcmp(path, "/"))
		err = rank_groups_get(store->groups, path, &store->scope);
	if (dir >= 0)
		close(dir);
	free(path);
	return err;
}

static int find_scope(struct rank_store *store, const struct rank_config *config,
		      struct candidate *process)
{
	int err = 0;

	if (config->cgroup)
		err = find_cgroup(store, config->cgroup);
	if (err || !config->pid)
		return err;
	err = candidate_read(store->procfs, config->pid, store->groups, store->mount.version,
			     process);
	if (!err && !config->cgroup && process->group)
		store->scope = process->group->nearest;
	return err;
}

static void find_limit(struct rank *rank)
{
	struct rank_store *store = rank->store;
	const struct rank_group *scope = store->scope;

	rank->scope = scope ? SCOPE_MEMCG : SCOPE_GLOBAL;
	rank->own_limit = !scope || rank_group_is_limited(scope);
	if (!scope)
		return;
	rank->cgroup = scope->path;
	store->limit = rank->own_limit ? scope : scope->nearest;
}

static int64_t limit_total(const struct rank_store *store)
{
	const struct cgroup_limit *limit = &store->limit->limit;
	bool own_swappiness = store->mount.version == 1 && limit->swappiness.known;
	const struct badness_limit badness = {
		.version = store->mount.version,
		.memory_pages = limit->limit_bytes.value / store->page_size,
		.swap_pages = limit->swap_limit_bytes.known
				      ? limit->swap_limit_bytes.value / store->page_size
				      : BADNESS_NO_LIMIT(store->page_size),
		.swaps = own_swappiness ? limit->swappiness.value : store->swappiness,
	};

	return badness_limit_total(&badness, store->swap_pages);
}

static void find_total(struct rank *rank)
{
	struct rank_store *store = rank->store;

	if (store->limit)
		rank->total_pages = num_of(limit_total(store));
	else if (store->machine_pages)
		rank->total_pages = num_of(store->machine_pages);
}

static struct rank_limit machine_limit(const struct rank *rank)
{
	const struct system *system = &rank->system;
	struct rank_limit limit = {0};

	if (!system->mem_total_bytes.known || !system->mem_available_bytes.known)
		return limit;
	limit.known = true;
	limit.limit_bytes = bytes_of(system->mem_total_bytes) + bytes_of(system->swap_total_bytes);
	limit.left_bytes =
		bytes_of(system->mem_available_bytes) + bytes_of(system->swap_free_bytes);
	limit.usage_bytes = limit.limit_bytes - limit.left_bytes;
	return limit;
}

static struct rank_limit group_limit(const struct rank_group *group)
{
	return (struct rank_limit){
		.known = true,
		.cgroup = group->path,
		.limit_bytes = group->limit.limit_bytes.value,
		.usage_bytes = group->limit.usage_bytes.value,
		.left_bytes = rank_group_left(group),
	};
}

/* A limit of the machine is one like the others: it may have less left than any cgroup's. */
static struct rank_limit first_limit(const struct rank *rank, const struct rank_group *group)
{
	struct rank_limit machine = machine_limit(rank), limit;

	if (!rank->store->has_mount)
		return machine;
	if (!group || !group->known)
		return (struct rank_limit){0};
	if (!group->nearest)
		return machine;
	limit = group_limit(group->nearest);
	return machine.known && machine.left_bytes < limit.left_bytes ? machine : limit;
}

static void fill_entry(const struct rank *rank, const struct candidate *candidate,
		       struct rank_entry *entry)
{
	static const char *const reasons[] = {
		[UNKILLABLE_ADJ] = "oom_score_adj",
		[UNKILLABLE_INIT] = "init",
		[UNKILLABLE_SKIPPED] = "vfork_or_reaped",
	};
	const struct badness *badness = &candidate->badness;
	int64_t page_size = rank->store->page_size;

	*entry = (struct rank_entry){
		.pid = candidate->pid,
		.cgroup = candidate->group ? candidate->group->path : NULL,
		.rss_bytes = badness->rss_pages * page_size,
		.swap_bytes = badness->swap_pages * page_size,
		.pgtables_bytes = badness->pgtables_pages * page_size,
		.oom_score_adj = badness->oom_score_adj,
		.verdict = candidate->unkillable ? VERDICT_UNKILLABLE : VERDICT_ELIGIBLE,
		.reason = reasons[candidate->unkillable],
		.first_limit = first_limit(rank, candidate->group),
	};
	memcpy(entry->comm, candidate->comm, sizeof(entry->comm));
	if (!candidate->unkillable && rank->total_pages.known)
		entry->points_pages = num_of(candidate->points);
}

/* The killable first, by points; of those that are not, the largest first. */
static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int64_t memory_x = badness_memory(&x->badness), memory_y = badness_memory(&y->badness);

	if (!x->unkillable != !y->unkillable)
		return x->unkillable ? 1 : -1;
	if (!x->unkillable)
		return badness_before(x->points, x->scanned, y->points, y->scanned) ? -1 : 1;
	if (memory_x != memory_y)
		return memory_x > memory_y ? -1 : 1;
	return (x->scanned < y->scanned) - (x->scanned > y->scanned);
}

static void sort_candidates(const struct rank_store *store, struct candidates *candidates,
			    int64_t total_pages)
{
	candidates_find_unkillable(candidates, store->machine_pages);
	for (size_t i = 0; i < candidates->count; i++) {
		struct candidate *candidate = &candidates->list[i];

		if (store->exact)
			candidate->badness.rss_pages = candidate->exact_rss_pages;
		candidate->points = badness_points(&candidate->badness, total_pages);
	}
	if (candidates->count)
		qsort(candidates->list, candidates->count, sizeof(candidates->list[0]),
		      compare_candidates);
}

static size_t count_killable(const struct candidates *candidates)
{
	size_t count = 0;

	while (count < candidates->count && !candidates->list[count].unkillable)
		count++;
	return count;
}

static int read_candidates(struct rank *rank)
{
	struct rank_store *store = rank->store;
	const struct rank_group *scope = store->scope;
	int err;

	if (scope)
		err = candidates_of_cgroup(store->procfs, store->groups, store->root, &store->mount,
					   scope->path, !scope->limit.alone, &store->candidates);
	else
		err = candidates_of_machine(store->procfs, store->groups, store->mount.version,
					    &store->candidates);
	if (err)
		return err;
	/* Itself is gone by then. Another /proc may have another process under that number. */
	if (!*store->root)
		candidates_remove(&store->candidates, getpid());
	rank->considered = store->candidates.count;
	rank->unreadable = store->candidates.unreadable;
	rank->hidden = procfs_hides(store->procfs);
	rank->whole = rank->own_limit && !rank->hidden && !rank->unreadable;
	sort_candidates(store, &store->candidates, rank->total_pages.value);
	return 0;
}

static int fill_top(struct rank *rank, size_t killable, size_t most)
{
	const struct candidate *list = rank->store->candidates.list;
	size_t count = killable < most ? killable : most;

	rank->top = calloc(count + 1, sizeof(*rank->top));
	if (!rank->top)
		return -ENOMEM;
	rank->top_count = count;
	for (size_t i = 0; i < count; i++) {
		struct rank_entry *entry = &rank->top[i];

		fill_entry(rank, &list[i], entry);
		entry->position = num_of((int64_t)i + 1);
		entry->close = i && list[0].points - list[i].points <= rank->tolerance_pages;
	}
	for (size_t i = 1; i < killable; i++)
		rank->close_count += list[0].points - list[i].points <= rank->tolerance_pages;
	return 0;
}

static int fill_unkillable(struct rank *rank, size_t killable, size_t most)
{
	const struct candidates *candidates = &rank->store->candidates;
	const struct candidate *list = candidates->list;
	int64_t least = killable ? badness_memory(&list[0].badness) : 0;

	rank->unkillable = calloc(most + 1, sizeof(*rank->unkillable));
	if (!rank->unkillable)
		return -ENOMEM;
	for (size_t i = killable; i < candidates->count && rank->unkillable_count < most; i++)
		if (badness_memory(&list[i].badness) > least)
			fill_entry(rank, &list[i], &rank->unkillable[rank->unkillable_count++]);
	return 0;
}

/* The outermost one with memory.oom.group between the process and the limit, both included. */
static const struct rank_group *find_oom_group(const struct rank_store *store,
					       const struct rank_group *group)
{
	const struct rank_group *found = NULL;

	for (; group; group = group->parent) {
		if (group->limit.oom_group)
			found = group;
		if (group == store->limit)
			break;
	}
	return found;
}

static void fill_group(struct rank *rank)
{
	const struct candidates *candidates = &rank->store->candidates;
	const struct rank_group *group = find_oom_group(rank->store, candidates->list[0].group);

	if (!group)
		return;
	rank->kills_group = group->path;
	for (size_t i = 0; i < candidates->count; i++) {
		const struct candidate *candidate = &candidates->list[i];

		rank->group_processes += candidate->group &&
					 cgroup_is_below(candidate->group->path, group->path) &&
					 candidate->badness.oom_score_adj != BADNESS_ADJ_NEVER;
	}
}

static bool shares_memory(pid_t a, pid_t b)
{
	return !syscall(SYS_kcmp, a, b, KCMP_VM, 0UL, 0UL);
}

/* Processes made by clone(CLONE_VM) look alike; kcmp(2) tells, where it is allowed. */
static int fill_sharing(struct rank *rank, size_t most)
{
	const struct candidates *candidates = &rank->store->candidates;
	const struct candidate *first = &candidates->list[0];
	int64_t memory = badness_memory(&first->badness);

	/* The numbers of another /proc may be those of another pid namespace. */
	if (*rank->store->root)
		return 0;
	rank->sharing = calloc(most + 1, sizeof(*rank->sharing));
	if (!rank->sharing)
		return -ENOMEM;
	for (size_t i = 1; i < candidates->count && rank->sharing_count < most; i++) {
		const struct candidate *other = &candidates->list[i];

		if (llabs(badness_memory(&other->badness) - memory) <=
			    rank->store->cpus_hold_back &&
		    shares_memory(first->pid, other->pid))
			fill_entry(rank, other, &rank->sharing[rank->sharing_count++]);
	}
	return 0;
}

static enum rank_action find_action(const struct rank *rank, size_t killable)
{
	const struct rank_store *store = rank->store;

	if (store->limit && store->limit->limit.oom_kill_disable)
		return RANK_WAITS;
	if (store->panic_on_oom == 2 || (store->panic_on_oom && !store->limit))
		return RANK_PANICS;
	if (store->kill_allocating_task && !store->limit)
		return RANK_KILLS_TRIGGER;
	if (killable)
		return RANK_KILLS;
	if (!rank->whole)
		return RANK_UNKNOWN;
	return store->limit ? RANK_NOTHING : RANK_PANICS;
}

static void fill_limit(struct rank *rank)
{
	const struct rank_group *group = rank->store->limit;
	struct cgroup_files files = {0};

	if (!group) {
		rank->limit = machine_limit(rank);
		return;
	}
	rank->limit = group_limit(group);
	if (cgroup_files_read(rank->store->root, &rank->store->mount, group->path, &files))
		return;
	rank->limit.reclaimable_bytes = cgroup_reclaimable(&files.stat);
	cgroup_files_clear(&files);
}

static const struct candidate *find_pid(const struct candidates *candidates, pid_t pid,
					size_t *ret_index)
{
	for (size_t i = 0; i < candidates->count; i++) {
		if (candidates->list[i].pid == pid) {
			*ret_index = i;
			return &candidates->list[i];
		}
	}
	return NULL;
}

/* Where the process stands among all of the machine. */
static int fill_global(struct rank *rank, pid_t pid)
{
	struct rank_store *store = rank->store;
	const struct candidate *found;
	struct candidates all;
	size_t index;
	int err = candidates_of_machine(store->procfs, NULL, 0, &all);

	if (err)
		return err;
	if (!*store->root)
		candidates_remove(&all, getpid());
	sort_candidates(store, &all, store->machine_pages);
	found = find_pid(&all, pid, &index);
	if (found && store->machine_pages) {
		rank->global_total_pages = num_of(store->machine_pages);
		rank->global_considered = num_of((int64_t)all.count);
		if (!found->unkillable) {
			rank->global_position = num_of((int64_t)index + 1);
			rank->global_points_pages = num_of(found->points);
		}
	}
	candidates_clear(&all);
	return 0;
}

static int fill_process(struct rank *rank, pid_t pid)
{
	const struct candidate *found;
	size_t index;

	found = find_pid(&rank->store->candidates, pid, &index);
	if (!found)
		return rank->store->scope ? -EXDEV : -ESRCH;
	rank->has_process = true;
	fill_entry(rank, found, &rank->process);
	if (!found->unkillable)
		rank->process.position = num_of((int64_t)index + 1);
	if (!index && rank->action == RANK_KILLS && rank->whole)
		rank->process.verdict = VERDICT_CHOSEN;
	return rank->scope == SCOPE_GLOBAL ? 0 : fill_global(rank, pid);
}

static int fill(struct rank *rank, const struct rank_config *config, pid_t pid)
{
	size_t killable, most = config->top;
	int err = read_candidates(rank);

	if (err)
		return err;
	killable = count_killable(&rank->store->candidates);
	/* Many more are not to be had: their memory would be reserved, used or not. */
	most = most < rank->considered ? most : rank->considered;
	rank->tolerance_pages = rank->store->exact ? 0 : rank->store->cpus_hold_back;
	rank->action = find_action(rank, killable);
	fill_limit(rank);
	err = fill_top(rank, killable, most);
	if (!err)
		err = fill_unkillable(rank, killable, most);
	if (!err && killable && rank->action == RANK_KILLS && rank->whole) {
		rank->top[0].verdict = VERDICT_CHOSEN;
		fill_group(rank);
		err = fill_sharing(rank, most);
	}
	return !err && pid ? fill_process(rank, pid) : err;
}

int rank_new(const struct rank_config *config, struct rank **ret_rank)
{
	struct rank *rank = calloc(1, sizeof(*rank));
	struct candidate process = {0};
	int err = -ENOMEM;

	if (!rank)
		return -ENOMEM;
	rank->store = calloc(1, sizeof(*rank->store));
	if (rank->store)
		err = open_store(rank, config);
	if (!err)
		err = find_scope(rank->store, config, &process);
	if (!err) {
		find_limit(rank);
		find_total(rank);
		err = fill(rank, config, process.pid);
	}
	if (err) {
		rank_free(rank);
		return err;
	}
	*ret_rank = rank;
	return 0;
}

void rank_free(struct rank *rank)
{
	if (!rank)
		return;
	free(rank->top);
	free(rank->unkillable);
	free(rank->sharing);
	system_memory_clear(&rank->system);
	if (rank->store) {
		candidates_clear(&rank->store->candidates);
		rank_groups_free(rank->store->groups);
		procfs_free(rank->store->procfs);
		cgroup_mount_clear(&rank->store->mount);
	}
	free(rank->store);
	free(rank);
}

static bool lacks_first_limit(const struct rank *rank)
{
	for (size_t i = 0; i < rank->top_count; i++)
		if (!rank->top[i].first_limit.known)
			return true;
	return rank->has_process && !rank->process.first_limit.known;
}

void rank_missed(const struct rank *rank, void (*fn)(void *ctx, const char *name), void *ctx)
{
	if (!rank->total_pages.known)
		fn(ctx, "total_pages");
	if (!rank->limit.known)
		fn(ctx, rank->store && rank->store->limit ? "limit" : "system");
	if (rank->hidden || rank->unreadable)
		fn(ctx, "candidates");
	if (rank->action == RANK_UNKNOWN)
		fn(ctx, "action");
	if (lacks_first_limit(rank))
		fn(ctx, "candidates.first_limit");
}

const char *rank_action_name(enum rank_action action)
{
	static const char *const names[] = {
		[RANK_KILLS] = "kills",
		[RANK_KILLS_TRIGGER] = "kills_trigger",
		[RANK_PANICS] = "panics",
		[RANK_WAITS] = "waits",
		[RANK_NOTHING] = "nothing_to_kill",
	};

	return names[action];
}
