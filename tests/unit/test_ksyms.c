// SPDX-License-Identifier: GPL-2.0
#include "ksyms.h"
#include "temp_root.h"
#include "unprivileged.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* The kernel refuses the BPF way here: what is left is the file. */
static const char kallsyms[] = "ffffffff81000000 T _stext\n"
			       "ffffffff81000100 T out_of_memory\n"
			       "ffffffff81000200 T mem_cgroup_out_of_memory\n"
			       "ffffffff81000300 t try_charge_memcg\n"
			       "ffffffff81000400 T bpf_get_stack\n"
			       "ffffffff81000500 T __bpf_trace_mark_victim\n"
			       "ffffffff81000600 t do_exit\n"
			       "ffffffff81000700 T bpf_map_area_alloc\n"
			       "ffffffff81000800 T kprobe_ftrace_handler\n"
			       "ffffffff81000900 T __traceiter_mark_victim\n"
			       "ffffffff82000000 B some_bss\n"
			       "ffffffffc0a01000 t xfs_trans_alloc\t[xfs]\n"
			       "ffffffffc0b01000 t bpf_prog_0123456789abcdef_probe\t[bpf]\n"
			       "ffffffffc0b02000 t bpf_prog_422a820071e75872_fentry_out_of_memory\n"
			       "ffffffffc0b03000 t bpf_trampoline_6442487697\n"
			       "ffffffffc0c01000 t odd_one\t[../odd]\n";

#define OUT_OF_MEMORY 0xffffffff81000100
#define MEMCG_OOM     0xffffffff81000200
#define TRY_CHARGE    0xffffffff81000300
#define BPF_GET_STACK 0xffffffff81000400
#define BPF_TRACE     0xffffffff81000500
#define DO_EXIT	      0xffffffff81000600
#define BPF_MAP_ALLOC 0xffffffff81000700
#define KPROBE	      0xffffffff81000800
#define TRACEITER     0xffffffff81000900
#define XFS_ALLOC     0xffffffffc0a01000
#define BPF_PROG      0xffffffffc0b01000
#define OWN_PROG      0xffffffffc0b02000
#define TRAMPOLINE    0xffffffffc0b03000
#define ODD	      0xffffffffc0c01000
#define NOWHERE	      0xfffffffff0000000

static struct temp_root root;

static void add_notes(const char *path, char fill)
{
	uint8_t notes[36] = {4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0, 'G', 'N', 'U', 0};

	memset(notes + 16, fill, 20);
	temp_write(&root, path, notes, sizeof(notes));
}

static int make_root(void **state)
{
	(void)state;
	temp_root_make(&root);
	temp_text(&root, "/proc/kallsyms", kallsyms);
	add_notes("/sys/kernel/notes", 'k');
	add_notes("/sys/module/xfs/notes/.note.gnu.build-id", 'x');
	return 0;
}

static int remove_root(void **state)
{
	(void)state;
	temp_root_remove(&root);
	return 0;
}

static struct stack stack_of(const uint64_t *addresses, size_t count)
{
	struct stack stack = {.valid = true, .count = count};

	stack.frames = calloc(count ? count : 1, sizeof(*stack.frames));
	for (size_t i = 0; i < count; i++)
		stack.frames[i].address = addresses[i];
	return stack;
}

static struct stack name(const char *at, const uint64_t *addresses, size_t count, int want)
{
	struct stack stack = stack_of(addresses, count);
	struct ksyms *ksyms = ksyms_new(at);

	assert_int_equal(ksyms_name_stack(ksyms, &stack), want);
	ksyms_free(ksyms);
	return stack;
}

#define NAME(...)                                        \
	name(root.path, (const uint64_t[]){__VA_ARGS__}, \
	     sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t), 0)

static void check_frame(const struct stack *stack, size_t i, const char *symbol, int64_t offset,
			const char *module, char id)
{
	const struct frame *frame = &stack->frames[i];

	assert_true(i < stack->count);
	assert_string_equal(frame->symbol, symbol);
	assert_true(frame->offset.known);
	assert_int_equal(frame->offset.value, offset);
	assert_string_equal(frame->module, module);
	assert_int_equal(frame->build_id_len, id ? 20 : 0);
	assert_int_equal(frame->build_id[19], id);
}

