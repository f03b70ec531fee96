/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's types as far as a BPF object asks for them. libbpf looks for each type an object
 * names among all that the kernel has, one pass of a hundred thousand for each; here one pass finds
 * them all, and libbpf searches what that left.
 */
#ifndef OOMTRACE_CORE_TYPES_H
#define OOMTRACE_CORE_TYPES_H

struct bpf_object;
struct btf;
struct core_types;

/*
 * An empty file in memory, for libbpf to read the types from: its path is to be given as
 * btf_custom_path when the object is opened. The caller's to free when the object is loaded. NULL
 * when there is none to be had (no memory, no /proc): libbpf then goes the long way.
 */
struct core_types *core_types_new(void);
void core_types_free(struct core_types *types);

/* NULL for NULL. */
const char *core_types_path(const struct core_types *types);

/*
 * The types of `kernel` that have the name of a struct, union or enum in `wanted`, whatever the
 * flavour, and those they consist of; what their pointers point to is left out. Returns 0 and a
 * copy that is the caller's (btf__free()), -ENOMEM, or -EINVAL for types that contain themselves.
 */
int core_types_copy(const struct btf *kernel, const struct btf *wanted, struct btf **ret_copy);

/*
 * To be called between opening the object with the path and loading it: fills the file with what
 * the object asks for of the running kernel. 0 for NULL; -errno of reading the kernel's types or of
 * writing the file.
 */
int core_types_fill(struct core_types *types, const struct bpf_object *object);

#endif
