// SPDX-License-Identifier: GPL-2.0
#include "procfs.h"

#include "clock.h"
#include "lines.h"
#include "proc_parse.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* No read() asks for more, so that the deadline is looked at between pieces. */
#define PIECE_MAX (64u << 10)

struct procfs {
	int dir;
};

static const struct {
	const char *name;
	size_t room; /* 0: a large file, for the caller to choose */
} files[PROC_FILE_COUNT] = {
	/* "Groups:" stands before the memory and can have 65536 numbers. */
	[PROC_FILE_STATUS] = {"status", 512u << 10},
	/* v1 has a path of up to PATH_MAX for each of a dozen hierarchies. */
	[PROC_FILE_CGROUP] = {"cgroup", 64u << 10},
	[PROC_FILE_COMM] = {"comm", 128},
	[PROC_FILE_OOM_SCORE_ADJ] = {"oom_score_adj", 64},
	[PROC_FILE_LIMITS] = {"limits", 4u << 10},
	/* One more than is kept, so that what is cut can be told. */
	[PROC_FILE_CMDLINE] = {"cmdline", CMDLINE_MAX + 64},
	[PROC_FILE_EXE] = {"exe", PATH_MAX + 64},
	[PROC_FILE_MAPS] = {"maps", 0},
	[PROC_FILE_SMAPS_ROLLUP] = {"smaps_rollup", 4u << 10},
	[PROC_FILE_SMAPS] = {"smaps", 0},
};

