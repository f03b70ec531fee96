// SPDX-License-Identifier: GPL-2.0
#include "symbols.h"

#include "demangle.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

void source_frame_clear(struct source_frame *frame)
{
	free(frame->symbol);
	free(frame->file);
	memset(frame, 0, sizeof(*frame));
}

static void set_place(struct source_frame *frame, const char *file, int line)
{
	if (!file || !file[0])
		return;
	frame->file = strndup(file, SOURCE_PATH_MAX);
	frame->line = frame->file && line > 0 ? line : 0;
}

/* What a symbol table says, or DWARF of a function that is there by itself. */
struct function {
	const char *name;
	bool is_mangled;
	uint64_t start;
};

static bool is_mangled(const char *name)
{
	return name[0] == '_' && (name[1] == 'Z' || name[1] == 'R');
}

static const char *string_of(Dwarf_Die *die, unsigned int attribute)
{
	Dwarf_Attribute value;

	return dwarf_formstring(dwarf_attr_integrate(die, attribute, &value));
}

/*
 * A linkage name that is not mangled is but what the linker was to know a C function by
 * ("__GI_raise"); its name says more.
 */
static const char *name_of(Dwarf_Die *die, bool *ret_is_mangled)
{
	const char *name = string_of(die, DW_AT_linkage_name);

	if (!name)
		name = string_of(die, DW_AT_MIPS_linkage_name);
	*ret_is_mangled = name && is_mangled(name);
	return *ret_is_mangled ? name : string_of(die, DW_AT_name);
}

static bool find_in_dwarf(struct source_scope *scope, uint64_t address, struct function *ret)
{
	Dwarf_Addr start;

	if (!scope->has_function || dwarf_entrypc(&scope->function, &start))
		return false;
	*ret = (struct function){.start = start};
	ret->name = name_of(&scope->function, &ret->is_mangled);
	/* Before the entry is a part of it that has been moved away, which has a symbol of its own. */
	return ret->name && address >= start;
}

static bool find_in_table(struct object *object, uint64_t address, struct function *ret)
{
	const struct symbol_index *symbols = object_symbols(object);

	*ret = (struct function){0};
	if (symbols)
		ret->name = symbol_index_find(symbols, address, &ret->start);
	return ret->name && ret->name[0];
}

/*
 * DWARF has the name from the source, where a symbol may be one of several that mean the same or
 * have something appended by the compiler; but only a mangled one says the class and the parameters.
 * Parts of a function that stand behind it elsewhere have symbols of their own, and what has a
 * symbol before it alone may have lost its own.
 */
static bool prefer_dwarf(const struct function *dwarf, const struct function *table)
{
	if (dwarf->start != table->start)
		return dwarf->start > table->start;
	return dwarf->is_mangled || !is_mangled(table->name);
}

static void set_function(struct object *object, struct source_scope *scope, uint64_t address,
			 uint64_t bias, struct source_frame *frame)
{
	struct function dwarf, table, *function = NULL;

	if (find_in_table(object, address, &table))
		function = &table;
	if (scope && find_in_dwarf(scope, address - bias, &dwarf)) {
		dwarf.start += bias;
		if (!function || prefer_dwarf(&dwarf, &table))
			function = &dwarf;
	}
	if (!function)
		return;
	frame->symbol = demangle(function->name);
	if (frame->symbol)
		frame->offset = num_of((int64_t)(address - function->start));
}

static bool number_of(Dwarf_Die *die, unsigned int attribute, Dwarf_Word *ret_value)
{
	Dwarf_Attribute value;

	return !dwarf_formudata(dwarf_attr(die, attribute, &value), ret_value);
}

/* Where the inlined function is called from: in the one that follows. */
static void set_call_place(struct source_scope *scope, Dwarf_Die *inlined,
			   struct source_frame *caller)
{
	Dwarf_Files *files;
	Dwarf_Word file, line = 0;
	size_t count;

	if (!number_of(inlined, DW_AT_call_file, &file) ||
	    dwarf_getsrcfiles(&scope->unit, &files, &count) || file >= count)
		return;
	number_of(inlined, DW_AT_call_line, &line);
	set_place(caller, dwarf_filesrc(files, file, NULL, NULL),
		  line <= INT32_MAX ? (int)line : 0);
}

static void set_line(struct source_scope *scope, uint64_t address, struct source_frame *frame)
{
	Dwarf_Line *line = dwarf_getsrc_die(&scope->unit, address);
	int number = 0;

	if (!line)
		return;
	dwarf_lineno(line, &number);
	set_place(frame, dwarf_linesrc(line, NULL, NULL), number);
}

static size_t set_inlined(struct source_scope *scope, struct source_frame *frames)
{
	size_t count = scope->inlined_count;

	for (size_t i = 0; i < count; i++) {
		Dwarf_Die *inlined = &scope->inlined[count - 1 - i];
		bool mangled;
		const char *name = name_of(inlined, &mangled);

		frames[i].inlined = true;
		frames[i].symbol = name ? demangle(name) : NULL;
		set_call_place(scope, inlined, &frames[i + 1]);
	}
	return count;
}

size_t symbols_find(struct object *object, uint64_t address,
		    struct source_frame ret_frames[SOURCE_FRAMES_MAX])
{
	uint64_t bias = 0;
	struct units *units = object_units(object, &bias);
	struct source_scope scope;
	size_t inlined = 0;

	memset(ret_frames, 0, SOURCE_FRAMES_MAX * sizeof(*ret_frames));
	if (!units || units_find(units, address - bias, &scope)) {
		set_function(object, NULL, address, 0, &ret_frames[0]);
		return 1;
	}
	inlined = set_inlined(&scope, ret_frames);
	set_line(&scope, address - bias, &ret_frames[0]);
	set_function(object, &scope, address, bias, &ret_frames[inlined]);
	return inlined + 1;
}
