// SPDX-License-Identifier: GPL-2.0
#include "build_id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct notes {
	size_t len;
	uint8_t bytes[512];
};

static void add(struct notes *notes, const void *data, size_t len)
{
	memcpy(notes->bytes + notes->len, data, len);
	notes->len += len;
}

static void add_note(struct notes *notes, uint32_t type, const char *name, uint32_t name_len,
		     const void *desc, uint32_t desc_len)
{
	const uint32_t hdr[] = {name_len, desc_len, type};
	static const char zeroes[4];

	add(notes, hdr, sizeof(hdr));
	add(notes, name, name_len);
	add(notes, zeroes, -name_len & 3);
	add(notes, desc, desc_len);
	add(notes, zeroes, -desc_len & 3);
}

static const uint8_t id[] = "0123456789abcdefghijklmnop";

static void check(const void *bytes, size_t len, size_t want)
{
	uint8_t *exact = malloc(len ? len : 1);
	uint8_t got[BUILD_ID_LEN + 1];

	memcpy(exact, bytes, len);
	memset(got, 0xee, sizeof(got));
	assert_int_equal(build_id_from_notes(exact, len, got), want);
	if (want)
		assert_memory_equal(got, id, want);
	for (size_t i = want; i < sizeof(got); i++)
		assert_int_equal(got[i], 0xee);
	free(exact);
}

static void test_found(void **state)
{
	static const uint32_t lens[] = {1, 8, 16, 19, 20};
	struct notes notes;

	(void)state;
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		notes.len = 0;
		add_note(&notes, 3, "GNU", 4, id, lens[i]);
		check(notes.bytes, notes.len, lens[i]);
		/* The padding behind the last note may be missing. */
		check(notes.bytes, 16 + lens[i], lens[i]);
	}
}

static void test_among_others(void **state)
{
	struct notes notes = {0};

	(void)state;
	/* As in /sys/kernel/notes: Xen's and Linux's first, of odd lengths; types overlap. */
	add_note(&notes, 3, "Xen", 4, "\1\2\3\4", 4);
	add_note(&notes, 3, "", 0, "", 0);
	add_note(&notes, 0x101, "Linux", 6, "x", 1);
	add_note(&notes, 1, "GNU", 4, "0000000000000000", 16);
	add_note(&notes, 3, "GNUx", 5, "wrong", 5);
	check(notes.bytes, notes.len, 0);
	add_note(&notes, 3, "GNU", 4, id, 20);
	add_note(&notes, 3, "GNU", 4, "second", 6);
	check(notes.bytes, notes.len, 20);
}

static void test_malformed(void **state)
{
	static const uint32_t bad[][3] = {
		{UINT32_MAX, 20, 3},
		{4, UINT32_MAX, 3},
		{UINT32_MAX, UINT32_MAX, 3},
		{UINT32_MAX - 2, 20, 3},
		{4, UINT32_MAX - 2, 3},
		{0x80000000, 0x80000000, 3},
		{4, 21, 3},
		{4, 0, 3},
		{3, 20, 3},
		{0, 0, 3},
	};
	struct notes notes = {0};

	(void)state;
	add_note(&notes, 3, "GNU", 4, id, 20);
	for (size_t len = 0; len < notes.len; len++)
		check(notes.bytes, len, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memcpy(notes.bytes, bad[i], sizeof(bad[i]));
		check(notes.bytes, notes.len, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_among_others),
		cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
