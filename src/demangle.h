/* SPDX-License-Identifier: GPL-2.0 */
/* Names of functions as their source has them. */
#ifndef OOMTRACE_DEMANGLE_H
#define OOMTRACE_DEMANGLE_H

/* Longest name given, in bytes, and what is put after one that was longer. */
#define SYMBOL_NAME_MAX 4096
#define SYMBOL_NAME_CUT "…"

/*
 * The name that `symbol` stands for: C++ (Itanium ABI) with its parameters, as c++filt prints it;
 * Rust, legacy and v0, without the hash; every other symbol as it is, but for the version that
 * dynamic linking appends ("memcpy@@GLIBC_2.14"). At most SYMBOL_NAME_MAX bytes, then
 * SYMBOL_NAME_CUT. The caller frees it; NULL when there is no memory.
 */
char *demangle(const char *symbol);

#endif
