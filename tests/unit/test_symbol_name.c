// SPDX-License-Identifier: GPL-2.0
#include "symbol_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check(const char *symbol, const char *function, const char *no_parameters,
		  const char *no_arguments, const char *bare)
{
	const char *const want[] = {[SYMBOL_NO_PARAMETERS] = no_parameters,
				    [SYMBOL_NO_ARGUMENTS] = no_arguments,
				    [SYMBOL_BARE] = bare};
	struct span span = symbol_function(symbol);
	char buf[256];

	if (!span_equals(span, function))
		fail_msg("function of '%s' is '%.*s'", symbol, (int)span.len, span.at);
	for (enum symbol_form form = SYMBOL_NO_PARAMETERS; form <= SYMBOL_BARE; form++)
		assert_string_equal(symbol_shorten(symbol, form, buf, sizeof(buf)), want[form]);
}

/* Of what has no parts all forms are the same. */
static void check_plain(const char *symbol)
{
	char buf[256];

	assert_string_equal(symbol_shorten(symbol, SYMBOL_WHOLE, buf, sizeof(buf)), symbol);
	check(symbol, symbol, symbol, symbol, symbol);
}

static void plain_names(void **state)
{
	(void)state;
	check_plain("");
	check_plain("grow_table");
	check_plain("try_charge_memcg.constprop.0");
	check_plain("shop::cart::grow");
	check_plain("shop::cart::grow::{{closure}}");
	check_plain("LazyCompile:*grow /app/cart.js:12:3");
	check_plain("main.(*Cart).Grow");
	check_plain("a name, with blanks");
	check_plain("operator");
	check_plain("operators");
}

static void cxx(void **state)
{
	(void)state;
	check("grow(unsigned long)", "grow", "grow(…)", "grow(…)", "grow");
	check("shop::reset()", "shop::reset", "shop::reset()", "shop::reset()", "shop::reset");
	check("shop::Cart<int>::grow(unsigned long) const", "shop::Cart<int>::grow",
	      "shop::Cart<int>::grow(…)", "shop::Cart<…>::grow(…)", "shop::Cart::grow");
	check("void std::vector<int, std::allocator<int> >::_M_realloc_insert<int>(int*, int&&)",
	      "std::vector<int, std::allocator<int> >::_M_realloc_insert<int>",
	      "std::vector<int, std::allocator<int> >::_M_realloc_insert<int>(…)",
	      "std::vector<…>::_M_realloc_insert<…>(…)", "std::vector::_M_realloc_insert");
	check("std::pair<int, long> shop::make<int>(int)", "shop::make<int>", "shop::make<int>(…)",
	      "shop::make<…>(…)", "shop::make");
	check("(anonymous namespace)::fill(char*)", "(anonymous namespace)::fill",
	      "(anonymous namespace)::fill(…)", "(anonymous namespace)::fill(…)",
	      "(anonymous namespace)::fill");
	check("decltype (f(0)) shop::call<int>(int)", "shop::call<int>", "shop::call<int>(…)",
	      "shop::call<…>(…)", "shop::call");
	check("non-virtual thunk to shop::Cart::grow(int)", "shop::Cart::grow",
	      "shop::Cart::grow(…)", "shop::Cart::grow(…)", "shop::Cart::grow");
	check("grow(int) [clone .cold]", "grow", "grow(…)", "grow(…)", "grow");
	check("f<(a->b)>(int)", "f<(a->b)>", "f<(a->b)>(…)", "f<…>(…)", "f");
}

