/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Compilation units and functions in DWARF by address. Units are read once and their functions when
 * they are first asked for, so that naming a whole stack takes one walk over each unit it is in. The
 * DWARF may be anybody's: its loops, depths and counts are bounded.
 */
#ifndef OOMTRACE_UNITS_H
#define OOMTRACE_UNITS_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { INLINED_MAX = 64 };

/* Where the code of an address stands in the source. Addresses are the DWARF's own. */
struct source_scope {
	Dwarf_Die unit;
	bool has_function;
	Dwarf_Die function; /* that is not inlined */
	size_t inlined_count;
	Dwarf_Die inlined[INLINED_MAX]; /* DW_TAG_inlined_subroutine, outermost first */
};

struct units;

/* `dwarf` must outlive it. -ENOENT when it has no unit with code, -ENOMEM. */
int units_new(Dwarf *dwarf, struct units **ret_units);
void units_free(struct units *units);

/* -ENOENT when no unit has this address, -ENOMEM. */
int units_find(struct units *units, uint64_t address, struct source_scope *ret_scope);

#endif
