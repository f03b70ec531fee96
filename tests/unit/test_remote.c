// SPDX-License-Identifier: GPL-2.0
#include "remote.h"
#include "remote_process.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

/* Pages at 0x10000, each byte its address; every eighth is not mapped. */
#define BASE 0x10000ULL
#define HOLE 7

static struct {
	size_t reads;
	size_t batches;
	size_t batch_len; /* of the last one */
} asked;

static int fake_read(void *ctx, uint64_t address, void *buf, size_t len)
{
	uint64_t page = (address - BASE) / REMOTE_PAGE;

	(void)ctx;
	asked.reads++;
	assert_int_equal(len, REMOTE_PAGE);
	assert_int_equal(address % REMOTE_PAGE, 0);
	if (address < BASE || page % 8 == HOLE)
		return -EFAULT;
	for (size_t i = 0; i < len; i++)
		((uint8_t *)buf)[i] = (uint8_t)(page * 31 + i);
	return 0;
}

static size_t fake_read_many(void *ctx, const uint64_t *addresses, void *const *bufs, size_t count)
{
	size_t reads = asked.reads, i = 0;

	asked.batches++;
	asked.batch_len = count;
	while (i < count && !fake_read(ctx, addresses[i], bufs[i], REMOTE_PAGE))
		i++;
	asked.reads = reads;
	return i;
}

static uint8_t byte_at(uint64_t address)
{
	return (uint8_t)((address - BASE) / REMOTE_PAGE * 31 + address % REMOTE_PAGE);
}

static const struct remote single = {.read = fake_read};
static const struct remote many = {.read = fake_read, .read_many = fake_read_many};

static void begin(struct remote_memory *memory, const struct remote *remote, uint64_t deadline_ns)
{
	memset(&asked, 0, sizeof(asked));
	remote_memory_begin(memory, remote, deadline_ns);
}

static void check_read(struct remote_memory *memory, uint64_t address, size_t len)
{
	uint8_t *buf = malloc(len);

	assert_int_equal(remote_memory_read(memory, address, buf, len), 0);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(buf[i], byte_at(address + i));
	free(buf);
}

static int setup(void **state)
{
	return remote_memory_new((struct remote_memory **)state);
}

static int teardown(void **state)
{
	remote_memory_free(*state);
	return 0;
}

static void test_pages_once(void **state)
{
	struct remote_memory *memory = *state;

	begin(memory, &single, 0);
	check_read(memory, BASE + 5, 8);
	check_read(memory, BASE, REMOTE_PAGE);
	assert_int_equal(asked.reads, 1);
	/* Across a border, and across several. */
	check_read(memory, BASE + REMOTE_PAGE - 3, 8);
	assert_int_equal(asked.reads, 2);
	check_read(memory, BASE + 100, 5 * REMOTE_PAGE);
	assert_int_equal(asked.reads, 6);
	assert_int_equal(remote_memory_calls(memory), 6);
	/* At another time they are others. */
	begin(memory, &single, 0);
	check_read(memory, BASE + 5, 8);
	assert_int_equal(asked.reads, 1);
}

static void test_unmapped(void **state)
{
	struct remote_memory *memory = *state;
	uint64_t hole = BASE + HOLE * REMOTE_PAGE;
	uint8_t buf[16];

	begin(memory, &single, 0);
	assert_int_equal(remote_memory_read(memory, hole, buf, 1), -EFAULT);
	assert_int_equal(remote_memory_read(memory, hole - 8, buf, 16), -EFAULT);
	assert_int_equal(remote_memory_read(memory, 0, buf, 8), -EFAULT);
	assert_int_equal(remote_memory_read(memory, UINT64_MAX - 3, buf, 8), -EFAULT);
	assert_int_equal(remote_memory_read(memory, hole, buf, 0), 0);
	assert_false(remote_memory_is_over(memory));
	check_read(memory, hole - 8, 8);
}

static void test_many_pages(void **state)
{
	struct remote_memory *memory = *state;

	/* More than there is room for at a time: read again, and right. */
	begin(memory, &single, 0);
	for (int round = 0; round < 2; round++)
		for (uint64_t i = 0; i < 1600; i++)
			if (i % 8 != HOLE)
				check_read(memory, BASE + i * REMOTE_PAGE + i, 16);
}

