// SPDX-License-Identifier: GPL-2.0
#include "unwind.h"

#include "cfi_expr.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The registers that play a part, by their DWARF numbers. */
struct arch {
	int elf_machine;
	unsigned int reg_count;
	unsigned int stack_pointer;
	unsigned int frame_pointer;
	uint64_t preserved;    /* those that a function leaves as they are: a bit for each */
	uint64_t address_mask; /* without what signs or tags a pointer */
};

#define REGS(first, last) ((UINT64_C(2) << (last)) - (UINT64_C(1) << (first)))

static const struct arch archs[] = {
	{EM_X86_64, 17, 7, 6, REGS(3, 3) | REGS(6, 6) | REGS(12, 15), UINT64_MAX},
	{EM_AARCH64, 32, 31, 29, REGS(19, 29), UINT64_C(0xffffffffffff)},
};

/* A frame with its registers. */
struct activation {
	uint64_t pc;
	bool exact; /* stopped at pc, not to return to it */
	struct frame_regs regs;
};

struct unwinder {
	const struct user_state *state;
	const struct arch *arch;
	const struct unwind_rules *rules;
	bool beyond_copy; /* something was to be read there */
};

/* How the way from one frame to the next ends: with it, or not. */
enum step { STEP_NEXT, STEP_OUTERMOST, STEP_LOST };

static const struct arch *find_arch(unsigned int reg_count)
{
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		if (archs[i].reg_count == reg_count)
			return &archs[i];
	return NULL;
}

uint64_t unwind_code_address(unsigned int reg_count, uint64_t word)
{
	const struct arch *arch = find_arch(reg_count);

	return arch ? word & arch->address_mask : word;
}

int unwind_elf_machine(unsigned int reg_count)
{
	const struct arch *arch = find_arch(reg_count);

	return arch ? arch->elf_machine : -1;
}

static int read_stack(void *ctx, uint64_t address, unsigned int size, uint64_t *ret_value)
{
	struct unwinder *unwinder = ctx;
	const uint8_t *bytes = user_state_find(unwinder->state, address, size);
	uint64_t value = 0;

	if (!bytes) {
		unwinder->beyond_copy |= user_state_is_cut(unwinder->state, address);
		return -EFAULT;
	}
	/* Little-endian, as every machine in the table. */
	memcpy(&value, bytes, size);
	*ret_value = value;
	return 0;
}

static bool evaluate(struct unwinder *unwinder, const struct cfi_expr *expr, bool follow_place,
		     uint64_t *ret_value)
{
	uint64_t value;
	bool is_place;

	if (cfi_expr_eval(expr, &value, &is_place))
		return false;
	if (is_place && follow_place && read_stack(unwinder, value, sizeof(value), &value))
		return false;
	*ret_value = value;
	return true;
}

static void restore_register(struct unwinder *unwinder, Dwarf_Frame *frame, struct cfi_expr *expr,
			     unsigned int number, struct frame_regs *regs)
{
	bool preserved = unwinder->arch->preserved >> number & 1;
	Dwarf_Op mem[3], *ops;
	uint64_t value;

	if (dwarf_frame_register(frame, (int)number, mem, &ops, &expr->count))
		return;
	if (expr->count) {
		expr->ops = ops;
		if (evaluate(unwinder, expr, true, &value))
			frame_reg_set(regs, number, value);
	} else if ((!ops || preserved) && frame_reg_known(expr->regs, number)) {
		/* Of no rule libdw makes "undefined", even of %rbx (in 0.188). */
		frame_reg_set(regs, number, expr->regs->values[number]);
	}
}

static bool is_undefined(Dwarf_Frame *frame, int number)
{
	Dwarf_Op mem[3], *ops;
	size_t count;

	return !dwarf_frame_register(frame, number, mem, &ops, &count) && !count && ops == mem;
}

static enum step step_by_rules(struct unwinder *unwinder, Dwarf_Frame *frame, uint64_t bias,
			       const struct activation *from, struct activation *to)
{
	const struct arch *arch = unwinder->arch;
	struct cfi_expr expr = {
		.regs = &from->regs, .bias = bias, .read = read_stack, .ctx = unwinder};
	bool is_signal = false;
	int return_address = dwarf_frame_info(frame, NULL, NULL, &is_signal);
	Dwarf_Op *ops;

	if (return_address < 0 || (unsigned int)return_address >= arch->reg_count)
		return STEP_LOST;
	if (is_undefined(frame, return_address))
		return STEP_OUTERMOST;
	if (dwarf_frame_cfa(frame, &ops, &expr.count) || !expr.count)
		return STEP_LOST;
	expr.ops = ops;
	if (!evaluate(unwinder, &expr, false, &expr.cfa))
		return STEP_LOST;
	expr.has_cfa = true;
	*to = (struct activation){.exact = is_signal, .regs.count = arch->reg_count};
	for (unsigned int i = 0; i < arch->reg_count; i++)
		restore_register(unwinder, frame, &expr, i, &to->regs);
	if (!frame_reg_known(&to->regs, arch->stack_pointer))
		frame_reg_set(&to->regs, arch->stack_pointer, expr.cfa);
	if (!frame_reg_known(&to->regs, (uint64_t)return_address))
		return STEP_LOST;
	to->pc = to->regs.values[return_address] & arch->address_mask;
	return to->pc ? STEP_NEXT : STEP_OUTERMOST;
}