static void test_names(void **state)
{
	struct stack stack = NAME(OUT_OF_MEMORY + 0x10, MEMCG_OOM + 5, XFS_ALLOC + 0x20,
				  TRY_CHARGE + 0xff, XFS_ALLOC + 0x21);

	(void)state;
	assert_int_equal(stack.count, 5);
	check_frame(&stack, 0, "out_of_memory", 0x10, "vmlinux", 'k');
	check_frame(&stack, 1, "mem_cgroup_out_of_memory", 5, "vmlinux", 'k');
	check_frame(&stack, 2, "xfs_trans_alloc", 0x20, "xfs", 'x');
	check_frame(&stack, 3, "try_charge_memcg", 0xff, "vmlinux", 'k');
	check_frame(&stack, 4, "xfs_trans_alloc", 0x21, "xfs", 'x');
	stack_clear(&stack);
}

/* A call at the very end of a function returns to where the next one begins. */
static void test_return_address(void **state)
{
	struct stack stack = NAME(OUT_OF_MEMORY, MEMCG_OOM, TRY_CHARGE + 1);

	(void)state;
	check_frame(&stack, 0, "out_of_memory", 0, "vmlinux", 'k');
	check_frame(&stack, 1, "out_of_memory", 0x100, "vmlinux", 'k');
	check_frame(&stack, 2, "try_charge_memcg", 1, "vmlinux", 'k');
	stack_clear(&stack);
}

static void test_tracing_removed(void **state)
{
	/* One without a name, as a trampoline is, among the frames of the tracing goes too. */
	struct stack stack = NAME(BPF_GET_STACK + 9, BPF_PROG + 4, NOWHERE, BPF_TRACE + 4,
				  TRACEITER + 4, OUT_OF_MEMORY + 4, MEMCG_OOM + 4);

	(void)state;
	assert_int_equal(stack.count, 2);
	check_frame(&stack, 0, "out_of_memory", 4, "vmlinux", 'k');
	stack_clear(&stack);

	/* Named after what it is attached to, and as the kernel prints it. */
	stack = NAME(OWN_PROG + 4, TRAMPOLINE + 4, OUT_OF_MEMORY + 4);
	assert_int_equal(stack.count, 1);
	check_frame(&stack, 0, "out_of_memory", 4, "vmlinux", 'k');
	stack_clear(&stack);

	stack = NAME(KPROBE + 4, OUT_OF_MEMORY + 4);
	assert_int_equal(stack.count, 1);
	stack_clear(&stack);

	/* Nothing to remove, and nothing but it. */
	stack = NAME(OUT_OF_MEMORY + 4);
	assert_int_equal(stack.count, 1);
	stack_clear(&stack);
	stack = NAME(BPF_PROG + 4, BPF_TRACE + 4);
	assert_int_equal(stack.count, 0);
	stack_clear(&stack);
}

/* The function comes first, and again unless its trampoline was jumped to. */
static void test_function_in_front(void **state)
{
	struct stack stack = NAME(OUT_OF_MEMORY, OWN_PROG + 4, TRAMPOLINE + 4, MEMCG_OOM + 4,
				  TRY_CHARGE + 4, BPF_MAP_ALLOC + 4);

	(void)state;
	assert_int_equal(stack.count, 4);
	check_frame(&stack, 0, "out_of_memory", 0, "vmlinux", 'k');
	check_frame(&stack, 1, "mem_cgroup_out_of_memory", 4, "vmlinux", 'k');
	check_frame(&stack, 3, "bpf_map_area_alloc", 4, "vmlinux", 'k');
	stack_clear(&stack);

	stack = NAME(OUT_OF_MEMORY, BPF_GET_STACK + 4, OWN_PROG + 4, NOWHERE, OUT_OF_MEMORY + 4,
		     MEMCG_OOM + 4);
	assert_int_equal(stack.count, 2);
	check_frame(&stack, 0, "out_of_memory", 4, "vmlinux", 'k');
	check_frame(&stack, 1, "mem_cgroup_out_of_memory", 4, "vmlinux", 'k');
	stack_clear(&stack);

	/* Cut off: all that is left is where it was. */
	stack = NAME(OUT_OF_MEMORY, OWN_PROG + 4);
	assert_int_equal(stack.count, 1);
	check_frame(&stack, 0, "out_of_memory", 0, "vmlinux", 'k');
	stack_clear(&stack);
}

