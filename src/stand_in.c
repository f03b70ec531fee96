// SPDX-License-Identifier: GPL-2.0
#include "stand_in.h"

#include "resident.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

/* What Linux can be configured for (CONFIG_NR_CPUS). */
#define CPUS_MAX  8192
#define CPUS_SIZE CPU_ALLOC_SIZE(CPUS_MAX)

struct stand_in {
	int fd;
	int stop_fd;
	void (*take)(void *ctx);
	void *ctx;
	pthread_t thread;
};

/*
 * Without the right to (CAP_SYS_NICE) it stays as it is. For Linux a thread's priority is its own.
 */
static void raise_priority(void)
{
	setpriority(PRIO_PROCESS, 0, -20);
}

static void *run(void *data)
{
	struct stand_in *stand_in = data;
	struct pollfd fds[] = {
		{.fd = stand_in->fd, .events = POLLIN},
		{.fd = stand_in->stop_fd, .events = POLLIN},
	};

	raise_priority();
	resident_fill_stack();
	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return NULL;
		if (fds[1].revents)
			return NULL;
		if (fds[0].revents)
			stand_in->take(stand_in->ctx);
	}
}

/* Every second CPU that may be used goes from `mine` to `other`; how many these are. */
static int divide(cpu_set_t *mine, cpu_set_t *other)
{
	int seen = 0;

	CPU_ZERO_S(CPUS_SIZE, other);
	for (int cpu = 0; cpu < CPUS_MAX; cpu++) {
		if (!CPU_ISSET_S(cpu, CPUS_SIZE, mine) || seen++ % 2 == 0)
			continue;
		CPU_CLR_S(cpu, CPUS_SIZE, mine);
		CPU_SET_S(cpu, CPUS_SIZE, other);
	}
	return seen / 2;
}

static int start_on(struct stand_in *stand_in, const cpu_set_t *cpus)
{
	pthread_attr_t attr;
	int err = pthread_attr_init(&attr);

	if (err)
		return -err;
	err = pthread_attr_setaffinity_np(&attr, CPUS_SIZE, cpus);
	if (!err)
		err = pthread_create(&stand_in->thread, &attr, run, stand_in);
	pthread_attr_destroy(&attr);
	return -err;
}

static int start(struct stand_in *stand_in, cpu_set_t *mine, cpu_set_t *other)
{
	int err;

	if (!mine || !other)
		return -ENOMEM;
	if (sched_getaffinity(0, CPUS_SIZE, mine))
		return -errno;
	if (!divide(mine, other))
		return -ENODEV;
	stand_in->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (stand_in->stop_fd < 0)
		return -errno;
	err = start_on(stand_in, other);
	if (err)
		close(stand_in->stop_fd);
	else
		sched_setaffinity(0, CPUS_SIZE, mine);
	return err;
}

int stand_in_start(int fd, void (*take)(void *ctx), void *ctx, struct stand_in **ret_stand_in)
{
	struct stand_in *stand_in = calloc(1, sizeof(*stand_in));
	cpu_set_t *mine = CPU_ALLOC(CPUS_MAX), *other = CPU_ALLOC(CPUS_MAX);
	int err = -ENOMEM;

	raise_priority();
	if (stand_in) {
		*stand_in = (struct stand_in){.fd = fd, .take = take, .ctx = ctx};
		err = start(stand_in, mine, other);
	}
	CPU_FREE(mine);
	CPU_FREE(other);
	if (err) {
		free(stand_in);
		return err;
	}
	*ret_stand_in = stand_in;
	return 0;
}

void stand_in_stop(struct stand_in *stand_in)
{
	if (!stand_in)
		return;
	eventfd_write(stand_in->stop_fd, 1);
	pthread_join(stand_in->thread, NULL);
	close(stand_in->stop_fd);
	free(stand_in);
}

int stand_in_only_cpu(void)
{
	cpu_set_t *cpus = CPU_ALLOC(CPUS_MAX);
	int only = -1;

	if (cpus && !sched_getaffinity(0, CPUS_SIZE, cpus) && CPU_COUNT_S(CPUS_SIZE, cpus) == 1)
		for (only = 0; !CPU_ISSET_S(only, CPUS_SIZE, cpus); only++)
			;
	CPU_FREE(cpus);
	return only;
}
