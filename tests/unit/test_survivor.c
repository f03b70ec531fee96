// SPDX-License-Identifier: GPL-2.0
#include "survivor.h"
#include "temp_root.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define START_NS 7000000000ULL /* of every process here */

static struct temp_root root;
static struct procfs *procfs;

static int make(void **state)
{
	(void)state;
	temp_root_make(&root);
	temp_dir(&root, "/proc");
	return procfs_new(root.path, &procfs);
}

static int drop(void **state)
{
	(void)state;
	procfs_free(procfs);
	temp_root_remove(&root);
	return 0;
}

static void put_stat(const char *dir, char state)
{
	char name[128], text[256];

	snprintf(name, sizeof(name), "/proc/%s/stat", dir);
	snprintf(text, sizeof(text), "42 (a) R b) %c 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 700 0\n",
		 state);
	temp_text(&root, name, text);
}

static void states(void **state)
{
	char got = 0;

	(void)state;
	assert_int_equal(survivor_parse_state("1 (init) S 0 1", &got), 0);
	assert_int_equal(got, 'S');
	assert_int_equal(survivor_parse_state("1 (a) D (b) t 0 1", &got), 0);
	assert_int_equal(got, 't');
	assert_int_equal(survivor_parse_state("", &got), -EINVAL);
	assert_int_equal(survivor_parse_state("1 (init)", &got), -EINVAL);
	assert_int_equal(survivor_parse_state("1 (init) ", &got), -EINVAL);
	assert_int_equal(survivor_parse_state("1 (init) S", &got), -EINVAL);
	assert_int_equal(survivor_parse_state("1 (init) \033 0", &got), -EINVAL);
}

static void stacks(void **state)
{
	struct stack stack;

	(void)state;
	assert_int_equal(survivor_parse_stack("[<0>] nfs_wait+0x12/0x40 [nfs]\n"
					      "[<0>] do_exit+0x8a9/0xb10\n"
					      "[<0>] 0xffffffffc0001234\n",
					      &stack),
			 0);
	assert_true(stack.valid);
	assert_false(stack.truncated);
	assert_int_equal(stack.count, 3);
	assert_string_equal(stack.frames[0].symbol, "nfs_wait");
	assert_string_equal(stack.frames[0].module, "nfs");
	assert_int_equal(stack.frames[0].offset.value, 0x12);
	assert_string_equal(stack.frames[1].symbol, "do_exit");
	assert_null(stack.frames[1].module);
	assert_null(stack.frames[2].symbol);
	assert_false(stack.frames[2].offset.known);
	stack_clear(&stack);
	assert_int_equal(survivor_parse_stack("", &stack), 0);
	assert_true(stack.valid);
	assert_int_equal(stack.count, 0);
	stack_clear(&stack);
}

static void strange_stacks(void **state)
{
	struct stack stack = {.truncated = true, .count = 77};
	char text[200 * 16 + 1] = "";

	(void)state;
	assert_int_equal(survivor_parse_stack("f+0x1/0x2\n", &stack), -EINVAL);
	assert_int_equal(survivor_parse_stack("[<0>]\n", &stack), -EINVAL);
	assert_int_equal(survivor_parse_stack("[<0>] f+0x1/0x2\n[<0>] g\n", &stack), -EINVAL);
	assert_int_equal(stack.count, 77);
	for (int i = 0; i < 200; i++)
		strcat(text, "[<0>] f+0x1/0x2\n");
	assert_int_equal(survivor_parse_stack(text, &stack), 0);
	assert_true(stack.truncated);
	assert_int_equal(stack.count, 128);
	stack_clear(&stack);
}

static int look(pid_t pid, char *ret_state, struct stack *stack)
{
	return survivor_read(procfs, pid, START_NS, ret_state, stack);
}

static void alive(void **state)
{
	struct stack stack;
	char got;

	(void)state;
	put_stat("42", 'Z');
	put_stat("42/task/42", 'Z');
	put_stat("42/task/43", 'S');
	put_stat("42/task/44", 'D');
	put_stat("42/task/45", 'R');
	temp_text(&root, "/proc/42/task/43/stack", "[<0>] sleep+0x1/0x2\n");
	temp_text(&root, "/proc/42/task/44/stack", "[<0>] wait+0x1/0x2\n");
	assert_int_equal(look(42, &got, &stack), 0);
	assert_int_equal(got, 'D');
	assert_int_equal(stack.count, 1);
	assert_string_equal(stack.frames[0].symbol, "wait");
	stack_clear(&stack);

	put_stat("42/task/44", 'X');
	assert_int_equal(look(42, &got, &stack), 0);
	assert_int_equal(got, 'S');
	assert_string_equal(stack.frames[0].symbol, "sleep");
	stack_clear(&stack);
}

static void without_a_stack(void **state)
{
	struct stack stack;
	char got;

	(void)state;
	put_stat("42", 't');
	put_stat("42/task/42", 't');
	assert_int_equal(look(42, &got, &stack), 0);
	assert_int_equal(got, 't');
	assert_false(stack.valid);
	temp_text(&root, "/proc/42/task/42/stack", "nonsense\n");
	assert_int_equal(look(42, &got, &stack), 0);
	assert_false(stack.valid);
}

static void gone(void **state)
{
	struct stack stack;
	char got;

	(void)state;
	assert_int_equal(look(41, &got, &stack), -ESRCH);
	put_stat("42", 'Z');
	assert_int_equal(look(42, &got, &stack), -ESRCH);
	put_stat("42/task/42", 'Z');
	put_stat("42/task/43", 'X');
	assert_int_equal(look(42, &got, &stack), -ESRCH);
	/* Another with the same number. */
	put_stat("42/task/43", 'S');
	assert_int_equal(survivor_read(procfs, 42, START_NS - 1, &got, &stack), -ESRCH);
	assert_int_equal(survivor_read(procfs, 42, START_NS, &got, &stack), 0);
	stack_clear(&stack);
}

static void cannot_tell(void **state)
{
	struct stack stack;
	char got;

	(void)state;
	put_stat("42", 'Z');
	temp_text(&root, "/proc/42/task/43/stat", "nonsense\n");
	assert_int_equal(look(42, &got, &stack), -EINVAL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states),
		cmocka_unit_test(stacks),
		cmocka_unit_test(strange_stacks),
		TEST(alive),
		TEST(without_a_stack),
		TEST(gone),
		TEST(cannot_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
