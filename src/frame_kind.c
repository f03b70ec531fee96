// SPDX-License-Identifier: GPL-2.0
#include "frame_kind.h"

#include "symbol_name.h"

#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static bool starts(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

static bool starts_with_one(const char *text, const char *const *prefixes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (starts(text, prefixes[i]))
			return true;
	return false;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool is_shared_library(const char *module)
{
	const char *at = base_name(module);

	while ((at = strstr(at, ".so"))) {
		at += strlen(".so");
		if (!*at || *at == '.' || *at == ' ')
			return true;
	}
	return false;
}

/* Libraries that run below everything, and seldom have a line of their own to look at. */
static bool is_system_library(const char *base)
{
	static const char *const prefixes[] = {
		"[vdso]",      "ld-linux",    "ld-musl-",   "ld.so",	 "ld64.so", "ld-2.",
		"libc.so",     "libc-2.",     "libc.musl-", "libm.so",	 "libm-2.", "libpthread",
		"libdl",       "librt.so",    "librt-2.",   "libstdc++", "libc++",  "libgcc_s",
		"libjemalloc", "libtcmalloc", "libmimalloc"};

	return (is_shared_library(base) || *base == '[') &&
	       starts_with_one(base, prefixes, ARRAY_SIZE(prefixes));
}

/* "python3.11" and "libperl.so.5.36", but not "node_exporter" nor "perl-service". */
static bool is_interpreter(const char *module)
{
	static const char *const names[] = {"python", "pypy", "perl",	"ruby",	   "php",
					    "node",   "lua",  "luajit", "php-fpm", "php-cgi"};
	const char *base = base_name(module);
	bool library = starts(base, "lib");

	if (strstr(module, "/lib-dynload/") || starts(base, "libjvm.so"))
		return true;
	if (library)
		base += strlen("lib");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *after = base + strlen(names[i]);

		if (!starts(base, names[i]))
			continue;
		after += strspn(after, library ? ".-0123456789" : ".0123456789");
		if (!*after || *after == ' ' || (library && starts(after, "so")))
			return true;
	}
	return false;
}

/* The C library's own sources, as distributions build them. */
static bool is_libc_source(const char *file)
{
	return starts(file, "../sysdeps/") || strstr(file, "/sysdeps/") || strstr(file, "/glibc-");
}

/* Between the kernel and main(): names that an application seldom takes. */
static bool is_main_start(const char *symbol)
{
	static const char *const prefixes[] = {"__libc_start_", "_dl_start", "_dl_relocate_static",
					       "libc_start_main_stage2", "generic_start_main"};

	return !strcmp(symbol, "_start") || !strcmp(symbol, "_start_c") ||
	       starts_with_one(symbol, prefixes, ARRAY_SIZE(prefixes));
}

/* The same of a thread; "clone" and "start_thread" may be an application's. */
static bool is_thread_start(const char *symbol)
{
	static const char *const names[] = {"clone3", "__clone", "__clone3"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(symbol, names[i]))
			return true;
	return false;
}

/*
 * Functions of the C library and of allocators, for programs that have those inside. An application
 * may have its own by these names.
 */
static bool is_libc_function(const char *symbol)
{
	static const char *const names[] = {
		"malloc",	  "calloc",    "realloc",	 "reallocarray",
		"free",		  "memalign",  "aligned_alloc",	 "valloc",
		"posix_memalign", "sysmalloc", "mmap",		 "mmap64",
		"mremap",	  "brk",       "sbrk",		 "memset",
		"memcpy",	  "memmove",   "strdup",	 "strndup",
		"qsort",	  "qsort_r",   "msort_with_tmp", "clone",
		"start_thread",	  "call_init"};
	static const char *const prefixes[] = {
		"__memset_",	 "__memcpy_", "__memmove_",  "__strcpy_",    "__libc_",
		"__GI_",	 "__mmap",    "__brk",	     "__sbrk",	     "__strdup",
		"__qsort_r",	 "_IO_",      "_int_malloc", "_int_realloc", "_int_memalign",
		"_mid_memalign", "je_",	      "_rjem_",	     "tc_",	     "mi_",
		"_mi_",		 "tcmalloc::"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(symbol, names[i]))
			return true;
	return starts_with_one(symbol, prefixes, ARRAY_SIZE(prefixes));
}

