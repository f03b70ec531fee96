// SPDX-License-Identifier: GPL-2.0
#include "symbol_index.h"

#include <elfutils/libdwfl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* So many addresses of a file are compared; libdwfl goes through the whole table for each. */
#define ADDRESSES 1500

/*
 * What a linker would hardly make: symbols in one another, of each binding, with the same start, with
 * no size, and gaps between them. In .data, so that nothing is in the way.
 */
__asm__(".pushsection .data\n"
	".type odd_outer, @function\n.globl odd_outer\nodd_outer:\n"
	".skip 8\n"
	".type odd_local, @function\nodd_local:\n"
	".type odd_weak, @function\n.weak odd_weak\nodd_weak:\n"
	".type odd_short, @function\n.globl odd_short\nodd_short:\n"
	".type odd_long, @function\n.globl odd_long\nodd_long:\n"
	".type odd_alias, @object\n.globl odd_alias\nodd_alias:\n"
	".skip 8\n"
	".type odd_inner, @function\nodd_inner:\n"
	".skip 4\n"
	".globl odd_label\nodd_label:\n"
	".skip 4\n"
	"odd_local_label:\n"
	".skip 8\n"
	".size odd_outer, 48\n.size odd_local, 12\n.size odd_weak, 16\n"
	".size odd_short, 4\n.size odd_long, 8\n.size odd_alias, 8\n.size odd_inner, 8\n"
	".skip 32\n"
	".type odd_alone, @function\nodd_alone:\n.skip 4\n"
	".globl odd_label_in_local\nodd_label_in_local:\n.skip 12\n"
	".size odd_alone, 16\n"
	".globl odd_last\nodd_last:\n.skip 64\n"
	".popsection\n");

static int no_debug_file(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
			 const char *file, const char *link, GElf_Word crc, char **ret_name)
{
	(void)module;
	(void)data;
	(void)name;
	(void)base;
	(void)file;
	(void)link;
	(void)crc;
	(void)ret_name;
	return -1;
}

static Dwfl *open_file(const char *path, Dwfl_Module **ret_module)
{
	static const Dwfl_Callbacks callbacks = {.find_debuginfo = no_debug_file,
						 .section_address = dwfl_offline_section_address};
	Dwfl *dwfl = dwfl_begin(&callbacks);

	dwfl_report_begin(dwfl);
	*ret_module = dwfl_report_offline(dwfl, "", path, -1);
	dwfl_report_end(dwfl, NULL, NULL);
	if (*ret_module)
		return dwfl;
	dwfl_end(dwfl);
	return NULL;
}

static void compare(const struct symbol_index *index, Dwfl_Module *module, uint64_t address)
{
	GElf_Off offset;
	GElf_Sym sym;
	const char *expected =
		dwfl_module_addrinfo(module, address, &offset, &sym, NULL, NULL, NULL);
	uint64_t start = 0;
	const char *found = symbol_index_find(index, address, &start);

	/* The very same entry of the string table. */
	if (found != expected || (found && start != address - offset))
		fail_msg("%#lx: %s at %#lx, not %s at %#lx", address, found ? found : "nothing",
			 start, expected ? expected : "nothing", address - offset);
}

/* Where symbols start and end, beside that, and anywhere. */
static void compare_file(const char *path)
{
	Dwfl_Module *module;
	Dwfl *dwfl = open_file(path, &module);
	struct symbol_index *index;
	Dwarf_Addr low, high;
	int symbols, step;

	if (!dwfl)
		return;
	dwfl_module_info(module, NULL, &low, &high, NULL, NULL, NULL, NULL);
	symbols = dwfl_module_getsymtab(module);
	index = symbol_index_new(module);
	assert_non_null(index);
	step = symbols / (ADDRESSES / 6) + 1;
	for (int i = 1; i < symbols; i += step) {
		GElf_Addr at;
		GElf_Sym sym;

		if (!dwfl_module_getsym_info(module, i, &sym, &at, NULL, NULL, NULL))
			continue;
		compare(index, module, at - 1);
		compare(index, module, at);
		compare(index, module, at + sym.st_size / 2);
		compare(index, module, at + sym.st_size - 1);
		compare(index, module, at + sym.st_size);
	}
	srandom(1);
	for (int i = 0; i < ADDRESSES / 6; i++)
		compare(index, module, low + (uint64_t)random() % (high - low));
	compare(index, module, 0);
	compare(index, module, UINT64_MAX);
	symbol_index_free(index);
	dwfl_end(dwfl);
}

/* libc, an interpreter and what this test is linked from; those that are not here are left out. */
static void test_files(void **state)
{
	static const char *const paths[] = {
		"/proc/self/exe",
		"/usr/bin/python3",
		"/lib/x86_64-linux-gnu/libc.so.6",
		"/lib/aarch64-linux-gnu/libc.so.6",
		"/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
		"/lib/x86_64-linux-gnu/libstdc++.so.6",
		"/usr/lib/x86_64-linux-gnu/libdw.so.1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		compare_file(paths[i]);
}

static GElf_Addr address_of(Dwfl_Module *module, const char *symbol)
{
	int symbols = dwfl_module_getsymtab(module);

	for (int i = 1; i < symbols; i++) {
		GElf_Addr at;
		GElf_Sym sym;
		const char *name = dwfl_module_getsym_info(module, i, &sym, &at, NULL, NULL, NULL);

		if (name && !strcmp(name, symbol))
			return at;
	}
	fail_msg("no symbol %s", symbol);
	return 0;
}

static void assert_name(const struct symbol_index *index, uint64_t address, const char *name)
{
	uint64_t start;

	assert_string_equal(symbol_index_find(index, address, &start), name);
}

/* Every byte of what is odd, and of some as one reads it in the source. */
static void test_odd(void **state)
{
	Dwfl_Module *module;
	Dwfl *dwfl = open_file("/proc/self/exe", &module);
	struct symbol_index *index;
	uint64_t outer, last;

	(void)state;
	assert_non_null(dwfl);
	index = symbol_index_new(module);
	outer = address_of(module, "odd_outer");
	last = address_of(module, "odd_last");
	for (uint64_t at = outer - 16; at < last + 80; at++)
		compare(index, module, at);
	assert_name(index, outer, "odd_outer");
	assert_name(index, outer + 8, "odd_short");
	/* The local one starts there, but the others come first. */
	assert_name(index, outer + 16, "odd_weak");
	assert_name(index, address_of(module, "odd_alone"), "odd_alone");
	/* A global label that is right there, and one that is not. */
	assert_name(index, address_of(module, "odd_label_in_local"), "odd_label_in_local");
	assert_name(index, address_of(module, "odd_label_in_local") + 1, "odd_alone");
	symbol_index_free(index);
	dwfl_end(dwfl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
