// SPDX-License-Identifier: GPL-2.0
#include "tracer.h"

#include "core_types.h"
#include "event.h"
#include "oom.skel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct tracer {
	struct oom_bpf *skel;
	struct ring_buffer *ring;
	struct ring_buffer *stacks;
	struct bpf_link *links[HOOK_RESULTS];
	size_t link_count;
	struct tracer_fns fns;
	void *ctx;
};

static int on_record(void *ctx, void *data, size_t size)
{
	struct tracer *tracer = ctx;

	tracer->fns.record(tracer->ctx, data, size);
	return 0;
}

static int on_stack(void *ctx, void *data, size_t size)
{
	struct tracer *tracer = ctx;

	tracer->fns.stack(tracer->ctx, data, size);
	/* One at a time: this one is done, the next is left. */
	return -ECANCELED;
}

static int open_skeleton(struct tracer *tracer, const struct tracer_config *config)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts);
	int cpus = libbpf_num_possible_cpus();
	struct oom_bpf *skel;

	if (cpus < 0)
		return cpus;
	opts.btf_custom_path = core_types_path(config->types);
	skel = oom_bpf__open_opts(&opts);
	if (!skel)
		return -errno;
	skel->rodata->nr_cpus = (unsigned int)cpus;
	skel->rodata->page_size = (unsigned int)sysconf(_SC_PAGESIZE);
	skel->rodata->hold_bound_ns = config->hold_bound_ns;
	skel->rodata->hold_budget_ns = config->hold_budget_ns;
	skel->rodata->hold_refused = config->hold_refused;
	skel->rodata->filter_cgroups = config->filter_cgroups;
	skel->rodata->filter_pids = config->filter_pids;
	skel->rodata->candidates_wanted =
		config->candidates < EV_CANDIDATES ? config->candidates : EV_CANDIDATES;
	if (config->known_cmdlines)
		bpf_map__set_max_entries(skel->maps.known_cmdlines, config->known_cmdlines);
	tracer->skel = skel;
	return 0;
}

static int load_skeleton(struct tracer *tracer, struct core_types *types)
{
	int err = core_types_fill(types, tracer->skel->obj);

	return err ? err : oom_bpf__load(tracer->skel);
}

