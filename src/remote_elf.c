// SPDX-License-Identifier: GPL-2.0
#include "remote_elf.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define PHDRS_MAX   64
#define DYNAMIC_MAX 256
/* Symbols with one hash value; CPython's longest chains have some ten. */
#define CHAIN_MAX  1024
#define SYMBOL_MAX 64

#if BYTE_ORDER == LITTLE_ENDIAN
#define NATIVE_DATA ELFDATA2LSB
#else
#define NATIVE_DATA ELFDATA2MSB
#endif

struct segments {
	bool has_bias;
	uint64_t bias;
	uint64_t low; /* in the file's addresses */
	uint64_t high;
	uint64_t dynamic;
	uint64_t dynamic_len;
};

static bool is_native(const Elf64_Ehdr *ehdr)
{
	return !memcmp(ehdr->e_ident, ELFMAG, SELFMAG) && ehdr->e_ident[EI_CLASS] == ELFCLASS64 &&
	       ehdr->e_ident[EI_DATA] == NATIVE_DATA && ehdr->e_phentsize == sizeof(Elf64_Phdr) &&
	       ehdr->e_phnum && ehdr->e_phnum <= PHDRS_MAX;
}

static void add_load(const Elf64_Phdr *phdr, uint64_t start, struct segments *segments)
{
	uint64_t end = phdr->p_vaddr + phdr->p_memsz;

	if (end < phdr->p_vaddr)
		return;
	/* The one the file begins in; the kernel maps whole pages. */
	if (!segments->has_bias && phdr->p_offset < REMOTE_PAGE) {
		segments->bias = start - (phdr->p_vaddr - phdr->p_offset);
		segments->has_bias = true;
	}
	if (phdr->p_vaddr < segments->low)
		segments->low = phdr->p_vaddr;
	if (end > segments->high)
		segments->high = end;
}

static int read_segments(struct remote_memory *memory, uint64_t start, struct segments *ret)
{
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr;
	int err = remote_memory_read(memory, start, &ehdr, sizeof(ehdr));

	if (err)
		return err;
	if (!is_native(&ehdr))
		return -ENOEXEC;
	*ret = (struct segments){.low = UINT64_MAX};
	for (size_t i = 0; i < ehdr.e_phnum; i++) {
		err = remote_memory_read(memory, start + ehdr.e_phoff + i * sizeof(phdr), &phdr,
					 sizeof(phdr));
		if (err)
			return err;
		if (phdr.p_type == PT_LOAD)
			add_load(&phdr, start, ret);
		if (phdr.p_type == PT_DYNAMIC) {
			ret->dynamic = phdr.p_vaddr;
			ret->dynamic_len = phdr.p_memsz;
		}
	}
	return ret->has_bias && ret->dynamic_len ? 0 : -ENOEXEC;
}

/* Where an entry of the dynamic section points to: glibc relocates them in place, musl does not. */
static uint64_t pointed(const struct remote_elf *elf, uint64_t value)
{
	return value >= elf->low && value < elf->high ? value : value + elf->bias;
}

static int read_dynamic(struct remote_memory *memory, uint64_t address, uint64_t len,
			struct remote_elf *elf)
{
	Elf64_Dyn dyn;

	for (size_t i = 0; i < DYNAMIC_MAX && i < len / sizeof(dyn); i++) {
		int err = remote_memory_read(memory, address + i * sizeof(dyn), &dyn, sizeof(dyn));

		if (err)
			return err;
		if (dyn.d_tag == DT_NULL)
			break;
		if (dyn.d_tag == DT_SYMTAB)
			elf->symbols = pointed(elf, dyn.d_un.d_ptr);
		else if (dyn.d_tag == DT_STRTAB)
			elf->strings = pointed(elf, dyn.d_un.d_ptr);
		else if (dyn.d_tag == DT_GNU_HASH)
			elf->gnu_hash = pointed(elf, dyn.d_un.d_ptr);
		else if (dyn.d_tag == DT_HASH)
			elf->hash = pointed(elf, dyn.d_un.d_ptr);
	}
	return elf->symbols && elf->strings && (elf->gnu_hash || elf->hash) ? 0 : -ENOEXEC;
}

int remote_elf_open(struct remote_memory *memory, uint64_t start, struct remote_elf *ret_elf)
{
	struct segments segments;
	struct remote_elf elf;
	int err = read_segments(memory, start, &segments);

	if (err)
		return err;
	elf = (struct remote_elf){
		.bias = segments.bias,
		.low = segments.low + segments.bias,
		.high = segments.high + segments.bias,
	};
	err = read_dynamic(memory, segments.dynamic + segments.bias, segments.dynamic_len, &elf);
	if (err)
		return err;
	*ret_elf = elf;
	return 0;
}

