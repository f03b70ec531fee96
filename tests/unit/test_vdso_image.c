// SPDX-License-Identifier: GPL-2.0
#include "vdso_image.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <cmocka.h>

static void *pretended;

/* In place of the C library's own. */
unsigned long getauxval(unsigned long type)
{
	return type == AT_SYSINFO_EHDR ? (unsigned long)(uintptr_t)pretended : 0;
}

/* Where the kernel put it, by the process's own list. */
static void *own_vdso(void)
{
	Elf64_auxv_t pair;
	int fd = open("/proc/self/auxv", O_RDONLY | O_CLOEXEC);
	void *found = NULL;

	while (read(fd, &pair, sizeof(pair)) == sizeof(pair))
		if (pair.a_type == AT_SYSINFO_EHDR)
			found = (void *)(uintptr_t)pair.a_un.a_val;
	close(fd);
	return found;
}

static bool has_symbol(Elf *elf, const char *name)
{
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(elf, scn))) {
		Elf_Data *data = elf_getdata(scn, NULL);
		GElf_Shdr shdr;
		GElf_Sym sym;

		if (!gelf_getshdr(scn, &shdr) || shdr.sh_type != SHT_DYNSYM)
			continue;
		for (int i = 0; gelf_getsym(data, i, &sym); i++)
			if (!strcmp(elf_strptr(elf, shdr.sh_link, sym.st_name), name))
				return true;
	}
	return false;
}

static void test_own(void **state)
{
	Elf *elf;
	int fd;

	(void)state;
	pretended = own_vdso();
	if (!pretended)
		skip();
	fd = vdso_image_open();
	assert_true(fd > 0);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	assert_non_null(elf);
	assert_int_equal(elf_kind(elf), ELF_K_ELF);
	assert_true(has_symbol(elf, "__vdso_clock_gettime") ||
		    has_symbol(elf, "__kernel_clock_gettime"));
	elf_end(elf);
	close(fd);
}

static void test_wrong(void **state)
{
	Elf64_Ehdr ehdr = {.e_ident = ELFMAG, .e_shoff = 32 << 10, .e_shnum = 1, .e_shentsize = 64};

	(void)state;
	pretended = NULL;
	assert_int_equal(vdso_image_open(), -ENOENT);
	pretended = &ehdr;
	ehdr.e_ident[EI_CLASS] = ELFCLASS32;
	assert_int_equal(vdso_image_open(), -ENOEXEC);
	ehdr.e_ident[EI_CLASS] = ELFCLASS64;
	ehdr.e_shnum = ehdr.e_shentsize = UINT16_MAX;
	assert_int_equal(vdso_image_open(), -ENOEXEC);
	ehdr.e_shoff = UINT64_MAX;
	assert_int_equal(vdso_image_open(), -ENOEXEC);
	ehdr.e_shoff = 0;
	assert_int_equal(vdso_image_open(), -ENOEXEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
