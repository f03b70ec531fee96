// SPDX-License-Identifier: GPL-2.0
#include "units.h"

#include "sorted.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Ranges of one kind, entries looked at in one unit, and how deep scopes may be nested. */
enum { RANGES_MAX = 1 << 22, ENTRIES_MAX = 1 << 24, DEPTH_MAX = 128 };

/* Ranges that are looked at for one address, where they overlap. */
enum { OVERLAPS_MAX = 64 };

struct range {
	uint64_t start;
	uint64_t end;
	size_t value;
};

struct ranges {
	struct range *items;
	size_t count;
	size_t room;
};

struct unit {
	Dwarf_Die die;
	bool was_read;
	struct ranges functions; /* value: the offset of the entry in its section */
};

struct units {
	Dwarf *dwarf;
	struct unit *items;
	size_t count;
	size_t room;
	struct ranges ranges; /* value: index of the unit */
};

static int add_range(struct ranges *ranges, uint64_t start, uint64_t end, size_t value)
{
	if (start >= end)
		return 0;
	if (ranges->count == RANGES_MAX)
		return -E2BIG;
	if (ranges->count == ranges->room) {
		size_t room = ranges->room ? ranges->room * 2 : 16;
		struct range *items = reallocarray(ranges->items, room, sizeof(*items));

		if (!items)
			return -ENOMEM;
		ranges->items = items;
		ranges->room = room;
	}
	ranges->items[ranges->count++] = (struct range){start, end, value};
	return 0;
}

static int add_ranges_of(struct ranges *ranges, Dwarf_Die *die, size_t value)
{
	Dwarf_Addr base, start, end;
	ptrdiff_t next = 0;
	int err = 0;

	while (!err && (next = dwarf_ranges(die, next, &base, &start, &end)) > 0)
		err = add_range(ranges, start, end, value);
	return err;
}

static int by_start(const void *a, const void *b)
{
	const struct range *one = a, *other = b;

	return one->start < other->start ? -1 : one->start > other->start;
}

static void sort(struct ranges *ranges)
{
	if (ranges->count)
		qsort(ranges->items, ranges->count, sizeof(*ranges->items), by_start);
}

/*
 * The range that begins last among those with the address. Code that linking dropped leaves ranges
 * from 0 on, which may cover other code.
 */
static const struct range *find_range(const struct ranges *ranges, uint64_t address)
{
	size_t i = sorted_up_to(ranges->items, ranges->count, sizeof(*ranges->items), address);

	for (size_t seen = 0; i-- > 0 && seen < OVERLAPS_MAX; seen++)
		if (address < ranges->items[i].end)
			return &ranges->items[i];
	return NULL;
}

static int add_unit(struct units *units, Dwarf_Die *die)
{
	if (units->count == units->room) {
		size_t room = units->room ? units->room * 2 : 16;
		struct unit *items = reallocarray(units->items, room, sizeof(*items));

		if (!items)
			return -ENOMEM;
		units->items = items;
		units->room = room;
	}
	units->items[units->count] = (struct unit){.die = *die};
	units->count++;
	return add_ranges_of(&units->ranges, die, units->count - 1);
}

static int read_units(struct units *units)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die die, split;
	uint8_t type;
	int err = 0;

	while (!err && !dwarf_get_units(units->dwarf, cu, &cu, NULL, &type, &die, &split))
		if (type == DW_UT_compile || type == DW_UT_skeleton)
			err = add_unit(units, &die);
	sort(&units->ranges);
	return err;
}

int units_new(Dwarf *dwarf, struct units **ret_units)
{
	struct units *units = calloc(1, sizeof(*units));
	int err;

	if (!units)
		return -ENOMEM;
	units->dwarf = dwarf;
	err = read_units(units);
	if (err != -ENOMEM && units->ranges.count) {
		*ret_units = units;
		return 0;
	}
	units_free(units);
	return err == -ENOMEM ? err : -ENOENT;
}