/* The symbol of that index, if it is a definition of that name; -ENOENT otherwise. */
static int check_symbol(struct remote_memory *memory, const struct remote_elf *elf, uint32_t index,
			const char *name, uint64_t *ret_address)
{
	char found[SYMBOL_MAX];
	size_t len = strlen(name) + 1;
	Elf64_Sym symbol;
	int err = remote_memory_read(memory, elf->symbols + (uint64_t)index * sizeof(symbol),
				     &symbol, sizeof(symbol));

	if (err)
		return err;
	if (symbol.st_shndx == SHN_UNDEF || len > sizeof(found))
		return -ENOENT;
	err = remote_memory_read(memory, elf->strings + symbol.st_name, found, len);
	if (err)
		return err == -EFAULT ? -ENOENT : err;
	if (memcmp(found, name, len))
		return -ENOENT;
	*ret_address = symbol.st_value + elf->bias;
	return 0;
}

static uint32_t gnu_hash_of(const char *name)
{
	uint32_t hash = 5381;

	for (; *name; name++)
		hash = hash * 33 + (unsigned char)*name;
	return hash;
}

struct gnu_hash {
	uint32_t buckets;
	uint32_t first_symbol;
	uint32_t bloom_words;
	uint32_t bloom_shift;
};

/* 1: perhaps, 0: surely not. */
static int bloom_has(struct remote_memory *memory, uint64_t bloom, const struct gnu_hash *head,
		     uint32_t hash)
{
	uint64_t word;
	int err = remote_memory_read(memory, bloom + hash / 64 % head->bloom_words * sizeof(word),
				     &word, sizeof(word));

	if (err)
		return err;
	return word >> hash % 64 & word >> (hash >> head->bloom_shift % 32) % 64 & 1;
}

static int find_by_gnu_hash(struct remote_memory *memory, const struct remote_elf *elf,
			    const char *name, uint64_t *ret_address)
{
	uint32_t hash = gnu_hash_of(name), index, value;
	uint64_t bloom = elf->gnu_hash + sizeof(struct gnu_hash), buckets, chain;
	struct gnu_hash head;
	int err = remote_memory_read(memory, elf->gnu_hash, &head, sizeof(head));

	if (err)
		return err;
	if (!head.buckets || !head.bloom_words)
		return -ENOENT;
	err = bloom_has(memory, bloom, &head, hash);
	if (err <= 0)
		return err ? err : -ENOENT;
	buckets = bloom + head.bloom_words * sizeof(uint64_t);
	chain = buckets + head.buckets * sizeof(uint32_t);
	err = remote_memory_read(memory, buckets + hash % head.buckets * sizeof(index), &index,
				 sizeof(index));
	if (err || index < head.first_symbol)
		return err ? err : -ENOENT;
	for (size_t i = 0; i < CHAIN_MAX; i++, index++) {
		err = remote_memory_read(
			memory, chain + (uint64_t)(index - head.first_symbol) * sizeof(value),
			&value, sizeof(value));
		if (!err && (value | 1) == (hash | 1)) {
			err = check_symbol(memory, elf, index, name, ret_address);
			if (err != -ENOENT)
				return err;
			err = 0;
		}
		if (err || value & 1)
			return err ? err : -ENOENT;
	}
	return -ENOENT;
}

/* Of the System V ABI. */
static uint32_t hash_of(const char *name)
{
	uint32_t hash = 0;

	for (; *name; name++) {
		hash = (hash << 4) + (unsigned char)*name;
		hash ^= hash >> 24 & 0xf0;
		hash &= 0x0fffffff;
	}
	return hash;
}

static int find_by_hash(struct remote_memory *memory, const struct remote_elf *elf,
			const char *name, uint64_t *ret_address)
{
	uint32_t head[2], index; /* buckets, symbols */
	uint64_t buckets = elf->hash + sizeof(head), chain;
	int err = remote_memory_read(memory, elf->hash, head, sizeof(head));

	if (err || !head[0])
		return err ? err : -ENOENT;
	chain = buckets + head[0] * sizeof(index);
	err = remote_memory_read(memory, buckets + hash_of(name) % head[0] * sizeof(index), &index,
				 sizeof(index));
	for (size_t i = 0; !err && index && index < head[1] && i < CHAIN_MAX; i++) {
		err = check_symbol(memory, elf, index, name, ret_address);
		if (err != -ENOENT)
			return err;
		err = remote_memory_read(memory, chain + (uint64_t)index * sizeof(index), &index,
					 sizeof(index));
	}
	return err ? err : -ENOENT;
}

int remote_elf_symbol(struct remote_memory *memory, const struct remote_elf *elf, const char *name,
		      uint64_t *ret_address)
{
	if (elf->gnu_hash)
		return find_by_gnu_hash(memory, elf, name, ret_address);
	return find_by_hash(memory, elf, name, ret_address);
}
