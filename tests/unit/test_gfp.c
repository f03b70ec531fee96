// SPDX-License-Identifier: GPL-2.0
#include "gfp.h"
#include "readfile.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct gfp_names *fixture(const char *name)
{
	struct gfp_names *names = NULL;
	char path[512], *text;
	size_t len;

	snprintf(path, sizeof(path), "%s/gfp/%s", FIXTURES, name);
	assert_int_equal(file_read(path, &text, &len, 1 << 20), 0);
	assert_int_equal(gfp_names_parse(text, len, &names), 0);
	free(text);
	return names;
}

static void check(const struct gfp_names *names, uint64_t mask, const char *want)
{
	char *text = gfp_format(names, mask);

	assert_non_null(text);
	assert_string_equal(text, want);
	free(text);
}

/* Masks seen in the logs of real kernels, which print them the same on all of these. */
static void check_common(const struct gfp_names *names)
{
	check(names, 0, "");
	check(names, 0xcc0, "GFP_KERNEL");
	check(names, 0x100cca, "GFP_HIGHUSER_MOVABLE");
	check(names, 0x140cca, "GFP_HIGHUSER_MOVABLE|__GFP_COMP");
	check(names, 0x1c20ca, "GFP_TRANSHUGE_LIGHT");
	check(names, 0x1c24ca, "GFP_TRANSHUGE");
	check(names, 0x400cc0, "GFP_KERNEL_ACCOUNT");
	check(names, 0x6000c0, "__GFP_IO|__GFP_FS|__GFP_THISNODE|__GFP_ACCOUNT");
	check(names, 0xc40, "GFP_NOFS");
	check(names, 0xc00, "GFP_NOIO");
	check(names, 0x400, "__GFP_DIRECT_RECLAIM");
	check(names, 0x5, "GFP_DMA|GFP_DMA32");
	check(names, 0x80000000, "0x80000000");
	check(names, 0x80000cc0, "GFP_KERNEL|0x80000000");
}

static void test_hex_constants(void **state)
{
	struct gfp_names *names = fixture("format-6.1");

	(void)state;
	check_common(names);
	check(names, 0xa20, "GFP_ATOMIC");
	check(names, 0x800, "GFP_NOWAIT");
	check(names, 0x800000, "__GFP_ZEROTAGS");
	check(names, 0x40dc0, "GFP_KERNEL|__GFP_COMP|__GFP_ZERO");
	gfp_names_free(names);
}

static void test_shifts(void **state)
{
	struct gfp_names *names = fixture("format-6.12");

	(void)state;
	check_common(names);
	check(names, 0x820, "GFP_ATOMIC");
	check(names, 0x40dc0, "GFP_KERNEL|__GFP_COMP|__GFP_ZERO");
	gfp_names_free(names);
}

static void test_terminated_by_null(void **state)
{
	struct gfp_names *names = fixture("format-6.18");

	(void)state;
	check_common(names);
	check(names, 0x820, "GFP_ATOMIC");
	check(names, 0x2800, "GFP_NOWAIT");
	check(names, 0x1000000, "__GFP_NO_OBJ_EXT");
	check(names, 0x40dc0, "GFP_KERNEL|__GFP_ZERO|__GFP_COMP");
	gfp_names_free(names);
}

static void test_names_of_bits(void **state)
{
	struct gfp_names *names = fixture("format-enum-names"), *values = fixture("format-6.12");

	(void)state;
	check_common(names);
	for (unsigned int bit = 0; bit < 64; bit++) {
		char *text = gfp_format(values, UINT64_C(1) << bit);

		check(names, UINT64_C(1) << bit, text);
		free(text);
	}
	gfp_names_free(names);
	gfp_names_free(values);
}

static void test_builtin(void **state)
{
	struct gfp_names *names = fixture("format-6.12");

	(void)state;
	check_common(NULL);
	check(NULL, 0x820, "__GFP_HIGH|__GFP_KSWAPD_RECLAIM");
	check(NULL, 0x1100cca, "GFP_HIGHUSER_MOVABLE|0x1000000");
	for (unsigned int bit = 0; bit < 23; bit++) {
		char *text = gfp_format(names, UINT64_C(1) << bit);

		if (bit != 11)
			check(NULL, UINT64_C(1) << bit, text);
		free(text);
	}
	gfp_names_free(names);
}

static int parse(const char *entries, struct gfp_names **ret_names)
{
	char *text;
	size_t len;
	int err;

	assert_true(asprintf(&text,
			     "print fmt: \"%%s\", (REC->gfp_flags) ? "
			     "__print_flags(REC->gfp_flags, \"|\", %s",
			     entries) > 0);
	len = strlen(text);
	/* Without the NUL, so that a byte too many is an error of the address sanitizer. */
	text = realloc(text, len);
	err = gfp_names_parse(text, len, ret_names);
	free(text);
	return err;
}

