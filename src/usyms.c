/* SPDX-License-Identifier: GPL-2.0 */
#include "usyms.h"

#include <elfutils/libdwelf.h>
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* The kernel's own dev_t (include/linux/kdev_t.h). */
#define KERNEL_MAJOR(dev) ((dev) >> 20)
#define KERNEL_MINOR(dev) ((dev)&0xfffff)

/* An ELF file opened for its symbols. */
struct elf_file {
	int fd;
	Dwfl *dwfl;
	Dwfl_Module *module;
	Elf *elf;
	uint8_t build_id[BUILD_ID_LEN];
	size_t build_id_len;
};

static void elf_file_close(struct elf_file *file)
{
	if (file->dwfl)
		dwfl_end(file->dwfl);
	else if (file->fd >= 0)
		close(file->fd);
}

static int elf_file_open(const char *path, struct elf_file *ret_file)
{
	static char *no_debuginfo_path;
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		/* By build id alone: names in .gnu_debuglink are the owner's, and may be FIFOs. */
		.find_debuginfo = dwfl_build_id_find_debuginfo,
		.section_address = dwfl_offline_section_address,
		.debuginfo_path = &no_debuginfo_path,
	};
	struct elf_file file = {.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
	struct stat st;
	const void *id;
	GElf_Addr bias;
	ssize_t len;

	/* Never a FIFO or a device that the owner of the mount namespace put there. */
	if (file.fd < 0 || fstat(file.fd, &st) || !S_ISREG(st.st_mode))
		goto fail;
	file.dwfl = dwfl_begin(&callbacks);
	if (!file.dwfl)
		goto fail;
	dwfl_report_begin(file.dwfl);
	file.module = dwfl_report_elf(file.dwfl, path, path, file.fd, 0, true);
	if (!file.module) {
		close(file.fd);
		goto fail;
	}
	dwfl_report_end(file.dwfl, NULL, NULL);
	file.elf = dwfl_module_getelf(file.module, &bias);
	if (!file.elf)
		goto fail;
	len = dwelf_elf_gnu_build_id(file.elf, &id);
	if (len > 0 && len <= BUILD_ID_LEN) {
		memcpy(file.build_id, id, (size_t)len);
		file.build_id_len = (size_t)len;
	}
	*ret_file = file;
	return 0;
fail:
	elf_file_close(&file);
	return -1;
}

static bool is_mapped_file(const struct elf_file *file, const struct module *module,
			   const struct frame *frame)
{
	static const uint8_t zeroes[BUILD_ID_LEN];
	size_t len = file->build_id_len;
	struct stat st;

	/* The kernel pads a shorter id with zeroes and does not tell its length. */
	if (frame->build_id_len)
		return len && len <= frame->build_id_len &&
		       !memcmp(file->build_id, frame->build_id, len) &&
		       !memcmp(frame->build_id + len, zeroes, frame->build_id_len - len);
	return !fstat(file->fd, &st) && st.st_ino == module->inode &&
	       major(st.st_dev) == KERNEL_MAJOR(module->dev) &&
	       minor(st.st_dev) == KERNEL_MINOR(module->dev);
}

/*
 * The places where the mapped file may be found: as it was then, as the process or the host sees
 * it.
 */
static bool place_of(int place, const char *root, int64_t pid, const struct module *module,
		     char *path, size_t len)
{
	int n;

	if (place == 0 && module->fd <= 0)
		return false;
	if (place == 0)
		n = snprintf(path, len, "/proc/self/fd/%d", module->fd);
	else if (place == 1)
		n = snprintf(path, len, "%s/proc/%lld/root%s", root, (long long)pid, module->path);
	else
		n = snprintf(path, len, "%s%s", root, module->path);
	return n > 0 && (size_t)n < len;
}

static int open_mapped(const char *root, int64_t pid, const struct module *module,
		       const struct frame *frame, struct elf_file *ret_file)
{
	char path[4096 + 64];

	for (int place = 0; place < 3; place++) {
		if (!place_of(place, root, pid, module, path, sizeof(path)) ||
		    elf_file_open(path, ret_file))
			continue;
		if (is_mapped_file(ret_file, module, frame))
			return 0;
		elf_file_close(ret_file);
	}
	return -1;
}

/* The link-time address of an offset in the file. */
static bool file_offset_to_vaddr(Elf *elf, uint64_t offset, GElf_Addr *ret_vaddr)
{
	size_t count;

	if (elf_getphdrnum(elf, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		GElf_Phdr phdr;

		if (!gelf_getphdr(elf, (int)i, &phdr) || phdr.p_type != PT_LOAD)
			continue;
		if (offset < phdr.p_offset || offset - phdr.p_offset >= phdr.p_filesz)
			continue;
		*ret_vaddr = phdr.p_vaddr + (offset - phdr.p_offset);
		return true;
	}
	return false;
}

static void set_line(struct elf_file *file, GElf_Addr vaddr, struct frame *frame)
{
	Dwfl_Line *line = dwfl_module_getsrc(file->module, vaddr);
	const char *source;
	int number = 0;

	if (!line)
		return;
	source = dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL);
	if (!source)
		return;
	frame->file = strdup(source);
	frame->line = frame->file ? number : 0;
}

static void set_symbol(struct elf_file *file, struct frame *frame, bool is_return_address)
{
	GElf_Addr vaddr;
	GElf_Off offset;
	GElf_Sym sym;
	const char *name;
	uint64_t at = (uint64_t)frame->file_offset.value - is_return_address;

	if (!file_offset_to_vaddr(file->elf, at, &vaddr))
		return;
	name = dwfl_module_addrinfo(file->module, vaddr, &offset, &sym, NULL, NULL, NULL);
	if (name) {
		frame->symbol = strdup(name);
		frame->offset = num_of((int64_t)(offset + is_return_address));
	}
	set_line(file, vaddr, frame);
}

static const struct module *find_module(const struct module *modules, size_t count,
					uint64_t address)
{
	for (size_t i = 0; i < count; i++)
		if (address >= modules[i].start && address < modules[i].end)
			return &modules[i];
	return NULL;
}

static void set_module(const struct module *module, struct frame *frame)
{
	if (!frame->file_offset.known)
		frame->file_offset =
			num_of((int64_t)(frame->address - module->start + module->file_offset));
	frame->module = strdup(module->path);
}

/* Names every frame that lies in this module, so that its file is opened once. */
static void name_module_frames(const char *root, int64_t pid, const struct module *module,
			       struct stack *stack)
{
	struct elf_file file;
	bool tried = false, opened = false;

	for (size_t i = 0; i < stack->count; i++) {
		struct frame *frame = &stack->frames[i];

		if (frame->module || !find_module(module, 1, frame->address))
			continue;
		set_module(module, frame);
		if (!tried)
			opened = !open_mapped(root, pid, module, frame, &file);
		tried = true;
		if (!opened)
			continue;
		memcpy(frame->build_id, file.build_id, file.build_id_len);
		frame->build_id_len = (uint8_t)file.build_id_len;
		set_symbol(&file, frame, i > 0);
	}
	if (opened)
		elf_file_close(&file);
}

void usyms_name_stack(const char *root, int64_t pid, const struct module *modules,
		      size_t module_count, struct stack *stack)
{
	for (size_t i = 0; i < module_count; i++)
		if (modules[i].path && modules[i].path[0] == '/')
			name_module_frames(root, pid, &modules[i], stack);
	for (size_t i = 0; i < stack->count; i++)
		if (!stack->frames[i].symbol)
			stack->frames[i].offset = stack->frames[i].file_offset;
}
