// SPDX-License-Identifier: GPL-2.0
#include "exit_watch.h"

#include "core_types.h"
#include "event.h"
#include "exit.skel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>

struct exit_watch {
	struct exit_bpf *skel;
	struct ring_buffer *ring;
	void (*fn)(void *ctx, const void *data, size_t size);
	void *ctx;
};

static int on_record(void *ctx, void *data, size_t size)
{
	struct exit_watch *watch = ctx;

	watch->fn(watch->ctx, data, size);
	return 0;
}

static int load(struct exit_watch *watch, struct core_types *types)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts);
	int err = 0;

	opts.btf_custom_path = core_types_path(types);
	watch->skel = exit_bpf__open_opts(&opts);
	if (!watch->skel)
		err = -errno;
	if (!err)
		err = core_types_fill(types, watch->skel->obj);
	if (!err)
		err = exit_bpf__load(watch->skel);
	return err;
}

int exit_watch_open(struct core_types *types, struct exit_watch **ret_watch)
{
	struct exit_watch *watch = calloc(1, sizeof(*watch));
	int err;

	if (!watch)
		return -ENOMEM;
	err = load(watch, types);
	if (!err) {
		watch->ring = ring_buffer__new(bpf_map__fd(watch->skel->maps.deaths), on_record,
					       watch, NULL);
		err = watch->ring ? exit_bpf__attach(watch->skel) : -errno;
	}
	if (err) {
		exit_watch_close(watch);
		return err;
	}
	*ret_watch = watch;
	return 0;
}

void exit_watch_close(struct exit_watch *watch)
{
	if (!watch)
		return;
	ring_buffer__free(watch->ring);
	exit_bpf__destroy(watch->skel);
	free(watch);
}

void exit_watch_take(struct exit_watch *watch, void (*fn)(void *ctx, const void *data, size_t size),
		     void *ctx)
{
	watch->fn = fn;
	watch->ctx = ctx;
	ring_buffer__consume(watch->ring);
}
