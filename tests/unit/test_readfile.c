// SPDX-License-Identifier: GPL-2.0
#include "readfile.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

/* A file of `len` bytes, read with that bound. */
static void check(size_t len, size_t max, int want)
{
	char path[64], *content = malloc(len + 1), *data = NULL;
	int fd = memfd_create("content", MFD_CLOEXEC);
	size_t got = 12345;

	for (size_t i = 0; i < len; i++)
		content[i] = (char)(i % 251);
	assert_int_equal(write(fd, content, len), len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_int_equal(file_read(path, &data, &got, max), want);
	if (want == 0) {
		assert_int_equal(got, len);
		assert_memory_equal(data, content, len);
		assert_int_equal(data[len], 0);
	} else {
		assert_null(data);
		assert_int_equal(got, 12345);
	}
	free(data);
	free(content);
	close(fd);
}

static void test_sizes(void **state)
{
	static const size_t sizes[] = {0,    1,	   2,	 4094, 4095,  4096,
				       4097, 8191, 8192, 8193, 65535, 100000};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		check(sizes[i], 1 << 20, 0);
		check(sizes[i], sizes[i], 0);
		check(sizes[i], sizes[i] + 1, 0);
		if (sizes[i])
			check(sizes[i], sizes[i] - 1, -EFBIG);
	}
}

static void test_errors(void **state)
{
	char *data = NULL;

	(void)state;
	assert_int_equal(file_read("/nonexistent", &data, NULL, 10), -ENOENT);
	assert_int_equal(file_read("/", &data, NULL, 10), -EISDIR);
	assert_int_equal(file_read("/dev/zero", &data, NULL, 100000), -EFBIG);
	assert_int_equal(file_read("/dev/null", &data, NULL, SIZE_MAX), -EFBIG);
	assert_null(data);
}

static void test_at(void **state)
{
	char *data = NULL;
	int dir = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	size_t len;

	(void)state;
	assert_int_equal(file_read_at(dir, "comm", &data, &len, 64), 0);
	assert_int_equal(len, strlen(data));
	assert_int_equal(data[len - 1], '\n');
	free(data);
	data = NULL;
	assert_int_equal(file_read_at(dir, "comm", &data, &len, 3), -EFBIG);
	assert_int_equal(file_read_at(dir, "exe", &data, &len, 64), -ELOOP);
	assert_int_equal(file_read_at(dir, "none", &data, &len, 64), -ENOENT);
	assert_int_equal(file_read_at(dir, "comm", &data, &len, SIZE_MAX), -EFBIG);
	assert_null(data);
	close(dir);
}

static void test_proc(void **state)
{
	char *data = NULL;

	(void)state;
	assert_int_equal(file_read("/proc/self/status", &data, NULL, 1 << 20), 0);
	assert_non_null(strstr(data, "Pid:"));
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_at),
		cmocka_unit_test(test_proc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
