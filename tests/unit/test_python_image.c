// SPDX-License-Identifier: GPL-2.0
/* Stacks of recorded processes (tests/python/record), and of what else their memory might be. */
#include "../python/image.h"
#include "python.h"
#include "readfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char *const versions[] = {"3.8",  "3.9",  "3.10", "3.11",
				       "3.12", "3.13", "3.14", "3.15"};

enum { VERSIONS = sizeof(versions) / sizeof(versions[0]) };

struct recorded {
	char *bytes;
	size_t len;
	struct image image;
	char *stack;
};

static struct recorded recorded[VERSIONS];
static struct python *python;

static char *read_fixture(const char *version, const char *kind, size_t *ret_len)
{
	char path[512], *text;

	snprintf(path, sizeof(path), "%s/python/%s.%s", FIXTURES, version, kind);
	assert_int_equal(file_read(path, &text, ret_len, 1 << 20), 0);
	return text;
}

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < VERSIONS; i++) {
		struct recorded *of = &recorded[i];

		of->bytes = read_fixture(versions[i], "image", &of->len);
		of->stack = read_fixture(versions[i], "stack", NULL);
		assert_true(image_open((const uint8_t *)of->bytes, of->len, &of->image));
	}
	return python_new(&python);
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < VERSIONS; i++) {
		free(recorded[i].bytes);
		free(recorded[i].stack);
	}
	python_free(python);
	return 0;
}

static struct python_thread_id id_of(const struct image *image)
{
	return (struct python_thread_id){
		.tid = 77,
		.ns_tid = (pid_t)image->head.ns_tid,
		.thread_pointer = image->head.thread_pointer,
	};
}

static int capture(struct image *image, struct python_thread_id id, uint64_t deadline_ns)
{
	struct remote remote = {.read = image_read, .ctx = image};

	return python_capture_thread(python, image->maps, image->head.maps_len, &remote, &id,
				     deadline_ns);
}

static char *stack_text(size_t index)
{
	char *text = NULL;
	struct stack stack;
	struct num tid;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	assert_int_equal(python_decode(python, index, &tid, &stack), 0);
	for (size_t i = 0; i < stack.count; i++)
		fprintf(file, "%s %s:%d\n", stack.frames[i].symbol, stack.frames[i].file,
			stack.frames[i].line);
	fprintf(file, "%s", stack.truncated ? "...\n" : "");
	stack_clear(&stack);
	fclose(file);
	return text;
}

static void check_stack(const char *want)
{
	char *got = stack_text(0);

	assert_int_equal(python_stack_count(python), 1);
	assert_string_equal(got, want);
	free(got);
}

static void test_versions(void **state)
{
	(void)state;
	for (size_t i = 0; i < VERSIONS; i++) {
		struct python_thread_id id = id_of(&recorded[i].image);

		assert_int_equal(capture(&recorded[i].image, id, 0), 0);
		assert_string_equal(python_version(python), versions[i]);
		check_stack(recorded[i].stack);
		/* A number that is no thread's of Python's: by the other one. */
		id.ns_tid = 1;
		assert_int_equal(capture(&recorded[i].image, id, 0), 0);
		check_stack(recorded[i].stack);
	}
}

/* Near to it is not the same, but on arm64, which has pthread_self() below the thread pointer. */
static void test_pthread(void **state)
{
	(void)state;
	for (size_t i = 0; i < VERSIONS; i++) {
		struct python_thread_id id = id_of(&recorded[i].image);

		id.ns_tid = 0;
#ifdef __aarch64__
		id.thread_pointer += 1776;
		assert_int_equal(capture(&recorded[i].image, id, 0), 0);
		check_stack(recorded[i].stack);
#endif
		id.thread_pointer += 4096;
		assert_int_equal(capture(&recorded[i].image, id, 0), -ESRCH);
		id.thread_pointer = recorded[i].image.head.thread_pointer - 16;
		assert_int_equal(capture(&recorded[i].image, id, 0), -ESRCH);
		assert_int_equal(python_stack_count(python), 0);
		assert_string_equal(python_version(python), versions[i]);
	}
}

static void test_all_threads(void **state)
{
	(void)state;
	for (size_t i = 0; i < VERSIONS; i++) {
		struct image *image = &recorded[i].image;
		struct remote remote = {.read = image_read, .ctx = image};

		assert_int_equal(
			python_capture_all(python, image->maps, image->head.maps_len, &remote, 0),
			0);
		check_stack(recorded[i].stack);
		assert_false(python_has_more(python));
	}
}

static void test_no_time(void **state)
{
	struct remote remote = {.read = image_read, .ctx = &recorded[0].image};

	(void)state;
	assert_int_equal(capture(&recorded[0].image, id_of(&recorded[0].image), 1), -ETIME);
	assert_int_equal(python_capture_all(python, recorded[0].image.maps,
					    recorded[0].image.head.maps_len, &remote, 1),
			 -ETIME);
	assert_null(python_version(python));
}

static int maps_verdict(size_t version, const char *maps)
{
	struct image image = recorded[version].image;

	image.maps = maps;
	image.head.maps_len = (uint32_t)strlen(maps);
	return capture(&image, id_of(&image), 0);
}

#define MAP(name) "00400000-0041f000 r--p 00000000 fe:00 1 " name "\n"

