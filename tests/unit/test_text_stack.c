// SPDX-License-Identifier: GPL-2.0
#include "sample_incident.h"
#include "text.h"
#include "text_stack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define LIBC   "/usr/lib/x86_64-linux-gnu/libc.so.6"
#define STDCXX "/usr/lib/x86_64-linux-gnu/libstdc++.so.6"
#define SHOP   "/srv/shop/bin/shop"
#define PYTHON "/usr/bin/python3.11"

/* The rows of a page, each within its columns, as one text. */
static void check_page(const struct page *page, const char *want)
{
	char text[PAGE_ROWS_MAX * (PAGE_ROW_BYTES + 1) + 1] = "";

	assert_true(page->count <= page->max);
	assert_false(page->no_memory);
	for (size_t i = 0; i < page->count; i++) {
		assert_true(text_width(page->rows[i].text) <= PAGE_COLUMNS);
		strcat(strcat(text, page->rows[i].text), "\n");
	}
	assert_string_equal(text, want);
}

static void check_code(const struct stack *stack, size_t rows, const char *want)
{
	struct page page = {.max = rows};

	text_stack_code(&page, "Code", stack, false);
	check_page(&page, want);
}

static void add_start(struct stack *stack)
{
	sample_code(stack, "__libc_start_call_main", LIBC, NULL, 0);
	sample_code(stack, "__libc_start_main@@GLIBC_2.34", LIBC, NULL, 0);
	sample_code(stack, "_start", SHOP, NULL, 0);
}

static struct stack cxx_stack(void)
{
	static const char vector[] = "/usr/include/c++/12/bits/vector.tcc";
	struct stack stack = {.method = UNWIND_CFI};
	struct frame *frame;

	sample_code(&stack, "__memset_avx2_unaligned_erms", LIBC, NULL, 0);
	sample_code(&stack, "operator new(unsigned long)", STDCXX, NULL, 0);
	frame = sample_code(&stack,
			    "__gnu_cxx::new_allocator<shop::Item>::allocate(unsigned long, "
			    "void const*)",
			    SHOP, "/usr/include/c++/12/bits/new_allocator.h", 137);
	frame->inlined = true;
	sample_code(&stack,
		    "void std::vector<shop::Item, std::allocator<shop::Item> >::_M_realloc_insert"
		    "<shop::Item>(__gnu_cxx::__normal_iterator<shop::Item*, int>, shop::Item&&)",
		    SHOP, vector, 459);
	sample_code(&stack, "shop::Cart<int>::grow(unsigned long)", SHOP, "/srv/shop/src/cart.h",
		    42);
	frame = sample_code(&stack, "shop::Cart<int>::add(shop::Item const&, unsigned long)", SHOP,
			    "/srv/shop/src/cart.h", 30);
	frame->inlined = true;
	sample_code(&stack, "std::sort<int*, bool (*)(int, int)>(int*, int*)", SHOP,
		    "/usr/include/c++/12/bits/stl_algo.h", 4820);
	sample_code(&stack, "shop::checkout(shop::Session&, std::string const&)", SHOP,
		    "/home/ci/very/long/way/to/the/build/of/the/shop/src/checkout.cpp", 317);
	sample_code(&stack, "main", SHOP, "/srv/shop/src/main.cpp", 12);
	add_start(&stack);
	return stack;
}

static void application_stands_out(void **state)
{
	struct stack stack = cxx_stack();

	(void)state;
	check_code(
		&stack, 10,
		"  Code       (__memset_avx2_unaligned_erms < … < std::vector::_M_realloc_insert)\n"
		"           → shop::Cart<int>::grow(unsigned long)  /srv/shop/src/cart.h:42\n"
		"             shop::Cart<int>::add(…)  /srv/shop/src/cart.h:30  [inlined]\n"
		"             (std::sort)\n"
		"             shop::checkout(…)  …/to/the/build/of/the/shop/src/checkout.cpp:317\n"
		"             main  /srv/shop/src/main.cpp:12\n"
		"             (__libc_start_call_main < __libc_start_main@@GLIBC_2.34 < _start)\n");
	stack_clear(&stack);
}

static void few_rows(void **state)
{
	struct stack stack = cxx_stack();

	(void)state;
	check_code(
		&stack, 3,
		"  Code       (__memset_avx2_unaligned_erms < … < std::vector::_M_realloc_insert)\n"
		"           → shop::Cart<int>::grow(unsigned long)  /srv/shop/src/cart.h:42\n"
		"             … 7 more frames\n");
	check_code(&stack, 2,
		   "  Code     → shop::Cart<int>::grow(unsigned long)  /srv/shop/src/cart.h:42\n"
		   "             … 7 more frames\n");
	check_code(
		&stack, 1,
		"  Code     → shop::Cart<int>::grow(unsigned long)  /srv/shop/src/cart.h:42  …\n");
	stack_clear(&stack);
}

