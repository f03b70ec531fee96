// SPDX-License-Identifier: GPL-2.0
#include "remote_process.h"

#include <errno.h>
#include <sys/uio.h>

/* Pages of one call; the kernel takes 1024. */
enum { PAGES_AT_ONCE = 16 };

static pid_t pid_of(const void *ctx)
{
	return *(const pid_t *)ctx;
}

static int read_bytes(void *ctx, uint64_t address, void *buf, size_t len)
{
	struct iovec local = {buf, len}, remote = {(void *)(uintptr_t)address, len};
	ssize_t got = process_vm_readv(pid_of(ctx), &local, 1, &remote, 1, 0);

	if (got < 0)
		return -errno;
	return (size_t)got == len ? 0 : -EFAULT;
}

static size_t read_pages(void *ctx, const uint64_t *addresses, void *const *bufs, size_t count)
{
	struct iovec local[PAGES_AT_ONCE], remote[PAGES_AT_ONCE];
	ssize_t got;

	if (count > PAGES_AT_ONCE)
		count = PAGES_AT_ONCE;
	for (size_t i = 0; i < count; i++) {
		local[i] = (struct iovec){bufs[i], REMOTE_PAGE};
		remote[i] = (struct iovec){(void *)(uintptr_t)addresses[i], REMOTE_PAGE};
	}
	got = process_vm_readv(pid_of(ctx), local, count, remote, count, 0);
	return got > 0 ? (size_t)got / REMOTE_PAGE : 0;
}

struct remote remote_of_process(const pid_t *pid)
{
	return (struct remote){
		.read = read_bytes,
		.read_many = read_pages,
		.ctx = (void *)(uintptr_t)pid,
	};
}
