/* SPDX-License-Identifier: GPL-2.0 */
#include "tracer.h"

#include "oom.skel.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <unistd.h>

struct tracer {
	struct oom_bpf *skel;
	struct ring_buffer *ring;
	struct bpf_link *links[HOOK_RESULTS];
	size_t link_count;
	tracer_fn fn;
	void *ctx;
};

static int on_record(void *ctx, void *data, size_t size)
{
	struct tracer *tracer = ctx;

	tracer->fn(tracer->ctx, data, size);
	return 0;
}

static int open_skeleton(struct oom_bpf **ret_skel)
{
	int cpus = libbpf_num_possible_cpus();
	struct oom_bpf *skel;

	if (cpus < 0)
		return cpus;
	skel = oom_bpf__open();
	if (!skel)
		return -errno;
	skel->rodata->nr_cpus = (unsigned int)cpus;
	skel->rodata->page_size = (unsigned int)sysconf(_SC_PAGESIZE);
	*ret_skel = skel;
	return 0;
}

static int select_programs(struct tracer *tracer, enum tier tier, const struct hook_caps *caps,
			   struct tracer_result *result)
{
	result->count = 0;
	for (size_t i = 0; i < hook_count; i++) {
		struct bpf_program *prog;
		int err;

		if (!hook_wanted(&hooks[i], tier, caps))
			continue;
		if (result->count == HOOK_RESULTS)
			return -E2BIG;
		prog = bpf_object__find_program_by_name(tracer->skel->obj, hooks[i].program);
		if (!prog)
			return -ENOENT;
		err = bpf_program__set_autoload(prog, true);
		if (err)
			return err;
		result->hooks[result->count++] =
			(struct hook_result){.hook = &hooks[i], .err = -ENODEV};
	}
	return result->count ? 0 : -ENOTSUP;
}

static int attach_programs(struct tracer *tracer, struct tracer_result *result)
{
	int first_err = 0;

	for (size_t i = 0; i < result->count; i++) {
		struct hook_result *hook = &result->hooks[i];
		struct bpf_program *prog =
			bpf_object__find_program_by_name(tracer->skel->obj, hook->hook->program);
		struct bpf_link *link = bpf_program__attach(prog);

		hook->err = link ? 0 : -errno;
		if (link)
			tracer->links[tracer->link_count++] = link;
		else if (!first_err)
			first_err = hook->err;
	}
	return first_err;
}

static int load(struct tracer *tracer, enum tier tier, const struct hook_caps *caps,
		struct tracer_result *result)
{
	int err = open_skeleton(&tracer->skel);

	if (err)
		return err;
	err = select_programs(tracer, tier, caps, result);
	return err ? err : oom_bpf__load(tracer->skel);
}

int tracer_open(enum tier tier, const struct hook_caps *caps, tracer_fn fn, void *ctx,
		struct tracer **ret_tracer, struct tracer_result *ret_result)
{
	struct tracer *tracer = calloc(1, sizeof(*tracer));
	int err;

	*ret_result = (struct tracer_result){0};
	if (!tracer)
		return -ENOMEM;
	tracer->fn = fn;
	tracer->ctx = ctx;
	err = load(tracer, tier, caps, ret_result);
	if (err) {
		ret_result->load_err = err;
		goto fail;
	}
	tracer->ring =
		ring_buffer__new(bpf_map__fd(tracer->skel->maps.records), on_record, tracer, NULL);
	if (!tracer->ring) {
		err = -errno;
		goto fail;
	}
	err = attach_programs(tracer, ret_result);
	if (err)
		goto fail;
	/* Loading leaves several MiB of freed type information in the heap. */
	malloc_trim(0);
	*ret_tracer = tracer;
	return 0;
fail:
	tracer_close(tracer);
	return err;
}

int tracer_try_hook(const struct hook *hook)
{
	struct bpf_link *link = NULL;
	struct bpf_program *prog;
	struct oom_bpf *skel;
	int err = open_skeleton(&skel);

	if (err)
		return err;
	prog = bpf_object__find_program_by_name(skel->obj, hook->program);
	err = prog ? bpf_program__set_autoload(prog, true) : -ENOENT;
	if (!err)
		err = oom_bpf__load(skel);
	if (!err) {
		link = bpf_program__attach(prog);
		err = link ? 0 : -errno;
	}
	bpf_link__destroy(link);
	oom_bpf__destroy(skel);
	return err;
}

void tracer_close(struct tracer *tracer)
{
	if (!tracer)
		return;
	for (size_t i = 0; i < tracer->link_count; i++)
		bpf_link__destroy(tracer->links[i]);
	ring_buffer__free(tracer->ring);
	oom_bpf__destroy(tracer->skel);
	free(tracer);
}

int tracer_fd(const struct tracer *tracer)
{
	return ring_buffer__epoll_fd(tracer->ring);
}

int tracer_consume(struct tracer *tracer)
{
	return ring_buffer__consume(tracer->ring);
}

uint64_t tracer_ring_drops(const struct tracer *tracer)
{
	return __atomic_load_n(&tracer->skel->bss->ring_drops, __ATOMIC_RELAXED);
}
