// SPDX-License-Identifier: GPL-2.0
/*
 * A process that uses memory the way a test wants it to.
 *
 * Every argument is one action, performed from left to right:
 *
 *   anon=SIZE            touch private anonymous memory
 *   shmem=SIZE           touch shared anonymous memory
 *   memfd=SIZE           fill a file in memory, which the cgroup is charged for, and no process
 *   file=PATH:SIZE       map a file of that size and lock it into memory
 *   adj=N                set oom_score_adj
 *   comm=BYTES           set the name of the calling thread
 *   cpu=N                run on that CPU alone
 *   uid=N                become that user and group
 *   cgroup=DIR           move this process into a cgroup
 *   ready=PATH           create PATH, holding "PID TID" as /proc has them
 *   wait=PATH            read from PATH (a FIFO) until its end
 *   mappings=N           make N small mappings that the kernel cannot merge
 *   pause                do nothing until killed
 *   exit=N               end the process
 *   fork                 perform the rest in a child; end as it ends
 *   pidns                the same, in a new PID namespace
 *   twin                 start another process with the same memory that only pauses
 *   thread               perform the rest in a second thread
 *   lone-thread          the same, and end the first thread at once
 *   threads=N            perform the rest in so many further threads, all at once
 *   idle-threads=N       start threads that only pause
 *   chroot=DIR           see that directory as the root
 *   exec PROGRAM ARG...  become another program, without huge pages
 *
 * SIZE takes the suffixes K and M. Memory is touched in main -> perform -> grow_heap -> touch_pages
 * (a second thread has run_thread instead of main), functions that are never inlined, so that a
 * stack can be compared with these names.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define STANDS_IN_STACKS __attribute__((noinline, noclone))

static void perform(char **actions);

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
	int error = errno;
	va_list args;

	fputs("eat: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, ": %s\n", error ? strerror(error) : "failed");
	exit(1);
}

static size_t parse_size(const char *text)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (*end == 'K')
		value <<= 10, end++;
	else if (*end == 'M')
		value <<= 20, end++;
	if (errno || end == text || *end)
		die("bad size '%s'", text);
	return value;
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die("%s", path);
	close(fd);
}

STANDS_IN_STACKS static void touch_pages(volatile char *memory, size_t size)
{
	/* A function that calls no other has no frame unless it asks. */
	__asm__ volatile("" : : "r"(__builtin_frame_address(0)));
	for (size_t at = 0; at < size; at += 4096)
		memory[at] = 1;
}

STANDS_IN_STACKS static void grow_heap(size_t size, int flags)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    flags | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		die("mmap of %zu bytes", size);
	/* A huge page is charged in one go or not at all; single pages stop right at the limit. */
	madvise(memory, size, MADV_NOHUGEPAGE);
	touch_pages(memory, size);
}

static void map_file(char *spec)
{
	char *colon = strrchr(spec, ':');
	size_t size;
	void *memory;
	int fd;

	if (!colon)
		die("file=%s", spec);
	*colon = '\0';
	size = parse_size(colon + 1);
	fd = open(spec, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, size) < 0)
		die("%s", spec);
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	/* Unlocked, its pages would be the first that reclaim takes away again. */
	if (memory == MAP_FAILED || mlock(memory, size) < 0)
		die("mapping %s", spec);
	close(fd);
}

static void fill_memfd(size_t size)
{
	static const char zeros[64 << 10];
	int fd = memfd_create("eat", MFD_CLOEXEC);

	if (fd < 0)
		die("memfd");
	while (size) {
		ssize_t put = write(fd, zeros, size < sizeof(zeros) ? size : sizeof(zeros));

		if (put < 0)
			die("memfd");
		size -= (size_t)put;
	}
}

static void become(const char *text)
{
	uid_t id = strtoul(text, NULL, 10);

	if (setgroups(0, NULL) < 0 || setresgid(id, id, id) < 0 || setresuid(id, id, id) < 0)
		die("uid=%s", text);
}

static void tell_ready(const char *path)
{
	char part[4096], self[64] = "";
	int pid, tid;
	FILE *file;

	/* /proc was mounted outside any new PID namespace and has the numbers the tests know. */
	if (readlink("/proc/thread-self", self, sizeof(self) - 1) < 0 ||
	    sscanf(self, "%d/task/%d", &pid, &tid) != 2)
		die("/proc/thread-self");
	/* Whoever waits for PATH must not find it half written. */
	snprintf(part, sizeof(part), "%s.part", path);
	file = fopen(part, "we");
	if (!file)
		die("%s", part);
	fprintf(file, "%d %d\n", pid, tid);
	fclose(file);
	if (rename(part, path) < 0)
		die("%s", path);
}

static void wait_for_end_of(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("%s", path);
	while (read(fd, &byte, 1) > 0)
		;
	close(fd);
}

