// SPDX-License-Identifier: GPL-2.0
#include "syscall_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#define ARCH 0
#endif

/* Both machines are little-endian: the lower half of an argument comes first. */
#define ARG_LOW(n)  (offsetof(struct seccomp_data, args) + (n) * sizeof(uint64_t))
#define ARG_HIGH(n) (ARG_LOW(n) + sizeof(uint32_t))

/* Calls that read what is open, and what the C library needs to do so. */
static const int allowed[] = {
	SYS_read,
	SYS_pread64,
	SYS_write,
	SYS_sendmsg,
	SYS_recvmsg,
	SYS_lseek,
	SYS_fstat,
#ifdef SYS_newfstatat
	SYS_newfstatat,
#endif
	SYS_statx,
	SYS_close,
	SYS_dup,
#ifdef SYS_poll
	SYS_poll,
#endif
	SYS_ppoll,
	SYS_munmap,
	SYS_mremap,
	SYS_madvise,
	SYS_brk,
	SYS_futex,
	SYS_rt_sigaction,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
	SYS_sigaltstack,
	SYS_restart_syscall,
	SYS_clock_gettime,
	SYS_sched_yield,
	SYS_getrandom,
	SYS_getpid,
	SYS_gettid,
	SYS_sysinfo,
	SYS_exit,
	SYS_exit_group,
};

/* Calls that are fine with an argument like this one only. */
struct rule {
	int call;
	unsigned int arg;
	uint32_t mask; /* of the argument's lower half; the upper must be 0 */
	uint32_t value;
};

static const struct rule *rules(size_t *ret_count)
{
	static struct rule list[] = {
		{SYS_mmap, 2, PROT_EXEC, 0},
		{SYS_mprotect, 2, PROT_EXEC, 0},
		/* Reads limits and sets none. */
		{SYS_prlimit64, 2, UINT32_MAX, 0},
		{SYS_fcntl, 1, UINT32_MAX, F_DUPFD},
		{SYS_fcntl, 1, UINT32_MAX, F_DUPFD_CLOEXEC},
		{SYS_fcntl, 1, UINT32_MAX, F_GETFD},
		{SYS_fcntl, 1, UINT32_MAX, F_SETFD},
		{SYS_fcntl, 1, UINT32_MAX, F_GETFL},
		/* abort() */
		{SYS_tgkill, 0, UINT32_MAX, 0},
	};

	list[sizeof(list) / sizeof(list[0]) - 1].value = (uint32_t)getpid();
	*ret_count = sizeof(list) / sizeof(list[0]);
	return list;
}

enum { PROGRAM_MAX = 256 };

struct program {
	struct sock_filter code[PROGRAM_MAX];
	unsigned short len;
};

static void add(struct program *program, uint16_t code, uint32_t k, uint8_t jump_true,
		uint8_t jump_false)
{
	if (program->len < PROGRAM_MAX)
		program->code[program->len++] =
			(struct sock_filter){code, jump_true, jump_false, k};
}

static void add_load(struct program *program, size_t offset)
{
	add(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void add_return(struct program *program, uint32_t action)
{
	add(program, BPF_RET | BPF_K, action, 0, 0);
}

/* Skips `count` instructions unless the accumulator is `value`. */
static void add_unless(struct program *program, uint32_t value, uint8_t count)
{
	add(program, BPF_JMP | BPF_JEQ | BPF_K, value, 0, count);
}

/* The number of the call is in the accumulator, before and after. */
static void add_rule(struct program *program, const struct rule *rule)
{
	add_unless(program, (uint32_t)rule->call, 7);
	add_load(program, ARG_HIGH(rule->arg));
	add_unless(program, 0, 4);
	add_load(program, ARG_LOW(rule->arg));
	add(program, BPF_ALU | BPF_AND | BPF_K, rule->mask, 0, 0);
	add_unless(program, rule->value, 1);
	add_return(program, SECCOMP_RET_ALLOW);
	add_load(program, offsetof(struct seccomp_data, nr));
}

static void compile(struct program *program)
{
	size_t count;
	const struct rule *rule = rules(&count);

	add_load(program, offsetof(struct seccomp_data, arch));
	add(program, BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	add_return(program, SECCOMP_RET_KILL_PROCESS);
	add_load(program, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		add_unless(program, (uint32_t)allowed[i], 1);
		add_return(program, SECCOMP_RET_ALLOW);
	}
	for (size_t i = 0; i < count; i++)
		add_rule(program, &rule[i]);
	add_return(program, SECCOMP_RET_ERRNO | EPERM);
}

int syscall_filter_install(void)
{
	struct program program = {0};
	struct sock_fprog fprog;

	if (!ARCH)
		return -ENOTSUP;
	compile(&program);
	if (program.len == PROGRAM_MAX)
		return -E2BIG;
	fprog = (struct sock_fprog){.len = program.len, .filter = program.code};
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &fprog, 0, 0) ? -errno : 0;
}
