// SPDX-License-Identifier: GPL-2.0
#include "object.h"

#include "debug_query.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SEGMENTS_MAX = 64 };

struct segment {
	uint64_t file_offset;
	uint64_t address;
	uint64_t len; /* in the file */
	bool executable;
};

enum { BY_BUILD_ID, BY_DEBUGLINK, ALTERNATE, QUERIES };

struct object {
	struct file_id file;
	Dwfl *dwfl; /* owns the descriptor of the file and that of the first debug file */
	Dwfl_Module *module;
	int elf_machine;
	bool is_64bit;
	bool has_debug_info;
	const uint8_t *build_id;
	size_t build_id_len;
	size_t segment_count;
	struct segment segments[SEGMENTS_MAX];
	const struct debug_source *source;
	struct debug_query queries[QUERIES];
	size_t debug_count;
	uint64_t debug_bytes;
	bool dwarf_asked;
	Dwarf *dwarf;
	Dwarf *alternate;
	int alternate_fd;
	struct units *units;
	struct symbol_index *symbols; /* NULL before they are asked for */
};

static int keep_debug_file(struct object *object, int which)
{
	int fd = debug_query_run(&object->queries[which], object->source);

	if (fd >= 0) {
		object->debug_count++;
		object->debug_bytes += (uint64_t)object->queries[which].file.size;
	}
	return fd;
}

/*
 * For the debug file itself. libdwfl asks here for the alternate one as well, but that one only by
 * its name, and only when there are debug sections already: object_load_alternate() asks for it.
 */
static int find_debuginfo(Dwfl_Module *module, void **userdata, const char *module_name,
			  Dwarf_Addr base, const char *file_name, const char *debuglink,
			  GElf_Word debuglink_crc, char **ret_name)
{
	struct object *object = *userdata;
	int fd = -1;

	(void)module;
	(void)module_name;
	(void)base;
	(void)file_name;
	(void)ret_name;
	if (object->has_debug_info || object->queries[BY_BUILD_ID].asked ||
	    object->queries[BY_DEBUGLINK].asked)
		return -1;
	object->queries[BY_BUILD_ID] = (struct debug_query){.build_id = object->build_id,
							    .build_id_len = object->build_id_len};
	object->queries[BY_DEBUGLINK] = (struct debug_query){
		.build_id = object->build_id,
		.build_id_len = object->build_id_len,
		.debuglink = debuglink,
		.debuglink_crc = debuglink_crc,
	};
	if (object->build_id_len)
		fd = keep_debug_file(object, BY_BUILD_ID);
	if (fd < 0 && debuglink)
		fd = keep_debug_file(object, BY_DEBUGLINK);
	return fd < 0 ? -1 : fd;
}

/* The file is there: what libdwfl has to look for is never it. */
static int find_elf(Dwfl_Module *module, void **userdata, const char *module_name, Dwarf_Addr base,
		    char **ret_name, Elf **ret_elf)
{
	(void)module;
	(void)userdata;
	(void)module_name;
	(void)base;
	(void)ret_name;
	(void)ret_elf;
	return -1;
}

static void read_segments(struct object *object, Elf *elf)
{
	size_t count;

	if (elf_getphdrnum(elf, &count))
		return;
	for (size_t i = 0; i < count && object->segment_count < SEGMENTS_MAX; i++) {
		GElf_Phdr phdr;

		if (!gelf_getphdr(elf, (int)i, &phdr))
			return;
		if (phdr.p_type != PT_LOAD)
			continue;
		object->segments[object->segment_count++] = (struct segment){
			.file_offset = phdr.p_offset,
			.address = phdr.p_vaddr,
			.len = phdr.p_filesz,
			.executable = phdr.p_flags & PF_X,
		};
	}
}

static bool has_debug_info(Elf *elf)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return false;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr shdr;
		const char *name;

		if (!gelf_getshdr(section, &shdr) || shdr.sh_type == SHT_NOBITS)
			continue;
		name = elf_strptr(elf, names, shdr.sh_name);
		if (name && (!strcmp(name, ".debug_info") || !strcmp(name, ".zdebug_info")))
			return true;
	}
	return false;
}

static int read_header(struct object *object)
{
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(object->module, &bias);
	GElf_Ehdr ehdr;
	const void *id;
	ssize_t len;

	if (!elf || !gelf_getehdr(elf, &ehdr) || (ehdr.e_type != ET_EXEC && ehdr.e_type != ET_DYN))
		return -ENOEXEC;
	object->elf_machine = ehdr.e_machine;
	object->is_64bit = ehdr.e_ident[EI_CLASS] == ELFCLASS64;
	len = dwelf_elf_gnu_build_id(elf, &id);
	if (len > 0 && len <= BUILD_ID_LEN) {
		object->build_id = id;
		object->build_id_len = (size_t)len;
	}
	object->has_debug_info = has_debug_info(elf);
	read_segments(object, elf);
	return 0;
}

/* libelf would take an archive, and libdwfl unpacks what is compressed. */
static int check_magic(int fd)
{
	char magic[SELFMAG];

	return pread(fd, magic, SELFMAG, 0) == SELFMAG && !memcmp(magic, ELFMAG, SELFMAG)
		       ? 0
		       : -ENOEXEC;
}

