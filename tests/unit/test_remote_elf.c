// SPDX-License-Identifier: GPL-2.0
#include "remote_elf.h"
#include "remote_process.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * A small library as it would be mapped at `BASE`: made for the addresses from 0x1000 on, with one
 * page of which everything is a part.
 */
#define BASE 0x7f0000000000ULL
#define LINK 0x1000ULL

struct image {
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdrs[2];
	Elf64_Dyn dynamic[8];
	Elf64_Sym symbols[4];
	char strings[32];
	uint32_t hash[2 + 1 + 4]; /* one bucket */
	struct {
		uint32_t buckets, first, words, shift;
		uint64_t bloom;
		uint32_t bucket;
		uint32_t chain[3];
	} gnu;
};

static union {
	struct image image;
	uint8_t bytes[REMOTE_PAGE];
} page;

static int read_page(void *ctx, uint64_t address, void *buf, size_t len)
{
	(void)ctx;
	if (address != BASE)
		return -EFAULT;
	memcpy(buf, page.bytes, len);
	return 0;
}

static uint32_t gnu_hash(const char *name)
{
	uint32_t hash = 5381;

	while (*name)
		hash = hash * 33 + (unsigned char)*name++;
	return hash;
}

#define PLACE(field) (LINK + offsetof(struct image, field))

/* Symbols: none, an undefined "alpha", "alpha" at 0x1100, "beta" at 0x1200. */
static void make_symbols(struct image *image)
{
	memcpy(image->strings, "\0alpha\0beta", 12);
	image->symbols[1] = (Elf64_Sym){.st_name = 1, .st_shndx = SHN_UNDEF, .st_value = 0x1300};
	image->symbols[2] = (Elf64_Sym){.st_name = 1, .st_shndx = 7, .st_value = 0x1100};
	image->symbols[3] = (Elf64_Sym){.st_name = 7, .st_shndx = 7, .st_value = 0x1200};
	image->hash[0] = 1;
	image->hash[1] = 4;
	image->hash[2] = 1;
	image->hash[3 + 1] = 2;
	image->hash[3 + 2] = 3;
	image->gnu.buckets = 1;
	image->gnu.first = 1;
	image->gnu.words = 1;
	image->gnu.shift = 6;
	image->gnu.bloom = UINT64_MAX;
	image->gnu.bucket = 1;
	image->gnu.chain[0] = gnu_hash("alpha") & ~1u;
	image->gnu.chain[1] = gnu_hash("alpha") & ~1u;
	image->gnu.chain[2] = gnu_hash("beta") | 1;
}

static struct image *make_image(Elf64_Sxword hash_tag, bool relocated)
{
	struct image *image = &page.image;
	uint64_t add = relocated ? BASE - LINK : 0;

	memset(&page, 0, sizeof(page));
	memcpy(image->ehdr.e_ident, ELFMAG, SELFMAG);
	image->ehdr.e_ident[EI_CLASS] = ELFCLASS64;
	image->ehdr.e_ident[EI_DATA] = ELFDATA2LSB;
	image->ehdr.e_phoff = offsetof(struct image, phdrs);
	image->ehdr.e_phentsize = sizeof(Elf64_Phdr);
	image->ehdr.e_phnum = 2;
	image->phdrs[0] = (Elf64_Phdr){.p_type = PT_LOAD, .p_vaddr = LINK, .p_memsz = 4096};
	image->phdrs[1] = (Elf64_Phdr){
		.p_type = PT_DYNAMIC, .p_vaddr = PLACE(dynamic), .p_memsz = sizeof(image->dynamic)};
	image->dynamic[0] = (Elf64_Dyn){DT_SYMTAB, {PLACE(symbols) + add}};
	image->dynamic[1] = (Elf64_Dyn){DT_STRTAB, {PLACE(strings) + add}};
	image->dynamic[2] =
		(Elf64_Dyn){hash_tag, {(hash_tag == DT_HASH ? PLACE(hash) : PLACE(gnu)) + add}};
	make_symbols(image);
	return image;
}

static struct remote_memory *memory;

static int open_image(struct remote_elf *elf)
{
	struct remote remote = {.read = read_page};

	remote_memory_begin(memory, &remote, 0);
	return remote_elf_open(memory, BASE, elf);
}

static void check_image(void)
{
	struct remote_elf elf;
	uint64_t address;

	assert_int_equal(open_image(&elf), 0);
	assert_int_equal(elf.bias, BASE - LINK);
	assert_int_equal(remote_elf_symbol(memory, &elf, "alpha", &address), 0);
	assert_int_equal(address, BASE - LINK + 0x1100);
	assert_int_equal(remote_elf_symbol(memory, &elf, "beta", &address), 0);
	assert_int_equal(address, BASE - LINK + 0x1200);
	assert_int_equal(remote_elf_symbol(memory, &elf, "bet", &address), -ENOENT);
	assert_int_equal(remote_elf_symbol(memory, &elf, "betas", &address), -ENOENT);
	assert_int_equal(remote_elf_symbol(memory, &elf, "", &address), -ENOENT);
}

static void test_symbols(void **state)
{
	(void)state;
	make_image(DT_GNU_HASH, true);
	check_image();
	make_image(DT_GNU_HASH, false);
	check_image();
	make_image(DT_HASH, true);
	check_image();
	make_image(DT_HASH, false);
	check_image();
}

