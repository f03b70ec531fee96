// SPDX-License-Identifier: GPL-2.0
#include "readfile.h"
#include "symbol_cache.h"
#include "symbols.h"
#include "temp_root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define MANY_BYTES UINT64_MAX

enum { FILES = 5 };

/* Copies of one program: all have its build id. */
static struct temp_root root;
static char *image;
static size_t image_len;
static int fds[FILES];

static int open_debug(void *ctx, const uint8_t *build_id, size_t build_id_len,
		      const char *debuglink)
{
	(void)build_id;
	(void)build_id_len;
	return ctx && !debuglink ? open(ctx, O_RDONLY | O_CLOEXEC) : -ENOENT;
}

static const struct debug_source none = {open_debug, NULL};

static int make_files(void **state)
{
	(void)state;
	alarm(60);
	temp_root_make(&root);
	assert_int_equal(file_read(STACKS "/stripped", &image, &image_len, 1 << 20), 0);
	for (int i = 0; i < FILES; i++) {
		char name[16];

		snprintf(name, sizeof(name), "/%d", i);
		temp_write(&root, name, image, image_len);
		fds[i] = open(temp_path(&root, name), O_RDONLY | O_CLOEXEC);
		assert_true(fds[i] >= 0);
	}
	return 0;
}

static int remove_files(void **state)
{
	(void)state;
	for (int i = 0; i < FILES; i++)
		close(fds[i]);
	free(image);
	temp_root_remove(&root);
	return 0;
}

static size_t open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static struct symbol_cache *new_cache(size_t files, uint64_t bytes)
{
	struct symbol_cache *cache;

	assert_int_equal(symbol_cache_new(files, bytes, &cache), 0);
	return cache;
}

static struct object *get(struct symbol_cache *cache, int i)
{
	struct object *object;

	assert_int_equal(symbol_cache_get(cache, fds[i], &none, &object), 0);
	return object;
}

static void test_kept(void **state)
{
	struct symbol_cache *cache = new_cache(FILES, MANY_BYTES);
	struct object *objects[FILES];

	(void)state;
	for (int i = 0; i < FILES; i++)
		objects[i] = get(cache, i);
	for (int i = 0; i < FILES; i++)
		for (int j = 0; j < i; j++)
			assert_ptr_not_equal(objects[i], objects[j]);
	symbol_cache_trim(cache);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < FILES; i++)
			assert_ptr_equal(get(cache, i), objects[i]);
		symbol_cache_trim(cache);
	}
	assert_int_equal(symbol_cache_opened(cache), FILES);
	symbol_cache_free(cache);
}

static void test_file_bound(void **state)
{
	size_t before = open_files();
	struct symbol_cache *cache = new_cache(2, MANY_BYTES);

	(void)state;
	for (int i = 0; i < FILES; i++)
		get(cache, i);
	/* All of them are there as long as they are in use. */
	assert_int_equal(open_files(), before + FILES);
	symbol_cache_trim(cache);
	assert_int_equal(open_files(), before + 2);
	/* The last two, until another is used more recently than one of them. */
	get(cache, 3);
	get(cache, 4);
	assert_int_equal(symbol_cache_opened(cache), FILES);
	get(cache, 3);
	get(cache, 0);
	symbol_cache_trim(cache);
	assert_int_equal(symbol_cache_opened(cache), FILES + 1);
	get(cache, 3);
	assert_int_equal(symbol_cache_opened(cache), FILES + 1);
	get(cache, 4);
	assert_int_equal(symbol_cache_opened(cache), FILES + 2);
	symbol_cache_free(cache);
	assert_int_equal(open_files(), before);
}

static void test_byte_bound(void **state)
{
	size_t before = open_files();
	struct symbol_cache *cache = new_cache(FILES, 3 * image_len + 1);

	(void)state;
	for (int i = 0; i < FILES; i++)
		get(cache, i);
	symbol_cache_trim(cache);
	assert_int_equal(open_files(), before + 3);
	symbol_cache_free(cache);

	cache = new_cache(FILES, image_len - 1);
	get(cache, 0);
	symbol_cache_trim(cache);
	assert_int_equal(open_files(), before);
	symbol_cache_free(cache);

	cache = new_cache(0, MANY_BYTES);
	get(cache, 0);
	symbol_cache_trim(cache);
	assert_int_equal(open_files(), before);
	symbol_cache_free(cache);
}

