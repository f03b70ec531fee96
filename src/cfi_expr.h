/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Evaluates the DWARF expressions that call frame information consists of. They come from files
 * that anybody may have written: neither stack nor time nor reads are theirs to choose.
 */
#ifndef OOMTRACE_CFI_EXPR_H
#define OOMTRACE_CFI_EXPR_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

/* A thread's registers in one of its frames, by their DWARF numbers. */
struct frame_regs {
	unsigned int count;
	uint64_t known; /* a bit for each */
	uint64_t values[64];
};

static inline bool frame_reg_known(const struct frame_regs *regs, uint64_t number)
{
	return number < regs->count && (regs->known >> number & 1);
}

static inline void frame_reg_set(struct frame_regs *regs, unsigned int number, uint64_t value)
{
	regs->values[number] = value;
	regs->known |= UINT64_C(1) << number;
}

struct cfi_expr {
	const Dwarf_Op *ops;
	size_t count;
	const struct frame_regs *regs;
	uint64_t bias; /* of addresses in the expression */
	bool has_cfa;
	uint64_t cfa;
	/* Reads `size` bytes (1 to 8) of the thread's memory. -EFAULT when they are not there. */
	int (*read)(void *ctx, uint64_t address, unsigned int size, uint64_t *ret_value);
	void *ctx;
};

/*
 * The value of the expression; ret_is_place: it is the address of where the value is found.
 * -EINVAL: it makes no sense; -ENODATA: it takes a register that is not known; what read() failed
 * with.
 */
int cfi_expr_eval(const struct cfi_expr *expr, uint64_t *ret_value, bool *ret_is_place);

#endif