static bool ends(const char *text, const char *suffix)
{
	size_t len = strlen(text);

	return len >= strlen(suffix) && !strcmp(text + len - strlen(suffix), suffix);
}

/* The libraries that come with C++ and what its compilers call. */
static bool is_cxx_runtime(const char *symbol)
{
	static const char *const prefixes[] = {
		"std::",	   "__gnu_cxx::", "__cxxabiv1::",     "operator new",
		"operator delete", "__cxa_",	  "__gxx_personality"};

	return starts_with_one(symbol_function(symbol).at, prefixes, ARRAY_SIZE(prefixes));
}

/* The same of Rust, whose names have no parameters: a C++ namespace may well be called "core". */
static bool is_rust_runtime(const char *symbol, const char *file)
{
	static const char *const namespaces[] = {"std::", "core::", "alloc::", "hashbrown::"};
	static const char *const prefixes[] = {"__rust_", "__rdl_", "__rg_", "rust_begin_",
					       "rust_panic"};

	if (starts_with_one(symbol, prefixes, ARRAY_SIZE(prefixes)))
		return true;
	if (symbol_function(symbol).len < strlen(symbol) || (file && !ends(file, ".rs")))
		return false;
	/* "<alloc::vec::Vec<T> as ...>::extend", and "<T as ...>::into" where the file tells. */
	if (starts_with_one(symbol + strspn(symbol, "<&[*"), namespaces, ARRAY_SIZE(namespaces)))
		return true;
	return *symbol == '<' && file && strstr(file, "/library/") &&
	       (strstr(file, "/rustc/") || strstr(file, "/rustlib/"));
}

/* The same of Go; in C, such a name is a static function's clone at most. */
static bool is_go_runtime(const char *symbol, const char *file)
{
	return starts(symbol, "runtime.") && (!file || ends(file, ".go"));
}

/* Whether the frame's names say so, whatever file it lies in. */
static bool is_runtime(const char *symbol, const char *file)
{
	bool source = file && !is_libc_source(file);

	if (file && !source)
		return true;
	return symbol && (is_main_start(symbol) || is_thread_start(symbol) ||
			  is_cxx_runtime(symbol) || is_rust_runtime(symbol, file) ||
			  is_go_runtime(symbol, file) || (!source && is_libc_function(symbol)));
}

enum frame_kind frame_kind(const struct frame *frame)
{
	if (is_runtime(frame->symbol, frame->file))
		return FRAME_RUNTIME;
	/* Code without a file is compiled at run time; where it has no name either, nobody knows. */
	if (!frame->module)
		return frame->symbol ? FRAME_APPLICATION : FRAME_LIBRARY;
	if (is_system_library(base_name(frame->module)))
		return FRAME_RUNTIME;
	if (is_interpreter(frame->module))
		return FRAME_INTERPRETER;
	return frame->file || !is_shared_library(frame->module) ? FRAME_APPLICATION : FRAME_LIBRARY;
}

/* Below "/usr/lib/python3.11/" or the like, which is where Python's own library lies. */
static bool is_python_library(const char *file)
{
	static const char *const directories[] = {"/lib/python3", "/lib64/python3", "/lib/pypy3"};

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		const char *at = strstr(file, directories[i]);

		if (!at)
			continue;
		at += strlen(directories[i]);
		if (at[strspn(at, ".0123456789")] == '/')
			return true;
	}
	return false;
}

enum frame_kind frame_kind_script(const struct frame *frame)
{
	const char *file = frame->file ? frame->file : "";

	if (strstr(file, "/site-packages/") || strstr(file, "/dist-packages/"))
		return FRAME_LIBRARY;
	if (starts(file, "<frozen ") || is_python_library(file))
		return FRAME_RUNTIME;
	return FRAME_APPLICATION;
}

bool frame_is_python_loop(const struct frame *frame)
{
	return frame->symbol && (starts(frame->symbol, "_PyEval_EvalFrame") ||
				 starts(frame->symbol, "PyEval_EvalFrame"));
}

bool frame_is_main_start(const struct frame *frame)
{
	return frame->symbol && frame->module && is_main_start(frame->symbol);
}

bool frame_is_start(const struct frame *frame)
{
	return frame->symbol && (is_main_start(frame->symbol) || is_thread_start(frame->symbol));
}
