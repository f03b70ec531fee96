// SPDX-License-Identifier: GPL-2.0
#include "group_members.h"

#include "clock.h"
#include "lines.h"
#include "proc_parse.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of cgroups below the group's own. */
#define DEPTH_MAX 8
#define PIDS_MAX  4096 /* bytes of a cgroup.procs */

struct search {
	const struct procfs *procfs;
	pid_t except;
	uint64_t deadline_ns;
	struct group_members *members;
};

static bool is_over(const struct search *search)
{
	return search->members->count == GROUP_MEMBERS_MAX ||
	       (uint64_t)clock_ns(CLOCK_MONOTONIC) > search->deadline_ns;
}

static void add_member(struct search *search, pid_t pid)
{
	struct group_member *member = &search->members->members[search->members->count];
	char exe[PATH_MAX];
	ssize_t len;

	*member = (struct group_member){.pid = pid};
	if (procfs_open_process(search->procfs, pid, 0, &member->process))
		return;
	len = readlinkat(member->process, "exe", exe, sizeof(exe));
	if (len > 0 && (size_t)len < sizeof(exe))
		member->exe = strndup(exe, (size_t)len);
	search->members->count++;
}

/* Up to `size` bytes of a file; 0 when there is nothing to be had. */
static size_t read_some(int dir, const char *name, char *buf, size_t size)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	size_t len = 0;
	ssize_t got;

	if (fd < 0)
		return 0;
	while (len < size && (got = read(fd, buf + len, size - len)) > 0)
		len += (size_t)got;
	close(fd);
	return len;
}

static void take_processes(struct search *search, int cgroup)
{
	char text[PIDS_MAX];
	struct span rest = {text, read_some(cgroup, "cgroup.procs", text, sizeof(text))};
	struct span line;
	int64_t pid;

	while (!is_over(search) && span_take_line(&rest, &line))
		if (span_decimal(line, &pid) && pid > 0 && pid <= INT_MAX && pid != search->except)
			add_member(search, (pid_t)pid);
}

static void take_cgroup(struct search *search, int cgroup, int depth);

static void take_children(struct search *search, int cgroup, int depth)
{
	int fd = openat(cgroup, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir && fd >= 0)
		close(fd);
	while (dir && !is_over(search) && (entry = readdir(dir))) {
		int child;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		child = openat(cgroup, entry->d_name,
			       O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child < 0)
			continue;
		take_cgroup(search, child, depth + 1);
		close(child);
	}
	if (dir)
		closedir(dir);
}

static void take_cgroup(struct search *search, int cgroup, int depth)
{
	take_processes(search, cgroup);
	if (depth < DEPTH_MAX)
		take_children(search, cgroup, depth);
}

void group_members_find(const char *root, const struct cgroup_mount *mount, const char *path,
			const struct procfs *procfs, pid_t except, uint64_t deadline_ns,
			struct group_members *members)
{
	struct search search = {
		.procfs = procfs,
		.except = except,
		.deadline_ns = deadline_ns,
		.members = members,
	};
	int cgroup = cgroup_open(root, mount, path);

	group_members_clear(members);
	if (cgroup < 0)
		return;
	take_cgroup(&search, cgroup, 0);
	close(cgroup);
}

void group_members_read(struct group_members *members)
{
	for (size_t i = 0; i < members->count; i++) {
		struct group_member *member = &members->members[i];
		char text[CMDLINE_MAX + 1];
		size_t len = read_some(member->process, "cmdline", text, sizeof(text));

		/* A process that has lost its memory shows an empty one. */
		if (len && !member->cmdline)
			member->cmdline = proc_parse_cmdline(text, len, false);
	}
}

static struct group_member *find_member(struct group_members *members, int64_t pid)
{
	for (size_t i = 0; i < members->count; i++)
		if (members->members[i].pid == pid)
			return &members->members[i];
	return NULL;
}

void group_members_attach(struct group_members *members, struct incident *incident)
{
	for (size_t i = 0; i < incident->also_killed_count; i++) {
		struct also_killed *also = &incident->also_killed[i];
		struct group_member *member = find_member(members, also->process.pid.value);

		if (!member)
			continue;
		also->exe = member->exe;
		also->cmdline = member->cmdline;
		member->exe = member->cmdline = NULL;
	}
}

void group_members_clear(struct group_members *members)
{
	for (size_t i = 0; i < members->count; i++) {
		close(members->members[i].process);
		free(members->members[i].exe);
		free(members->members[i].cmdline);
	}
	members->count = 0;
}
