// SPDX-License-Identifier: GPL-2.0
#include "attach_target.h"
#include "hooks.h"
#include "oom.skel.h"
#include "wait.skel.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void load(struct bpf_object *object, const char *program)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(object, program);

	assert_non_null(prog);
	assert_int_equal(bpf_program__set_autoload(prog, true), 0);
}

static __u32 id_of(const struct attach_targets *targets, const char *program)
{
	for (size_t i = 0; i < targets->count; i++)
		if (!strcmp(bpf_program__name(targets->targets[i].prog), program))
			return targets->targets[i].id;
	return 0;
}

/* A kernel's, where names of functions are also those of other things, and not unique. */
static struct btf *kernel_types(void)
{
	struct btf *btf = btf__new_empty();
	int i32 = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	int proto = btf__add_func_proto(btf, i32);

	btf__add_struct(btf, "out_of_memory", 8);
	btf__add_typedef(btf, "out_of_memory", i32);
	btf__add_typedef(btf, "mark_victim", i32);
	btf__add_func(btf, "btf_trace_mark_victim", BTF_FUNC_STATIC, proto);
	btf__add_func(btf, "out_of_memory", BTF_FUNC_STATIC, proto);
	btf__add_func(btf, "out_of_memory", BTF_FUNC_STATIC, proto);
	btf__add_typedef(btf, "btf_trace_mark_victim", btf__add_ptr(btf, proto));
	btf__add_func(btf, "bpf_iter_task", BTF_FUNC_STATIC, proto);
	return btf;
}

/* A function by its name, a tracepoint by the kernel's type for what is called at it. */
static void test_kinds(void **state)
{
	struct oom_bpf *skel = oom_bpf__open();
	struct btf *kernel = kernel_types();
	struct attach_targets targets;

	(void)state;
	load(skel->obj, "fentry_out_of_memory");
	load(skel->obj, "fexit_out_of_memory");
	load(skel->obj, "tp_mark_victim");
	assert_int_equal(attach_targets_find(skel->obj, kernel, &targets), 0);
	assert_int_equal(targets.count, 3);
	assert_int_equal(id_of(&targets, "fentry_out_of_memory"), 7);
	assert_int_equal(id_of(&targets, "fexit_out_of_memory"), 7);
	assert_int_equal(id_of(&targets, "tp_mark_victim"), 10);
	assert_int_equal(attach_targets_set(&targets), 0);
	btf__free(kernel);
	oom_bpf__destroy(skel);
}

static void test_iterator(void **state)
{
	struct wait_bpf *skel = wait_bpf__open();
	struct btf *kernel = kernel_types();
	struct attach_targets targets;

	(void)state;
	assert_int_equal(attach_targets_find(skel->obj, kernel, &targets), 0);
	assert_int_equal(targets.count, 1);
	assert_int_equal(id_of(&targets, "look"), 11);
	btf__free(kernel);
	wait_bpf__destroy(skel);
}

/* What is not loaded, and what is attached some other way, has no target. */
static void test_others(void **state)
{
	struct oom_bpf *skel = oom_bpf__open();
	struct btf *kernel = btf__new_empty();
	struct attach_targets targets;

	(void)state;
	load(skel->obj, "kprobe_out_of_memory");
	load(skel->obj, "note_reader");
	assert_int_equal(attach_targets_find(skel->obj, kernel, &targets), 0);
	assert_int_equal(targets.count, 0);
	assert_int_equal(attach_targets_set(&targets), 0);
	btf__free(kernel);
	oom_bpf__destroy(skel);
}

static void test_not_there(void **state)
{
	struct oom_bpf *skel = oom_bpf__open();
	struct btf *kernel = kernel_types();
	struct attach_targets targets;

	(void)state;
	load(skel->obj, "fentry_out_of_memory");
	load(skel->obj, "fentry_oom_kill_process");
	assert_int_equal(attach_targets_find(skel->obj, kernel, &targets), -ESRCH);
	btf__free(kernel);
	oom_bpf__destroy(skel);
}

/* Of this machine's kernel, all programs of a tier: as libbpf finds them. */
static void test_running_kernel(void **state)
{
	const struct hook_caps caps = {.mark_victim_task = true, .mark_victim_pid = true};
	struct btf *kernel = btf__load_vmlinux_btf();
	struct attach_targets targets;
	struct oom_bpf *skel;

	(void)state;
	if (!kernel)
		skip();
	skel = oom_bpf__open();
	for (size_t i = 0; i < hook_count; i++)
		if (hook_wanted(&hooks[i], TIER_FENTRY, &caps))
			load(skel->obj, hooks[i].program);
	assert_int_equal(attach_targets_find(skel->obj, kernel, &targets), 0);
	assert_true(targets.count > 2);
	for (size_t i = 0; i < targets.count; i++)
		assert_int_equal(targets.targets[i].id,
				 btf__find_by_name_kind(kernel, targets.targets[i].name,
							targets.targets[i].kind));
	oom_bpf__destroy(skel);
	btf__free(kernel);
}

/* Once and again: libbpf must not be told twice. */
static void test_register(void **state)
{
	struct oom_bpf *skel;
	struct bpf_program *prog;

	(void)state;
	assert_int_equal(attach_targets_register(), 0);
	assert_int_equal(attach_targets_register(), 0);
	skel = oom_bpf__open();
	prog = skel->progs.fexit_out_of_memory;
	assert_int_equal(bpf_program__type(prog), BPF_PROG_TYPE_TRACING);
	assert_int_equal(bpf_program__expected_attach_type(prog), BPF_TRACE_FEXIT);
	assert_false(bpf_program__autoload(prog));
	oom_bpf__destroy(skel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),	       cmocka_unit_test(test_iterator),
		cmocka_unit_test(test_others),	       cmocka_unit_test(test_not_there),
		cmocka_unit_test(test_running_kernel), cmocka_unit_test(test_register),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
