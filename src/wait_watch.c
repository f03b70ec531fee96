// SPDX-License-Identifier: GPL-2.0
#include "wait_watch.h"

#include "core_types.h"
#include "event.h"
#include "wait.skel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FENTRY (1 << TIER_FENTRY)
#define KPROBE (1 << TIER_KPROBE)

#define TARGET "mem_cgroup_oom_synchronize"

/* What enters after what returns: as in tracer.c they are attached from the last up. */
static const struct hook wait_hooks[] = {
	{"fentry_wait", TARGET, "fentry", FENTRY, NEED_NO_LOOP},
	{"fentry_wait_loop", TARGET, "fentry", FENTRY, NEED_LOOP},
	{"kprobe_wait", TARGET, "kprobe", KPROBE, NEED_NO_LOOP},
	{"kprobe_wait_loop", TARGET, "kprobe", KPROBE, NEED_LOOP},
	{"fexit_wait", TARGET " return", "fexit", FENTRY, 0},
	{"kretprobe_wait", TARGET " return", "kretprobe", KPROBE, 0},
};

#define HOOKS	 (sizeof(wait_hooks) / sizeof(wait_hooks[0]))
#define LOOK_LEN 4096

struct wait_watch {
	struct wait_bpf *skel;
	struct ring_buffer *records;
	struct ring_buffer *stacks;
	struct bpf_link *links[HOOKS];
	struct bpf_link *look;
	wait_watch_fn fn;
	void *ctx;
};

static int on_record(void *ctx, void *data, size_t size)
{
	struct wait_watch *watch = ctx;

	watch->fn(watch->ctx, data, size);
	return 0;
}

static int on_stack(void *ctx, void *data, size_t size)
{
	on_record(ctx, data, size);
	/* One at a time: this one is done, the next is left. */
	return -ECANCELED;
}

static bool wanted(const struct hook *hook, const struct wait_watch_config *config)
{
	const struct hook_caps caps = {.loop = config->loop};

	return hook_wanted(hook, config->tier, &caps);
}

static int configure(struct wait_watch *watch, const struct wait_watch_config *config)
{
	int err = 0;

	watch->skel->rodata->nr_cpus = (unsigned int)libbpf_num_possible_cpus();
	watch->skel->rodata->page_size = (unsigned int)sysconf(_SC_PAGESIZE);
	watch->skel->rodata->by_process = config->by_process;
	for (size_t i = 0; !err && i < HOOKS; i++)
		if (wanted(&wait_hooks[i], config))
			err = bpf_program__set_autoload(
				bpf_object__find_program_by_name(watch->skel->obj,
								 wait_hooks[i].program),
				true);
	return err;
}

static int load(struct wait_watch *watch, const struct wait_watch_config *config)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts);
	int err = 0;

	opts.btf_custom_path = core_types_path(config->types);
	watch->skel = wait_bpf__open_opts(&opts);
	if (!watch->skel)
		err = -errno;
	if (!err)
		err = configure(watch, config);
	if (!err)
		err = core_types_fill(config->types, watch->skel->obj);
	if (!err)
		err = wait_bpf__load(watch->skel);
	return err;
}

static void ignore_task(void *ctx, const void *data, size_t size)
{
	(void)ctx;
	(void)data;
	(void)size;
}

/* By a look, for which nothing need be attached. */
static int may_sleep(struct wait_watch *watch, bool *ret_may)
{
	int err;

	watch->look = bpf_program__attach(watch->skel->progs.look);
	err = watch->look ? wait_watch_look(watch, ignore_task, NULL) : -errno;
	*ret_may = watch->skel->bss->fexit_may_sleep;
	return err;
}

static int attach(struct wait_watch *watch, const struct wait_watch_config *config,
		  const struct hook **ret_hook)
{
	bool fexit;
	int err = may_sleep(watch, &fexit);

	for (size_t i = HOOKS; !err && i-- > 0;) {
		const struct hook *hook = &wait_hooks[i];

		/* Without it nothing tells of returns, and they are found by looking. */
		if (!wanted(hook, config) || (!fexit && !strcmp(hook->how, "fexit")))
			continue;
		watch->links[i] = bpf_program__attach(
			bpf_object__find_program_by_name(watch->skel->obj, hook->program));
		if (watch->links[i])
			continue;
		*ret_hook = hook;
		err = -errno;
	}
	return err;
}

