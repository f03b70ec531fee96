// SPDX-License-Identifier: GPL-2.0
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* What the sandboxed process has when it enters. */
struct inside {
	int exe_fd;
	int socket_fd;
};

/* Runs `check` in a process that has entered, which says with its exit status how it went. */
static int run_inside(int (*check)(const struct inside *inside))
{
	int status = -1, fds[2];
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	pid = fork();
	if (!pid) {
		struct inside inside = {.exe_fd = open("/proc/self/exe", O_RDONLY),
					.socket_fd = fds[1]};

		if (inside.exe_fd < 0 || sandbox_enter("sandboxed"))
			_exit(100);
		_exit(check(&inside));
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(fds[0]);
	close(fds[1]);
	if (WIFSIGNALED(status))
		return -WTERMSIG(status);
	return WEXITSTATUS(status);
}

/* In a check: n says which condition it was. */
#define FAIL_UNLESS(n, condition) \
	do {                      \
		if (!(condition)) \
			return n; \
	} while (0)

static bool denied(long result)
{
	return result == -1 && errno == EPERM;
}

static int check_denied(const struct inside *inside)
{
	struct iovec iov = {(void *)(uintptr_t)inside, 1};
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);
	struct rlimit limit;

	FAIL_UNLESS(1, denied(open("/etc/passwd", O_RDONLY)));
	FAIL_UNLESS(2, denied(open("/proc/self/status", O_RDONLY)));
	FAIL_UNLESS(3, denied(openat(inside->exe_fd, "x", O_RDONLY)));
	FAIL_UNLESS(4, denied(syscall(SYS_openat2, -1, "/", NULL, 0)));
	FAIL_UNLESS(5, denied(socket(AF_INET, SOCK_STREAM, 0)));
	FAIL_UNLESS(6, denied(socket(AF_UNIX, SOCK_STREAM, 0)));
	FAIL_UNLESS(7, denied(connect(inside->socket_fd, (void *)&address, len)));
	FAIL_UNLESS(8, denied(kill(getpid(), 0)));
	FAIL_UNLESS(9, denied(kill(1, 0)));
	FAIL_UNLESS(10, denied(syscall(SYS_tgkill, 1, 1, 0)));
	FAIL_UNLESS(11, denied(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)));
	FAIL_UNLESS(12, denied(execl("/bin/true", "true", NULL)));
	FAIL_UNLESS(13, denied(ptrace(PTRACE_ATTACH, 1, 0, 0)));
	FAIL_UNLESS(14, denied(process_vm_readv(1, &iov, 1, &iov, 1, 0)));
	FAIL_UNLESS(15, denied(unshare(CLONE_NEWUSER)));
	FAIL_UNLESS(16, denied(prctl(PR_SET_DUMPABLE, 1)));
	FAIL_UNLESS(17, denied(unlink("/tmp/x")));
	FAIL_UNLESS(18, denied(ftruncate(inside->exe_fd, 0)));
	FAIL_UNLESS(19, denied(fchmod(inside->exe_fd, 0777)));
	FAIL_UNLESS(20, denied(fcntl(inside->socket_fd, F_SETOWN, 1)));
	FAIL_UNLESS(21, denied(fcntl(inside->socket_fd, F_SETFL, O_ASYNC)));
	getrlimit(RLIMIT_NOFILE, &limit);
	FAIL_UNLESS(22, limit.rlim_cur <= 512);
	FAIL_UNLESS(23, denied(setrlimit(RLIMIT_NOFILE, &limit)));
	FAIL_UNLESS(24, denied(syscall(SYS_memfd_create, "x", 0)));
	FAIL_UNLESS(25, denied(syscall(SYS_bpf, 0, NULL, 0)));
	FAIL_UNLESS(26, denied(syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0)));
	FAIL_UNLESS(27, denied(syscall(SYS_io_uring_setup, 1, NULL)));
	FAIL_UNLESS(28, denied(syscall(SYS_pidfd_open, 1, 0)));
	FAIL_UNLESS(29, denied(setuid(0)));
	FAIL_UNLESS(30, denied(nice(-1)));
