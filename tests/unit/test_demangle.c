// SPDX-License-Identifier: GPL-2.0
#include "demangle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static void check(const char *symbol, const char *expected)
{
	char *name = demangle(symbol);

	assert_non_null(name);
	assert_string_equal(name, expected);
	free(name);
}

static void test_names(void **state)
{
	static const char *const names[][2] = {
		/* C++. */
		{"_ZN3foo3barEi", "foo::bar(int)"},
		{"_ZNSt6vectorIiSaIiEE9push_backEOi",
		 "std::vector<int, std::allocator<int> >::push_back(int&&)"},
		{"_ZNSs6appendEPKc", "std::basic_string<char, std::char_traits<char>, "
				     "std::allocator<char> >::append(char const*)"},
		{"_Znwm", "operator new(unsigned long)"},
		{"_ZN3fooEv.cold", "foo() [clone .cold]"},
		{"_ZL5outeri", "outer(int)"},
		{"_ZZ4mainENKUlvE_clEv", "main::{lambda()#1}::operator()() const"},
		/* Rust: the hash goes. */
		{"_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE", "core::fmt::Write::write_fmt"},
		{"_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE.llvm.123",
		 "core::fmt::Write::write_fmt"},
		{"_ZN71_$LT$Test$u20$$u2b$$u20$$u27$static$u20$as$u20$foo..Bar$LT$Test$GT$$GT$"
		 "3bar17h930b740aa94f1d3aE",
		 "<Test + 'static as foo::Bar<Test>>::bar"},
		{"_RNvC6_123foo3bar", "123foo::bar"},
		{"_RNvMNtC06vecINtB2_3VecpE4push", "_RNvMNtC06vecINtB2_3VecpE4push"},
		{"_RNvMNtC5alloc3vecINtB2_3VecpE4push", "<alloc::vec::Vec<_>>::push"},
		/* Others are as they are, but for versions. */
		{"main", "main"},
		{"_start", "_start"},
		{"runtime.mallocgc", "runtime.mallocgc"},
		{"main.(*T).Grow", "main.(*T).Grow"},
		{"memcpy@@GLIBC_2.14", "memcpy"},
		{"fopen@GLIBC_2.0", "fopen"},
		{"_ZSt9terminatev@@GLIBCXX_3.4", "std::terminate()"},
		{"@strange", "@strange"},
		{"", ""},
		/* What only begins like one. */
		{"_Z", "_Z"},
		{"_R", "_R"},
		{"_ZN", "_ZN"},
		{"_ZN99foo", "_ZN99foo"},
		{"_RNvC6_1", "_RNvC6_1"},
		{"_ZSS_S_S_", "_ZSS_S_S_"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		check(names[i][0], names[i][1]);
}

/* Not longer than allowed, and cut only where a character ends. */
static void check_cut(const char *symbol, size_t len)
{
	char *name = demangle(symbol);

	assert_non_null(name);
	assert_int_equal(strlen(name), len + strlen(SYMBOL_NAME_CUT));
	assert_string_equal(name + len, SYMBOL_NAME_CUT);
	free(name);
}

static void test_long_names(void **state)
{
	static char symbol[1 << 20];
	char *name;

	(void)state;
	memset(symbol, 'x', SYMBOL_NAME_MAX);
	check(symbol, symbol);
	symbol[SYMBOL_NAME_MAX] = 'x';
	check_cut(symbol, SYMBOL_NAME_MAX);
	memset(symbol, 'x', sizeof(symbol) - 1);
	check_cut(symbol, SYMBOL_NAME_MAX);
	symbol[0] = '_';
	symbol[1] = 'Z';
	check_cut(symbol, SYMBOL_NAME_MAX);
	/* "ä" where the cut would be. */
	memcpy(symbol, "xx", 2);
	memcpy(symbol + SYMBOL_NAME_MAX - 1, "\xc3\xa4", 2);
	check_cut(symbol, SYMBOL_NAME_MAX - 1);
	memcpy(symbol + SYMBOL_NAME_MAX, "\xc3\xa4", 2);
	symbol[SYMBOL_NAME_MAX - 1] = 'x';
	check_cut(symbol, SYMBOL_NAME_MAX);
	/* Nothing but bytes that continue characters. */
	memset(symbol, 0x80, sizeof(symbol) - 1);
	name = demangle(symbol);
	assert_string_equal(name, SYMBOL_NAME_CUT);
	free(name);
}

/* f(pair<int, int>, pair<of the last twice>, ...): each parameter is twice as long as the last. */
static void test_names_that_grow(void **state)
{
	char symbol[512] = "_Z1f1AIiiES_IS0_S0_E";

	(void)state;
	for (char i = '1'; i <= '9'; i++)
		sprintf(symbol + strlen(symbol), "S_IS%c_S%c_E", i, i);
	for (char i = 'A'; i < 'Z'; i++)
		sprintf(symbol + strlen(symbol), "S_IS%c_S%c_E", i, i);
	check_cut(symbol, SYMBOL_NAME_MAX);
}

static void test_nested(void **state)
{
	static char symbol[10002] = "_Z1f";
	char *name;

	(void)state;
	memset(symbol + 4, 'P', sizeof(symbol) - 6);
	symbol[sizeof(symbol) - 2] = 'i';
	name = demangle(symbol);
	assert_non_null(name);
	assert_true(strlen(name) <= SYMBOL_NAME_MAX + strlen(SYMBOL_NAME_CUT));
	free(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_names_that_grow),
		cmocka_unit_test(test_nested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
