/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keeps ELF files open that have been used, with what was read of them. A file is known by its inode
 * and its times, not by its build id, which anybody can give to a file of his own: one container
 * must not get to name the frames of another.
 */
#ifndef OOMTRACE_SYMBOL_CACHE_H
#define OOMTRACE_SYMBOL_CACHE_H

#include "object.h"

struct symbol_cache;

/* Keeps at most so many files and bytes of files, debug files included. -ENOMEM. */
int symbol_cache_new(size_t files_max, uint64_t bytes_max, struct symbol_cache **ret_cache);
void symbol_cache_free(struct symbol_cache *cache);

/*
 * The object of the file that fd is, which stays the caller's; opened if it is not there, and anew
 * if `source`, which must live until symbol_cache_trim(), has other debug files for it. It is the
 * cache's and there until symbol_cache_trim(). What object_open() failed with.
 */
int symbol_cache_get(struct symbol_cache *cache, int fd, const struct debug_source *source,
		     struct object **ret_object);

/* The end of a stack: closes what is too much, least recently used first. */
void symbol_cache_trim(struct symbol_cache *cache);

/* How often a file was opened, since the beginning. */
uint64_t symbol_cache_opened(const struct symbol_cache *cache);

#endif
