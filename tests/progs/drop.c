// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a program as another user with only the capabilities named.
 *
 *   drop UID CAPABILITIES PROGRAM [ARGUMENT...]
 *
 * CAPABILITIES is "none" or a list such as "bpf,perfmon".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *name;
	int number;
} capabilities[] = {
	{ "bpf", CAP_BPF },
	{ "perfmon", CAP_PERFMON },
	{ "sys_ptrace", CAP_SYS_PTRACE },
	{ "dac_read_search", CAP_DAC_READ_SEARCH },
	{ "sys_admin", CAP_SYS_ADMIN },
	{ "sys_resource", CAP_SYS_RESOURCE },
	{ "syslog", CAP_SYSLOG },
};

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "drop: %s: %s\n", what, strerror(errno));
	exit(125);
}

static uint64_t parse_capabilities(char *list)
{
	uint64_t mask = 0;

	if (!strcmp(list, "none"))
		return 0;
	for (char *name = strtok(list, ","); name; name = strtok(NULL, ",")) {
		size_t i = 0;

		while (i < sizeof(capabilities) / sizeof(*capabilities) &&
		       strcmp(capabilities[i].name, name))
			i++;
		if (i == sizeof(capabilities) / sizeof(*capabilities)) {
			errno = EINVAL;
			die(name);
		}
		mask |= 1ULL << capabilities[i].number;
	}
	return mask;
}

int main(int argc, char **argv)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	uint64_t mask;
	uid_t uid;

	if (argc < 4) {
		fputs("usage: drop UID CAPABILITIES PROGRAM [ARGUMENT...]\n", stderr);
		return 125;
	}
	uid = strtoul(argv[1], NULL, 10);
	mask = parse_capabilities(argv[2]);

	if (prctl(PR_SET_KEEPCAPS, 1) < 0 || setgroups(0, NULL) < 0 ||
	    setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
		die("changing the user");
	for (int i = 0; i < 2; i++)
		data[i].permitted = data[i].effective = data[i].inheritable = mask >> (32 * i);
	if (syscall(SYS_capset, &header, data) < 0)
		die("capset");
	for (int number = 0; number < 64; number++)
		if (mask >> number & 1 &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) < 0)
			die("ambient capability");
	execvp(argv[3], argv + 3);
	die(argv[3]);
}
