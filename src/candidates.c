// SPDX-License-Identifier: GPL-2.0
#include "candidates.h"

#include "cgroup_walk.h"
#include "lines.h"
#include "proc_parse.h"
#include "readfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STAT_MAX   4096
#define NUMBER_MAX 64
#define CGROUP_MAX (64u << 10)
/* "Groups:" stands before the memory and can have 65536 numbers. */
#define STATUS_MAX (512u << 10)

static int read_stat(int process, struct proc_stat *ret_stat)
{
	char *text;
	size_t len;
	int err = file_read_at(process, "stat", &text, &len, STAT_MAX);

	if (err)
		return err;
	err = proc_parse_stat(text, len, ret_stat);
	free(text);
	return err;
}

static int read_status(int process, struct proc_status *ret_status)
{
	char *text;
	size_t len;
	int err = file_read_at(process, "status", &text, &len, STATUS_MAX);

	if (err)
		return err;
	proc_parse_status(text, len, ret_status);
	free(text);
	return 0;
}

static int read_number(int process, const char *name, int64_t min, int64_t max, int64_t *ret_number)
{
	struct span rest, line;
	int64_t number;
	char *text;
	size_t len;
	int err = file_read_at(process, name, &text, &len, NUMBER_MAX);

	if (err)
		return err;
	rest = (struct span){text, len};
	if (!span_take_line(&rest, &line) || !span_decimal(line, &number) || number < min ||
	    number > max)
		err = -EINVAL;
	else
		*ret_number = number;
	free(text);
	return err;
}

static int read_group(int process, struct rank_groups *groups, int version,
		      struct candidate *candidate)
{
	char *text, *path;
	size_t len;
	int err = file_read_at(process, "cgroup", &text, &len, CGROUP_MAX);

	if (err)
		return 0;
	err = proc_parse_cgroup(text, len, version, &path);
	free(text);
	if (err)
		return err == -ENOMEM ? err : 0;
	err = rank_groups_get(groups, path, &candidate->group);
	free(path);
	return err;
}

static int64_t pages_of(struct num bytes)
{
	int64_t pages = bytes.value / sysconf(_SC_PAGESIZE);

	return pages < PROC_PAGES_MAX ? pages : PROC_PAGES_MAX;
}

/*
 * Which memory it has, if any: a process without mm has no line of it. stat has the sums without
 * what CPUs hold back (get_mm_rss(), fs/proc/array.c, 7.2), status with it (task_mem(),
 * fs/proc/task_mmu.c, 6.16).
 */
static bool take_memory(const struct proc_stat *stat, const struct proc_status *status,
			struct candidate *candidate)
{
	if (!status->pgtables_bytes.known)
		return false;
	candidate->badness.rss_pages = stat->rss_pages;
	candidate->exact_rss_pages = pages_of(status->rss_bytes);
	candidate->badness.swap_pages = pages_of(status->swap_bytes);
	candidate->badness.pgtables_pages = pages_of(status->pgtables_bytes);
	return true;
}

/* The first thread may have ended before the others: then only they still show the memory. */
static int read_threads(const struct procfs *procfs, int process, struct candidate *candidate)
{
	struct proc_status status;
	struct proc_stat stat;
	bool found = false;
	pid_t *tids;
	size_t count;
	int err = procfs_list_threads(process, &tids, &count), thread;

	if (err)
		return err == -ENOENT ? -ESRCH : err;
	for (size_t i = 0; i < count && !found; i++) {
		if (procfs_open_process(procfs, candidate->pid, tids[i], &thread))
			continue;
		found = !read_stat(thread, &stat) && !read_status(thread, &status) &&
			take_memory(&stat, &status, candidate);
		close(thread);
	}
	free(tids);
	return found ? 0 : -ESRCH;
}