static void operators(void **state)
{
	(void)state;
	check("operator new(unsigned long)", "operator new", "operator new(…)", "operator new(…)",
	      "operator new");
	check("operator delete[](void*)", "operator delete[]", "operator delete[](…)",
	      "operator delete[](…)", "operator delete[]");
	check("shop::Less::operator()(int, int) const", "shop::Less::operator()",
	      "shop::Less::operator()(…)", "shop::Less::operator()(…)", "shop::Less::operator()");
	check("std::ostream& std::operator<< <char>(std::ostream&, char)", "std::operator<< <char>",
	      "std::operator<< <char>(…)", "std::operator<< <…>(…)", "std::operator<<");
	check("bool shop::operator< <int>(int)", "shop::operator< <int>",
	      "shop::operator< <int>(…)", "shop::operator< <…>(…)", "shop::operator<");
	check("shop::Ptr<int>::operator->()", "shop::Ptr<int>::operator->",
	      "shop::Ptr<int>::operator->()", "shop::Ptr<…>::operator->()",
	      "shop::Ptr::operator->");
	check("shop::Cart::operator std::string() const", "shop::Cart::operator std::string",
	      "shop::Cart::operator std::string()", "shop::Cart::operator std::string()",
	      "shop::Cart::operator std::string");
	check("my_operator(int)", "my_operator", "my_operator(…)", "my_operator(…)", "my_operator");
}

static void nested_functions(void **state)
{
	(void)state;
	check("shop::run(int)::{lambda(char)#1}::operator()(char) const",
	      "shop::run(int)::{lambda(char)#1}::operator()",
	      "shop::run(int)::{lambda(char)#1}::operator()(…)",
	      "shop::run(…)::{lambda(…)#1}::operator()(…)",
	      "shop::run()::{lambda()#1}::operator()");
	check("Cart::run() const::Local::grow(int)", "Cart::run() const::Local::grow",
	      "Cart::run() const::Local::grow(…)", "Cart::run() const::Local::grow(…)",
	      "Cart::run() const::Local::grow");
}

static void rust(void **state)
{
	(void)state;
	check("<shop::Cart as core::ops::drop::Drop>::drop",
	      "<shop::Cart as core::ops::drop::Drop>::drop",
	      "<shop::Cart as core::ops::drop::Drop>::drop", "<shop::Cart as …>::drop",
	      "<shop::Cart as …>::drop");
	check("<shop::Cart>::grow::<u64>", "<shop::Cart>::grow::<u64>", "<shop::Cart>::grow::<u64>",
	      "<shop::Cart>::grow::<…>", "<shop::Cart>::grow::");
	check("alloc::raw_vec::RawVec<T,A>::reserve", "alloc::raw_vec::RawVec<T,A>::reserve",
	      "alloc::raw_vec::RawVec<T,A>::reserve", "alloc::raw_vec::RawVec<…>::reserve",
	      "alloc::raw_vec::RawVec::reserve");
}

/* What is unbalanced ends with the text, and no buffer is too small. */
static void hostile(void **state)
{
	static const char *const symbols[] = {"(",
					      "<",
					      ")",
					      ">>>",
					      "a<b",
					      "a(b",
					      "a>(b)::",
					      "operator<",
					      "operator (",
					      "{operator<}(x)",
					      "({[<",
					      "f(a)::(b",
					      "decltype(",
					      "decltype (a",
					      "(anonymous namespace)",
					      "\xff<\xfe(\xfd",
					      "->",
					      "a - b > (c)",
					      "<a as b(c",
					      "x::operator()(",
					      " ",
					      "  (",
					      "operator ",
					      "(a)::(b)::(c)::",
					      "<>()"};

	(void)state;
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		/* Of the heap, so that a byte read beyond it is noticed. */
		char *symbol = strdup(symbols[i]);

		assert_true(symbol_function(symbol).len <= strlen(symbol));
		for (enum symbol_form form = SYMBOL_WHOLE; form <= SYMBOL_BARE; form++) {
			for (size_t len = 1; len < 24; len++) {
				char *buf = malloc(len);

				symbol_shorten(symbol, form, buf, len);
				assert_true(strlen(buf) < len);
				free(buf);
			}
		}
		free(symbol);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_names), cmocka_unit_test(cxx),
		cmocka_unit_test(operators),   cmocka_unit_test(nested_functions),
		cmocka_unit_test(rust),	       cmocka_unit_test(hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
