// SPDX-License-Identifier: GPL-2.0
#include "attach_target.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* How the kernel's type information calls what programs of a section are attached to. */
static const struct section {
	const char *name;
	enum bpf_attach_type type;
	const char *prefix;
	__u32 kind;
} sections[] = {
	{"fentry+", BPF_TRACE_FENTRY, "", BTF_KIND_FUNC},
	{"fexit+", BPF_TRACE_FEXIT, "", BTF_KIND_FUNC},
	{"tp_btf+", BPF_TRACE_RAW_TP, "btf_trace_", BTF_KIND_TYPEDEF},
	{"iter+", BPF_TRACE_ITER, "bpf_iter_", BTF_KIND_FUNC},
};

#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

/*
 * A program with the descriptor of another to be attached to is the only one of its kind for which
 * libbpf leaves the kernel's types alone. So the id goes in its place, up to here.
 */
static int prepare_load(struct bpf_program *prog, struct bpf_prog_load_opts *opts, long cookie)
{
	(void)prog;
	(void)cookie;
	opts->attach_btf_id = opts->attach_prog_fd;
	opts->attach_prog_fd = 0;
	return opts->attach_btf_id ? 0 : -EINVAL;
}

static int attach(const struct bpf_program *prog, long cookie, struct bpf_link **link)
{
	(void)cookie;
	if (bpf_program__expected_attach_type(prog) == BPF_TRACE_ITER)
		*link = bpf_program__attach_iter(prog, NULL);
	else
		*link = bpf_program__attach_trace(prog);
	return *link ? 0 : -errno;
}

int attach_targets_register(void)
{
	static size_t registered;
	LIBBPF_OPTS(libbpf_prog_handler_opts, opts, .prog_prepare_load_fn = prepare_load,
		    .prog_attach_fn = attach);

	for (; registered < SECTIONS; registered++) {
		const struct section *section = &sections[registered];
		int id = libbpf_register_prog_handler(section->name, BPF_PROG_TYPE_TRACING,
						      section->type, &opts);

		if (id < 0)
			return id;
	}
	return 0;
}

static const struct section *section_of(const struct bpf_program *prog)
{
	if (bpf_program__type(prog) != BPF_PROG_TYPE_TRACING)
		return NULL;
	for (size_t i = 0; i < SECTIONS; i++)
		if (sections[i].type == bpf_program__expected_attach_type(prog))
			return &sections[i];
	return NULL;
}

static int collect(struct bpf_object *object, struct attach_targets *targets)
{
	struct bpf_program *prog;

	targets->count = 0;
	bpf_object__for_each_program (prog, object) {
		const struct section *section = section_of(prog);
		const char *name = strchr(bpf_program__section_name(prog), '/');
		struct attach_target *target = &targets->targets[targets->count];
		int len;

		if (!section || !name || !bpf_program__autoload(prog))
			continue;
		if (targets->count == ATTACH_TARGETS_MAX)
			return -E2BIG;
		len = snprintf(target->name, sizeof(target->name), "%s%s", section->prefix,
			       name + 1);
		if (len < 0 || (size_t)len >= sizeof(target->name))
			return -E2BIG;
		target->prog = prog;
		target->kind = section->kind;
		target->id = 0;
		targets->count++;
	}
	return 0;
}

/* Of functions of one name, the first, as libbpf does. How many programs have it for a target. */
static size_t match(struct attach_targets *targets, __u32 id, __u32 kind, const char *name)
{
	size_t matched = 0;

	for (size_t i = 0; i < targets->count; i++) {
		struct attach_target *target = &targets->targets[i];

		if (target->id || target->kind != kind || target->name[0] != name[0] ||
		    strcmp(target->name, name))
			continue;
		target->id = id;
		matched++;
	}
	return matched;
}

/* One pass for all: there are a hundred thousand types. */
static int look_up(struct attach_targets *targets, const struct btf *kernel)
{
	__u32 types = btf__type_cnt(kernel);
	size_t left = targets->count;

	for (__u32 id = 1; left && id < types; id++) {
		const struct btf_type *type = btf__type_by_id(kernel, id);
		const char *name;

		if (!btf_is_func(type) && !btf_is_typedef(type))
			continue;
		name = btf__name_by_offset(kernel, type->name_off);
		if (name)
			left -= match(targets, id, btf_kind(type), name);
	}
	return left ? -ESRCH : 0;
}

int attach_targets_find(struct bpf_object *object, const struct btf *kernel,
			struct attach_targets *ret_targets)
{
	int err = collect(object, ret_targets);

	return err ? err : look_up(ret_targets, kernel);
}

int attach_targets_set(const struct attach_targets *targets)
{
	int err = 0;

	for (size_t i = 0; !err && i < targets->count; i++)
		err = bpf_program__set_attach_target(targets->targets[i].prog,
						     (int)targets->targets[i].id, NULL);
	return err;
}