static int read_process(const struct procfs *procfs, int process, struct candidate *candidate)
{
	struct proc_status status;
	struct proc_stat stat;
	int64_t number = 0;
	int err = read_stat(process, &stat);

	if (err)
		return err;
	if (stat.kernel_thread)
		return -ESRCH;
	err = read_status(process, &status);
	if (err)
		return err;
	if (status.pid.known && status.pid.value > 0 && status.pid.value <= INT32_MAX)
		candidate->pid = (pid_t)status.pid.value;
	memcpy(candidate->comm, stat.comm, sizeof(candidate->comm));
	candidate->start_ticks = stat.start_ticks;
	if (!take_memory(&stat, &status, candidate))
		err = read_threads(procfs, process, candidate);
	if (!err)
		err = read_number(process, "oom_score_adj", BADNESS_ADJ_NEVER, 1000, &number);
	candidate->badness.oom_score_adj = (int)number;
	candidate->oom_score = -1;
	if (!err && !read_number(process, "oom_score", 0, INT32_MAX, &number))
		candidate->oom_score = (int32_t)number;
	return err;
}

int candidate_read(const struct procfs *procfs, pid_t pid, struct rank_groups *place, int version,
		   struct candidate *ret_candidate)
{
	struct candidate candidate = {.pid = pid};
	int process, err = procfs_open_process(procfs, pid, 0, &process);

	if (err)
		return err == -ENOENT ? -ESRCH : err;
	err = read_process(procfs, process, &candidate);
	if (!err && place)
		err = read_group(process, place, version, &candidate);
	close(process);
	if (!err)
		*ret_candidate = candidate;
	/* It has ended meanwhile. */
	return err == -ENOENT ? -ESRCH : err;
}

/* The list has room for it. */
static int add(struct candidates *candidates, const struct procfs *procfs, pid_t pid,
	       struct rank_groups *place, int version)
{
	struct candidate *candidate = &candidates->list[candidates->count];
	int err = candidate_read(procfs, pid, place, version, candidate);

	if (err == -ENOMEM)
		return err;
	if (!err)
		candidates->count++;
	else if (err != -ESRCH)
		candidates->unreadable++;
	return 0;
}

static int make_room(struct candidates *candidates, size_t more)
{
	struct candidate *list =
		reallocarray(candidates->list, candidates->count + more + 1, sizeof(*list));

	if (!list)
		return -ENOMEM;
	candidates->list = list;
	return 0;
}

static int compare_starts(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->start_ticks != y->start_ticks)
		return x->start_ticks < y->start_ticks ? -1 : 1;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

static void number_all(struct candidates *candidates)
{
	for (size_t i = 0; i < candidates->count; i++)
		candidates->list[i].scanned = (uint32_t)i;
}

int candidates_of_machine(const struct procfs *procfs, struct rank_groups *groups, int version,
			  struct candidates *ret_candidates)
{
	struct candidates candidates = {0};
	pid_t *pids;
	size_t count;
	int err = procfs_list(procfs, &pids, &count);

	if (err)
		return err;
	err = make_room(&candidates, count);
	for (size_t i = 0; !err && i < count; i++)
		err = add(&candidates, procfs, pids[i], groups, version);
	free(pids);
	if (err) {
		candidates_clear(&candidates);
		return err;
	}
	/* The kernel's list of processes is in the order of their birth. */
	if (candidates.count)
		qsort(candidates.list, candidates.count, sizeof(candidates.list[0]),
		      compare_starts);
	number_all(&candidates);
	*ret_candidates = candidates;
	return 0;
}

struct visit {
	const struct procfs *procfs;
	struct rank_groups *groups;
	struct candidates candidates;
};

static int visit_group(void *ctx, int dir, const char *path)
{
	struct visit *visit = ctx;
	struct candidates *candidates = &visit->candidates;
	size_t first = candidates->count, count;
	const struct rank_group *group;
	pid_t *pids;
	int err = rank_groups_get(visit->groups, path, &group);

	if (err)
		return err;
	err = cgroup_read_pids(dir, &pids, &count);
	if (err) {
		/* Threads of a process that is listed above, or a cgroup that has gone. */
		if (err != -EOPNOTSUPP && err != -ENOENT && err != -ENODEV)
			candidates->unreadable++;
		return err == -ENOMEM ? err : 0;
	}
	err = make_room(candidates, count);
	for (size_t i = 0; !err && i < count; i++)
		err = add(candidates, visit->procfs, pids[i], NULL, 0);
	free(pids);
	for (size_t i = first; i < candidates->count; i++)
		candidates->list[i].group = group;
	return err;
}

