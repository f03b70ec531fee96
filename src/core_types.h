/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's types as far as BPF objects ask for them. libbpf reads all that the kernel has for
 * each object, some of it twice, and looks for each type an object names among them all: a pass of a
 * hundred thousand for each. Here they are read once for all objects, one pass for each object finds
 * what it asks for, and libbpf searches what that left.
 */
#ifndef OOMTRACE_CORE_TYPES_H
#define OOMTRACE_CORE_TYPES_H

struct bpf_object;
struct btf;
struct core_types;

/*
 * To be opened for all objects that are loaded one after the other, and freed by the caller when the
 * last of them is. Up to then it holds all of the kernel's types, some 6 MiB. NULL when there is no
 * memory; core_types_fill() says so then.
 */
struct core_types *core_types_new(void);
void core_types_free(struct core_types *types);

/*
 * A file in memory for libbpf to read the types from: to be given as btf_custom_path when an object is
 * opened. NULL when there is none to be had (no /proc, or NULL): libbpf then goes the long way.
 */
const char *core_types_path(const struct core_types *types);

/*
 * The types of `kernel` that have the name of a struct, union or enum in `wanted`, whatever the
 * flavour, and those they consist of; what their pointers point to is left out. Returns 0 and a
 * copy that is the caller's (btf__free()), -ENOMEM, or -EINVAL for types that contain themselves.
 */
int core_types_copy(const struct btf *kernel, const struct btf *wanted, struct btf **ret_copy);

/*
 * To be called between opening an object with the path and loading it, when it is settled which of
 * its programs are loaded: fills the file with what this object asks for of the running kernel, and
 * finds what the programs are attached to. -ENOMEM for NULL; -errno of reading the kernel's types, of
 * writing the file, of attach_targets_find() or of attach_targets_set().
 */
int core_types_fill(struct core_types *types, struct bpf_object *object);

#endif