/* Of what no line is known, nothing keeps the frame with a line from being seen. */
static void mark_is_seen(void **state)
{
	struct stack stack = {0};

	(void)state;
	for (int i = 0; i < 20; i++) {
		char name[16];

		snprintf(name, sizeof(name), "f%d", i);
		sample_code(&stack, name, SHOP, i < 15 ? NULL : "src/a.c", i);
	}
	check_code(
		&stack, 4,
		"  Code       (f0 < f1 < f2 < f3 < f4 < f5 < f6 < f7 < f8 < f9 < f10 < … < f14)\n"
		"           → f15  src/a.c:15\n"
		"             f16  src/a.c:16\n"
		"             … 3 more frames\n");
	check_code(&stack, 2,
		   "  Code     → f15  src/a.c:15\n"
		   "             … 4 more frames\n");
	stack_clear(&stack);
}

static void nothing_is_the_users(void **state)
{
	struct stack stack = {0};

	(void)state;
	sample_code(&stack, "malloc", LIBC, NULL, 0);
	sample_code(&stack, "Perl_sv_grow", "/usr/bin/perl", NULL, 0);
	sample_code(&stack, NULL, "/usr/bin/perl", NULL, 0);
	check_code(&stack, 4,
		   "  Code       malloc+0x10  (libc.so.6)\n"
		   "             Perl_sv_grow+0x20  (perl)\n"
		   "             perl+0x30\n");
	/* A library of somebody comes nearer to it than the C library. */
	sample_code(&stack, "PQexec", "/usr/lib/libpq.so.5", NULL, 0);
	check_code(&stack, 4,
		   "  Code       (malloc < Perl_sv_grow < perl+0x30)\n"
		   "           → PQexec+0x40  (libpq.so.5)\n");
	stack_clear(&stack);
	/* What has no name is nothing to look at. */
	sample_code(&stack, NULL, NULL, NULL, 0);
	check_code(&stack, 4, "  Code       0x400010\n");
	stack_clear(&stack);
}

static void recursion(void **state)
{
	struct stack stack = {0};

	(void)state;
	for (int i = 0; i < 30; i++)
		sample_code(&stack, "parse", SHOP, "src/parse.c", 7);
	sample_code(&stack, "main", SHOP, "src/main.c", 9);
	check_code(&stack, 3,
		   "  Code     → parse  src/parse.c:7  (30 times)\n"
		   "             main  src/main.c:9\n");
	stack_clear(&stack);
}

static void how_far_it_goes(void **state)
{
	struct stack stack = {0};

	(void)state;
	sample_code(&stack, "grow", SHOP, "src/a.c", 1);
	stack.truncated = true;
	check_code(&stack, 3, "  Code     → grow  src/a.c:1  … and more\n");
	stack.method = UNWIND_MIXED;
	check_code(&stack, 3,
		   "  Code     → grow  src/a.c:1  … and more  "
		   "[the outer by frame pointers]\n");
	stack.truncated = false;
	stack.method = UNWIND_FRAME_POINTERS;
	check_code(&stack, 3,
		   "  Code     → grow  src/a.c:1  [by frame pointers: callers may be missing]\n");
	sample_code(&stack, "_start", SHOP, NULL, 0);
	check_code(&stack, 3,
		   "  Code     → grow  src/a.c:1\n"
		   "             (_start)  [by frame pointers]\n");
	stack.method = UNWIND_CFI;
	check_code(&stack, 3,
		   "  Code     → grow  src/a.c:1\n"
		   "             (_start)\n");
	/* Nothing comes before the start of a program. */
	sample_code(&stack, "garbage", SHOP, NULL, 0);
	sample_code(&stack, NULL, NULL, NULL, 0);
	check_code(&stack, 3,
		   "  Code     → grow  src/a.c:1\n"
		   "             (_start)\n");
	stack_clear(&stack);
	stack.valid = true;
	check_code(&stack, 3, "  Code     none, no user frame was found\n");
	stack.valid = false;
	check_code(&stack, 3, "  Code     ? (the user stack could not be read)\n");
}

static struct stack python_stack(void)
{
	struct stack stack = {0};

