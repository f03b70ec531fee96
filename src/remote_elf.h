/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exported symbols of an ELF file that is mapped in another process, found in that process's own
 * memory, so that its file need not be reached. The memory may hold anything.
 */
#ifndef OOMTRACE_REMOTE_ELF_H
#define OOMTRACE_REMOTE_ELF_H

#include "remote.h"

/* Addresses are those of the process. */
struct remote_elf {
	uint64_t bias; /* what is added to the addresses in the file */
	uint64_t low;  /* where its segments lie */
	uint64_t high;
	uint64_t symbols;
	uint64_t strings;
	uint64_t gnu_hash; /* 0: none */
	uint64_t hash;	   /* 0: none */
};

/*
 * Reads what the file begins with and its dynamic section; `start` is where its first byte is
 * mapped. -ENOEXEC when it is not a 64-bit ELF file of this machine's byte order with dynamic
 * symbols, or what remote_memory_read() failed with.
 */
int remote_elf_open(struct remote_memory *memory, uint64_t start, struct remote_elf *ret_elf);

/* -ENOENT when the file defines no such symbol, or what remote_memory_read() failed with. */
int remote_elf_symbol(struct remote_memory *memory, const struct remote_elf *elf, const char *name,
		      uint64_t *ret_address);

#endif
