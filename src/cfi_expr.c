// SPDX-License-Identifier: GPL-2.0
#include "cfi_expr.h"

#include <dwarf.h>
#include <errno.h>

/* Of what compilers emit, no expression comes near any of these. */
enum { DEPTH_MAX = 64, OPS_MAX = 256, STEPS_MAX = 1024 };

struct machine {
	const struct cfi_expr *expr;
	uint64_t stack[DEPTH_MAX];
	size_t depth;
	size_t next;   /* the operation after this one */
	bool is_value; /* what is on top is no place, and the end is reached */
};

static int push(struct machine *machine, uint64_t value)
{
	if (machine->depth == DEPTH_MAX)
		return -EINVAL;
	machine->stack[machine->depth++] = value;
	return 0;
}

static int push_register(struct machine *machine, uint64_t number, uint64_t offset)
{
	if (!frame_reg_known(machine->expr->regs, number))
		return -ENODATA;
	return push(machine, machine->expr->regs->values[number] + offset);
}

/* The n-th from the top, which must be there. */
static uint64_t *top(struct machine *machine, size_t n)
{
	return &machine->stack[machine->depth - 1 - n];
}

static int divide(uint64_t a, uint64_t b, bool remainder, uint64_t *ret_value)
{
	if (!b || (!remainder && a == (uint64_t)INT64_MIN && b == UINT64_MAX))
		return -EINVAL;
	*ret_value = remainder ? a % b : (uint64_t)((int64_t)a / (int64_t)b);
	return 0;
}

static uint64_t shift_right_signed(uint64_t a, uint64_t b)
{
	uint64_t sign = a >> 63 ? UINT64_MAX : 0;

	return b > 63 ? sign : b ? a >> b | sign << (64 - b) : a;
}

static int compare(uint8_t atom, int64_t a, int64_t b)
{
	switch (atom) {
	case DW_OP_eq:
		return a == b;
	case DW_OP_ne:
		return a != b;
	case DW_OP_lt:
		return a < b;
	case DW_OP_le:
		return a <= b;
	case DW_OP_gt:
		return a > b;
	default:
		return a >= b;
	}
}

static uint64_t shift(uint8_t atom, uint64_t a, uint64_t b)
{
	if (atom == DW_OP_shra)
		return shift_right_signed(a, b);
	if (b > 63)
		return 0;
	return atom == DW_OP_shl ? a << b : a >> b;
}

static int combine(uint8_t atom, uint64_t a, uint64_t b, uint64_t *ret_value)
{
	switch (atom) {
	case DW_OP_and:
		*ret_value = a & b;
		return 0;
	case DW_OP_or:
		*ret_value = a | b;
		return 0;
	case DW_OP_xor:
		*ret_value = a ^ b;
		return 0;
	case DW_OP_plus:
		*ret_value = a + b;
		return 0;
	case DW_OP_minus:
		*ret_value = a - b;
		return 0;
	case DW_OP_mul:
		*ret_value = a * b;
		return 0;
	case DW_OP_div:
	case DW_OP_mod:
		return divide(a, b, atom == DW_OP_mod, ret_value);
	case DW_OP_shl ... DW_OP_shra:
		*ret_value = shift(atom, a, b);
		return 0;
	default:
		*ret_value = (uint64_t)compare(atom, (int64_t)a, (int64_t)b);
		return 0;
	}
}

static int run_binary(struct machine *machine, uint8_t atom)
{
	int err;

	if (machine->depth < 2)
		return -EINVAL;
	err = combine(atom, *top(machine, 1), *top(machine, 0), top(machine, 1));
	machine->depth--;
	return err;
}

static int load(struct machine *machine, uint64_t size)
{
	const struct cfi_expr *expr = machine->expr;

	if (!machine->depth || size < 1 || size > 8)
		return -EINVAL;
	return expr->read(expr->ctx, *top(machine, 0), (unsigned int)size, top(machine, 0));
}

static int run_unary(struct machine *machine, const Dwarf_Op *op)
{
	uint64_t *value;

	if (!machine->depth)
		return -EINVAL;
	value = top(machine, 0);
	switch (op->atom) {
	case DW_OP_abs:
		*value = *value >> 63 ? 0 - *value : *value;
		return 0;
	case DW_OP_neg:
		*value = 0 - *value;
		return 0;
	case DW_OP_not:
		*value = ~*value;
		return 0;
	case DW_OP_plus_uconst:
		*value += op->number;
		return 0;
	case DW_OP_deref:
		return load(machine, 8);
	case DW_OP_deref_size:
		return load(machine, op->number);
	case DW_OP_drop:
		machine->depth--;
		return 0;
	default:
		return -EINVAL;
	}
}

