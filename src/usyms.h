/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names user frames from ELF symbols and DWARF lines, through libdwfl. Works on files, not on the
 * process, which may be gone: a file is used only when it is the one that was mapped, by its build
 * id or else by its inode.
 */
#ifndef OOMTRACE_USYMS_H
#define OOMTRACE_USYMS_H

#include "incident.h"

/*
 * Sets module, file offset and, where a file is found, symbol, offset, build id, source file and
 * line of each frame of the trigger's user stack. Looks for the files in the mount namespace of
 * process `pid` if it still exists, then below `root`. What stays unknown stays so.
 */
void usyms_name_stack(const char *root, int64_t pid, const struct module *modules,
		      size_t module_count, struct stack *stack);

#endif
