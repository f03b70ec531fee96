/* SPDX-License-Identifier: GPL-2.0 */
/* Build ids of the kernel and of ELF files: what ties a symbol to the one file that has it. */
#ifndef OOMTRACE_BUILD_ID_H
#define OOMTRACE_BUILD_ID_H

#include "incident.h"

/*
 * Finds NT_GNU_BUILD_ID among ELF notes (4 byte aligned, as in /sys/kernel/notes). Returns its
 * length, at most BUILD_ID_LEN, and copies it; 0 when there is none or the notes are malformed.
 */
size_t build_id_from_notes(const void *notes, size_t len, uint8_t ret_id[BUILD_ID_LEN]);

#endif
