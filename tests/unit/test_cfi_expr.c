// SPDX-License-Identifier: GPL-2.0
#include "cfi_expr.h"

#include <dwarf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define EVAL(...)                             \
	eval((const Dwarf_Op[]){__VA_ARGS__}, \
	     sizeof((const Dwarf_Op[]){__VA_ARGS__}) / sizeof(Dwarf_Op))
#define OP(name, ...) ((Dwarf_Op){.atom = DW_OP_##name, ##__VA_ARGS__})
#define MINUS(n)      ((uint64_t) - (n))

static struct frame_regs regs;
static bool is_place;

/* Memory in which each address holds itself, but for the first page. */
static int read_memory(void *ctx, uint64_t address, unsigned int size, uint64_t *ret_value)
{
	(void)ctx;
	if (address < 4096)
		return -EFAULT;
	*ret_value = size == 8 ? address : address & ((UINT64_C(1) << (size * 8)) - 1);
	return 0;
}

static struct {
	int err;
	uint64_t value;
} result;

static void eval(const Dwarf_Op *ops, size_t count)
{
	const struct cfi_expr expr = {.ops = ops,
				      .count = count,
				      .regs = &regs,
				      .bias = 0x10000,
				      .has_cfa = true,
				      .cfa = 0x7000,
				      .read = read_memory};

	result.value = 0xdead;
	result.err = cfi_expr_eval(&expr, &result.value, &is_place);
}

static void check_value(uint64_t value)
{
	assert_int_equal(result.err, 0);
	assert_int_equal(result.value, value);
}

static void check_error(int err)
{
	assert_int_equal(result.err, err);
	assert_int_equal(result.value, 0xdead);
}

static void test_registers(void **state)
{
	(void)state;
	regs.count = 17;
	frame_reg_set(&regs, 7, 0x5000);
	frame_reg_set(&regs, 16, 0x6000);
	EVAL(OP(breg7, .number = MINUS(8)));
	check_value(0x4ff8);
	assert_true(is_place);
	EVAL(OP(bregx, .number = 16, .number2 = 5));
	check_value(0x6005);
	EVAL(OP(reg7));
	check_value(0x5000);
	assert_false(is_place);
	EVAL(OP(regx, .number = 16));
	check_value(0x6000);
	/* Unknown, or not there at all. */
	EVAL(OP(breg3, .number = 0));
	check_error(-ENODATA);
	EVAL(OP(breg17, .number = 0));
	check_error(-ENODATA);
	EVAL(OP(bregx, .number = UINT64_MAX));
	check_error(-ENODATA);
	EVAL(OP(regx, .number = 64));
	check_error(-ENODATA);
}