static int select_programs(struct tracer *tracer, const struct tracer_config *config,
			   struct tracer_result *result)
{
	result->count = 0;
	for (size_t i = 0; i < hook_count; i++) {
		struct bpf_program *prog;
		int err;

		if (!hook_wanted(&hooks[i], config->tier, &config->caps))
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

/*
 * The last first. What returns is so attached before what enters: before 5.16 a kretprobe puts its
 * own address in place of the caller's, where stacks end then, and a kprobe that is younger runs
 * earlier.
 */
static int attach_programs(struct tracer *tracer, struct tracer_result *result)
{
	int first_err = 0;

	for (size_t i = result->count; i-- > 0;) {
		struct hook_result *hook = &result->hooks[i];
		struct bpf_program *prog =
			bpf_object__find_program_by_name(tracer->skel->obj, hook->hook->program);
		struct bpf_link *link;

		if (!hook->hook->how) {
			hook->err = 0;
			continue;
		}
		link = bpf_program__attach(prog);
		hook->err = link ? 0 : -errno;
		if (link)
			tracer->links[tracer->link_count++] = link;
		else
			first_err = hook->err;
	}
	return first_err;
}

static int load(struct tracer *tracer, const struct tracer_config *config,
		struct tracer_result *result)
{
	int err = open_skeleton(tracer, config);

	if (!err)
		err = select_programs(tracer, config, result);
	/* Its programs could be loaded, which takes most of the time, and then not be attached. */
	if (!err && config->tier == TIER_KPROBE && !config->caps.kprobes)
		err = -ENOENT;
	return err ? err : load_skeleton(tracer, config->types);
}

int tracer_open(const struct tracer_config *config, const struct tracer_fns *fns, void *ctx,
		struct tracer **ret_tracer, struct tracer_result *ret_result)
{
	struct tracer *tracer = calloc(1, sizeof(*tracer));
	int err;

	*ret_result = (struct tracer_result){0};
	if (!tracer)
		return -ENOMEM;
	tracer->fns = *fns;
	tracer->ctx = ctx;
	err = load(tracer, config, ret_result);
	if (err) {
		ret_result->load_err = err;
		goto fail;
	}
	tracer->ring =
		ring_buffer__new(bpf_map__fd(tracer->skel->maps.records), on_record, tracer, NULL);
	if (tracer->ring)
		tracer->stacks = ring_buffer__new(bpf_map__fd(tracer->skel->maps.stacks), on_stack,
						  tracer, NULL);
	if (!tracer->stacks) {
		err = -errno;
		goto fail;
	}
	err = attach_programs(tracer, ret_result);
	if (err)
		goto fail;
	*ret_tracer = tracer;
	return 0;
fail:
	tracer_close(tracer);
	return err;
}

int tracer_try_hook(const struct hook *hook, struct core_types *types)
{
	const struct tracer_config config = {.types = types};
	struct tracer *tracer = calloc(1, sizeof(*tracer));
	struct bpf_link *link = NULL;
	struct bpf_program *prog = NULL;
	int err = tracer ? open_skeleton(tracer, &config) : -ENOMEM;

	if (!err)
		prog = bpf_object__find_program_by_name(tracer->skel->obj, hook->program);
	if (!err)
		err = prog ? bpf_program__set_autoload(prog, true) : -ENOENT;
	if (!err)
		err = load_skeleton(tracer, types);
	if (!err && hook->how) {
		link = bpf_program__attach(prog);
		err = link ? 0 : -errno;
	}
	bpf_link__destroy(link);
	tracer_close(tracer);
	return err;
}

void tracer_close(struct tracer *tracer)
{
	if (!tracer)
		return;
	for (size_t i = 0; i < tracer->link_count; i++)
		bpf_link__destroy(tracer->links[i]);
	ring_buffer__free(tracer->ring);
	ring_buffer__free(tracer->stacks);
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

bool tracer_consume_stack(struct tracer *tracer)
{
	return ring_buffer__consume(tracer->stacks) == -ECANCELED;
}

int tracer_note_reader(struct tracer *tracer)
{
	__u64 args[12] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(args));

	int fd = bpf_program__fd(tracer->skel->progs.note_reader_loop);

	if (fd < 0)
		fd = bpf_program__fd(tracer->skel->progs.note_reader);
	tracer->skel->bss->hold_reader_tgid = (__u64)getpid();
	return bpf_prog_test_run_opts(fd, &opts);
}

void tracer_set_cpus_online(struct tracer *tracer, uint64_t count)
{
	__atomic_store_n(&tracer->skel->bss->hold_cpus_online, count, __ATOMIC_RELAXED);
}

void tracer_set_only_cpu(struct tracer *tracer, int cpu)
{
	__atomic_store_n(&tracer->skel->bss->hold_only_cpu, (uint64_t)(cpu + 1), __ATOMIC_RELAXED);
}

void tracer_set_busy_cpu(struct tracer *tracer, int cpu)
{
	__atomic_store_n(&tracer->skel->bss->hold_busy_cpu, (uint64_t)(cpu + 1), __ATOMIC_RELAXED);
}

void tracer_ready(struct tracer *tracer)
{
	__atomic_store_n(&tracer->skel->bss->hold_ready, 1, __ATOMIC_RELEASE);
}

void tracer_busy(struct tracer *tracer)
{
	__atomic_store_n(&tracer->skel->bss->hold_ready, 0, __ATOMIC_RELEASE);
}

void tracer_acknowledge(struct tracer *tracer, uint64_t incident, bool code_read)
{
	if (code_read)
		__atomic_store_n(&tracer->skel->bss->hold_code_read, incident, __ATOMIC_RELAXED);
	__atomic_store_n(&tracer->skel->bss->hold_acknowledged, incident, __ATOMIC_RELEASE);
}

static int want(const struct bpf_map *map, uint64_t key)
{
	uint8_t one = 1;

	return bpf_map_update_elem(bpf_map__fd(map), &key, &one, BPF_ANY);
}

int tracer_want_cgroup(struct tracer *tracer, uint64_t id)
{
	return want(tracer->skel->maps.wanted_cgroups, id);
}

int tracer_want_pid(struct tracer *tracer, int64_t pid)
{
	return want(tracer->skel->maps.wanted_pids, (uint64_t)pid);
}

int tracer_known_cmdlines_fd(const struct tracer *tracer)
{
	return bpf_map__fd(tracer->skel->maps.known_cmdlines);
}

uint64_t tracer_stack_drops(const struct tracer *tracer)
{
	return __atomic_load_n(&tracer->skel->bss->stack_drops, __ATOMIC_RELAXED);
}

uint64_t tracer_ring_drops(const struct tracer *tracer)
{
	return __atomic_load_n(&tracer->skel->bss->ring_drops, __ATOMIC_RELAXED);
}

uint64_t tracer_ring_repeats(const struct tracer *tracer)
{
	return __atomic_load_n(&tracer->skel->bss->ring_repeats, __ATOMIC_RELAXED);
}
