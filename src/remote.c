// SPDX-License-Identifier: GPL-2.0
#include "remote.h"

#include "clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Each page has one place where it can be; what else belongs there takes it over. */
#define SLOTS_LOG2 9
#define SLOTS	   (1u << SLOTS_LOG2)
/* Pages of one process in all: 16 MiB. */
#define PAGES_MAX    4096
#define PREFETCH_MAX 16
/* Not the address of a page. */
#define NO_PAGE UINT64_MAX

struct remote_memory {
	struct remote remote;
	uint64_t deadline_ns;
	size_t pages_left;
	size_t calls;
	bool is_over;
	uint64_t addresses[SLOTS];
	uint8_t pages[SLOTS][REMOTE_PAGE];
};

int remote_memory_new(struct remote_memory **ret_memory)
{
	struct remote_memory *memory = calloc(1, sizeof(*memory));

	if (!memory)
		return -ENOMEM;
	*ret_memory = memory;
	return 0;
}

void remote_memory_free(struct remote_memory *memory)
{
	free(memory);
}

void remote_memory_begin(struct remote_memory *memory, const struct remote *remote,
			 uint64_t deadline_ns)
{
	memory->remote = *remote;
	memory->deadline_ns = deadline_ns;
	memory->pages_left = PAGES_MAX;
	memory->calls = 0;
	memory->is_over = false;
	memset(memory->addresses, 0xff, sizeof(memory->addresses));
}

size_t remote_memory_calls(const struct remote_memory *memory)
{
	return memory->calls;
}

bool remote_memory_is_over(const struct remote_memory *memory)
{
	return memory->is_over;
}

static size_t slot_of(uint64_t page)
{
	return page / REMOTE_PAGE * 0x9e3779b97f4a7c15ULL >> (64 - SLOTS_LOG2);
}

/* May `count` pages be read with one call? */
static bool take_pages(struct remote_memory *memory, size_t count)
{
	if (memory->pages_left < count ||
	    (memory->deadline_ns && (uint64_t)clock_ns(CLOCK_MONOTONIC) >= memory->deadline_ns)) {
		memory->is_over = true;
		return false;
	}
	memory->pages_left -= count;
	memory->calls++;
	return true;
}

static int find_page(struct remote_memory *memory, uint64_t page, const uint8_t **ret_bytes)
{
	size_t slot = slot_of(page);
	int err;

	*ret_bytes = memory->pages[slot];
	if (memory->addresses[slot] == page)
		return 0;
	if (!take_pages(memory, 1))
		return -ETIME;
	memory->addresses[slot] = NO_PAGE;
	err = memory->remote.read(memory->remote.ctx, page, memory->pages[slot], REMOTE_PAGE);
	if (err)
		return err;
	memory->addresses[slot] = page;
	return 0;
}

int remote_memory_read(struct remote_memory *memory, uint64_t address, void *buf, size_t len)
{
	uint8_t *to = buf;

	if (len > UINT64_MAX - address)
		return -EFAULT;
	while (len) {
		size_t offset = address % REMOTE_PAGE;
		size_t part = len < REMOTE_PAGE - offset ? len : REMOTE_PAGE - offset;
		const uint8_t *page;
		int err = find_page(memory, address - offset, &page);

		if (err)
			return err;
		memcpy(to, page + offset, part);
		to += part;
		address += part;
		len -= part;
	}
	return 0;
}

/* Is the page there, or asked for already in a place of the first `count`? */
static bool is_wanted(const struct remote_memory *memory, const uint64_t *pages, size_t count,
		      uint64_t page)
{
	if (memory->addresses[slot_of(page)] == page)
		return false;
	for (size_t i = 0; i < count; i++)
		if (slot_of(pages[i]) == slot_of(page))
			return false;
	return true;
}

void remote_memory_prefetch(struct remote_memory *memory, const uint64_t *addresses, size_t count)
{
	uint64_t pages[PREFETCH_MAX];
	void *bufs[PREFETCH_MAX];
	size_t wanted = 0, got;

	if (!memory->remote.read_many)
		return;
	for (size_t i = 0; i < count && wanted < PREFETCH_MAX; i++) {
		uint64_t page = addresses[i] - addresses[i] % REMOTE_PAGE;

		if (page && is_wanted(memory, pages, wanted, page))
			pages[wanted++] = page;
	}
	/* One alone comes when it is read, if it is. */
	if (wanted < 2 || !take_pages(memory, wanted))
		return;
	for (size_t i = 0; i < wanted; i++) {
		bufs[i] = memory->pages[slot_of(pages[i])];
		memory->addresses[slot_of(pages[i])] = NO_PAGE;
	}
	got = memory->remote.read_many(memory->remote.ctx, pages, bufs, wanted);
	for (size_t i = 0; i < got && i < wanted; i++)
		memory->addresses[slot_of(pages[i])] = pages[i];
}