/* Debug files count. */
static void test_debug_files(void **state)
{
	const struct debug_source source = {open_debug, STACKS "/pie.debug"};
	struct source_frame frames[SOURCE_FRAMES_MAX];
	size_t before = open_files();
	struct symbol_cache *cache = new_cache(2, MANY_BYTES);
	struct object *object;

	(void)state;
	for (int i = 0; i < 2; i++) {
		size_t count;

		assert_int_equal(symbol_cache_get(cache, fds[i], &source, &object), 0);
		count = symbols_find(object, 0x1000, frames);
		for (size_t j = 0; j < count; j++)
			source_frame_clear(&frames[j]);
		assert_int_equal(object_file_count(object), 2);
		assert_true(object_file_bytes(object) > image_len);
	}
	assert_int_equal(open_files(), before + 4);
	symbol_cache_trim(cache);
	assert_int_equal(open_files(), before + 2);
	/* Another one would be given now. */
	assert_int_equal(symbol_cache_get(cache, fds[1], &none, &object), 0);
	assert_int_equal(symbol_cache_opened(cache), 3);
	symbol_cache_free(cache);
	assert_int_equal(open_files(), before);
}

static void test_file_written(void **state)
{
	struct symbol_cache *cache = new_cache(FILES, MANY_BYTES);
	struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};

	(void)state;
	get(cache, 2);
	symbol_cache_trim(cache);
	assert_int_equal(utimensat(AT_FDCWD, temp_path(&root, "/2"), times, 0), 0);
	get(cache, 2);
	assert_int_equal(symbol_cache_opened(cache), 2);
	symbol_cache_trim(cache);
	get(cache, 2);
	assert_int_equal(symbol_cache_opened(cache), 2);
	symbol_cache_free(cache);
}

static void check_refused(const char *name, int flags, int err)
{
	struct symbol_cache *cache = new_cache(FILES, MANY_BYTES);
	int fd = open(temp_path(&root, name), flags | O_CLOEXEC);
	struct object *object;
	size_t before = open_files();

	assert_true(fd >= 0);
	assert_int_equal(symbol_cache_get(cache, fd, &none, &object), err);
	assert_int_equal(open_files(), before);
	close(fd);
	symbol_cache_free(cache);
}

static void test_other_files(void **state)
{
	struct object *object;
	struct symbol_cache *cache;

	(void)state;
	temp_text(&root, "/text", "#!/bin/sh\nexit 0\n");
	temp_text(&root, "/empty", "");
	temp_text(&root, "/archive", "!<arch>\n");
	temp_write(&root, "/cut", image, 100);
	temp_write(&root, "/magic", image, 4);
	temp_dir(&root, "/dir");
	assert_int_equal(mkfifo(temp_path(&root, "/fifo"), 0600), 0);
	image[16] = 1; /* ET_REL */
	temp_write(&root, "/relocatable", image, image_len);
	image[16] = 3;
	check_refused("/text", O_RDONLY, -ENOEXEC);
	check_refused("/empty", O_RDONLY, -ENOEXEC);
	check_refused("/archive", O_RDONLY, -ENOEXEC);
	check_refused("/cut", O_RDONLY, -ENOEXEC);
	check_refused("/magic", O_RDONLY, -ENOEXEC);
	check_refused("/relocatable", O_RDONLY, -ENOEXEC);
	check_refused("/dir", O_RDONLY, -EINVAL);
	check_refused("/fifo", O_RDONLY | O_NONBLOCK, -EINVAL);
	cache = new_cache(1, 1);
	assert_int_equal(symbol_cache_get(cache, -1, &none, &object), -EBADF);
	symbol_cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept),	     cmocka_unit_test(test_file_bound),
		cmocka_unit_test(test_byte_bound),   cmocka_unit_test(test_debug_files),
		cmocka_unit_test(test_file_written), cmocka_unit_test(test_other_files),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