static int report(struct object *object, int fd)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = find_elf,
		.find_debuginfo = find_debuginfo,
		.section_address = dwfl_offline_section_address,
	};
	void **userdata;

	object->dwfl = dwfl_begin(&callbacks);
	if (!object->dwfl)
		return -ENOMEM;
	dwfl_report_begin(object->dwfl);
	object->module = dwfl_report_elf(object->dwfl, "object", "object", fd, 0, true);
	if (!object->module)
		return -ENOEXEC;
	dwfl_report_end(object->dwfl, NULL, NULL);
	if (!dwfl_module_info(object->module, &userdata, NULL, NULL, NULL, NULL, NULL, NULL))
		return -ENOEXEC;
	*userdata = object;
	return read_header(object);
}

int object_open(int fd, struct object **ret_object)
{
	struct object *object = calloc(1, sizeof(*object));
	int own, err;

	if (!object)
		return -ENOMEM;
	object->alternate_fd = -1;
	err = file_id_get(fd, &object->file);
	if (!err)
		err = check_magic(fd);
	if (!err) {
		own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		err = own < 0 ? -errno : report(object, own);
		/* It is libdwfl's from the moment there is a module. */
		if (err && own >= 0 && !object->module)
			close(own);
	}
	if (err) {
		object_free(object);
		return err;
	}
	*ret_object = object;
	return 0;
}

void object_free(struct object *object)
{
	if (!object)
		return;
	units_free(object->units);
	symbol_index_free(object->symbols);
	if (object->dwfl)
		dwfl_end(object->dwfl);
	if (object->alternate)
		dwarf_end(object->alternate);
	if (object->alternate_fd >= 0)
		close(object->alternate_fd);
	free(object);
}

void object_set_source(struct object *object, const struct debug_source *source)
{
	object->source = source;
}

bool object_same_debug_files(const struct object *object, const struct debug_source *source)
{
	for (int i = 0; i < QUERIES; i++)
		if (!debug_query_holds(&object->queries[i], source))
			return false;
	return true;
}

const struct file_id *object_file(const struct object *object)
{
	return &object->file;
}

size_t object_file_count(const struct object *object)
{
	return 1 + object->debug_count;
}

uint64_t object_file_bytes(const struct object *object)
{
	return (uint64_t)object->file.size + object->debug_bytes;
}

const uint8_t *object_build_id(const struct object *object, size_t *ret_len)
{
	*ret_len = object->build_id_len;
	return object->build_id;
}

bool object_is_for(const struct object *object, int elf_machine)
{
	return object->is_64bit && object->elf_machine == elf_machine;
}

static bool address_in(const struct object *object, bool executable, uint64_t file_offset,
		       uint64_t *ret_address)
{
	for (size_t i = 0; i < object->segment_count; i++) {
		const struct segment *segment = &object->segments[i];

		if (segment->executable != executable || file_offset < segment->file_offset ||
		    file_offset - segment->file_offset >= segment->len)
			continue;
		*ret_address = segment->address + (file_offset - segment->file_offset);
		return true;
	}
	return false;
}

bool object_address_of(const struct object *object, uint64_t file_offset, uint64_t *ret_address)
{
	return address_in(object, true, file_offset, ret_address) ||
	       address_in(object, false, file_offset, ret_address);
}

static bool find_rules_in(Dwarf_CFI *cfi, uint64_t address, Dwarf_Frame **ret_frame)
{
	return cfi && !dwarf_cfi_addrframe(cfi, address, ret_frame);
}

int object_find_rules(struct object *object, uint64_t address, Dwarf_Frame **ret_frame,
		      uint64_t *ret_bias)
{
	Dwarf_CFI *cfi;
	Dwarf_Addr bias = 0;

	cfi = dwfl_module_eh_cfi(object->module, &bias);
	if (!find_rules_in(cfi, address - bias, ret_frame)) {
		cfi = dwfl_module_dwarf_cfi(object->module, &bias);
		if (!find_rules_in(cfi, address - bias, ret_frame))
			return -ENODATA;
	}
	*ret_bias = bias;
	return 0;
}

const struct symbol_index *object_symbols(struct object *object)
{
	if (!object->symbols)
		object->symbols = symbol_index_new(object->module);
	return object->symbols;
}

/* libdw would look for it by its path. */
static void load_alternate(struct object *object)
{
	struct debug_query *query = &object->queries[ALTERNATE];
	const char *name;
	const void *id;
	ssize_t len = dwelf_dwarf_gnu_debugaltlink(object->dwarf, &name, &id);

	if (len <= 0)
		return;
	query->build_id = id;
	query->build_id_len = (size_t)len;
	object->alternate_fd = keep_debug_file(object, ALTERNATE);
	if (object->alternate_fd >= 0)
		object->alternate = dwarf_begin(object->alternate_fd, DWARF_C_READ);
	if (object->alternate)
		dwarf_setalt(object->dwarf, object->alternate);
}

struct units *object_units(struct object *object, uint64_t *ret_bias)
{
	Dwarf_Addr bias = 0;

	if (!object->dwarf_asked) {
		object->dwarf_asked = true;
		object->dwarf = dwfl_module_getdwarf(object->module, &bias);
		if (object->dwarf) {
			load_alternate(object);
			units_new(object->dwarf, &object->units);
		}
	}
	if (!object->units || !dwfl_module_getdwarf(object->module, &bias))
		return NULL;
	*ret_bias = bias;
	return object->units;
}
