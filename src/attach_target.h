/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which function or tracepoint of the kernel a tracing program (fentry, fexit, tp_btf, iter) is
 * attached to, looked up in type information that is there already. libbpf would read all of the
 * kernel's once more for each object that has such a program.
 */
#ifndef OOMTRACE_ATTACH_TARGET_H
#define OOMTRACE_ATTACH_TARGET_H

#include <linux/types.h>
#include <stddef.h>

struct bpf_object;
struct bpf_program;
struct btf;

enum { ATTACH_TARGETS_MAX = 32, ATTACH_TARGET_NAME = 128 };

struct attach_target {
	struct bpf_program *prog;      /* the object's */
	char name[ATTACH_TARGET_NAME]; /* as the type is called, of this BTF kind */
	__u32 kind;
	__u32 id; /* of the type; 0: not found */
};

struct attach_targets {
	struct attach_target targets[ATTACH_TARGETS_MAX];
	size_t count;
};

/*
 * Tells libbpf that such programs have their targets from attach_targets_set(), and for good: of
 * objects opened from then on none can be loaded otherwise. May be called again. 0, or libbpf's
 * -errno.
 */
int attach_targets_register(void);

/*
 * The targets of those programs that are to be loaded. `kernel` is the running kernel's and need not
 * outlive the call. Returns 0, -ESRCH when the kernel has not got one of them, or -E2BIG.
 */
int attach_targets_find(struct bpf_object *object, const struct btf *kernel,
			struct attach_targets *ret_targets);

/* To be called before the object is loaded. 0, or libbpf's -errno. */
int attach_targets_set(const struct attach_targets *targets);

#endif