static int open_rings(struct wait_watch *watch)
{
	watch->records =
		ring_buffer__new(bpf_map__fd(watch->skel->maps.records), on_record, watch, NULL);
	if (watch->records)
		watch->stacks = ring_buffer__new(bpf_map__fd(watch->skel->maps.stacks), on_stack,
						 watch, NULL);
	return watch->stacks ? 0 : -errno;
}

int wait_watch_open(const struct wait_watch_config *config, struct wait_watch **ret_watch,
		    const struct hook **ret_hook)
{
	struct wait_watch *watch;
	int err;

	*ret_hook = NULL;
	if (config->tier == TIER_TRACEPOINT)
		return -ENOTSUP;
	watch = calloc(1, sizeof(*watch));
	if (!watch)
		return -ENOMEM;
	err = load(watch, config);
	if (err)
		*ret_hook = wait_watch_hook(config->tier, 0);
	if (!err)
		err = open_rings(watch);
	if (!err)
		err = attach(watch, config, ret_hook);
	if (err) {
		wait_watch_close(watch);
		return err;
	}
	*ret_watch = watch;
	return 0;
}

void wait_watch_close(struct wait_watch *watch)
{
	if (!watch)
		return;
	for (size_t i = 0; i < HOOKS; i++)
		bpf_link__destroy(watch->links[i]);
	bpf_link__destroy(watch->look);
	ring_buffer__free(watch->records);
	ring_buffer__free(watch->stacks);
	wait_bpf__destroy(watch->skel);
	free(watch);
}

void wait_watch_take(struct wait_watch *watch, wait_watch_fn fn, void *ctx)
{
	watch->fn = fn;
	watch->ctx = ctx;
	ring_buffer__consume(watch->records);
}

bool wait_watch_take_stack(struct wait_watch *watch, wait_watch_fn fn, void *ctx)
{
	wait_watch_fn before = watch->fn;
	void *ctx_before = watch->ctx;
	bool taken;

	watch->fn = fn;
	watch->ctx = ctx;
	taken = ring_buffer__consume(watch->stacks) == -ECANCELED;
	watch->fn = before;
	watch->ctx = ctx_before;
	return taken;
}

/* A read ends wherever the kernel likes. */
static int read_looks(int fd, wait_watch_fn fn, void *ctx)
{
	_Alignas(struct ev_wait) char buf[LOOK_LEN];
	size_t len = 0;

	for (;;) {
		ssize_t got = read(fd, buf + len, sizeof(buf) - len);
		size_t at = 0;

		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			return got ? -errno : 0;
		len += (size_t)got;
		for (; len - at >= sizeof(struct ev_wait); at += sizeof(struct ev_wait))
			fn(ctx, buf + at, sizeof(struct ev_wait));
		memmove(buf, buf + at, len - at);
		len -= at;
	}
}

int wait_watch_look(struct wait_watch *watch, wait_watch_fn fn, void *ctx)
{
	int fd = bpf_iter_create(bpf_link__fd(watch->look));
	int err;

	if (fd < 0)
		return -errno;
	err = read_looks(fd, fn, ctx);
	close(fd);
	return err;
}

void wait_watch_forget(struct wait_watch *watch, uint64_t cgroup_id, int32_t tgid)
{
	const uint64_t place[] = {cgroup_id, (uint64_t)tgid};

	bpf_map_delete_elem(bpf_map__fd(watch->skel->maps.places), place);
}

uint64_t wait_watch_drops(const struct wait_watch *watch)
{
	return __atomic_load_n(&watch->skel->bss->ring_drops, __ATOMIC_RELAXED);
}

uint64_t wait_watch_stack_drops(const struct wait_watch *watch)
{
	return __atomic_load_n(&watch->skel->bss->stack_drops, __ATOMIC_RELAXED);
}

bool wait_watch_has(const struct wait_watch *watch, const struct hook *hook)
{
	for (size_t i = 0; i < HOOKS; i++)
		if (watch->links[i] && !strcmp(wait_hooks[i].how, hook->how))
			return true;
	return false;
}

const struct hook *wait_watch_hook(enum tier tier, size_t index)
{
	for (size_t i = 0; i < HOOKS; i++)
		if (wait_hooks[i].tiers & (1u << tier) && !(wait_hooks[i].needs & NEED_LOOP) &&
		    !index--)
			return &wait_hooks[i];
	return NULL;
}