/* A frame record: the caller's frame pointer, and above it the return address. */
static enum step step_by_frame_pointer(struct unwinder *unwinder, const struct activation *from,
				       struct activation *to)
{
	const struct arch *arch = unwinder->arch;
	uint64_t record = from->regs.values[arch->frame_pointer], pointer, pc;

	if (!frame_reg_known(&from->regs, arch->frame_pointer) ||
	    !frame_reg_known(&from->regs, arch->stack_pointer))
		return STEP_LOST;
	/* So programs mark the end of the chain. */
	if (!record)
		return STEP_OUTERMOST;
	if (record < from->regs.values[arch->stack_pointer] ||
	    read_stack(unwinder, record, 8, &pointer) || read_stack(unwinder, record + 8, 8, &pc))
		return STEP_LOST;
	*to = (struct activation){.pc = pc & arch->address_mask, .regs.count = arch->reg_count};
	frame_reg_set(&to->regs, arch->frame_pointer, pointer);
	frame_reg_set(&to->regs, arch->stack_pointer, record + 16);
	return to->pc ? STEP_NEXT : STEP_OUTERMOST;
}

/*
 * A caller's frame lies above; only a leaf may share its caller's stack pointer, where return
 * addresses are kept in a register, and only a signal handler may have a stack of its own.
 */
static bool is_progress(const struct arch *arch, const struct activation *from,
			const struct activation *to)
{
	uint64_t old = from->regs.values[arch->stack_pointer];
	uint64_t new = to->regs.values[arch->stack_pointer];

	return to->exact || new > old || (new == old && from->exact);
}

static enum step step(struct unwinder *unwinder, const struct activation *from,
		      struct activation *to, bool *ret_is_code)
{
	Dwarf_Frame *frame = NULL;
	uint64_t bias = 0;
	enum step step;
	int err;

	err = unwinder->rules->find(unwinder->rules->ctx, from->pc - !from->exact, &frame, &bias);
	*ret_is_code = !err || err == -ENODATA;
	if (err == -ENODATA)
		return step_by_frame_pointer(unwinder, from, to);
	if (err)
		return STEP_LOST;
	step = step_by_rules(unwinder, frame, bias, from, to);
	free(frame);
	if (step == STEP_NEXT && !is_progress(unwinder->arch, from, to))
		step = STEP_LOST;
	return step;
}

static enum unwind_end walk(struct unwinder *unwinder, struct activation *from,
			    struct unwind_chain *chain)
{
	struct activation to;

	while (chain->count < UNWIND_FRAMES_MAX) {
		struct unwind_frame *frame = &chain->frames[chain->count++];
		bool is_code;
		enum step taken;

		*frame = (struct unwind_frame){from->pc, from->exact};
		unwinder->beyond_copy = false;
		taken = step(unwinder, from, &to, &is_code);
		/* Then it was not an address that something returns to. */
		if (!is_code && chain->count > 1)
			chain->count--;
		if (taken == STEP_OUTERMOST)
			return UNWIND_END_OUTERMOST;
		if (taken == STEP_LOST)
			return unwinder->beyond_copy ? UNWIND_END_COPY : UNWIND_END_LOST;
		/* Nothing calls from there, so it is no return address. */
		frame->exact |= to.exact;
		*from = to;
	}
	return UNWIND_END_LIMIT;
}

int unwind(const struct user_state *state, const struct unwind_rules *rules,
	   struct unwind_chain *ret_chain)
{
	struct unwinder unwinder = {
		.state = state, .arch = find_arch(state->reg_count), .rules = rules};
	struct activation first = {.pc = state->pc, .exact = true};

	if (!unwinder.arch)
		return -EOPNOTSUPP;
	for (unsigned int i = 0; i < unwinder.arch->reg_count; i++)
		frame_reg_set(&first.regs, i, state->regs[i]);
	first.regs.count = unwinder.arch->reg_count;
	ret_chain->count = 0;
	ret_chain->end = walk(&unwinder, &first, ret_chain);
	return 0;
}

void unwind_look(const struct unwind_rules *rules, uint64_t address,
		 struct unwind_caller *ret_caller)
{
	Dwarf_Frame *frame;
	uint64_t bias;
	int number;

	*ret_caller = (struct unwind_caller){0};
	if (rules->find(rules->ctx, address - 1, &frame, &bias))
		return;
	number = dwarf_frame_info(frame, NULL, NULL, &ret_caller->is_signal);
	ret_caller->is_outermost = number >= 0 && is_undefined(frame, number);
	free(frame);
}
