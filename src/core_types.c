// SPDX-License-Identifier: GPL-2.0
#include "core_types.h"

#include "attach_target.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Types nest this deep at most; the kernel's own reach a third of it. */
#define DEPTH_MAX 64

struct core_types {
	struct btf *kernel; /* all that the running kernel has; NULL before it is needed */
	int fd;
	char path[32]; /* "": there is no file */
};

struct names {
	const char **names; /* sorted, each up to its flavour */
	size_t count;
};

struct copy {
	const struct btf *kernel;
	struct btf *to;
	__u32 *ids; /* by the kernel's id: what it is in `to`; 0: not there */
};

/* Has it members or values that a program can ask for by name? */
static bool is_asked_for(const struct btf_type *type)
{
	return btf_is_composite(type) || btf_is_any_enum(type);
}

/* libbpf's rule: what follows three underscores is not part of the name. */
static size_t essential_len(const char *name)
{
	const char *flavour = strstr(name + (*name != '\0'), "___");

	return flavour && flavour[3] ? (size_t)(flavour - name) : strlen(name);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void names_clear(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free((char *)names->names[i]);
	free(names->names);
}

static int names_of(const struct btf *wanted, struct names *names)
{
	__u32 types = btf__type_cnt(wanted);

	*names = (struct names){.names = calloc(types, sizeof(*names->names))};
	if (!names->names)
		return -ENOMEM;
	for (__u32 id = 1; id < types; id++) {
		const struct btf_type *type = btf__type_by_id(wanted, id);
		const char *name = btf__name_by_offset(wanted, type->name_off);

		if (!is_asked_for(type) || !name || !*name)
			continue;
		name = strndup(name, essential_len(name));
		if (!name) {
			names_clear(names);
			return -ENOMEM;
		}
		names->names[names->count++] = name;
	}
	qsort(names->names, names->count, sizeof(*names->names), compare_names);
	return 0;
}

static int copy_type(struct copy *copy, __u32 id, unsigned int depth);

/* What a copied type refers to, in terms of the copy. What pointers point to is not asked for. */
static int copy_reference(struct copy *copy, __u32 *id, unsigned int depth)
{
	int new_id = copy_type(copy, *id, depth + 1);

	if (new_id < 0)
		return new_id;
	*id = (__u32)new_id;
	return 0;
}

static int copy_members(struct copy *copy, int new_id, unsigned int depth)
{
	__u16 count = btf_vlen(btf__type_by_id(copy->to, (__u32)new_id));
	int err = 0;

	/* Adding a type may move those that are there: look each up anew. */
	for (__u16 i = 0; !err && i < count; i++) {
		__u32 type = btf_members(btf__type_by_id(copy->to, (__u32)new_id))[i].type;

		err = copy_reference(copy, &type, depth);
		btf_members(btf__type_by_id(copy->to, (__u32)new_id))[i].type = type;
	}
	return err;
}

static int copy_element(struct copy *copy, int new_id, unsigned int depth)
{
	struct btf_array array = *btf_array(btf__type_by_id(copy->to, (__u32)new_id));
	int err = copy_reference(copy, &array.type, depth);

	if (!err)
		err = copy_reference(copy, &array.index_type, depth);
	if (!err)
		*btf_array(btf__type_by_id(copy->to, (__u32)new_id)) = array;
	return err;
}

/* The id in the copy, which has the type then, or -errno. */
static int copy_type(struct copy *copy, __u32 id, unsigned int depth)
{
	const struct btf_type *type = btf__type_by_id(copy->kernel, id);
	int new_id, err = 0;

	if (!type || depth > DEPTH_MAX)
		return -EINVAL;
	if (!id || copy->ids[id])
		return (int)copy->ids[id];
	if (btf_is_ptr(type))
		new_id = btf__add_ptr(copy->to, 0);
	else
		new_id = btf__add_type(copy->to, copy->kernel, type);
	if (new_id < 0)
		return new_id;
	copy->ids[id] = (__u32)new_id;
	if (btf_is_composite(type)) {
		err = copy_members(copy, new_id, depth);
	} else if (btf_is_array(type)) {
		err = copy_element(copy, new_id, depth);
	} else if (btf_is_mod(type) || btf_is_typedef(type)) {
		__u32 target = type->type;

		err = copy_reference(copy, &target, depth);
		((struct btf_type *)btf__type_by_id(copy->to, (__u32)new_id))->type = target;
	}
	return err ? err : new_id;
}

static int copy_named(struct copy *copy, const struct names *names)
{
	__u32 types = btf__type_cnt(copy->kernel);

	for (__u32 id = 1; id < types; id++) {
		const struct btf_type *type = btf__type_by_id(copy->kernel, id);
		const char *name;
		int new_id;

		if (!is_asked_for(type))
			continue;
		name = btf__name_by_offset(copy->kernel, type->name_off);
		if (!name || !*name ||
		    !bsearch(&name, names->names, names->count, sizeof(name), compare_names))
			continue;
		new_id = copy_type(copy, id, 0);
		if (new_id < 0)
			return new_id;
	}
	return 0;
}

static int write_all(int fd, const char *bytes, size_t size)
{
	while (size) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		size -= (size_t)n;
	}
	return 0;
}

