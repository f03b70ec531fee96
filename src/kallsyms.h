/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of kernel addresses. The table is streamed from /proc/kallsyms for each batch and not kept:
 * it is some ten megabytes of text that would only be looked at when something is killed.
 */
#ifndef OOMTRACE_KALLSYMS_H
#define OOMTRACE_KALLSYMS_H

#include <stddef.h>
#include <stdint.h>

struct kernel_symbol {
	uint64_t address; /* what to resolve; set by the caller */
	uint64_t offset;  /* of the address in the symbol, in bytes; 0 when symbol is NULL */
	char *symbol;	  /* NULL: unknown */
	char *module;	  /* "xfs", "bpf"; NULL: the kernel proper, or unknown */
};

/*
 * Looks up the `count` addresses in the kallsyms file below `root` ("" or NULL: this machine's) and
 * sets offset, symbol and module of each, overwriting what was there. An address belongs to the
 * nearest text symbol before it, the first listed of several at one address, which is the one the
 * kernel names in its own traces (get_symbol_pos() in kernel/kallsyms.c). Sizes are not in the
 * file: an address more than 1 MiB behind the nearest symbol stays unknown. The order of lines and
 * of addresses does not matter.
 *
 * -EPERM when the kernel hides the addresses (kptr_restrict), -ENODATA when the file has no
 * symbols, -ENAMETOOLONG, -ENOMEM, or what open() or read() failed with; nothing is changed then.
 */
int kallsyms_resolve(const char *root, struct kernel_symbol *symbols, size_t count);

/* The same from an open file, which is read to its end. */
int kallsyms_resolve_fd(int fd, struct kernel_symbol *symbols, size_t count);

/* Frees symbol and module and sets them NULL; the object itself stays the caller's. */
void kernel_symbol_clear(struct kernel_symbol *symbol);

/*
 * Takes apart what the kernel prints for %pS (__sprint_symbol() in kernel/kallsyms.c):
 * "name+0x12/0x340" or "name+0x12/0x340 [module]". A build id behind the module's name is dropped.
 * The caller frees both strings; *ret_module is NULL for the kernel proper.
 *
 * -ENOENT for a bare address, which is what the kernel prints when it has no name; -EINVAL for
 * anything else; -ENOMEM.
 */
int kallsyms_parse_sprint(const char *text, char **ret_symbol, uint64_t *ret_offset,
			  char **ret_module);

#endif