	sample_code(&stack, "raw_decode", NULL, "/usr/lib/python3.11/json/decoder.py", 353);
	sample_code(&stack, "decode", NULL, "/usr/lib/python3.11/json/decoder.py", 337);
	sample_code(&stack, "load", NULL, "/app/cart.py", 7);
	sample_code(&stack, "checkout", NULL, "/app/cart.py", 19);
	sample_code(&stack, "view", NULL, "/app/venv/lib/python3.11/site-packages/flask/app.py",
		    900);
	sample_code(&stack, "<module>", NULL, "/app/main.py", 3);
	return stack;
}

static struct stack interpreter_stack(const char *extension)
{
	struct stack stack = {.method = UNWIND_CFI};

	sample_code(&stack, "__memset_avx2_unaligned_erms", LIBC, NULL, 0);
	if (extension)
		sample_code(&stack, "fill_cart", "/app/_cart.cpython-311-x86_64-linux-gnu.so",
			    extension, 12);
	sample_code(&stack, "bytes_new_impl", PYTHON, NULL, 0);
	sample_code(&stack, "type_call", PYTHON, NULL, 0);
	for (int i = 0; i < 20; i++) {
		sample_code(&stack, "_PyEval_EvalFrameDefault", PYTHON, NULL, 0);
		sample_code(&stack, "_PyFunction_Vectorcall", PYTHON, NULL, 0);
	}
	sample_code(&stack, "Py_BytesMain", PYTHON, NULL, 0);
	add_start(&stack);
	return stack;
}

static void check_script(const char *label, const char *language, const struct stack *script,
			 const struct stack *native, size_t rows, const char *want)
{
	struct page page = {.max = rows};

	text_stack_script(&page, label, language, script, native);
	check_page(&page, want);
}

static void python_comes_first(void **state)
{
	struct stack script = python_stack(), native = interpreter_stack(NULL);

	(void)state;
	check_script(NULL, "Python 3.11", &script, &native, 10,
		     "  Python     (raw_decode < decode)\n"
		     "    3.11   → load  /app/cart.py:7\n"
		     "             checkout  /app/cart.py:19\n"
		     "             (view)\n"
		     "             <module>  /app/main.py:3\n"
		     "  Native   __memset_avx2_unaligned_erms < bytes_new_impl < type_call < …\n");
	check_script("Its code", "Python 3.11", &script, &native, 3,
		     "  Its code → load  /app/cart.py:7\n"
		     "    Python   … 3 more frames\n"
		     "  Native   __memset_avx2_unaligned_erms < bytes_new_impl < type_call < …\n");
	check_script(NULL, "Python 3.11", &script, &native, 1,
		     "  Python   → load  /app/cart.py:7  … 3 more frames\n");
	stack_clear(&native);
	/* A long way down takes a second row where there is room. */
	for (int i = 0; i < 9; i++)
		sample_code(&native, i % 2 ? "list_extend_again" : "PyObject_CallIt", PYTHON, NULL,
			    0);
	native.truncated = true;
	check_script(
		NULL, "Python 3.11", &script, &native, 7,
		"  Python     (raw_decode < decode)\n"
		"    3.11   → load  /app/cart.py:7\n"
		"             checkout  /app/cart.py:19\n"
		"             (view)\n"
		"             <module>  /app/main.py:3\n"
		"  Native   PyObject_CallIt < list_extend_again < PyObject_CallIt\n"
		"           < list_extend_again < PyObject_CallIt < … < PyObject_CallIt < …\n");
	stack_clear(&native);
	check_script(NULL, "Python 3.11", &script, &native, 3,
		     "  Python     (raw_decode < decode)\n"
		     "    3.11   → load  /app/cart.py:7\n"
		     "             … 3 more frames\n");
	/* Labels have to be words of a few columns. */
	check_script(NULL, "A very-odd\033one", &script, &native, 2,
		     "  A        → load  /app/cart.py:7\n"
		     "             … 3 more frames\n");
	check_script(NULL, "Interpreter", &script, &native, 1,
		     "  Script   → load  /app/cart.py:7  … 3 more frames\n");
	check_script(NULL, NULL, &script, &native, 1,
		     "  Script   → load  /app/cart.py:7  … 3 more frames\n");
	stack_clear(&script);
}