static void test_budget(void **state)
{
	struct remote_memory *memory = *state;
	uint64_t address = BASE;
	uint8_t byte;
	int err;

	begin(memory, &single, 0);
	do {
		err = remote_memory_read(memory, address, &byte, 1);
		address += REMOTE_PAGE;
	} while (!err || err == -EFAULT);
	assert_int_equal(err, -ETIME);
	assert_true(remote_memory_is_over(memory));
	assert_int_equal(asked.reads, 4096);
	/* What was read last is still there. */
	check_read(memory, BASE + 4094ULL * REMOTE_PAGE, 16);
}

static void test_deadline(void **state)
{
	struct remote_memory *memory = *state;
	uint64_t addresses[] = {BASE, BASE + REMOTE_PAGE};
	uint8_t byte;

	begin(memory, &many, 1);
	assert_int_equal(remote_memory_read(memory, BASE, &byte, 1), -ETIME);
	remote_memory_prefetch(memory, addresses, 2);
	assert_int_equal(asked.reads + asked.batches, 0);
	assert_true(remote_memory_is_over(memory));
	begin(memory, &many, UINT64_MAX);
	assert_int_equal(remote_memory_read(memory, BASE, &byte, 1), 0);
	assert_false(remote_memory_is_over(memory));
}

static void test_prefetch(void **state)
{
	struct remote_memory *memory = *state;
	uint64_t addresses[] = {BASE + 1, 0, BASE + 2, BASE + 3 * REMOTE_PAGE, BASE + REMOTE_PAGE};

	begin(memory, &many, 0);
	remote_memory_prefetch(memory, addresses, 5);
	assert_int_equal(asked.batches, 1);
	assert_int_equal(asked.batch_len, 3);
	check_read(memory, BASE, 2 * REMOTE_PAGE);
	check_read(memory, BASE + 3 * REMOTE_PAGE, REMOTE_PAGE);
	assert_int_equal(asked.reads, 0);
	/* What is there is not asked for, and one page is left to the one who reads it. */
	addresses[4] = BASE + 4 * REMOTE_PAGE;
	remote_memory_prefetch(memory, addresses, 5);
	assert_int_equal(asked.batches, 1);
	assert_int_equal(remote_memory_calls(memory), 1);
	/* Without such a call it does nothing. */
	begin(memory, &single, 0);
	remote_memory_prefetch(memory, addresses, 5);
	assert_int_equal(remote_memory_calls(memory), 0);
}

static void test_prefetch_fails(void **state)
{
	struct remote_memory *memory = *state;
	uint64_t addresses[] = {BASE, BASE + HOLE * REMOTE_PAGE, BASE + REMOTE_PAGE};
	uint8_t byte;

	begin(memory, &many, 0);
	remote_memory_prefetch(memory, addresses, 3);
	check_read(memory, BASE, 8);
	assert_int_equal(asked.reads, 0);
	assert_int_equal(remote_memory_read(memory, addresses[1], &byte, 1), -EFAULT);
	check_read(memory, BASE + REMOTE_PAGE, 8);
	assert_int_equal(asked.reads, 2);
}

static void test_process(void **state)
{
	size_t len = 4 * REMOTE_PAGE;
	uint8_t *area = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t pid = getpid(), gone = INT32_MAX;
	struct remote remote = remote_of_process(&pid), none = remote_of_process(&gone);
	uint64_t addresses[3], at = (uintptr_t)area;
	uint8_t buf[3 * REMOTE_PAGE];

	for (size_t i = 0; i < len; i++)
		area[i] = (uint8_t)(i % 251);
	munmap(area + 3 * REMOTE_PAGE, REMOTE_PAGE);
	for (size_t i = 0; i < 3; i++)
		addresses[i] = at + i * REMOTE_PAGE;
	remote_memory_begin(*state, &remote, 0);
	remote_memory_prefetch(*state, addresses, 3);
	assert_int_equal(remote_memory_read(*state, at, buf, sizeof(buf)), 0);
	assert_memory_equal(buf, area, sizeof(buf));
	assert_int_equal(remote_memory_calls(*state), 1);
	assert_int_equal(remote_memory_read(*state, at + 3 * REMOTE_PAGE - 1, buf, 2), -EFAULT);
	remote_memory_begin(*state, &none, 0);
	remote_memory_prefetch(*state, addresses, 3);
	assert_int_equal(remote_memory_read(*state, at, buf, 1), -ESRCH);
	munmap(area, len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pages_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unmapped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_budget, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deadline, setup, teardown),
		cmocka_unit_test_setup_teardown(test_prefetch, setup, teardown),
		cmocka_unit_test_setup_teardown(test_prefetch_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(test_process, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
