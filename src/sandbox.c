// SPDX-License-Identifier: GPL-2.0
#include "sandbox.h"

#include "syscall_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define NOBODY 65534

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

/* What Linux can be configured for (CONFIG_NR_CPUS). */
#define CPUS_MAX 8192

static void be_killed_first(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	dprintf(fd, "1000");
	close(fd);
}

/* The threads of the tracer, from which they are inherited, are confined and of high priority. */
static void run_anywhere(void)
{
	unsigned char all[CPUS_MAX / 8];

	memset(all, 0xff, sizeof(all));
	sched_setaffinity(0, sizeof(all), (const cpu_set_t *)all);
	setpriority(PRIO_PROCESS, 0, 10);
}

/* Beyond what the process has mapped already, in bytes. */
static void used_memory(uint64_t *ret_virtual, uint64_t *ret_data)
{
	unsigned long long size = 0, data = 0;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	FILE *file = fopen("/proc/self/statm", "re");

	if (file && fscanf(file, "%llu %*u %*u %*u %*u %llu", &size, &data) != 2)
		size = data = 0;
	if (file)
		fclose(file);
	*ret_virtual = size * page;
	*ret_data = data * page;
}

static void limit(int resource, uint64_t value)
{
	struct rlimit limits = {.rlim_cur = value, .rlim_max = value};
	struct rlimit now;

	if (!getrlimit(resource, &now) && now.rlim_max < value)
		limits.rlim_cur = limits.rlim_max = now.rlim_max;
	setrlimit(resource, &limits);
}

static void limit_all(void)
{
	uint64_t virtual, data;

	used_memory(&virtual, &data);
	limit(RLIMIT_AS, virtual + 16 * GIB);
	/* Files that libelf maps privately count there. */
	limit(RLIMIT_DATA, data + 2 * GIB);
	limit(RLIMIT_STACK, 8 * MIB);
	limit(RLIMIT_NOFILE, 512);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_NPROC, 0);
	limit(RLIMIT_MEMLOCK, 0);
}

static int become_nobody(void)
{
	return setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	       setresuid(NOBODY, NOBODY, NOBODY);
}

/* The bounding set first: that takes a right that goes with the rest. */
static void drop_rights(void)
{
	cap_t none;

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	become_nobody();
	none = cap_init();
	if (none)
		cap_set_proc(none);
	cap_free(none);
}

int sandbox_enter(const char *name)
{
	prctl(PR_SET_NAME, name);
	be_killed_first();
	run_anywhere();
	limit_all();
	drop_rights();
	prctl(PR_SET_DUMPABLE, 0);
	/* The change of user would have taken it back. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return syscall_filter_install();
}