static void test_bloom(void **state)
{
	struct image *image = make_image(DT_GNU_HASH, true);
	struct remote_elf elf;
	uint32_t hash = gnu_hash("alpha");
	uint64_t address;

	(void)state;
	image->gnu.bloom = 1ULL << hash % 64 | 1ULL << (hash >> 6) % 64;
	assert_int_equal(open_image(&elf), 0);
	assert_int_equal(remote_elf_symbol(memory, &elf, "alpha", &address), 0);
	assert_int_equal(remote_elf_symbol(memory, &elf, "beta", &address), -ENOENT);
}

static void test_no_elf(void **state)
{
	struct remote_elf elf;

	(void)state;
	make_image(DT_HASH, true)->ehdr.e_ident[1] = 'F';
	assert_int_equal(open_image(&elf), -ENOEXEC);
	make_image(DT_HASH, true)->ehdr.e_ident[EI_CLASS] = ELFCLASS32;
	assert_int_equal(open_image(&elf), -ENOEXEC);
	make_image(DT_HASH, true)->ehdr.e_ident[EI_DATA] = ELFDATA2MSB;
	assert_int_equal(open_image(&elf), -ENOEXEC);
	make_image(DT_HASH, true)->ehdr.e_phentsize = 32;
	assert_int_equal(open_image(&elf), -ENOEXEC);
	make_image(DT_HASH, true)->ehdr.e_phnum = 65535;
	assert_int_equal(open_image(&elf), -ENOEXEC);
	make_image(DT_HASH, true)->phdrs[0].p_type = PT_NOTE;
	assert_int_equal(open_image(&elf), -ENOEXEC);
	make_image(DT_HASH, true)->phdrs[1].p_type = PT_NOTE;
	assert_int_equal(open_image(&elf), -ENOEXEC);
	make_image(DT_HASH, true)->dynamic[1].d_tag = DT_NULL;
	assert_int_equal(open_image(&elf), -ENOEXEC);
	make_image(DT_HASH, true)->ehdr.e_phoff = 1 << 20;
	assert_int_equal(open_image(&elf), -EFAULT);
	make_image(DT_HASH, true)->phdrs[1].p_vaddr = 1 << 20;
	assert_int_equal(open_image(&elf), -EFAULT);
}

/* Lists that do not end, and what points nowhere. */
static void test_hostile(void **state)
{
	struct remote_elf elf;
	struct image *image;
	uint64_t address;

	(void)state;
	image = make_image(DT_HASH, true);
	image->hash[3 + 1] = 1;
	assert_int_equal(open_image(&elf), 0);
	assert_int_equal(remote_elf_symbol(memory, &elf, "alpha", &address), -ENOENT);
	image->hash[0] = 0;
	assert_int_equal(open_image(&elf), 0);
	assert_int_equal(remote_elf_symbol(memory, &elf, "alpha", &address), -ENOENT);
	image = make_image(DT_HASH, true);
	image->hash[2] = UINT32_MAX;
	assert_int_equal(open_image(&elf), 0);
	assert_int_equal(remote_elf_symbol(memory, &elf, "alpha", &address), -ENOENT);
	image = make_image(DT_GNU_HASH, true);
	image->gnu.bucket = 0;
	assert_int_equal(open_image(&elf), 0);
	assert_int_equal(remote_elf_symbol(memory, &elf, "alpha", &address), -ENOENT);
	image->gnu.bucket = UINT32_MAX;
	assert_int_equal(open_image(&elf), 0);
	assert_int_equal(remote_elf_symbol(memory, &elf, "alpha", &address), -EFAULT);
	image->gnu.words = 0;
	assert_int_equal(open_image(&elf), 0);
	assert_int_equal(remote_elf_symbol(memory, &elf, "alpha", &address), -ENOENT);
	image->gnu.words = UINT32_MAX;
	image->gnu.shift = UINT32_MAX;
	assert_int_equal(open_image(&elf), 0);
	assert_int_equal(remote_elf_symbol(memory, &elf, "alpha", &address), -EFAULT);
	image = make_image(DT_GNU_HASH, true);
	memset(image->gnu.chain, 0, sizeof(image->gnu.chain));
	assert_int_equal(open_image(&elf), 0);
	assert_true(remote_elf_symbol(memory, &elf, "alpha", &address) < 0);
	image = make_image(DT_GNU_HASH, true);
	image->symbols[2].st_name = UINT32_MAX;
	assert_int_equal(open_image(&elf), 0);
	assert_int_equal(remote_elf_symbol(memory, &elf, "alpha", &address), -ENOENT);
}

/* A library that was really loaded. */
static void test_self(void **state)
{
	pid_t pid = getpid();
	struct remote remote = remote_of_process(&pid);
	struct remote_elf elf;
	uint64_t address;
	Dl_info info;

	(void)state;
	assert_int_not_equal(dladdr(dlsym(RTLD_DEFAULT, "elf_version"), &info), 0);
	remote_memory_begin(memory, &remote, 0);
	assert_int_equal(remote_elf_open(memory, (uintptr_t)info.dli_fbase, &elf), 0);
	assert_int_equal(remote_elf_symbol(memory, &elf, "elf_version", &address), 0);
	assert_int_equal(address, (uintptr_t)info.dli_saddr);
	assert_int_equal(remote_elf_symbol(memory, &elf, "elf_versions", &address), -ENOENT);
	/* It takes that one from another library. */
	assert_int_equal(remote_elf_symbol(memory, &elf, "free", &address), -ENOENT);
	assert_true(remote_memory_calls(memory) < 16);
}

static int setup(void **state)
{
	(void)state;
	return remote_memory_new(&memory);
}

static int teardown(void **state)
{
	(void)state;
	remote_memory_free(memory);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_symbols), cmocka_unit_test(test_bloom),
		cmocka_unit_test(test_no_elf),	cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_self),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