int proc_raw_new(size_t large, struct proc_raw **ret_raw)
{
	struct proc_raw *raw = calloc(1, sizeof(*raw));
	size_t at = 0;

	if (!raw)
		return -ENOMEM;
	for (size_t i = 0; i < PROC_FILE_COUNT; i++) {
		raw->room[i] = files[i].room ? files[i].room : large;
		raw->area_len += raw->room[i];
	}
	raw->area = mmap(NULL, raw->area_len, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (raw->area == MAP_FAILED) {
		free(raw);
		return -ENOMEM;
	}
	for (size_t i = 0; i < PROC_FILE_COUNT; i++) {
		raw->files[i].bytes = (char *)raw->area + at;
		at += raw->room[i];
	}
	*ret_raw = raw;
	return 0;
}

void proc_raw_free(struct proc_raw *raw)
{
	if (!raw)
		return;
	munmap(raw->area, raw->area_len);
	free(raw);
}

void proc_raw_reset(struct proc_raw *raw)
{
	for (size_t i = 0; i < PROC_FILE_COUNT; i++)
		raw->files[i] = (struct proc_text){.bytes = raw->files[i].bytes};
}

int procfs_new(const char *root, struct procfs **ret_procfs)
{
	struct procfs *procfs;
	char path[PATH_MAX];
	int err;

	if (snprintf(path, sizeof(path), "%s/proc", root) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	procfs = malloc(sizeof(*procfs));
	if (!procfs)
		return -ENOMEM;
	procfs->dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (procfs->dir < 0) {
		err = -errno;
		free(procfs);
		return err;
	}
	*ret_procfs = procfs;
	return 0;
}

void procfs_free(struct procfs *procfs)
{
	if (!procfs)
		return;
	close(procfs->dir);
	free(procfs);
}

bool procfs_hides(const struct procfs *procfs)
{
	return faccessat(procfs->dir, "1/stat", F_OK, 0) != 0;
}

int procfs_open_process(const struct procfs *procfs, pid_t pid, pid_t tid, int *ret_process)
{
	char path[64];
	int fd;

	if (tid && tid != pid)
		snprintf(path, sizeof(path), "%d/task/%d", pid, tid);
	else
		snprintf(path, sizeof(path), "%d", pid);
	fd = openat(procfs->dir, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret_process = fd;
	return 0;
}

static int add_pid(pid_t pid, pid_t **pids, size_t *count)
{
	pid_t *more;

	/* Doubling whenever the count is a power of two. */
	if (!(*count & (*count - 1))) {
		more = reallocarray(*pids, *count ? *count * 2 : 1, sizeof(**pids));
		if (!more)
			return -ENOMEM;
		*pids = more;
	}
	(*pids)[(*count)++] = pid;
	return 0;
}

static int compare_pids(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

static int read_numbers(DIR *dir, pid_t **ret_pids, size_t *ret_count)
{
	const struct dirent *entry;
	pid_t *pids = NULL;
	size_t count = 0;
	int64_t pid;
	int err = 0;

	for (errno = 0; !err && (entry = readdir(dir)); errno = 0)
		if (span_decimal((struct span){entry->d_name, strlen(entry->d_name)}, &pid) &&
		    pid > 0 && pid <= INT_MAX)
			err = add_pid((pid_t)pid, &pids, &count);
	if (!err)
		err = -errno;
	if (err) {
		free(pids);
		return err;
	}
	if (count)
		qsort(pids, count, sizeof(*pids), compare_pids);
	*ret_pids = pids;
	*ret_count = count;
	return 0;
}

static int list_numbers(int at, const char *name, pid_t **ret_pids, size_t *ret_count)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;
	DIR *dir;

	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		err = -errno;
		close(fd);
		return err;
	}
	err = read_numbers(dir, ret_pids, ret_count);
	closedir(dir);
	return err;
}

int procfs_list(const struct procfs *procfs, pid_t **ret_pids, size_t *ret_count)
{
	return list_numbers(procfs->dir, ".", ret_pids, ret_count);
}

int procfs_list_threads(int process, pid_t **ret_tids, size_t *ret_count)
{
	return list_numbers(process, "task", ret_tids, ret_count);
}

static bool is_late(uint64_t deadline_ns)
{
	return deadline_ns && (uint64_t)clock_ns(CLOCK_MONOTONIC) >= deadline_ns;
}

static int read_link(int process, const char *name, size_t room, struct proc_text *text)
{
	ssize_t len = readlinkat(process, name, text->bytes, room);

	if (len < 0)
		return -errno;
	text->len = (size_t)len;
	text->cut = text->len == room;
	return 0;
}

static int read_pieces(int fd, size_t room, uint64_t deadline_ns, struct proc_text *text)
{
	while (text->len < room) {
		size_t want = room - text->len < PIECE_MAX ? room - text->len : PIECE_MAX;
		ssize_t got = read(fd, text->bytes + text->len, want);

		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == 0)
			return 0;
		if (got > 0)
			text->len += (size_t)got;
		if (is_late(deadline_ns))
			break;
	}
	/* It may just have been the end, but to know that takes another read. */
	text->cut = true;
	return 0;
}

static int read_text(int process, enum proc_file file, size_t room, uint64_t deadline_ns,
		     struct proc_text *text)
{
	int fd, err;

	if (is_late(deadline_ns))
		return -ETIME;
	if (file == PROC_FILE_EXE)
		return read_link(process, files[file].name, room, text);
	fd = openat(process, files[file].name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* The others are over with one read and the one that finds the end. */
	err = read_pieces(fd, room, files[file].room ? 0 : deadline_ns, text);
	close(fd);
	if (!err && !text->len && !text->cut && (file == PROC_FILE_MAPS || file == PROC_FILE_SMAPS))
		err = -ESRCH;
	return err;
}

int procfs_read(int process, enum proc_file file, uint64_t deadline_ns, struct proc_raw *raw)
{
	struct proc_text *text = &raw->files[file];

	*text = (struct proc_text){.bytes = text->bytes};
	text->err = read_text(process, file, raw->room[file], deadline_ns, text);
	text->time_ns = (uint64_t)clock_ns(CLOCK_MONOTONIC);
	return text->err;
}

void procfs_read_files(int process, unsigned int wanted, uint64_t deadline_ns, struct proc_raw *raw)
{
	for (unsigned int file = 0; file < PROC_FILE_COUNT; file++)
		if (wanted & PROC_FILE_BIT(file))
			procfs_read(process, file, deadline_ns, raw);
}

/* Field 22 of /proc/PID/stat, counted behind the name, which may hold anything. */
int procfs_read_start(int process, uint64_t *ret_boottime_ns)
{
	unsigned long long ticks;
	char text[1024];
	const char *at;
	int fd = openat(process, "stat", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0)
		return -ESRCH;
	text[len] = '\0';
	at = strrchr(text, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at || sscanf(at, "%llu", &ticks) != 1)
		return -EINVAL;
	*ret_boottime_ns = ticks * PROC_TICK_NS;
	return 0;
}