/* A BPF program that asked for the memory is no part of the tracing. */
static void test_bpf_as_trigger(void **state)
{
	struct stack stack = NAME(BPF_PROG + 4, BPF_GET_STACK + 4, OUT_OF_MEMORY + 4, MEMCG_OOM + 4,
				  TRY_CHARGE + 4, BPF_MAP_ALLOC + 4, DO_EXIT + 4);

	(void)state;
	assert_int_equal(stack.count, 5);
	check_frame(&stack, 0, "out_of_memory", 4, "vmlinux", 'k');
	check_frame(&stack, 3, "bpf_map_area_alloc", 4, "vmlinux", 'k');
	stack_clear(&stack);
}

/* Whichever way its name was had. */
static void test_bpf_module(void **state)
{
	struct stack stack = NAME(OUT_OF_MEMORY + 4, BPF_PROG + 4, OWN_PROG + 4, BPF_MAP_ALLOC + 4);

	(void)state;
	assert_int_equal(stack.count, 4);
	for (size_t i = 1; i <= 2; i++) {
		assert_string_equal(stack.frames[i].module, "[bpf]");
		assert_int_equal(stack.frames[i].build_id_len, 0);
	}
	check_frame(&stack, 3, "bpf_map_area_alloc", 4, "vmlinux", 'k');
	stack_clear(&stack);
}

static void test_unknown(void **state)
{
	struct stack stack = NAME(OUT_OF_MEMORY + 4, NOWHERE, ODD + 4, 0, UINT64_MAX);

	(void)state;
	assert_int_equal(stack.count, 5);
	assert_int_equal(stack.frames[1].address, NOWHERE);
	assert_null(stack.frames[1].symbol);
	assert_null(stack.frames[1].module);
	assert_false(stack.frames[1].offset.known);
	assert_int_equal(stack.frames[1].build_id_len, 0);
	/* A module's name is no way to other files. */
	assert_string_equal(stack.frames[2].module, "../odd");
	assert_int_equal(stack.frames[2].build_id_len, 0);
	assert_null(stack.frames[3].symbol);
	assert_null(stack.frames[4].symbol);
	stack_clear(&stack);
}

static void test_deep(void **state)
{
	uint64_t addresses[100];
	struct stack stack;

	(void)state;
	for (size_t i = 0; i < 100; i++)
		addresses[i] = i % 2 ? MEMCG_OOM + i : OUT_OF_MEMORY + i;
	stack = name(root.path, addresses, 100, 0);
	assert_int_equal(stack.count, 100);
	for (size_t i = 0; i < 100; i++)
		check_frame(&stack, i, i % 2 ? "mem_cgroup_out_of_memory" : "out_of_memory",
			    (int64_t)i, "vmlinux", 'k');
	stack_clear(&stack);
}

static void test_nothing_there(void **state)
{
	static const uint64_t addresses[] = {OUT_OF_MEMORY + 4, BPF_PROG + 4};
	struct temp_root empty;
	struct stack stack;

	(void)state;
	temp_root_make(&empty);
	stack = name(empty.path, addresses, 2, -ENOENT);
	assert_int_equal(stack.count, 2);
	assert_null(stack.frames[0].symbol);
	assert_null(stack.frames[0].module);
	stack_clear(&stack);
	temp_text(&empty, "/proc/kallsyms", "0000000000000000 T out_of_memory\n");
	stack = name(empty.path, addresses, 2, -EPERM);
	stack_clear(&stack);
	/* Names without notes to take a build id from. */
	temp_text(&empty, "/proc/kallsyms", kallsyms);
	stack = name(empty.path, addresses, 1, 0);
	check_frame(&stack, 0, "out_of_memory", 4, "vmlinux", 0);
	stack_clear(&stack);
	/* No stack, nothing to do. */
	stack = name(empty.path, addresses, 0, 0);
	stack_clear(&stack);
	temp_root_remove(&empty);
	ksyms_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),		cmocka_unit_test(test_return_address),
		cmocka_unit_test(test_tracing_removed), cmocka_unit_test(test_function_in_front),
		cmocka_unit_test(test_bpf_as_trigger),	cmocka_unit_test(test_bpf_module),
		cmocka_unit_test(test_unknown),		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_nothing_there),
	};

	become_unprivileged();
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