int core_types_copy(const struct btf *kernel, const struct btf *wanted, struct btf **ret_copy)
{
	struct copy copy = {.kernel = kernel, .to = btf__new_empty()};
	struct names names;
	int err;

	copy.ids = calloc(btf__type_cnt(kernel), sizeof(*copy.ids));
	err = copy.to && copy.ids ? names_of(wanted, &names) : -ENOMEM;
	if (!err) {
		err = copy_named(&copy, &names);
		names_clear(&names);
	}
	free(copy.ids);
	if (err) {
		btf__free(copy.to);
		return err;
	}
	*ret_copy = copy.to;
	return 0;
}

static int write_file(const struct core_types *types, const struct btf *copy)
{
	__u32 size;
	const void *bytes = btf__raw_data(copy, &size);

	if (!bytes)
		return -ENOMEM;
	if (ftruncate(types->fd, 0) || lseek(types->fd, 0, SEEK_SET))
		return -errno;
	return write_all(types->fd, bytes, size);
}

static int fill_file(const struct core_types *types, const struct bpf_object *object)
{
	struct btf *copy;
	int err;

	if (!types->path[0])
		return 0;
	err = core_types_copy(types->kernel, bpf_object__btf(object), &copy);
	if (err)
		return err;
	err = write_file(types, copy);
	btf__free(copy);
	return err;
}

int core_types_fill(struct core_types *types, struct bpf_object *object)
{
	struct attach_targets targets;
	int err;

	if (!types)
		return -ENOMEM;
	if (!types->kernel)
		types->kernel = btf__load_vmlinux_btf();
	if (!types->kernel)
		return -errno;
	err = fill_file(types, object);
	if (!err)
		err = attach_targets_find(object, types->kernel, &targets);
	return err ? err : attach_targets_set(&targets);
}

static void open_file(struct core_types *types)
{
	types->fd = memfd_create("kernel-types", MFD_CLOEXEC);
	if (types->fd < 0)
		return;
	snprintf(types->path, sizeof(types->path), "/proc/self/fd/%d", types->fd);
	if (access(types->path, R_OK))
		types->path[0] = '\0';
}

struct core_types *core_types_new(void)
{
	struct core_types *types = attach_targets_register() ? NULL : calloc(1, sizeof(*types));

	if (types)
		open_file(types);
	return types;
}

void core_types_free(struct core_types *types)
{
	if (!types)
		return;
	if (types->fd >= 0)
		close(types->fd);
	btf__free(types->kernel);
	free(types);
	/* Of all that and of loading, several MiB are left in the heap. */
	malloc_trim(0);
}

const char *core_types_path(const struct core_types *types)
{
	return types && types->path[0] ? types->path : NULL;
}
