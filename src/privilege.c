// SPDX-License-Identifier: GPL-2.0
#include "privilege.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Some sixteen stacks of as many files as one may have (MODULES_MAX in user_reader.c). */
#define FILES_AT_ONCE 2048

struct need {
	cap_value_t cap;
	const char *name;
	bool capture;
};

/* CAP_SYS_ADMIN includes the two that BPF wants, as it did before they were split off in 5.8. */
static const struct need needs[] = {
	{CAP_BPF, "CAP_BPF", true},
	{CAP_PERFMON, "CAP_PERFMON", true},
	{CAP_SYS_PTRACE, "CAP_SYS_PTRACE", false},
	{CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH", false},
};

static bool has(cap_t caps, cap_value_t cap)
{
	cap_flag_value_t value = CAP_CLEAR;

	return !cap_get_flag(caps, cap, CAP_EFFECTIVE, &value) && value == CAP_SET;
}

static bool has_need(cap_t caps, const struct need *need)
{
	return has(caps, need->cap) || (need->capture && has(caps, CAP_SYS_ADMIN)) ||
	       (need->cap == CAP_DAC_READ_SEARCH && has(caps, CAP_DAC_OVERRIDE));
}

int privilege_check(struct privilege_missing *ret_missing)
{
	struct privilege_missing missing = {0};
	cap_t caps = cap_get_proc();

	if (!caps)
		return -errno;
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		if (has_need(caps, &needs[i]))
			continue;
		if (missing.names[0])
			strcat(missing.names, ", ");
		strcat(missing.names, needs[i].name);
		missing.capture = missing.capture || needs[i].capture;
	}
	cap_free(caps);
	*ret_missing = missing;
	return 0;
}

bool privilege_locked_memory_limited(void)
{
	struct rlimit limit = {0};
	struct utsname system;
	int major, minor;
	cap_t caps;
	bool unlimited;

	if (uname(&system) || sscanf(system.release, "%d.%d", &major, &minor) != 2 || major > 5 ||
	    (major == 5 && minor >= 11))
		return false;
	/* With it, libbpf raises the limit. */
	caps = cap_get_proc();
	unlimited = caps && has(caps, CAP_SYS_RESOURCE);
	cap_free(caps);
	getrlimit(RLIMIT_MEMLOCK, &limit);
	return !unlimited && limit.rlim_cur != RLIM_INFINITY;
}

static void stay_in_memory(void)
{
	struct rlimit limit = {0};
	cap_t caps = cap_get_proc();
	bool may_lock = caps && has(caps, CAP_IPC_LOCK);

	cap_free(caps);
	getrlimit(RLIMIT_MEMLOCK, &limit);
	/* Locking what comes later, too, under a limit would make later allocations fail. */
	if (may_lock || limit.rlim_cur == RLIM_INFINITY)
		mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}

/*
 * The table of files must not grow while the kernel waits for the reader: with threads that share
 * it, that takes until every CPU has been through the scheduler (expand_fdtable(), fs/file.c, 6.12),
 * and the one that is held does not get there. It never shrinks.
 */
static void make_room_for_files(rlim_t limit)
{
	int last = limit < FILES_AT_ONCE ? (int)limit - 1 : FILES_AT_ONCE - 1;
	int fd = open("/", O_PATH | O_CLOEXEC), copy = -1;

	if (fd >= 0)
		copy = fcntl(fd, F_DUPFD_CLOEXEC, last);
	if (copy >= 0)
		close(copy);
	if (fd >= 0)
		close(fd);
}

/* Incidents that wait to be written hold the files of their stacks open. */
static void allow_many_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	make_room_for_files(limit.rlim_cur);
}

void privilege_protect_self(void)
{
	static const char *const adjustments[] = {"-1000", "0"};
	int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
	char now[16];

	stay_in_memory();
	allow_many_files();
	if (fd < 0)
		return;
	for (size_t i = 0; i < sizeof(adjustments) / sizeof(adjustments[0]); i++) {
		/* Who started us may have lowered it further than this process can. */
		if (i && pread(fd, now, sizeof(now), 0) > 0 && now[0] == '-')
			break;
		if (write(fd, adjustments[i], strlen(adjustments[i])) > 0)
			break;
	}
	close(fd);
}