static int compare_pids(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->scanned > y->scanned) - (x->scanned < y->scanned);
}

static int compare_places(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return (x->scanned > y->scanned) - (x->scanned < y->scanned);
}

/* On v1 a process is listed by each cgroup that one of its threads is in. */
static void remove_repeats(struct candidates *candidates)
{
	struct candidate *list = candidates->list;
	size_t kept = 0;

	number_all(candidates);
	if (!candidates->count)
		return;
	qsort(list, candidates->count, sizeof(list[0]), compare_pids);
	for (size_t i = 0; i < candidates->count; i++)
		if (!kept || list[kept - 1].pid != list[i].pid)
			list[kept++] = list[i];
	candidates->count = kept;
	qsort(list, kept, sizeof(list[0]), compare_places);
	number_all(candidates);
}

int candidates_of_cgroup(const struct procfs *procfs, struct rank_groups *groups, const char *root,
			 const struct cgroup_mount *mount, const char *path, bool deep,
			 struct candidates *ret_candidates)
{
	struct visit visit = {.procfs = procfs, .groups = groups};
	size_t unreadable = 0;
	int err = cgroup_walk(root, mount, path, deep, visit_group, &visit, &unreadable);

	if (err) {
		candidates_clear(&visit.candidates);
		return err;
	}
	visit.candidates.unreadable += unreadable;
	remove_repeats(&visit.candidates);
	*ret_candidates = visit.candidates;
	return 0;
}

void candidates_remove(struct candidates *candidates, pid_t pid)
{
	struct candidate *list = candidates->list;
	size_t i = 0;

	while (i < candidates->count && list[i].pid != pid)
		i++;
	if (i == candidates->count)
		return;
	candidates->count--;
	memmove(&list[i], &list[i + 1], (candidates->count - i) * sizeof(list[0]));
}

void candidates_clear(struct candidates *candidates)
{
	free(candidates->list);
	*candidates = (struct candidates){0};
}

/* Kernels before 5.9 scale their scores from 0, later ones from 667, up to small adjustments. */
static bool scores_are_scaled(const struct candidates *candidates, int64_t machine_pages)
{
	for (size_t i = 0; i < candidates->count; i++) {
		const struct candidate *candidate = &candidates->list[i];

		if (candidate->oom_score >= 500 &&
		    badness_points(&candidate->badness, machine_pages) < machine_pages / 4)
			return true;
	}
	return false;
}

static bool is_skipped(const struct candidate *candidate, bool scaled, int64_t machine_pages)
{
	int64_t points = badness_points(&candidate->badness, machine_pages);

	if (candidate->oom_score != 0 || !machine_pages)
		return false;
	/* A score of 0 may also be a small one, rounded down. */
	return points / 2 >= machine_pages / 1000 ||
	       (scaled && badness_oom_score(points, machine_pages) >= 2);
}

void candidates_find_unkillable(struct candidates *candidates, int64_t machine_pages)
{
	bool scaled = scores_are_scaled(candidates, machine_pages);

	for (size_t i = 0; i < candidates->count; i++) {
		struct candidate *candidate = &candidates->list[i];

		candidate->unkillable = KILLABLE;
		if (candidate->badness.oom_score_adj == BADNESS_ADJ_NEVER)
			candidate->unkillable = UNKILLABLE_ADJ;
		else if (candidate->pid == 1 && candidate->oom_score <= 0)
			candidate->unkillable = UNKILLABLE_INIT;
		else if (is_skipped(candidate, scaled, machine_pages))
			candidate->unkillable = UNKILLABLE_SKIPPED;
	}
}
