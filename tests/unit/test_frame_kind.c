// SPDX-License-Identifier: GPL-2.0
#include "frame_kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char program[] = "/srv/app/bin/matrix";
static const char libc[] = "/usr/lib/x86_64-linux-gnu/libc.so.6";

static void check(enum frame_kind want, const char *symbol, const char *module, const char *file)
{
	struct frame frame = {
		.symbol = (char *)symbol, .module = (char *)module, .file = (char *)file};
	enum frame_kind kind = frame_kind(&frame);

	if (kind != want)
		fail_msg("%s in %s of %s is of kind %d", symbol ? symbol : "?",
			 module ? module : "?", file ? file : "?", kind);
}

static void applications(void **state)
{
	(void)state;
	check(FRAME_APPLICATION, "grow", program, "src/table.c");
	check(FRAME_APPLICATION, "grow", program, NULL);
	check(FRAME_APPLICATION, NULL, program, NULL);
	check(FRAME_APPLICATION, "grow", "/srv/app/lib/libengine.so.2", "src/engine.c");
	check(FRAME_APPLICATION, "main", "/srv/foo.social", NULL);
	check(FRAME_APPLICATION, "LazyCompile:*grow /app/cart.js:12:3", NULL, NULL);
	/* Its own, by a name of the C library. */
	check(FRAME_APPLICATION, "malloc", program, "src/pool.c");
	check(FRAME_APPLICATION, "clone", program, "src/tree.c");
	check(FRAME_APPLICATION, "start_thread", program, "src/pool.c");
	check(FRAME_APPLICATION, "core::Engine::grow(int)", program, NULL);
	check(FRAME_APPLICATION, "core::Engine::grow", program, "src/core.cpp");
	check(FRAME_APPLICATION, "alloc::grow(unsigned long)", program, "src/alloc.cpp");
	check(FRAME_APPLICATION, "runtime.isra.0", program, "src/clock.c");
	check(FRAME_APPLICATION, "std::vector<int> shop::list<int>(int)", program, "src/shop.cpp");
	check(FRAME_APPLICATION, "<shop::Cart as core::ops::drop::Drop>::drop", program, NULL);
	check(FRAME_APPLICATION, "<T as shop::Into>::into", program, "src/into.rs");
	check(FRAME_APPLICATION, "main", "/usr/bin/node_exporter", NULL);
	check(FRAME_APPLICATION, "main", "/usr/bin/node-problem-detector", NULL);
	check(FRAME_APPLICATION, "main", "/usr/bin/pythonista", NULL);
}

static void libraries(void **state)
{
	(void)state;
	check(FRAME_LIBRARY, "PQexec", "/usr/lib/libpq.so.5", NULL);
	check(FRAME_LIBRARY, NULL, "/usr/lib/libpq.so.5.15", NULL);
	check(FRAME_LIBRARY, "PQexec", "/usr/lib/libpq.so (deleted)", NULL);
	check(FRAME_LIBRARY, "array_resize", "/app/numpy/core/_multiarray.cpython-311.so", NULL);
	/* Nobody knows whose it is. */
	check(FRAME_LIBRARY, NULL, NULL, NULL);
}

static void interpreters(void **state)
{
	static const char *const modules[] = {
		"/usr/bin/python3.11",
		"/usr/bin/python3",
		"/usr/lib/x86_64-linux-gnu/libpython3.11.so.1.0",
		"/opt/python3.12 (deleted)",
		"/usr/bin/perl",
		"/usr/lib/libperl.so.5.36",
		"/usr/lib/libruby-3.1.so.3.1",
		"/usr/sbin/php-fpm8.2",
		"/usr/lib/jvm/lib/server/libjvm.so",
		"/usr/lib/python3.11/lib-dynload/_json.cpython-311-x86_64-linux-gnu.so",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		check(FRAME_INTERPRETER, "_PyEval_EvalFrameDefault", modules[i], NULL);
		check(FRAME_INTERPRETER, NULL, modules[i], NULL);
		check(FRAME_INTERPRETER, "bytes_new", modules[i], "../Objects/bytesobject.c");
	}
}

