/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Finds the callers of a thread that is gone: from its registers and a copy of its stack, by the
 * call frame information of the programs. Knows no files and no symbols.
 */
#ifndef OOMTRACE_UNWIND_H
#define OOMTRACE_UNWIND_H

#include "user_state.h"

#include <elfutils/libdw.h>

enum { UNWIND_FRAMES_MAX = 256 };

/* Why there is no further frame. */
enum unwind_end {
	UNWIND_END_OUTERMOST, /* nothing called the last one */
	UNWIND_END_COPY,      /* what comes next lies beyond the copy of the stack */
	UNWIND_END_LIMIT,     /* UNWIND_FRAMES_MAX */
	UNWIND_END_LOST,      /* what comes next is not known */
};

struct unwind_frame {
	uint64_t address;
	/* Of the instruction itself; otherwise of the one behind a call, that may be elsewhere. */
	bool exact;
};

struct unwind_chain {
	enum unwind_end end;
	size_t count; /* innermost first */
	struct unwind_frame frames[UNWIND_FRAMES_MAX];
};

/* Where call frame information comes from. */
struct unwind_rules {
	/*
	 * How to unwind the frame of the code at `address`; *ret_frame is the unwinder's to free,
	 * *ret_bias is what its addresses lack. -ENODATA: there is code, of which nothing is known.
	 * Anything else: there is none.
	 */
	int (*find)(void *ctx, uint64_t address, Dwarf_Frame **ret_frame, uint64_t *ret_bias);
	void *ctx;
};

/*
 * Frame 0 is where the thread was. Code of which nothing is known is passed by its frame pointer.
 * -EOPNOTSUPP when the registers are those of no known machine.
 */
int unwind(const struct user_state *state, const struct unwind_rules *rules,
	   struct unwind_chain *ret_chain);

/* What is known of the code a call returns to. */
struct unwind_caller {
	bool is_outermost; /* nothing called it */
	bool is_signal;	   /* nothing called from it: a signal's handler returns there */
};

/* The same of one frame alone, whose return address this is. Both are false when unknown. */
void unwind_look(const struct unwind_rules *rules, uint64_t address,
		 struct unwind_caller *ret_caller);

/*
 * The address of code that this word of a register or of the stack may be, without what signs it, on
 * the machine with so many registers.
 */
uint64_t unwind_code_address(unsigned int reg_count, uint64_t word);

/* What the ELF files of the machine with so many registers have in e_machine; -1: unknown. */
int unwind_elf_machine(unsigned int reg_count);

#endif
