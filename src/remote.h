/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory of another process, read a page at a time and each page once, since what costs is the
 * system call and not the bytes. How much is read in all, and until when, is bounded. Nothing is
 * allocated after remote_memory_new().
 */
#ifndef OOMTRACE_REMOTE_H
#define OOMTRACE_REMOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The unit of reading, whatever the machine's pages are: these are never smaller. */
enum { REMOTE_PAGE = 4096 };

/* How memory is read. */
struct remote {
	/* `len` bytes, all or nothing. 0 or -errno. */
	int (*read)(void *ctx, uint64_t address, void *buf, size_t len);
	/*
	 * May be NULL. `count` pages into buffers of REMOTE_PAGE bytes, with one call; returns how
	 * many from the first one on were read.
	 */
	size_t (*read_many)(void *ctx, const uint64_t *addresses, void *const *bufs, size_t count);
	void *ctx;
};

struct remote_memory;

/* -ENOMEM. The free function takes NULL. */
int remote_memory_new(struct remote_memory **ret_memory);
void remote_memory_free(struct remote_memory *memory);

/*
 * Forgets what was read and begins with another process, or with the same one at a later time.
 * `remote` is copied. After `deadline_ns` (CLOCK_MONOTONIC; 0: none) nothing more is read.
 */
void remote_memory_begin(struct remote_memory *memory, const struct remote *remote,
			 uint64_t deadline_ns);

/*
 * 0 or -errno, then `buf` is undefined: -EFAULT when not all of it is mapped, -ETIME after the
 * deadline or when more has been read than is allowed, or what reading failed with.
 */
int remote_memory_read(struct remote_memory *memory, uint64_t address, void *buf, size_t len);

/* Says what will be read next, so that it comes with one call. Addresses that are 0 or that cannot
 * be read do no harm. */
void remote_memory_prefetch(struct remote_memory *memory, const uint64_t *addresses, size_t count);

/* Was something not read for being too late or too much? */
bool remote_memory_is_over(const struct remote_memory *memory);

/* For the figures: calls of `remote` since remote_memory_begin(). */
size_t remote_memory_calls(const struct remote_memory *memory);

#endif