static void runtimes(void **state)
{
	static const char rust_source[] = "/rustc/0123456789abcdef/library/core/src/convert/mod.rs";

	(void)state;
	check(FRAME_RUNTIME, "__memset_avx2_unaligned_erms", libc, NULL);
	check(FRAME_RUNTIME, NULL, libc, NULL);
	check(FRAME_RUNTIME, "_int_malloc", libc, "./malloc/malloc.c");
	check(FRAME_RUNTIME, "malloc", "/lib/libc-2.31.so", NULL);
	check(FRAME_RUNTIME, "malloc", "/lib/ld-musl-x86_64.so.1", NULL);
	check(FRAME_RUNTIME, "je_malloc", "/usr/lib/libjemalloc.so.2", "src/jemalloc.c");
	check(FRAME_RUNTIME, "__vdso_gettimeofday", "[vdso]", NULL);
	/* Inside a static program. */
	check(FRAME_RUNTIME, "__memset_avx2_unaligned_erms", program, NULL);
	check(FRAME_RUNTIME, "malloc", program, NULL);
	check(FRAME_RUNTIME, "malloc", program, "/build/glibc-6iIyft/glibc-2.36/malloc/malloc.c");
	check(FRAME_RUNTIME, "memset", program, "../sysdeps/x86_64/multiarch/memset.S");
	check(FRAME_RUNTIME, "_start", program, "../sysdeps/x86_64/start.S");
	check(FRAME_RUNTIME, "__libc_start_call_main", program, NULL);
	check(FRAME_RUNTIME, "__libc_start_main@@GLIBC_2.34", libc, NULL);
	check(FRAME_RUNTIME, "start_thread", program, NULL);
	check(FRAME_RUNTIME, "clone3", program, NULL);
	/* C++ */
	check(FRAME_RUNTIME, "operator new(unsigned long)", "/usr/lib/libstdc++.so.6", NULL);
	check(FRAME_RUNTIME, "operator new[](unsigned long)", program, "new_opv.cc");
	check(FRAME_RUNTIME, "void std::vector<int>::_M_realloc_insert<int>(int*, int&&)", program,
	      "/usr/include/c++/12/bits/vector.tcc");
	check(FRAME_RUNTIME, "std::vector<int> std::move(int)", program, NULL);
	check(FRAME_RUNTIME, "__gnu_cxx::new_allocator<int>::allocate(unsigned long)", program,
	      NULL);
	check(FRAME_RUNTIME, "__cxa_throw", program, NULL);
	/* Rust */
	check(FRAME_RUNTIME, "alloc::raw_vec::finish_grow", program, rust_source);
	check(FRAME_RUNTIME, "core::ops::function::FnOnce::call_once", program, NULL);
	check(FRAME_RUNTIME, "std::rt::lang_start::{{closure}}", program, NULL);
	check(FRAME_RUNTIME, "<alloc::vec::Vec<T> as core::clone::Clone>::clone", program, NULL);
	check(FRAME_RUNTIME, "<&[alloc::string::String] as X>::y", program, NULL);
	check(FRAME_RUNTIME, "<T as core::convert::Into<U>>::into", program, rust_source);
	check(FRAME_RUNTIME, "__rust_alloc", program, NULL);
	/* Go */
	check(FRAME_RUNTIME, "runtime.mallocgc", program, "/usr/local/go/src/runtime/malloc.go");
	check(FRAME_RUNTIME, "runtime.(*mheap).alloc", program, NULL);
}

static void check_script(enum frame_kind want, const char *file)
{
	struct frame frame = {.symbol = "f", .file = (char *)file};

	assert_int_equal(frame_kind_script(&frame), want);
}

static void scripts(void **state)
{
	(void)state;
	check_script(FRAME_APPLICATION, "/app/cart.py");
	check_script(FRAME_APPLICATION, "/home/me/python3/cart.py");
	check_script(FRAME_APPLICATION, "/home/me/lib/python3ish/cart.py");
	check_script(FRAME_APPLICATION, "<string>");
	check_script(FRAME_APPLICATION, NULL);
	check_script(FRAME_LIBRARY, "/usr/lib/python3/dist-packages/yaml/loader.py");
	check_script(FRAME_LIBRARY, "/app/.venv/lib/python3.11/site-packages/django/db.py");
	check_script(FRAME_RUNTIME, "/usr/lib/python3.11/json/decoder.py");
	check_script(FRAME_RUNTIME, "/usr/lib64/python3.9/threading.py");
	check_script(FRAME_RUNTIME, "<frozen importlib._bootstrap>");
}

static void python_loop(void **state)
{
	static const char *const names[] = {"_PyEval_EvalFrameDefault",
					    "_PyEval_EvalFrameDefault.cold"};
	struct frame frame = {0};

	(void)state;
	assert_false(frame_is_python_loop(&frame));
	frame.symbol = "_PyEval_Vector";
	assert_false(frame_is_python_loop(&frame));
	for (size_t i = 0; i < 2; i++) {
		frame.symbol = (char *)names[i];
		assert_true(frame_is_python_loop(&frame));
	}
}

static void start(void **state)
{
	struct frame frame = {.module = (char *)program};

	(void)state;
	assert_false(frame_is_start(&frame));
	assert_false(frame_is_main_start(&frame));
	frame.symbol = "start_thread";
	assert_false(frame_is_start(&frame));
	frame.symbol = "clone3";
	assert_true(frame_is_start(&frame));
	assert_false(frame_is_main_start(&frame));
	frame.symbol = "__libc_start_main_impl";
	assert_true(frame_is_start(&frame));
	assert_true(frame_is_main_start(&frame));
	/* A function of a script. */
	frame.module = NULL;
	assert_false(frame_is_main_start(&frame));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(applications), cmocka_unit_test(libraries),
		cmocka_unit_test(interpreters), cmocka_unit_test(runtimes),
		cmocka_unit_test(start),	cmocka_unit_test(scripts),
		cmocka_unit_test(python_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