void units_free(struct units *units)
{
	if (!units)
		return;
	for (size_t i = 0; i < units->count; i++)
		free(units->items[i].functions.items);
	free(units->items);
	free(units->ranges.items);
	free(units);
}

/* What functions are in when they are not in the unit itself: lambdas, in other functions. */
static bool holds_functions(int tag)
{
	return tag == DW_TAG_namespace || tag == DW_TAG_module || tag == DW_TAG_structure_type ||
	       tag == DW_TAG_class_type || tag == DW_TAG_union_type ||
	       tag == DW_TAG_enumeration_type || tag == DW_TAG_interface_type ||
	       tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block;
}

/* Only forward: a file may say that an entry follows itself. */
static bool go_to_next(Dwarf_Die *die)
{
	Dwarf_Off offset = dwarf_dieoffset(die);

	return !dwarf_siblingof(die, die) && dwarf_dieoffset(die) > offset;
}

static int read_functions(struct unit *unit)
{
	Dwarf_Die path[DEPTH_MAX];
	size_t depth = 0;
	int err = 0;

	if (dwarf_child(&unit->die, &path[depth]))
		return 0;
	for (size_t i = 0; i < ENTRIES_MAX && !err; i++) {
		int tag = dwarf_tag(&path[depth]);

		if (tag == DW_TAG_subprogram)
			err = add_ranges_of(&unit->functions, &path[depth],
					    dwarf_dieoffset(&path[depth]));
		if (holds_functions(tag) && depth + 1 < DEPTH_MAX &&
		    !dwarf_child(&path[depth], &path[depth + 1])) {
			depth++;
			continue;
		}
		while (!go_to_next(&path[depth]))
			if (!depth--)
				return err;
	}
	return err;
}

static bool is_scope(int tag)
{
	return tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine ||
	       tag == DW_TAG_try_block || tag == DW_TAG_catch_block;
}

/* The scope right inside of `die` that has the address. */
static bool find_inner(Dwarf_Die *die, uint64_t address, size_t *entries_left, Dwarf_Die *ret_inner)
{
	if (dwarf_child(die, ret_inner))
		return false;
	while (*entries_left) {
		(*entries_left)--;
		if (is_scope(dwarf_tag(ret_inner)) && dwarf_haspc(ret_inner, address) > 0)
			return true;
		if (!go_to_next(ret_inner))
			return false;
	}
	return false;
}

static void find_inlined(uint64_t address, struct source_scope *scope)
{
	Dwarf_Die die = scope->function, inner;
	size_t entries_left = ENTRIES_MAX;

	for (size_t depth = 0; depth < DEPTH_MAX; depth++) {
		if (!find_inner(&die, address, &entries_left, &inner))
			return;
		if (dwarf_tag(&inner) == DW_TAG_inlined_subroutine) {
			/* A part of them would give the line to the wrong function. */
			if (scope->inlined_count == INLINED_MAX) {
				scope->inlined_count = 0;
				return;
			}
			scope->inlined[scope->inlined_count++] = inner;
		}
		die = inner;
	}
}

int units_find(struct units *units, uint64_t address, struct source_scope *ret_scope)
{
	const struct range *range = find_range(&units->ranges, address);
	struct unit *unit;

	if (!range)
		return -ENOENT;
	unit = &units->items[range->value];
	if (!unit->was_read && read_functions(unit) == -ENOMEM)
		return -ENOMEM;
	if (!unit->was_read)
		sort(&unit->functions);
	unit->was_read = true;
	memset(ret_scope, 0, sizeof(*ret_scope));
	ret_scope->unit = unit->die;
	range = find_range(&unit->functions, address);
	if (!range || !dwarf_offdie(units->dwarf, range->value, &ret_scope->function))
		return 0;
	ret_scope->has_function = true;
	find_inlined(address, ret_scope);
	return 0;
}
