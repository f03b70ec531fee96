// SPDX-License-Identifier: GPL-2.0
#include "wire.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct wire_in reader_of(const struct wire_out *out)
{
	return (struct wire_in){.data = out->data, .left = out->len};
}

static void test_round_trip(void **state)
{
	struct wire_out out = {.max = 1 << 20};
	const uint8_t *bytes;
	struct wire_in in;
	char *text;

	(void)state;
	wire_put_u8(&out, 0xfe);
	wire_put_u32(&out, UINT32_MAX - 1);
	wire_put_u64(&out, UINT64_MAX - 1);
	wire_put_bytes(&out, "a\0b", 3);
	wire_put_bytes(&out, NULL, 0);
	wire_put_string(&out, "text and more", 4);
	wire_put_string(&out, "", 4);
	wire_put_string(&out, NULL, 4);
	wire_put_u8(&out, 1);
	assert_int_equal(out.err, 0);

	in = reader_of(&out);
	assert_int_equal(wire_get_u8(&in), 0xfe);
	assert_int_equal(wire_get_u32(&in), UINT32_MAX - 1);
	assert_true(wire_get_u64(&in) == UINT64_MAX - 1);
	assert_int_equal(wire_get_bytes(&in, 3, &bytes), 3);
	assert_memory_equal(bytes, "a\0b", 3);
	assert_int_equal(wire_get_bytes(&in, 0, &bytes), 0);
	text = wire_get_string(&in, 4);
	assert_string_equal(text, "text");
	free(text);
	text = wire_get_string(&in, 4);
	assert_string_equal(text, "");
	free(text);
	assert_null(wire_get_string(&in, 4));
	assert_int_equal(wire_end(&in), -EBADMSG);
	assert_true(wire_get_bool(&in));
	assert_int_equal(wire_end(&in), 0);
	free(out.data);
}

/* The bound holds for the whole, and what was put before stays whole. */
static void test_too_much(void **state)
{
	struct wire_out out = {.max = 12};

	(void)state;
	wire_put_u64(&out, 1);
	wire_put_u32(&out, 2);
	assert_int_equal(out.err, 0);
	wire_put_u8(&out, 3);
	assert_int_equal(out.err, -E2BIG);
	assert_int_equal(out.len, 12);
	free(out.data);
	out = (struct wire_out){.max = 12};
	wire_put_bytes(&out, "123456789", 9);
	assert_int_equal(out.err, -E2BIG);
	free(out.data);
}

static void test_much(void **state)
{
	struct wire_out out = {.max = 1 << 20};
	struct wire_in in;

	(void)state;
	for (uint32_t i = 0; i < 50000; i++)
		wire_put_u32(&out, i);
	assert_int_equal(out.err, 0);
	in = reader_of(&out);
	for (uint32_t i = 0; i < 50000; i++)
		assert_int_equal(wire_get_u32(&in), i);
	assert_int_equal(wire_end(&in), 0);
	free(out.data);
}

/* After the first thing that is missing all is 0, whatever follows. */
static void test_missing(void **state)
{
	const uint8_t three[3] = {1, 1, 1};
	const uint8_t *bytes;
	struct wire_in in = {.data = three, .left = sizeof(three)};

	(void)state;
	assert_int_equal(wire_get_u32(&in), 0);
	assert_int_equal(in.err, -EBADMSG);
	assert_int_equal(wire_get_u8(&in), 0);
	assert_false(wire_get_bool(&in));
	assert_int_equal(wire_get_bytes(&in, 100, &bytes), 0);
	assert_null(wire_get_string(&in, 100));
	assert_int_equal(wire_get_count(&in, 100, 1), 0);
	assert_int_equal(wire_end(&in), -EBADMSG);
}

static struct wire_in counted(uint32_t count, const char *rest, size_t len)
{
	static uint8_t data[64];

	memcpy(data, &count, sizeof(count));
	memcpy(data + sizeof(count), rest, len);
	return (struct wire_in){.data = data, .left = sizeof(count) + len};
}

static void test_hostile(void **state)
{
	const uint8_t *bytes;
	struct wire_in in;

	(void)state;
	in = counted(UINT32_MAX, "abc", 3);
	assert_int_equal(wire_get_bytes(&in, SIZE_MAX, &bytes), 0);
	assert_int_equal(in.err, -EBADMSG);
	in = counted(4, "abc", 3);
	assert_null(wire_get_string(&in, 100));
	assert_int_equal(in.err, -EBADMSG);
	in = counted(3, "abc", 3);
	assert_null(wire_get_string(&in, 2));
	assert_int_equal(in.err, -EBADMSG);
	in = counted(3, "a\0c", 3);
	assert_null(wire_get_string(&in, 3));
	assert_int_equal(in.err, -EBADMSG);
	in = counted(2, "abc", 3);
	assert_int_equal(wire_get_count(&in, 100, 2), 0);
	assert_int_equal(in.err, -EBADMSG);
	in = counted(1, "abc", 3);
	assert_int_equal(wire_get_count(&in, 100, 2), 1);
	in = counted(3, "abc", 3);
	assert_int_equal(wire_get_count(&in, 2, 1), 0);
	assert_int_equal(in.err, -EBADMSG);
	in = counted(2, "", 0);
	assert_false(wire_get_bool(&in));
	assert_int_equal(in.err, -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_much),	   cmocka_unit_test(test_missing),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
