/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Demangled names of C++ and Rust functions: what in them is the function's own name, and shorter
 * forms of them. Any bytes may be given; nothing here allocates.
 */
#ifndef OOMTRACE_SYMBOL_NAME_H
#define OOMTRACE_SYMBOL_NAME_H

#include "lines.h"

/* Each is shorter than the one before, unless there is nothing to leave out. */
enum symbol_form {
	SYMBOL_WHOLE,	      /* shop::Cart<int>::grow(unsigned long) const */
	SYMBOL_NO_PARAMETERS, /* shop::Cart<int>::grow(…) */
	SYMBOL_NO_ARGUMENTS,  /* shop::Cart<…>::grow(…) */
	SYMBOL_BARE,	      /* shop::Cart::grow */
};

/*
 * The qualified name in a demangled symbol, without the return type before and the parameters after
 * it: "std::vector<int>::reserve" of "void std::vector<int>::reserve<int>(unsigned long)" up to its
 * parameters. All of a symbol that has no parameters.
 */
struct span symbol_function(const char *symbol);

/*
 * The symbol, never with its return type, in one of the forms, into `buf`, which it returns; cut
 * when the `len` (not 0) bytes do not hold it.
 */
const char *symbol_shorten(const char *symbol, enum symbol_form form, char *buf, size_t len);

#endif
