// SPDX-License-Identifier: GPL-2.0
#include "core_types.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * struct inner { int a; }; struct point { struct inner in; union { long x; struct other *next; };
 * const counter_t many[3]; }; struct other { struct point p; }; enum colour { RED = 7 };
 */
static struct btf *kernel_types(void)
{
	struct btf *btf = btf__new_empty();
	int i32 = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	int i64 = btf__add_int(btf, "long", 8, BTF_INT_SIGNED);
	int inner = btf__add_struct(btf, "inner", 4);
	int other, pointer, anonymous, counter, constant, array, point;

	btf__add_field(btf, "a", i32, 0, 0);
	other = btf__add_fwd(btf, "other", BTF_FWD_STRUCT);
	pointer = btf__add_ptr(btf, other);
	anonymous = btf__add_union(btf, NULL, 8);
	btf__add_field(btf, "x", i64, 0, 0);
	btf__add_field(btf, "next", pointer, 0, 0);
	counter = btf__add_typedef(btf, "counter_t", i32);
	constant = btf__add_const(btf, counter);
	array = btf__add_array(btf, i32, constant, 3);
	point = btf__add_struct(btf, "point", 32);
	btf__add_field(btf, "in", inner, 0, 0);
	btf__add_field(btf, NULL, anonymous, 64, 0);
	btf__add_field(btf, "many", array, 128, 0);
	btf__add_struct(btf, "other", 32);
	btf__add_field(btf, "p", point, 0, 0);
	btf__add_enum(btf, "colour", 4);
	btf__add_enum_value(btf, "RED", 7);
	return btf;
}

static struct btf *copy_of(const struct btf *kernel, const char *wanted)
{
	struct btf *asks = btf__new_empty();
	struct btf *copy;

	btf__add_struct(asks, wanted, 0);
	assert_int_equal(core_types_copy(kernel, asks, &copy), 0);
	btf__free(asks);
	return copy;
}

static const struct btf_type *find(const struct btf *btf, const char *name, __u32 kind)
{
	int id = btf__find_by_name_kind(btf, name, kind);

	assert_true(id > 0);
	return btf__type_by_id(btf, (__u32)id);
}

/* What a struct consists of comes with it, whole; what it points to does not. */
static void test_closure(void **state)
{
	struct btf *kernel = kernel_types(), *copy = copy_of(kernel, "point");
	const struct btf_type *point = find(copy, "point", BTF_KIND_STRUCT);
	const struct btf_member *members = btf_members(point);
	const struct btf_type *type;

	(void)state;
	assert_int_equal(point->size, 32);
	assert_int_equal(btf_vlen(point), 3);
	assert_int_equal(members[2].offset, 128);
	type = btf__type_by_id(copy, members[0].type);
	assert_string_equal(btf__name_by_offset(copy, type->name_off), "inner");
	type = btf__type_by_id(copy, members[1].type);
	assert_true(btf_is_composite(type));
	assert_string_equal(btf__name_by_offset(copy, btf_members(type)[1].name_off), "next");
	type = btf__type_by_id(copy, btf_members(type)[1].type);
	assert_true(btf_is_ptr(type));
	assert_int_equal(type->type, 0);
	assert_int_equal(btf__resolve_size(copy, members[2].type), 12);
	assert_true(btf__find_by_name(copy, "other") < 0);
	assert_true(btf__find_by_name(copy, "colour") < 0);
	btf__free(copy);
	btf__free(kernel);
}

/* libbpf tells kernels' versions of a type apart by what follows three underscores. */
static void test_flavours(void **state)
{
	struct btf *kernel = kernel_types(), *copy = copy_of(kernel, "inner___old");

	(void)state;
	find(copy, "inner", BTF_KIND_STRUCT);
	assert_true(btf__find_by_name(copy, "point") < 0);
	btf__free(copy);
	btf__free(kernel);
}

static void test_enum(void **state)
{
	struct btf *kernel = kernel_types(), *copy = copy_of(kernel, "colour");
	const struct btf_type *colour = find(copy, "colour", BTF_KIND_ENUM);

	(void)state;
	assert_int_equal(btf_enum(colour)->val, 7);
	btf__free(copy);
	btf__free(kernel);
}

static void test_nothing_wanted(void **state)
{
	struct btf *kernel = kernel_types(), *copy = copy_of(kernel, "elsewhere");

	(void)state;
	assert_int_equal(btf__type_cnt(copy), 1);
	btf__free(copy);
	btf__free(kernel);
}

/* Not the kernel's, which cannot be: the copy must end all the same. */
static void test_endless(void **state)
{
	struct btf *kernel = btf__new_empty(), *asks = btf__new_empty(), *copy = NULL;
	int id = btf__add_struct(kernel, "head", 8);

	(void)state;
	for (int i = 0; i < 200; i++) {
		btf__add_field(kernel, "next", id + i + 1, 0, 0);
		btf__add_struct(kernel, NULL, 8);
	}
	btf__add_struct(asks, "head", 0);
	assert_int_equal(core_types_copy(kernel, asks, &copy), -EINVAL);
	btf__free(asks);
	btf__free(kernel);
}

/*
 * Of this machine's kernel: each type asked for is there as often, as large and with as many
 * members.
 */
static void test_running_kernel(void **state)
{
	struct btf *kernel = btf__load_vmlinux_btf(), *copy, *asks;
	static const char *const names[] = {"task_struct", "mem_cgroup", "mm_struct", "file"};

	(void)state;
	if (!kernel)
		skip();
	asks = btf__new_empty();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		btf__add_struct(asks, names[i], 0);
	assert_int_equal(core_types_copy(kernel, asks, &copy), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct btf_type *was = find(kernel, names[i], BTF_KIND_STRUCT);
		const struct btf_type *is = find(copy, names[i], BTF_KIND_STRUCT);

		assert_int_equal(is->size, was->size);
		assert_int_equal(btf_vlen(is), btf_vlen(was));
		for (__u16 m = 0; m < btf_vlen(is); m++) {
			assert_int_equal(btf_members(is)[m].offset, btf_members(was)[m].offset);
			assert_int_equal(btf__resolve_size(copy, btf_members(is)[m].type),
					 btf__resolve_size(kernel, btf_members(was)[m].type));
		}
	}
	assert_true(btf__type_cnt(copy) < btf__type_cnt(kernel) / 10);
	btf__free(copy);
	btf__free(asks);
	btf__free(kernel);
}

static void test_file(void **state)
{
	struct core_types *types = core_types_new();

	(void)state;
	assert_non_null(types);
	assert_int_equal(access(core_types_path(types), R_OK), 0);
	core_types_free(types);
	assert_null(core_types_path(NULL));
	assert_int_equal(core_types_fill(NULL, NULL), -ENOMEM);
	core_types_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_closure), cmocka_unit_test(test_flavours),
		cmocka_unit_test(test_enum),	cmocka_unit_test(test_nothing_wanted),
		cmocka_unit_test(test_endless), cmocka_unit_test(test_running_kernel),
		cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