/* The 3.11 and 3.13 of the recordings are programs; other names for them. */
static void test_names(void **state)
{
	(void)state;
	assert_int_equal(maps_verdict(3, MAP("/usr/bin/python3.11")), 0);
	assert_int_equal(maps_verdict(3, MAP("/usr/bin/python3.11 (deleted)")), 0);
	assert_int_equal(maps_verdict(3, MAP("/usr/bin/python3.11-dbg")), 0);
	assert_int_equal(maps_verdict(3, MAP("/lib/ld.so") MAP("/a/libpython3.11.so.1.0")), 0);
	assert_int_equal(maps_verdict(3, MAP("/lib/ld.so") MAP("/a/libpython3.11d.so")), 0);
	/* It does not say its version where this recording has nothing. */
	assert_int_equal(maps_verdict(3, MAP("/usr/bin/python3")), -EOPNOTSUPP);
	assert_int_equal(maps_verdict(3, MAP("/usr/bin/python")), -EOPNOTSUPP);
	assert_int_equal(maps_verdict(3, MAP("/usr/bin/uwsgi")), -EOPNOTSUPP);
	assert_int_equal(maps_verdict(3, MAP("/usr/bin/python3.7")), -EOPNOTSUPP);
	assert_int_equal(maps_verdict(3, MAP("/usr/bin/python3.99")), -EOPNOTSUPP);
	assert_null(python_version(python));
	/* From 3.13 on it needs none. */
	assert_int_equal(maps_verdict(5, MAP("/usr/bin/python3")), 0);
	assert_int_equal(maps_verdict(5, MAP("/usr/bin/uwsgi")), 0);
	assert_string_equal(python_version(python), "3.13");
	check_stack(recorded[5].stack);
	/* Only the first file is looked at whatever its name. */
	assert_int_equal(maps_verdict(5, MAP("/usr/bin/a") MAP("/usr/bin/b")), 0);
	assert_int_equal(maps_verdict(5, "00500000-0051f000 r--p 00000000 fe:00 1 /usr/bin/a\n" MAP(
						 "/usr/bin/b")),
			 -ENOENT);
	assert_int_equal(maps_verdict(5, MAP("/lib/ld.so") MAP("/usr/bin/python3")), 0);
}

static void test_not_python(void **state)
{
	(void)state;
	assert_int_equal(maps_verdict(0, ""), -ENOENT);
	assert_int_equal(maps_verdict(0, "garbage"), -ENOENT);
	assert_int_equal(maps_verdict(0, MAP("/usr/bin/cat")), -ENOENT);
	assert_int_equal(maps_verdict(0, MAP("[heap]")), -ENOENT);
	assert_int_equal(maps_verdict(0, MAP("/usr/bin/python2.7")), -ENOENT);
	assert_int_equal(maps_verdict(0, MAP("/usr/bin/pythonic")), -ENOENT);
	assert_int_equal(maps_verdict(0, MAP("/usr/lib/libpython2.7.so.1.0")), -ENOENT);
	/* Called so, but without one that can be found. */
	assert_int_equal(maps_verdict(0, MAP("/usr/bin/python3.8")), -ENODATA);
	assert_int_equal(maps_verdict(0, MAP("/usr/bin/python3.6")), -EOPNOTSUPP);
}

/* What is asked for when the machine tells nothing of the thread. */
static void test_unknown_thread(void **state)
{
	struct python_thread_id none = {.tid = 77};

	(void)state;
	for (size_t i = 0; i < VERSIONS; i++) {
		int err = capture(&recorded[i].image, none, 0);

		/* The lock is not held: it waits in read(). */
		assert_int_equal(err, -ESRCH);
		assert_int_equal(python_stack_count(python), 0);
	}
}

/* Nothing that the memory holds does harm, and what is wrong is not told as the truth. */
static void check_damaged(struct image *image)
{
	int err = capture(image, id_of(image), 0);

	if (!err)
		free(stack_text(0));
	else
		assert_true(err == -ENOENT || err == -ENODATA || err == -ESRCH || err == -ETIME ||
			    err == -EOPNOTSUPP);
}

static void test_damaged(void **state)
{
	static const uint64_t values[] = {0, 1, UINT64_MAX, INT64_MAX, 1ULL << 32};

	(void)state;
	for (size_t i = 0; i < VERSIONS; i++) {
		size_t pieces = recorded[i].image.count * sizeof(struct image_piece);
		struct image image = recorded[i].image;
		uint8_t *copy = malloc(pieces);

		memcpy(copy, recorded[i].image.pieces, pieces);
		image.pieces = copy;
		for (size_t at = 0; at < pieces; at += 8) {
			uint64_t was;

			memcpy(&was, copy + at, 8);
			for (size_t j = 0; j < sizeof(values) / sizeof(values[0]); j++) {
				memcpy(copy + at, &values[j], 8);
				check_damaged(&image);
			}
			memcpy(copy + at, &was, 8);
		}
		check_damaged(&image);
		check_stack(recorded[i].stack);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions),       cmocka_unit_test(test_pthread),
		cmocka_unit_test(test_all_threads),    cmocka_unit_test(test_no_time),
		cmocka_unit_test(test_names),	       cmocka_unit_test(test_not_python),
		cmocka_unit_test(test_unknown_thread), cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