static void test_arithmetic(void **state)
{
	static const struct {
		uint8_t atom;
		uint64_t a, b, result;
	} cases[] = {
		{DW_OP_plus, 5, 7, 12},
		{DW_OP_minus, 5, 7, MINUS(2)},
		{DW_OP_mul, 5, 7, 35},
		{DW_OP_div, MINUS(8), 2, MINUS(4)},
		{DW_OP_mod, 8, 3, 2},
		{DW_OP_and, 12, 10, 8},
		{DW_OP_or, 12, 10, 14},
		{DW_OP_xor, 12, 10, 6},
		{DW_OP_shl, 1, 63, UINT64_C(1) << 63},
		{DW_OP_shl, 1, 64, 0},
		{DW_OP_shr, MINUS(1), 63, 1},
		{DW_OP_shr, MINUS(1), 64, 0},
		{DW_OP_shra, MINUS(8), 1, MINUS(4)},
		{DW_OP_shra, MINUS(8), 0, MINUS(8)},
		{DW_OP_shra, MINUS(8), 200, MINUS(1)},
		{DW_OP_shra, 8, 200, 0},
		{DW_OP_eq, 1, 1, 1},
		{DW_OP_ne, 1, 1, 0},
		{DW_OP_lt, MINUS(1), 1, 1},
		{DW_OP_le, 1, 1, 1},
		{DW_OP_gt, MINUS(1), 1, 0},
		{DW_OP_ge, 1, MINUS(1), 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		EVAL(OP(const8u, .number = cases[i].a), OP(const8u, .number = cases[i].b),
		     (Dwarf_Op){.atom = cases[i].atom});
		check_value(cases[i].result);
	}
	EVAL(OP(lit1), OP(lit0), OP(div));
	check_error(-EINVAL);
	EVAL(OP(lit1), OP(lit0), OP(mod));
	check_error(-EINVAL);
	EVAL(OP(const8u, .number = UINT64_C(1) << 63), OP(const1s, .number = MINUS(1)), OP(div));
	check_error(-EINVAL);
	EVAL(OP(lit5), OP(neg), OP(abs), (Dwarf_Op){.atom = DW_OP_not},
	     (Dwarf_Op){.atom = DW_OP_not}, OP(plus_uconst, .number = 3));
	check_value(8);
}

static void test_stack(void **state)
{
	(void)state;
	EVAL(OP(lit1), OP(lit2), OP(lit3), OP(rot));
	check_value(2);
	EVAL(OP(lit1), OP(lit2), OP(lit3), OP(rot), OP(drop), OP(drop));
	check_value(3);
	EVAL(OP(lit1), OP(lit2), OP(swap));
	check_value(1);
	EVAL(OP(lit1), OP(lit2), OP(over));
	check_value(1);
	EVAL(OP(lit9), OP(lit2), OP(lit3), OP(pick, .number = 2));
	check_value(9);
	EVAL(OP(lit4), OP(dup), OP(plus));
	check_value(8);
	EVAL(OP(nop));
	check_error(-EINVAL);
	EVAL(OP(dup));
	check_error(-EINVAL);
	EVAL(OP(drop));
	check_error(-EINVAL);
	EVAL(OP(lit1), OP(plus));
	check_error(-EINVAL);
	EVAL(OP(lit1), OP(lit1), OP(rot));
	check_error(-EINVAL);
	EVAL(OP(lit1), OP(pick, .number = UINT64_MAX));
	check_error(-EINVAL);
	EVAL(OP(stack_value));
	check_error(-EINVAL);
	EVAL(OP(lit1), OP(fbreg));
	check_error(-EINVAL);
}

static void test_memory(void **state)
{
	(void)state;
	EVAL(OP(addr, .number = 0x2000), OP(deref));
	check_value(0x12000);
	EVAL(OP(const4u, .number = 0x12345), OP(deref_size, .number = 2));
	check_value(0x2345);
	EVAL(OP(lit8), OP(deref));
	check_error(-EFAULT);
	EVAL(OP(const4u, .number = 0x12345), OP(deref_size, .number = 9));
	check_error(-EINVAL);
	EVAL(OP(const4u, .number = 0x12345), OP(deref_size, .number = 0));
	check_error(-EINVAL);
	EVAL(OP(call_frame_cfa), OP(plus_uconst, .number = 16));
	check_value(0x7010);
	assert_true(is_place);
	EVAL(OP(call_frame_cfa), OP(stack_value));
	check_value(0x7000);
	assert_false(is_place);
	/* Nothing follows an end. */
	EVAL(OP(call_frame_cfa), OP(stack_value), OP(nop));
	check_error(-EINVAL);
}

/* Jumps are in bytes, from behind the operation. */
static void test_jumps(void **state)
{
	(void)state;
	EVAL(OP(lit1, .offset = 0), OP(bra, .number = 1, .offset = 1), OP(lit2, .offset = 4),
	     OP(lit3, .offset = 5));
	check_value(3);
	EVAL(OP(lit7, .offset = 0), OP(lit0, .offset = 1), OP(bra, .number = 1, .offset = 2),
	     OP(lit2, .offset = 5), OP(lit3, .offset = 6), OP(plus, .offset = 7));
	check_value(5);
	EVAL(OP(lit1, .offset = 0), OP(skip, .number = 5, .offset = 1), OP(lit2, .offset = 4));
	check_error(-EINVAL);
	/* For ever: to itself, and with a growing stack. */
	EVAL(OP(lit1, .offset = 0), OP(skip, .number = 0xfffd, .offset = 1));
	check_error(-EINVAL);
	EVAL(OP(lit1, .offset = 0), OP(skip, .number = 0xfffc, .offset = 1));
	check_error(-EINVAL);
}

static void test_too_much(void **state)
{
	enum { COUNT = 100000 };
	Dwarf_Op *ops = calloc(COUNT, sizeof(*ops));

	(void)state;
	assert_non_null(ops);
	for (size_t i = 0; i < COUNT; i++)
		ops[i].atom = DW_OP_lit1;
	eval(ops, 64);
	check_value(1);
	eval(ops, 65);
	check_error(-EINVAL);
	eval(ops, COUNT);
	check_error(-EINVAL);
	eval(ops, 0);
	check_error(-EINVAL);
	free(ops);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registers), cmocka_unit_test(test_arithmetic),
		cmocka_unit_test(test_stack),	  cmocka_unit_test(test_memory),
		cmocka_unit_test(test_jumps),	  cmocka_unit_test(test_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
