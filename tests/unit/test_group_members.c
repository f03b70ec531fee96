// SPDX-License-Identifier: GPL-2.0
#include "clock.h"
#include "group_members.h"
#include "temp_root.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cmocka.h>

#define GROUP "/pod"
#define LATE  UINT64_MAX

static struct temp_root hierarchy; /* in the place of the cgroup file system */
static struct cgroup_mount mount;
static struct procfs *procfs;
static struct group_members members;

static int set_up(void **state)
{
	(void)state;
	temp_root_make(&hierarchy);
	mount = (struct cgroup_mount){.point = hierarchy.path, .version = 2};
	return procfs_new("", &procfs);
}

static int tear_down(void **state)
{
	(void)state;
	group_members_clear(&members);
	procfs_free(procfs);
	temp_root_remove(&hierarchy);
	return 0;
}

static pid_t spawn(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		/* A test that fails does not get to end it. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void find(const char *path, pid_t except, uint64_t deadline_ns)
{
	group_members_find("", &mount, path, procfs, except, deadline_ns, &members);
}

static void put_pids(const char *cgroup, const pid_t *pids, size_t count)
{
	char text[8192];
	int len = 0;

	for (size_t i = 0; i < count; i++)
		len += snprintf(text + len, sizeof(text) - (size_t)len, "%d\n", pids[i]);
	temp_write(&hierarchy, cgroup, text, (size_t)len);
}

static struct incident *incident_with(pid_t pid)
{
	struct incident *incident = incident_new();

	incident->also_killed = calloc(1, sizeof(*incident->also_killed));
	incident->also_killed_count = 1;
	incident->also_killed[0].process.pid = (struct num){.known = true, .value = pid};
	return incident;
}

/* In the cgroup and below it; what they are called stays known when they are gone. */
static void test_names(void **state)
{
	pid_t pids[] = {getpid(), spawn()}, deep = spawn();
	struct incident *incident = incident_with(deep);
	char exe[256];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	(void)state;
	assert_true(len > 0);
	exe[len] = '\0';
	put_pids(GROUP "/cgroup.procs", pids, 2);
	put_pids(GROUP "/a/b/cgroup.procs", &deep, 1);
	put_pids("/other/cgroup.procs", pids, 1);
	find(GROUP, getpid(), LATE);
	assert_int_equal(members.count, 2);
	assert_int_equal(members.members[0].pid, pids[1]);
	group_members_read(&members);
	end(pids[1]);
	end(deep);
	group_members_attach(&members, incident);
	assert_string_equal(incident->also_killed[0].exe, exe);
	assert_non_null(strstr(incident->also_killed[0].cmdline, "test_group_members"));
	incident_free(incident);
}

/* Gone between the two looks: the executable is known, and no command line is made up. */
static void test_gone(void **state)
{
	pid_t pid = spawn();
	struct incident *incident = incident_with(pid);

	(void)state;
	put_pids(GROUP "/cgroup.procs", &pid, 1);
	find(GROUP, 0, LATE);
	end(pid);
	group_members_read(&members);
	group_members_attach(&members, incident);
	assert_non_null(incident->also_killed[0].exe);
	assert_null(incident->also_killed[0].cmdline);
	incident_free(incident);
}

static void test_bounds(void **state)
{
	pid_t many[GROUP_MEMBERS_MAX + 20];

	(void)state;
	for (size_t i = 0; i < sizeof(many) / sizeof(many[0]); i++)
		many[i] = getpid();
	put_pids(GROUP "/cgroup.procs", many, sizeof(many) / sizeof(many[0]));
	find(GROUP, 0, LATE);
	assert_int_equal(members.count, GROUP_MEMBERS_MAX);
	find(GROUP, 0, (uint64_t)clock_ns(CLOCK_MONOTONIC) - 1);
	assert_int_equal(members.count, 0);
}

static void test_odd_files(void **state)
{
	static const char text[] = "x\n-1\n0\n4194305\n99999999999999999999\n\n7 8\n1";

	(void)state;
	temp_write(&hierarchy, GROUP "/cgroup.procs", text, sizeof(text) - 1);
	find(GROUP, 0, LATE);
	assert_int_equal(members.count, 0);
	find("/none", 0, LATE);
	find("/..", 0, LATE);
	find("", 0, LATE);
	assert_int_equal(members.count, 0);
}

/* Who was not in the group, or was not killed, stays as it is. */
static void test_attach_others(void **state)
{
	struct incident *incident = incident_with(1);
	pid_t pid = getpid();

	(void)state;
	put_pids(GROUP "/cgroup.procs", &pid, 1);
	find(GROUP, 0, LATE);
	group_members_read(&members);
	group_members_attach(&members, incident);
	assert_null(incident->also_killed[0].exe);
	assert_null(incident->also_killed[0].cmdline);
	incident_free(incident);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_gone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bounds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_odd_files, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_attach_others, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
