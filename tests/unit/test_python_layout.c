// SPDX-License-Identifier: GPL-2.0
#include "python_layout.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What an interpreter's _PyRuntime begins with, as numbers. */
union offsets {
	char cookie[8];
	uint64_t numbers[PYTHON_OFFSETS_LEN / 8];
	uint8_t bytes[PYTHON_OFFSETS_LEN];
};

/* Each number is its own place, so that a layout shows where it was taken from. */
static union offsets make(uint64_t version)
{
	union offsets offsets;

	for (size_t i = 0; i < PYTHON_OFFSETS_LEN / 8; i++)
		offsets.numbers[i] = i;
	memcpy(offsets.cookie, "xdebugpy", 8);
	offsets.numbers[1] = version;
	offsets.numbers[2] = 0;
	return offsets;
}

static void test_tables(void **state)
{
	(void)state;
	for (unsigned int minor = 0; minor < 20; minor++) {
		const struct python_layout *layout = python_layout_find(minor);

		if (minor >= 8 && minor <= 12)
			assert_int_equal(layout->minor, minor);
		else
			assert_null(layout);
	}
}

static void test_offsets(void **state)
{
	union offsets offsets = make(0x030d05f0);
	struct python_layout layout;

	(void)state;
	assert_int_equal(python_layout_from_offsets(offsets.bytes, &layout), 0);
	assert_int_equal(layout.minor, 13);
	assert_int_equal(layout.instr, PYTHON_INSTR_POINTER);
	assert_int_equal(layout.lines, PYTHON_LOCATIONS);
	assert_int_equal(layout.runtime_interpreters, 40 / 8);
	assert_int_equal(layout.thread_tid, 200 / 8);
	assert_int_equal(layout.cframe_frame, PYTHON_NO_FIELD);
	assert_int_equal(layout.text_ascii_data, 560 / 8);
	assert_int_equal(layout.text_data, 560 / 8 + 16);
	offsets.numbers[1] = 0x030e0af0;
	assert_int_equal(python_layout_from_offsets(offsets.bytes, &layout), 0);
	assert_int_equal(layout.minor, 14);
	assert_int_equal(layout.thread_tid, 224 / 8);
	offsets.numbers[1] = 0x030f02f0;
	assert_int_equal(python_layout_from_offsets(offsets.bytes, &layout), 0);
	assert_int_equal(layout.minor, 15);
	assert_int_equal(layout.thread_tid, 248 / 8);
}

static void test_refused(void **state)
{
	union offsets offsets = make(0x030d05f0);
	struct python_layout layout = {.minor = 77};

	(void)state;
	offsets.cookie[7] = 'Y';
	assert_int_equal(python_layout_from_offsets(offsets.bytes, &layout), -ENOENT);
	offsets = make(0x030c05f0);
	assert_int_equal(python_layout_from_offsets(offsets.bytes, &layout), -EOPNOTSUPP);
	offsets = make(0x031005f0);
	assert_int_equal(python_layout_from_offsets(offsets.bytes, &layout), -EOPNOTSUPP);
	offsets = make(0x040d05f0);
	assert_int_equal(python_layout_from_offsets(offsets.bytes, &layout), -EOPNOTSUPP);
	offsets = make(0x100030d05f0);
	assert_int_equal(python_layout_from_offsets(offsets.bytes, &layout), -EOPNOTSUPP);
	offsets = make(0x030d05f0);
	offsets.numbers[2] = 1;
	assert_int_equal(python_layout_from_offsets(offsets.bytes, &layout), -EOPNOTSUPP);
	assert_int_equal(layout.minor, 77);
}

static void test_impossible(void **state)
{
	union offsets offsets;
	struct python_layout layout;

	(void)state;
	for (size_t at = 40; at <= 560; at += 8) {
		int err;

		offsets = make(0x030d05f0);
		offsets.numbers[at / 8] = UINT64_MAX;
		err = python_layout_from_offsets(offsets.bytes, &layout);
		assert_true(err == 0 || err == -EINVAL);
		/* Those that are used. */
		if (at == 40 || at == 72 || at == 184 || at == 264 || at == 560)
			assert_int_equal(err, -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_impossible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
