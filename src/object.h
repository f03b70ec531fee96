/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An ELF file with code and, once something asks for it, its separate debug files: the one the file
 * names and the one that in turn names (dwz). All of them are given as descriptors; nothing here
 * opens a path. The contents are anybody's.
 */
#ifndef OOMTRACE_OBJECT_H
#define OOMTRACE_OBJECT_H

#include "file_id.h"
#include "incident.h"
#include "symbol_index.h"
#include "units.h"

#include <elfutils/libdwfl.h>

struct object;

/*
 * Opens a debug file: by build id (`debuglink` NULL), or by a name without directories, build_id_len
 * then being 0 where there is no id. Gives a descriptor for the object to keep, or -errno.
 */
struct debug_source {
	int (*open)(void *ctx, const uint8_t *build_id, size_t build_id_len, const char *debuglink);
	void *ctx;
};

/*
 * The descriptor stays the caller's and need not stay open. -ENOEXEC when it is no ELF program or
 * library, -EINVAL when it is no regular file, -ENOMEM, -EMFILE.
 */
int object_open(int fd, struct object **ret_object);
void object_free(struct object *object);

/* Where debug files come from until the next call; NULL: from nowhere. Not kept alive. */
void object_set_source(struct object *object, const struct debug_source *source);

/*
 * Whether the source would give today the same debug files as it gave when they were asked for:
 * another process may see others under the same names.
 */
bool object_same_debug_files(const struct object *object, const struct debug_source *source);

/* The file as it was when it was opened. */
const struct file_id *object_file(const struct object *object);

/* What is kept open. */
size_t object_file_count(const struct object *object);
uint64_t object_file_bytes(const struct object *object);

/* NULL when it has none; not longer than BUILD_ID_LEN. */
const uint8_t *object_build_id(const struct object *object, size_t *ret_len);

/* Whether the code is 64 bits and for this machine (e_machine). */
bool object_is_for(const struct object *object, int elf_machine);

/* The link-time address of what is at this offset of the file. False: it is loaded nowhere. */
bool object_address_of(const struct object *object, uint64_t file_offset, uint64_t *ret_address);

/*
 * How to unwind the frame of code at a link-time address; *ret_frame is the caller's to free, and
 * *ret_bias is what its addresses lack to be link-time ones of the file itself. -ENODATA.
 */
int object_find_rules(struct object *object, uint64_t address, Dwarf_Frame **ret_frame,
		      uint64_t *ret_bias);

/* Its symbols by link-time address, the object's own. NULL when there is no memory. */
const struct symbol_index *object_symbols(struct object *object);

/* NULL when there is no DWARF. *ret_bias is what its addresses lack. */
struct units *object_units(struct object *object, uint64_t *ret_bias);

#endif
