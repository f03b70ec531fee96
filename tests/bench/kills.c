// SPDX-License-Identifier: GPL-2.0
/*
 * Has the kernel kill processes for memory, one after the other, and tells how long each kill took.
 *
 *   kills COUNT SHAPE CGROUP [pace=MS] [burn=N] [end=PID]
 *
 * CGROUP is a directory of version 2 with a limit. SHAPE is what the victim does at the limit:
 *
 *   touch        touches memory page by page
 *   sleep        nothing: it has most of the memory, and a small process beside it asks for more
 *   populate     is inside mmap(MAP_POPULATE)
 *   lock         is inside mlock()
 *   map          is inside mmap(), one small mapping after the other: what grows is the kernel's own
 *                memory, and the lock on its mappings is held for writing
 *
 * pace=MS begins no kill earlier than that after the one before; burn=N has N processes burn CPU
 * meanwhile; end=PID sends SIGKILL to that process as soon as the OOM killer has been invoked.
 *
 * Prints "PID ASKED REAPED" for each victim, by CLOCK_MONOTONIC in nanoseconds: ASKED is shortly
 * before the limit is reached, REAPED is when its parent has got its status. Before them "began TIME",
 * after them "ended TIME". Exit status 1 when one of them was not killed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096
/* What is left below the limit for the kernel's own part when ASKED is noted. */
#define MARGIN (2 << 20)

struct run {
	const char *cgroup;
	size_t limit;
	void (*victim)(const struct run *run);
	bool sleeps;
	pid_t end;
	/* Shared with the children. */
	volatile long long *asked;
};

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "kills: %s: %s\n", what, errno ? strerror(errno) : "failed");
	exit(1);
}

static long long monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int open_in_cgroup(const struct run *run, const char *name, int flags)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", run->cgroup, name);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		die(path);
	return fd;
}

static void read_cgroup(const struct run *run, const char *name, char *text, size_t size)
{
	int fd = open_in_cgroup(run, name, O_RDONLY);
	ssize_t length = read(fd, text, size - 1);

	if (length < 0)
		die(name);
	text[length] = '\0';
	close(fd);
}

/* How often the OOM killer was asked for because of this limit. */
static long long oom_events(const struct run *run)
{
	char text[512], *line;

	read_cgroup(run, "memory.events", text, sizeof(text));
	line = strstr(text, "\noom ");
	return line ? atoll(line + 5) : 0;
}

static void join(const struct run *run)
{
	int fd = open_in_cgroup(run, "cgroup.procs", O_WRONLY);

	if (write(fd, "0", 1) != 1)
		die("cgroup.procs");
	close(fd);
}

static char *map(size_t size, int flags)
{
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);

	if (memory == MAP_FAILED)
		die("mmap");
	return memory;
}

static void touch(volatile char *memory, size_t from, size_t to)
{
	for (size_t at = from; at < to; at += PAGE)
		memory[at] = 1;
}

static char *map_small_pages(size_t size)
{
	char *memory = map(size, 0);

	/* A huge page is charged in one go or not at all; single pages stop right at the limit. */
	madvise(memory, size, MADV_NOHUGEPAGE);
	return memory;
}

static void victim_touch(const struct run *run)
{
	size_t size = 2 * run->limit;
	char *memory = map_small_pages(size);

	touch(memory, 0, run->limit - MARGIN);
	*run->asked = monotonic_ns();
	touch(memory, run->limit - MARGIN, size);
}

static void victim_populate(const struct run *run)
{
	*run->asked = monotonic_ns();
	map(2 * run->limit, MAP_POPULATE);
}

static void victim_lock(const struct run *run)
{
	size_t size = 2 * run->limit;
	char *memory = map_small_pages(size);

	*run->asked = monotonic_ns();
	mlock(memory, size);
}

static void victim_map(const struct run *run)
{
	*run->asked = monotonic_ns();
	for (int i = 0;; i++)
		if (mmap(NULL, PAGE, i % 2 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0) == MAP_FAILED)
			die("mmap");
}

/* Tells that it is there by closing its end of the pipe. */
static void victim_sleep(const struct run *run, int told)
{
	touch(map_small_pages(run->limit), 0, run->limit - run->limit / 8);
	close(told);
	for (;;)
		pause();
}

