/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The symbols of a file in the order of their addresses. dwfl_module_addrinfo() goes through all of
 * them for each address, tens of milliseconds for the frames of one stack of a large program.
 */
#ifndef OOMTRACE_SYMBOL_INDEX_H
#define OOMTRACE_SYMBOL_INDEX_H

#include <elfutils/libdwfl.h>
#include <stddef.h>
#include <stdint.h>

struct symbol_index;

/*
 * The caller's to free, and not to be used when the module is gone. As large as the module's symbol
 * table, but empty where there are more than a million. NULL when there is no memory.
 */
struct symbol_index *symbol_index_new(Dwfl_Module *module);
void symbol_index_free(struct symbol_index *index);

/*
 * The name that dwfl_module_addrinfo() gives of an address, and where its symbol starts. It is asked
 * itself where no symbol with a size has the address in it. NULL: there is none; the name is the
 * module's.
 */
const char *symbol_index_find(const struct symbol_index *index, uint64_t address,
			      uint64_t *ret_start);

#endif