#ifdef __x86_64__
	/* The other table of the same machine. */
	FAIL_UNLESS(31, denied(syscall(0x40000000 | SYS_getpid)));
#endif
	return 0;
}

static void test_denied(void **state)
{
	(void)state;
	assert_int_equal(run_inside(check_denied), 0);
}

/* What parsing a file that is open already takes. */
static int check_allowed(const struct inside *inside)
{
	struct timespec now;
	struct stat st;
	char magic[4], *map, *larger;
	int copy;

	FAIL_UNLESS(1, !fstat(inside->exe_fd, &st));
	FAIL_UNLESS(2, pread(inside->exe_fd, magic, 4, 0) == 4 && !memcmp(magic, "\177ELF", 4));
	FAIL_UNLESS(3, lseek(inside->exe_fd, 0, SEEK_SET) == 0);
	FAIL_UNLESS(4, read(inside->exe_fd, magic, 4) == 4);
	map = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, inside->exe_fd,
		   0);
	FAIL_UNLESS(5, map != MAP_FAILED && !memcmp(map, "\177ELF", 4));
	FAIL_UNLESS(6, !mprotect(map, 4096, PROT_READ));
	FAIL_UNLESS(7, !munmap(map, (size_t)st.st_size));
	map = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	FAIL_UNLESS(8, map != MAP_FAILED);
	larger = mremap(map, 1 << 20, 2 << 20, MREMAP_MAYMOVE);
	FAIL_UNLESS(9, larger != MAP_FAILED);
	FAIL_UNLESS(10, !madvise(larger, 2 << 20, MADV_DONTNEED));
	map = malloc(64 << 20);
	FAIL_UNLESS(11, map);
	free(map);
	copy = dup(inside->exe_fd);
	FAIL_UNLESS(12, copy > 0 && !close(copy));
	copy = fcntl(inside->exe_fd, F_DUPFD_CLOEXEC, 3);
	FAIL_UNLESS(13, copy > 0 && !close(copy));
	FAIL_UNLESS(14, write(inside->socket_fd, "x", 1) == 1);
	FAIL_UNLESS(15, !clock_gettime(CLOCK_MONOTONIC, &now));
	FAIL_UNLESS(16, getpid() > 0);
	return 0;
}

static void test_allowed(void **state)
{
	(void)state;
	assert_int_equal(run_inside(check_allowed), 0);
}

static int check_executable(const struct inside *inside)
{
	void *map = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, inside->exe_fd, 0);

	FAIL_UNLESS(1, map == MAP_FAILED && errno == EPERM);
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	FAIL_UNLESS(2, map != MAP_FAILED);
	FAIL_UNLESS(3, denied(mprotect(map, 4096, PROT_READ | PROT_EXEC)));
	return 0;
}

static void test_no_new_code(void **state)
{
	(void)state;
	assert_int_equal(run_inside(check_executable), 0);
}