static int copy(struct machine *machine, uint64_t n)
{
	return n < machine->depth ? push(machine, *top(machine, n)) : -EINVAL;
}

/* Exchanges the first with the second, or moves it below the third. */
static int rotate(struct machine *machine, size_t values)
{
	uint64_t first;

	if (machine->depth < values)
		return -EINVAL;
	first = *top(machine, 0);
	for (size_t i = 0; i + 1 < values; i++)
		*top(machine, i) = *top(machine, i + 1);
	*top(machine, values - 1) = first;
	return 0;
}

/* Operations are counted, but jumps are in bytes: from behind the jump, which takes 3. */
static int jump(struct machine *machine, const Dwarf_Op *op)
{
	const struct cfi_expr *expr = machine->expr;
	uint64_t target = op->offset + 3 + (uint64_t)(int64_t)(int16_t)op->number;

	for (size_t i = 0; i < expr->count; i++)
		if (expr->ops[i].offset == target) {
			machine->next = i;
			return 0;
		}
	return -EINVAL;
}

static int branch(struct machine *machine, const Dwarf_Op *op)
{
	if (!machine->depth)
		return -EINVAL;
	machine->depth--;
	return machine->stack[machine->depth] ? jump(machine, op) : 0;
}

/* The value is in a register: there is no place in memory, and nothing may follow. */
static int end_in_register(struct machine *machine, uint64_t number)
{
	machine->is_value = true;
	return push_register(machine, number, 0);
}

static int end_in_value(struct machine *machine)
{
	machine->is_value = true;
	return machine->depth ? 0 : -EINVAL;
}

static int run_other(struct machine *machine, const Dwarf_Op *op)
{
	switch (op->atom) {
	case DW_OP_nop:
		return 0;
	case DW_OP_addr:
		return push(machine, op->number + machine->expr->bias);
	case DW_OP_const1u ... DW_OP_consts:
		return push(machine, op->number);
	case DW_OP_lit0 ... DW_OP_lit31:
		return push(machine, op->atom - DW_OP_lit0);
	case DW_OP_breg0 ... DW_OP_breg31:
		return push_register(machine, op->atom - DW_OP_breg0, op->number);
	case DW_OP_bregx:
		return push_register(machine, op->number, op->number2);
	case DW_OP_reg0 ... DW_OP_reg31:
		return end_in_register(machine, op->atom - DW_OP_reg0);
	case DW_OP_regx:
		return end_in_register(machine, op->number);
	case DW_OP_stack_value:
		return end_in_value(machine);
	case DW_OP_call_frame_cfa:
		return machine->expr->has_cfa ? push(machine, machine->expr->cfa) : -EINVAL;
	case DW_OP_dup:
		return copy(machine, 0);
	case DW_OP_over:
		return copy(machine, 1);
	case DW_OP_pick:
		return copy(machine, op->number);
	case DW_OP_swap:
		return rotate(machine, 2);
	case DW_OP_rot:
		return rotate(machine, 3);
	case DW_OP_skip:
		return jump(machine, op);
	case DW_OP_bra:
		return branch(machine, op);
	default:
		return -EINVAL;
	}
}

static int run(struct machine *machine, const Dwarf_Op *op)
{
	switch (op->atom) {
	case DW_OP_abs:
	case DW_OP_neg:
	case DW_OP_not:
	case DW_OP_plus_uconst:
	case DW_OP_deref:
	case DW_OP_deref_size:
	case DW_OP_drop:
		return run_unary(machine, op);
	case DW_OP_and:
	case DW_OP_div ... DW_OP_mul:
	case DW_OP_or:
	case DW_OP_plus:
	case DW_OP_shl ... DW_OP_xor:
	case DW_OP_eq ... DW_OP_ne:
		return run_binary(machine, op->atom);
	default:
		return run_other(machine, op);
	}
}

int cfi_expr_eval(const struct cfi_expr *expr, uint64_t *ret_value, bool *ret_is_place)
{
	struct machine machine = {.expr = expr};

	if (expr->count > OPS_MAX)
		return -EINVAL;
	for (unsigned int steps = 0; machine.next < expr->count && !machine.is_value; steps++) {
		int err = steps < STEPS_MAX ? run(&machine, &expr->ops[machine.next++]) : -EINVAL;

		if (err)
			return err;
	}
	/* Nothing may follow what ends it. */
	if (!machine.depth || machine.next < expr->count)
		return -EINVAL;
	*ret_value = *top(&machine, 0);
	*ret_is_place = !machine.is_value;
	return 0;
}