static void extension_stands_out(void **state)
{
	struct stack script = python_stack(), native = interpreter_stack("ext/cart.c");

	(void)state;
	check_script(NULL, "Python 3.11", &script, &native, 10,
		     "  Python     (raw_decode < decode)\n"
		     "    3.11   → load  /app/cart.py:7\n"
		     "             checkout  /app/cart.py:19\n"
		     "             (view)\n"
		     "             <module>  /app/main.py:3\n"
		     "  Native     (__memset_avx2_unaligned_erms in libc.so.6)\n"
		     "           → fill_cart  ext/cart.c:12\n"
		     "             (bytes_new_impl < type_call < … < _start)\n");
	check_script(NULL, "Python 3.11", &script, &native, 3,
		     "  Python   → load  /app/cart.py:7\n"
		     "    3.11     … 3 more frames\n"
		     "  Native   → fill_cart  ext/cart.c:12  … 46 more frames\n");
	stack_clear(&script);
	stack_clear(&native);
}

/* A program installed as a package is still what is nearest to the user's own. */
static void only_packages(void **state)
{
	struct stack script = {0}, native = {0};

	(void)state;
	sample_code(&script, "wait", NULL, "/usr/lib/python3.11/threading.py", 320);
	sample_code(&script, "run", NULL, "/usr/lib/python3/dist-packages/salt/minion.py", 5);
	check_script(NULL, "Python 3.11", &script, &native, 4,
		     "  Python     (wait)\n"
		     "    3.11   → run  /usr/lib/python3/dist-packages/salt/minion.py:5\n");
	stack_clear(&script);
}

static void threads(void **state)
{
	struct language_stack stacks[5] = {0};
	struct page page = {.max = 3};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		stacks[i].tid = num_of(4242 + (int64_t)i);
		stacks[i].stack = i == 1 ? (struct stack){0} : python_stack();
	}
	text_stack_threads(&page, "Victim's", 3, stacks, 5);
	check_page(&page, "  Victim's thread 4242: load  /app/cart.py:7\n"
			  "           thread 4244: load  /app/cart.py:7\n"
			  "           thread 4245: load  /app/cart.py:7  … 1 more\n");
	page = (struct page){.max = 3};
	text_stack_threads(&page, "Victim's", 1, stacks + 1, 2);
	check_page(&page, "  Victim's thread 4244: load  /app/cart.py:7\n");
	page = (struct page){.max = 3};
	text_stack_threads(&page, "Victim's", 3, stacks + 1, 1);
	assert_int_equal(page.count, 0);
	for (size_t i = 0; i < 5; i++)
		stack_clear(&stacks[i].stack);
}

/* Of long names the function, of long paths the end is kept. */
static void long_names(void **state)
{
	struct stack stack = {0};
	struct frame *frame;

	(void)state;
	frame = sample_code(&stack,
			    "shop::inventory::warehouse::Shelf<shop::inventory::Item, 42>::"
			    "rearrange_everything(shop::inventory::Item const*)",
			    SHOP, "/home/ci/build/shop/src/inventory/warehouse/shelf.cpp", 123456);
	frame->inlined = true;
	sample_code(&stack, "grow", SHOP,
		    "/home/ci/build/a_name_of_a_file_that_has_really_no_room_on_the_row.cpp", 1);
	sample_code(&stack, "\033]0;a\ngrow<\xff>(\xcc\x81int)", SHOP, "\xe6\xbc\xa2\n/x.c", 1);
	check_code(
		&stack, 4,
		"  Code     → …::rearrange_everything(…)  …/warehouse/shelf.cpp:123456"
		"  [inlined]\n"
		"             grow  …/a_name_of_a_file_that_has_really_no_room_on_the_row.cpp:1\n"
		"             \\e]0;a\\ngrow<\xef\xbf\xbd>(\xcc\x81int)  \xe6\xbc\xa2\\n/x.c:1\n");
	stack_clear(&stack);
}

static void tones(void **state)
{
	struct page page = {.max = 10};
	struct stack stack = cxx_stack();

	(void)state;
	text_stack_code(&page, "Code", &stack, false);
	assert_int_equal(page.rows[0].tone, TONE_PLAIN);
	assert_int_equal(page.rows[1].tone, TONE_STRONG);
	assert_int_equal(page.rows[2].tone, TONE_PLAIN);
	assert_int_equal(page.rows[3].tone, TONE_DIM);
	stack_clear(&stack);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(application_stands_out),
		cmocka_unit_test(few_rows),
		cmocka_unit_test(mark_is_seen),
		cmocka_unit_test(nothing_is_the_users),
		cmocka_unit_test(recursion),
		cmocka_unit_test(how_far_it_goes),
		cmocka_unit_test(python_comes_first),
		cmocka_unit_test(extension_stands_out),
		cmocka_unit_test(only_packages),
		cmocka_unit_test(threads),
		cmocka_unit_test(long_names),
		cmocka_unit_test(tones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