static void __attribute__((noreturn)) pause_for_ever(void)
{
	for (;;)
		pause();
}

static void __attribute__((noreturn)) end_as(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
	exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

static void perform_in_child(char **rest)
{
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (child > 0)
		end_as(child);
	/* A parent that is killed must not leave the child behind. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	perform(rest);
	exit(0);
}

static int run_twin(void *unused)
{
	(void)unused;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pause_for_ever();
}

static void start_twin(void)
{
	size_t size = 64 << 10;
	char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	if (stack == MAP_FAILED)
		die("mmap");
	if (clone(run_twin, stack + size, CLONE_VM | SIGCHLD, NULL) < 0)
		die("clone");
}

STANDS_IN_STACKS static void *run_thread(void *rest)
{
	perform(rest);
	exit(0);
}

static void *run_idle_thread(void *unused)
{
	(void)unused;
	pause_for_ever();
}

static void start_threads(void *(*body)(void *), void *arg, unsigned long count)
{
	pthread_t thread;

	while (count--) {
		errno = pthread_create(&thread, NULL, body, arg);
		if (errno)
			die("pthread_create");
	}
}

static void stay_on_cpu(unsigned int number)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(number, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus) < 0)
		die("cpu=%u", number);
}

/* What grows is the kernel's own memory, asked for while the lock on the mappings is held. */
static void make_mappings(unsigned long count)
{
	for (unsigned long i = 0; i < count; i++)
		if (mmap(NULL, 4096, i % 2 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0) == MAP_FAILED)
			die("mmap");
}

static void change_root(const char *directory)
{
	if (chroot(directory) < 0 || chdir("/") < 0)
		die("chroot=%s", directory);
}

static void __attribute__((noreturn)) become_program(char **argv)
{
	if (!*argv) {
		errno = EINVAL;
		die("exec");
	}
	/* For the reason that grow_heap() has; it outlives the exec. */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	execv(*argv, argv);
	die("%s", *argv);
}

/* What follows the '=' of an action called NAME, else NULL. */
static char *value_of(char *action, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(action, name, length) && action[length] == '=' ? action + length + 1 : NULL;
}

STANDS_IN_STACKS static void perform(char **actions)
{
	char *value;

	for (; *actions; actions++) {
		char *action = *actions;

		if ((value = value_of(action, "anon")))
			grow_heap(parse_size(value), MAP_PRIVATE);
		else if ((value = value_of(action, "shmem")))
			grow_heap(parse_size(value), MAP_SHARED);
		else if ((value = value_of(action, "memfd")))
			fill_memfd(parse_size(value));
		else if ((value = value_of(action, "file")))
			map_file(value);
		else if ((value = value_of(action, "adj")))
			write_file("/proc/self/oom_score_adj", value);
		else if ((value = value_of(action, "comm")))
			prctl(PR_SET_NAME, value);
		else if ((value = value_of(action, "cpu")))
			stay_on_cpu(strtoul(value, NULL, 10));
		else if ((value = value_of(action, "uid")))
			become(value);
		else if ((value = value_of(action, "cgroup"))) {
			char procs[4096];

			snprintf(procs, sizeof(procs), "%s/cgroup.procs", value);
			write_file(procs, "0");
		} else if ((value = value_of(action, "ready")))
			tell_ready(value);
		else if ((value = value_of(action, "wait")))
			wait_for_end_of(value);
		else if ((value = value_of(action, "mappings")))
			make_mappings(strtoul(value, NULL, 10));
		else if ((value = value_of(action, "exit")))
			exit(atoi(value));
		else if ((value = value_of(action, "threads"))) {
			start_threads(run_thread, actions + 1, strtoul(value, NULL, 10));
			pause_for_ever();
		} else if ((value = value_of(action, "idle-threads")))
			start_threads(run_idle_thread, NULL, strtoul(value, NULL, 10));
		else if ((value = value_of(action, "chroot")))
			change_root(value);
		else if (!strcmp(action, "exec"))
			become_program(actions + 1);
		else if (!strcmp(action, "pause"))
			pause_for_ever();
		else if (!strcmp(action, "fork"))
			perform_in_child(actions + 1);
		else if (!strcmp(action, "pidns")) {
			if (unshare(CLONE_NEWPID) < 0)
				die("unshare");
			perform_in_child(actions + 1);
		} else if (!strcmp(action, "twin"))
			start_twin();
		else if (!strcmp(action, "thread") || !strcmp(action, "lone-thread")) {
			start_threads(run_thread, actions + 1, 1);
			if (*action == 'l')
				pthread_exit(NULL);
			pause_for_ever();
		} else {
			errno = EINVAL;
			die("action '%s'", action);
		}
	}
}

int main(int argc, char **argv)
{
	(void)argc;
	perform(argv + 1);
	return 0;
}