/* With what the victim has it is too much; without, it is not. */
static void ask_beside(const struct run *run)
{
	char *memory = map_small_pages(run->limit / 4);

	*run->asked = monotonic_ns();
	touch(memory, 0, run->limit / 4);
	_exit(0);
}

static pid_t fork_child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	/* A parent that is killed must not leave children behind. */
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static pid_t start_victim(const struct run *run)
{
	pid_t pid = fork_child();

	if (!pid) {
		join(run);
		run->victim(run);
		die("the victim lives");
	}
	return pid;
}

static pid_t start_sleeper(const struct run *run, pid_t *ret_beside)
{
	int told[2];
	char byte;
	pid_t pid;

	if (pipe2(told, O_CLOEXEC) < 0)
		die("pipe");
	pid = fork_child();
	if (!pid) {
		close(told[0]);
		join(run);
		victim_sleep(run, told[1]);
	}
	close(told[1]);
	while (read(told[0], &byte, 1) < 0 && errno == EINTR)
		;
	close(told[0]);

	*ret_beside = fork_child();
	if (!*ret_beside) {
		join(run);
		ask_beside(run);
	}
	return pid;
}

static int reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
	return status;
}

/* What a reader still has in its hands is freed later than the process it belonged to. */
static void wait_until_empty(const struct run *run)
{
	char text[64];

	do
		read_cgroup(run, "memory.current", text, sizeof(text));
	while (strtoull(text, NULL, 10) > MARGIN / 2);
}

static bool kill_one(const struct run *run)
{
	long long before = run->end ? oom_events(run) : 0, reaped;
	pid_t beside = 0, victim;
	int status;

	wait_until_empty(run);
	*run->asked = 0;
	victim = run->sleeps ? start_sleeper(run, &beside) : start_victim(run);
	if (run->end) {
		while (oom_events(run) == before)
			;
		kill(run->end, SIGKILL);
	}
	status = reap(victim);
	reaped = monotonic_ns();
	if (beside)
		reap(beside);
	printf("%d %lld %lld\n", victim, *run->asked, reaped);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && *run->asked;
}

static void burn(int count)
{
	while (count--)
		if (!fork_child())
			for (;;)
				__asm__ volatile("");
}

static void sleep_until(long long ns)
{
	struct timespec until = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

static void choose_shape(struct run *run, const char *name)
{
	static const struct {
		const char *name;
		void (*victim)(const struct run *run);
	} shapes[] = {
		{"touch", victim_touch},
		{"populate", victim_populate},
		{"lock", victim_lock},
		{"map", victim_map},
	};

	run->sleeps = !strcmp(name, "sleep");
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (!strcmp(name, shapes[i].name))
			run->victim = shapes[i].victim;
	if (!run->victim && !run->sleeps) {
		errno = EINVAL;
		die(name);
	}
}

int main(int argc, char **argv)
{
	long long pace_ns = 0, next = 0;
	struct run run = {0};
	bool all_killed = true;
	char text[64];
	int count, value, burners = 0;

	if (argc < 4) {
		fputs("usage: kills COUNT SHAPE CGROUP [pace=MS] [burn=N] [end=PID]\n", stderr);
		return 2;
	}
	count = atoi(argv[1]);
	choose_shape(&run, argv[2]);
	run.cgroup = argv[3];
	for (char **arg = argv + 4; *arg; arg++) {
		if (sscanf(*arg, "pace=%d", &value) == 1) {
			pace_ns = value * 1000000LL;
		} else if (sscanf(*arg, "burn=%d", &value) == 1) {
			burners = value;
		} else if (sscanf(*arg, "end=%d", &value) == 1) {
			run.end = value;
		} else {
			errno = EINVAL;
			die(*arg);
		}
	}
	read_cgroup(&run, "memory.max", text, sizeof(text));
	run.limit = strtoull(text, NULL, 10);
	run.asked = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (run.limit < 2 * MARGIN || run.asked == MAP_FAILED)
		die("memory.max");
	/* Or each child would inherit, and print again, what is not yet written. */
	setlinebuf(stdout);

	burn(burners);
	printf("began %lld\n", monotonic_ns());
	for (int i = 0; i < count; i++) {
		sleep_until(next);
		next = monotonic_ns() + pace_ns;
		all_killed &= kill_one(&run);
	}
	printf("ended %lld\n", monotonic_ns());
	return !all_killed;
}