static void check_value(const char *expr, uint64_t want)
{
	struct gfp_names *names = NULL;
	char *entries, *text;

	assert_true(asprintf(&entries, "{%s, \"A\"} ) : \"none\"", expr) > 0);
	assert_int_equal(parse(entries, &names), 0);
	check(names, want, "A");
	/* And not less than all of its bits. */
	text = gfp_format(names, want & (want - 1));
	if (want & (want - 1))
		assert_string_not_equal(text, "A");
	free(text);
	free(entries);
	gfp_names_free(names);
}

static void test_arithmetic(void **state)
{
	(void)state;
	check_value("0x10u", 0x10);
	check_value(" 16 ", 0x10);
	check_value("1|2&6", 3);
	check_value("1|2<<1+1", 9);
	check_value("(1|2)<<4", 0x30);
	check_value("(gfp_t)~0x1u", 0xfffffffe);
	check_value("( unsigned long)~(( gfp_t)1u)", 0xfffffffe);
	check_value("~(unsigned long)1", 0xfffffffffffffffe);
	check_value("(gfp_t)0x1234567890UL", 0x34567890);
	check_value("0xffffffffffffffffUL", 0xffffffffffffffff);
	check_value("1UL << 63", 0x8000000000000000);
	check_value("((((1UL))) << (___GFP_ACCOUNT_BIT))", 0x400000);
	check_value("1 << ___GFP_SKIP_KASAN_BIT", 0x2000000);
}

static void test_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"{",
		"{}",
		"{1}",
		"{1,}",
		"{1, A} )",
		"{1, \"A\"",
		"{1, \"A\"}",
		"{1, \"A\" )",
		"{1, \"A\"}, )",
		"{1, \"\"} )",
		"{1, \"A\\\"\"} )",
		"{1, \"A",
		"{, \"A\"} )",
		"{1 +, \"A\"} )",
		"{(1, \"A\"} )",
		"{1), \"A\"} )",
		"{1 2, \"A\"} )",
		"{0x, \"A\"} )",
		"{0xg, \"A\"} )",
		"{1f, \"A\"} )",
		"{010, \"A\"} )",
		"{0x10000000000000000, \"A\"} )",
		"{18446744073709551616, \"A\"} )",
		"{1 << 32, \"A\"} )",
		"{1UL << 64, \"A\"} )",
		"{1 << ~0UL, \"A\"} )",
		"{1 << UNKNOWN, \"A\"} )",
		"{1 << ___GFP_NOLOCKDEP_BIT, \"A\"} )",
		"{1 << ___GFP__BIT, \"A\"} )",
		"{1 << ___GFP_BIT, \"A\"} )",
		"{1 || 2, \"A\"} )",
		"{(char)1, \"A\"} )",
		"{1 - 1, \"A\"} )",
		"{1, ((void *)0) } )",
		"{ 0, ((void *)0) } )",
		"{1, \"A\"}, { 0, ((void *)0) }",
		"{1, \"A234567890123456789012345678901234567890123456789\"} )",
	};
	struct gfp_names *const untouched = (void *)&bad;
	struct gfp_names *names = untouched;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse(bad[i], &names) != -EINVAL)
			fail_msg("accepted: %s", bad[i]);
		assert_ptr_equal(names, untouched);
	}
	assert_int_equal(gfp_names_parse("", 0, &names), -ENOENT);
	assert_int_equal(gfp_names_parse("print fmt: \"\"", 13, &names), -ENOENT);
	assert_int_equal(gfp_names_load(FIXTURES "/none", &names), -ENOENT);
	assert_ptr_equal(names, untouched);
}

static void test_bounded(void **state)
{
	enum { MANY = 100000 };
	struct gfp_names *names = NULL;
	char *text = malloc(MANY * 8 + 1);

	(void)state;
	memset(text, '(', MANY);
	text[0] = '{';
	text[MANY] = '\0';
	assert_int_equal(parse(text, &names), -EINVAL);
	memset(text + 1, '~', MANY - 1);
	assert_int_equal(parse(text, &names), -EINVAL);
	for (size_t i = 0; i < MANY; i++)
		memcpy(text + i * 8, "{1,\"A\"},", 9);
	assert_int_equal(parse(text, &names), -EINVAL);
	assert_null(names);
	free(text);
}

static void test_free_null(void **state)
{
	(void)state;
	gfp_names_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hex_constants),
		cmocka_unit_test(test_shifts),
		cmocka_unit_test(test_terminated_by_null),
		cmocka_unit_test(test_names_of_bits),
		cmocka_unit_test(test_builtin),
		cmocka_unit_test(test_arithmetic),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_free_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