/* More memory than there may be, in one piece and by files that are mapped to be changed. */
static int check_memory(const struct inside *inside)
{
	void *map;
	int many = 0;

	map = mmap(NULL, UINT64_C(17) << 30, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	FAIL_UNLESS(1, map == MAP_FAILED && errno == ENOMEM);
	map = mmap(NULL, UINT64_C(3) << 30, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	FAIL_UNLESS(2, map == MAP_FAILED && errno == ENOMEM);
	map = mmap(NULL, UINT64_C(1) << 30, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	FAIL_UNLESS(3, map != MAP_FAILED);
	while (many < 1000 && dup(inside->exe_fd) >= 0)
		many++;
	FAIL_UNLESS(4, many < 512 && errno == EMFILE);
	return 0;
}

static void test_limits(void **state)
{
	(void)state;
	assert_int_equal(run_inside(check_memory), 0);
}

static int check_abort(const struct inside *inside)
{
	(void)inside;
	signal(SIGABRT, SIG_DFL);
	abort();
}

/* A failed assertion ends it as ever, and leaves no core file that holds what it read. */
static void test_abort(void **state)
{
	(void)state;
	assert_int_equal(run_inside(check_abort), -SIGABRT);
}

/* Seen from outside, while it waits inside for `fd` to be closed. */
static pid_t start_waiting(int fds[2])
{
	pid_t pid;
	char byte;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	pid = fork();
	if (!pid) {
		close(fds[0]);
		if (sandbox_enter("sandboxed") || write(fds[1], "x", 1) != 1)
			_exit(100);
		_exit(read(fds[1], &byte, 1) ? 101 : 0);
	}
	assert_true(pid > 0);
	close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	return pid;
}

static void read_of(pid_t pid, const char *name, char *buf, size_t len)
{
	char path[64];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	got = read(fd, buf, len - 1);
	assert_true(got > 0);
	buf[got] = '\0';
	close(fd);
}

static void test_seen_from_outside(void **state)
{
	char status[8192], adj[16];
	cpu_set_t one, all;
	int fds[2];
	pid_t pid;

	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	CPU_ZERO(&one);
	for (int cpu = 0; !CPU_COUNT(&one); cpu++)
		if (CPU_ISSET(cpu, &all))
			CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	pid = start_waiting(fds);
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);

	read_of(pid, "status", status, sizeof(status));
	assert_non_null(strstr(status, "Name:\tsandboxed\n"));
	assert_non_null(strstr(status, "Uid:\t65534\t65534\t65534\t65534\n"));
	assert_non_null(strstr(status, "Gid:\t65534\t65534\t65534\t65534\n"));
	assert_non_null(strstr(status, "Groups:\t \n"));
	assert_non_null(strstr(status, "CapInh:\t0000000000000000\n"));
	assert_non_null(strstr(status, "CapPrm:\t0000000000000000\n"));
	assert_non_null(strstr(status, "CapEff:\t0000000000000000\n"));
	assert_non_null(strstr(status, "CapBnd:\t0000000000000000\n"));
	assert_non_null(strstr(status, "CapAmb:\t0000000000000000\n"));
	assert_non_null(strstr(status, "NoNewPrivs:\t1\n"));
	assert_non_null(strstr(status, "Seccomp:\t2\n"));
	read_of(pid, "oom_score_adj", adj, sizeof(adj));
	assert_string_equal(adj, "1000\n");
	assert_int_equal(getpriority(PRIO_PROCESS, (id_t)pid), 10);
	assert_int_equal(sched_getaffinity(pid, sizeof(one), &one), 0);
	assert_true(CPU_COUNT(&one) >= CPU_COUNT(&all));
	close(fds[0]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Inside, says so, and waits for what never comes. */
static void wait_inside(int say_fd)
{
	int fds[2];
	char byte;

	/* When the test has failed. */
	alarm(60);
	if (pipe(fds) || sandbox_enter("sandboxed") || write(say_fd, "x", 1) != 1 ||
	    read(fds[0], &byte, 1))
		_exit(100);
}

/* It does not outlive the one that started it, even when it does not look. */
static void test_ends_with_parent(void **state)
{
	struct pollfd ended;
	int fds[2];
	pid_t pid;
	char byte;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		if (!fork())
			wait_inside(fds[1]);
		pause();
	}
	assert_true(pid > 0);
	close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	/* All who could write are gone. */
	ended = (struct pollfd){.fd = fds[0], .events = POLLIN};
	assert_int_equal(poll(&ended, 1, 30000), 1);
	assert_int_equal(read(fds[0], &byte, 1), 0);
	close(fds[0]);
}

static void as_ordinary_user(void)
{
	if (!geteuid() && (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000)))
		_exit(102);
}

/* Without the right to become nobody the rest still holds. */
static void test_unprivileged(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (!pid) {
		as_ordinary_user();
		if (sandbox_enter("sandboxed"))
			_exit(100);
		_exit(!denied(open("/etc/passwd", O_RDONLY)));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_denied),
		cmocka_unit_test(test_allowed),
		cmocka_unit_test(test_no_new_code),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_abort),
		cmocka_unit_test(test_seen_from_outside),
		cmocka_unit_test(test_ends_with_parent),
		cmocka_unit_test(test_unprivileged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
