// SPDX-License-Identifier: GPL-2.0
#include "symbol_index.h"

#include "sorted.h"

#include <stdbool.h>
#include <stdlib.h>

#define SYMBOLS_MAX (1 << 20)
/* As many are looked at for one address; in most files it lies in one or two. */
#define NEAR_MAX 256

struct entry {
	uint64_t start;
	uint64_t reach; /* how far this and all that start before it go */
	int number;	/* in the module's table */
};

struct symbol_index {
	Dwfl_Module *module;
	int first_global;
	size_t count;
	struct entry *entries; /* sorted; none where there are too many */
};

struct symbol {
	const char *name;
	uint64_t start;
	uint64_t size;
	int binding;
};

/* Those that have an address in them, in the order of the table. */
struct hits {
	int numbers[NEAR_MAX];
	size_t count;
	bool label; /* one without a size is right there */
};

/* Higher is better. */
static int rank_of(const GElf_Sym *sym)
{
	switch (GELF_ST_BIND(sym->st_info)) {
	case STB_GLOBAL:
		return 3;
	case STB_WEAK:
		return 2;
	case STB_LOCAL:
		return 1;
	default:
		return 0;
	}
}

/* False for what is not a symbol of a place in memory. */
static bool get_symbol(Dwfl_Module *module, int number, struct symbol *ret_symbol)
{
	GElf_Sym sym;
	GElf_Addr start;
	const char *name = dwfl_module_getsym_info(module, number, &sym, &start, NULL, NULL, NULL);
	int type = name ? GELF_ST_TYPE(sym.st_info) : STT_FILE;

	if (!name || !name[0] || sym.st_shndx == SHN_UNDEF || type == STT_SECTION ||
	    type == STT_FILE || type == STT_TLS)
		return false;
	*ret_symbol = (struct symbol){
		.name = name, .start = start, .size = sym.st_size, .binding = rank_of(&sym)};
	return true;
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *left = a, *right = b;

	if (left->start != right->start)
		return left->start < right->start ? -1 : 1;
	return (left->number > right->number) - (left->number < right->number);
}

static int compare_numbers(const void *a, const void *b)
{
	int left = *(const int *)a, right = *(const int *)b;

	return (left > right) - (left < right);
}

static void add_entries(struct symbol_index *index, int symbols)
{
	struct symbol symbol;

	for (int number = 1; number < symbols; number++) {
		uint64_t end;

		if (!get_symbol(index->module, number, &symbol))
			continue;
		if (__builtin_add_overflow(symbol.start, symbol.size, &end))
			end = UINT64_MAX;
		index->entries[index->count++] =
			(struct entry){.start = symbol.start, .reach = end, .number = number};
	}
	qsort(index->entries, index->count, sizeof(index->entries[0]), compare_entries);
	for (size_t i = 1; i < index->count; i++)
		if (index->entries[i].reach < index->entries[i - 1].reach)
			index->entries[i].reach = index->entries[i - 1].reach;
}

struct symbol_index *symbol_index_new(Dwfl_Module *module)
{
	int symbols = dwfl_module_getsymtab(module);
	int first_global = dwfl_module_getsymtab_first_global(module);
	struct symbol_index *index = calloc(1, sizeof(*index));

	if (!index)
		return NULL;
	index->module = module;
	index->first_global = first_global;
	if (symbols > 1 && symbols <= SYMBOLS_MAX && first_global >= 0)
		index->entries = calloc((size_t)symbols, sizeof(*index->entries));
	if (index->entries)
		add_entries(index, symbols);
	return index;
}

void symbol_index_free(struct symbol_index *index)
{
	if (!index)
		return;
	free(index->entries);
	free(index);
}

/* False: there are too many near it. */
static bool collect(const struct symbol_index *index, uint64_t address, struct hits *hits)
{
	size_t i = sorted_up_to(index->entries, index->count, sizeof(*index->entries), address);
	size_t seen = 0;

	hits->count = 0;
	hits->label = false;
	while (i-- > 0) {
		const struct entry *entry = &index->entries[i];
		struct symbol symbol;

		if (entry->reach <= address && entry->start != address)
			break;
		if (seen++ == NEAR_MAX)
			return false;
		if (!get_symbol(index->module, entry->number, &symbol))
			continue;
		if (!symbol.size)
			hits->label |= symbol.start == address;
		else if (address - symbol.start < symbol.size)
			hits->numbers[hits->count++] = entry->number;
	}
	qsort(hits->numbers, hits->count, sizeof(hits->numbers[0]), compare_numbers);
	return true;
}

/* The rule of libdwfl's try_sym_value() for two that have sizes (elfutils 0.188). */
static bool is_better(const struct symbol *a, const struct symbol *than)
{
	if (than->start < a->start || than->binding < a->binding)
		return true;
	return than->start == a->start && than->size > a->size && than->binding <= a->binding;
}

static const char *choose(const struct symbol_index *index, const struct hits *hits, bool global,
			  uint64_t *ret_start)
{
	struct symbol best = {0}, symbol;

	for (size_t i = 0; i < hits->count; i++) {
		if ((hits->numbers[i] >= index->first_global) != global ||
		    !get_symbol(index->module, hits->numbers[i], &symbol))
			continue;
		if (!best.name || is_better(&symbol, &best))
			best = symbol;
	}
	if (best.name)
		*ret_start = best.start;
	return best.name;
}

static const char *ask_libdwfl(Dwfl_Module *module, uint64_t address, uint64_t *ret_start)
{
	GElf_Off offset;
	GElf_Sym sym;
	const char *name = dwfl_module_addrinfo(module, address, &offset, &sym, NULL, NULL, NULL);

	if (name)
		*ret_start = address - offset;
	return name;
}

const char *symbol_index_find(const struct symbol_index *index, uint64_t address,
			      uint64_t *ret_start)
{
	struct hits hits;
	const char *name = NULL;

	if (address != UINT64_MAX && collect(index, address, &hits)) {
		name = choose(index, &hits, true, ret_start);
		/* A global one without a size that is right there comes before those of a file. */
		if (!name && !hits.label)
			name = choose(index, &hits, false, ret_start);
	}
	return name ? name : ask_libdwfl(index->module, address, ret_start);
}
