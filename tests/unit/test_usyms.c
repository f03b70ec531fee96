// SPDX-License-Identifier: GPL-2.0
#include "build_id.h"
#include "readfile.h"
#include "temp_root.h"
#include "usyms.h"

#include <dirent.h>
#include <elf.h>
#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <cmocka.h>

#define START UINT64_C(0x7f0000000000)

/* The test's own binary: a copy of it stands in each root, at a path of its own. */
static struct temp_root root;
static char *image;
static size_t image_len;
static uint8_t own_id[BUILD_ID_LEN];

/* What is looked up. The address of its last instruction's end lies in what follows it. */
__attribute__((noinline, noclone, used)) static int target(int n)
{
	return n * 3 + 1;
}
enum { TARGET_LINE = __LINE__ - 3 };

/* Where in the file the segment with this link-time address has it. */
static uint64_t file_offset_of(uint64_t vaddr)
{
	const ElfW(Ehdr) *ehdr = (const void *)image;
	const ElfW(Phdr) *phdr = (const void *)(image + ehdr->e_phoff);

	for (size_t i = 0; i < ehdr->e_phnum; i++)
		if (phdr[i].p_type == PT_LOAD && vaddr >= phdr[i].p_vaddr &&
		    vaddr < phdr[i].p_vaddr + phdr[i].p_filesz)
			return vaddr - phdr[i].p_vaddr + phdr[i].p_offset;
	fail_msg("no segment has the address");
	return 0;
}

static int load_bias(struct dl_phdr_info *info, size_t size, void *ret_bias)
{
	(void)size;
	*(uint64_t *)ret_bias = info->dlpi_addr;
	return 1;
}

static uint64_t target_offset(void)
{
	uint64_t bias = 0;

	dl_iterate_phdr(load_bias, &bias);
	return file_offset_of((uint64_t)(uintptr_t)target - bias);
}

static char *own_note(void)
{
	const ElfW(Ehdr) *ehdr = (const void *)image;
	const ElfW(Phdr) *phdr = (const void *)(image + ehdr->e_phoff);
	uint8_t id[BUILD_ID_LEN];

	for (size_t i = 0; i < ehdr->e_phnum; i++)
		if (phdr[i].p_type == PT_NOTE &&
		    build_id_from_notes(image + phdr[i].p_offset, phdr[i].p_filesz, id) ==
			    BUILD_ID_LEN) {
			memcpy(own_id, id, sizeof(id));
			/* The name and the header of the note stand before it. */
			return memmem(image + phdr[i].p_offset, phdr[i].p_filesz, id, sizeof(id));
		}
	fail_msg("the test was linked without a build id");
	return NULL;
}

static int make_root(void **state)
{
	char *note;

	(void)state;
	assert_int_equal(file_read("/proc/self/exe", &image, &image_len, 256 << 20), 0);
	note = own_note();
	temp_root_make(&root);
	temp_write(&root, "/bin/app", image, image_len);
	/* The same with an id of 8 bytes, as some linkers make them. */
	((uint32_t *)(void *)(note - 16))[1] = 8;
	temp_write(&root, "/bin/short-id", image, image_len);
	((uint32_t *)(void *)(note - 16))[1] = BUILD_ID_LEN;
	return 0;
}

static int remove_root(void **state)
{
	(void)state;
	free(image);
	temp_root_remove(&root);
	return 0;
}

static struct module module_of(const char *path, const char *file)
{
	struct module module = {.start = START, .end = START + 0x10000000, .path = strdup(path)};
	struct stat st;

	assert_int_equal(stat(temp_path(&root, file), &st), 0);
	module.inode = st.st_ino;
	module.dev = (uint32_t)(major(st.st_dev) << 20 | minor(st.st_dev));
	return module;
}

static struct stack stack_of(const uint64_t *offsets, size_t count)
{
	struct stack stack = {.valid = true, .count = count};

	stack.frames = calloc(count, sizeof(*stack.frames));
	for (size_t i = 0; i < count; i++)
		stack.frames[i].address = START + offsets[i];
	return stack;
}

static void set_id(struct frame *frame, const uint8_t *id)
{
	memcpy(frame->build_id, id, BUILD_ID_LEN);
	frame->build_id_len = BUILD_ID_LEN;
}

static size_t open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* A pid that nobody has: the file is looked for below the root alone. */
static void name(struct module *module, struct stack *stack)
{
	size_t files = open_files();

	usyms_name_stack(root.path, INT32_MAX, module, 1, stack);
	assert_int_equal(open_files(), files);
}

static void check_named(const struct frame *frame, int64_t offset)
{
	assert_non_null(frame->symbol);
	assert_string_equal(frame->symbol, "target");
	assert_int_equal(frame->offset.value, offset);
	assert_non_null(frame->file);
	assert_non_null(strstr(frame->file, "test_usyms.c"));
	assert_in_range(frame->line, TARGET_LINE - 1, TARGET_LINE + 2);
}

/* What the kernel told stays; nothing is made up. */
static void check_unnamed(const struct frame *frame, uint64_t offset, const char *path)
{
	assert_null(frame->symbol);
	assert_null(frame->file);
	assert_int_equal(frame->line, 0);
	assert_string_equal(frame->module, path);
	assert_int_equal(frame->file_offset.value, offset);
	assert_true(frame->offset.known);
	assert_int_equal(frame->offset.value, offset);
}

static void test_by_inode(void **state)
{
	const uint64_t offset = target_offset();
	struct module module = module_of("/bin/app", "/bin/app");
	struct stack stack = stack_of(&offset, 1);

	(void)state;
	assert_int_equal(target(2), 7);
	name(&module, &stack);
	check_named(&stack.frames[0], 0);
	assert_string_equal(stack.frames[0].module, "/bin/app");
	assert_int_equal(stack.frames[0].file_offset.value, offset);
	assert_int_equal(stack.frames[0].build_id_len, BUILD_ID_LEN);
	assert_memory_equal(stack.frames[0].build_id, own_id, BUILD_ID_LEN);
	stack_clear(&stack);

	/* The mapping begins in the middle of the file. */
	stack = stack_of((const uint64_t[]){offset - 0x1000}, 1);
	module.file_offset = 0x1000;
	name(&module, &stack);
	check_named(&stack.frames[0], 0);
	stack_clear(&stack);
	free(module.path);
}

static void test_by_build_id(void **state)
{
	const uint64_t offset = target_offset();
	struct module module = module_of("/bin/app", "/bin/app");
	struct stack stack = stack_of(&offset, 1);
	uint8_t wrong[BUILD_ID_LEN];

	(void)state;
	/* The id decides: an inode may differ from what stat() says, on overlayfs for one. */
	module.inode++;
	set_id(&stack.frames[0], own_id);
	stack.frames[0].file_offset = num_of((int64_t)offset);
	name(&module, &stack);
	check_named(&stack.frames[0], 0);
	stack_clear(&stack);

	module.inode--;
	memcpy(wrong, own_id, sizeof(wrong));
	wrong[BUILD_ID_LEN - 1] ^= 1;
	stack = stack_of(&offset, 1);
	set_id(&stack.frames[0], wrong);
	name(&module, &stack);
	check_unnamed(&stack.frames[0], offset, "/bin/app");
	assert_memory_equal(stack.frames[0].build_id, wrong, BUILD_ID_LEN);
	stack_clear(&stack);
	free(module.path);
}

/* The kernel fills a shorter id up with zeroes and does not tell its length. */
static void test_short_build_id(void **state)
{
	const uint64_t offset = target_offset();
	struct module module = module_of("/bin/short-id", "/bin/short-id");
	struct stack stack = stack_of(&offset, 1);
	uint8_t padded[BUILD_ID_LEN] = {0};

	(void)state;
	memcpy(padded, own_id, 8);
	set_id(&stack.frames[0], padded);
	name(&module, &stack);
	check_named(&stack.frames[0], 0);
	assert_int_equal(stack.frames[0].build_id_len, 8);
	stack_clear(&stack);

	/* But what is not zero behind it is another id. */
	stack = stack_of(&offset, 1);
	set_id(&stack.frames[0], own_id);
	name(&module, &stack);
	check_unnamed(&stack.frames[0], offset, "/bin/short-id");
	stack_clear(&stack);
	free(module.path);
}

static void test_wrong_inode(void **state)
{
	const uint64_t offset = target_offset();

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct module module = module_of("/bin/app", "/bin/app");
		struct stack stack = stack_of(&offset, 1);

		module.inode += i == 0;
		module.dev ^= i == 1 ? 1 : i == 2 ? 1 << 20 : 0;
		name(&module, &stack);
		check_unnamed(&stack.frames[0], offset, "/bin/app");
		assert_int_equal(stack.frames[0].build_id_len, 0);
		stack_clear(&stack);
		free(module.path);
	}
}

/* A caller's frame holds where its call returns to, which may be the next function's first byte. */
static void test_return_addresses(void **state)
{
	const uint64_t at = target_offset();
	const uint64_t offsets[] = {at, at + 1, at, at + 4};
	struct module module = module_of("/bin/app", "/bin/app");
	struct stack stack = stack_of(offsets, 4);

	(void)state;
	name(&module, &stack);
	check_named(&stack.frames[0], 0);
	check_named(&stack.frames[1], 1);
	assert_true(!stack.frames[2].symbol || strcmp(stack.frames[2].symbol, "target"));
	check_named(&stack.frames[3], 4);
	stack_clear(&stack);
	free(module.path);
}

static void test_outside(void **state)
{
	const uint64_t offsets[] = {0x10000000, UINT64_MAX - START - 5, 0xfffffff};
	struct module module = module_of("/bin/app", "/bin/app");
	struct stack stack = stack_of(offsets, 3);

	(void)state;
	name(&module, &stack);
	for (size_t i = 0; i < 2; i++) {
		assert_null(stack.frames[i].module);
		assert_null(stack.frames[i].symbol);
		assert_false(stack.frames[i].offset.known);
	}
	/* Mapped, but behind the end of the file. */
	check_unnamed(&stack.frames[2], 0xfffffff, "/bin/app");
	stack_clear(&stack);

	/* No offset before the first; no file at all. */
	stack = stack_of((const uint64_t[]){0, 0}, 2);
	name(&module, &stack);
	assert_null(stack.frames[1].symbol);
	stack_clear(&stack);
	stack = stack_of((const uint64_t[]){0}, 1);
	free(module.path);
	module.path = NULL;
	name(&module, &stack);
	assert_null(stack.frames[0].module);
	stack_clear(&stack);
}

static void test_overlapping_modules(void **state)
{
	const uint64_t offset = target_offset();
	struct module modules[] = {module_of("/bin/app", "/bin/app"),
				   module_of("/bin/short-id", "/bin/short-id")};
	struct stack stack = stack_of(&offset, 1);

	(void)state;
	usyms_name_stack(root.path, INT32_MAX, modules, 2, &stack);
	check_named(&stack.frames[0], 0);
	assert_string_equal(stack.frames[0].module, "/bin/app");
	stack_clear(&stack);
	free(modules[0].path);
	free(modules[1].path);
}

/* Run where it may be killed when it hangs. */
static void in_time(void (*fn)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		alarm(10);
		fn();
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		fail_msg("ended by signal %d", WTERMSIG(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void look_up_odd_files(void)
{
	static const char *const paths[] = {"/fifo", "/dir", "/none", "/text", "/cut", "/link"};
	const uint64_t offset = 0x10;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct module module = {
			.start = START, .end = START + 4096, .path = strdup(paths[i])};
		struct stack stack = stack_of(&offset, 1);
		struct stat st;

		if (!stat(temp_path(&root, paths[i]), &st)) {
			module.inode = st.st_ino;
			module.dev = (uint32_t)(major(st.st_dev) << 20 | minor(st.st_dev));
		}
		name(&module, &stack);
		check_unnamed(&stack.frames[0], offset, paths[i]);
		stack_clear(&stack);
		free(module.path);
	}
}

static void test_odd_files(void **state)
{
	(void)state;
	assert_int_equal(mkfifo(temp_path(&root, "/fifo"), 0600), 0);
	temp_dir(&root, "/dir");
	temp_text(&root, "/text", "#!/bin/sh\nexit 0\n");
	temp_write(&root, "/cut", image, 100);
	assert_int_equal(symlink("/link", temp_path(&root, "/link")), 0);
	in_time(look_up_odd_files);
}

/*
 * The file itself may name another one for its debugging information (.gnu_debuglink): the name is
 * its owner's choice, and so is what stands at that name.
 */
static void look_up_debuglink(void)
{
	const uint64_t offset = 0x10;
	struct module module = module_of("/debuglink", "/debuglink");
	struct stack stack = stack_of(&offset, 1);

	name(&module, &stack);
	stack_clear(&stack);
	free(module.path);
}

/* An ELF file of three sections and no symbols: no section, .gnu_debuglink, the sections' names. */
static void write_debuglink(void)
{
	static const char names[] = "\0.gnu_debuglink\0.shstrtab";
	struct {
		Elf64_Ehdr ehdr;
		Elf64_Phdr phdr;
		Elf64_Shdr shdr[3];
		char link[16]; /* the name, padded, and the CRC */
		char names[sizeof(names)];
	} elf = {
		.ehdr = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
				     EV_CURRENT},
			 .e_type = ET_DYN,
			 .e_machine = EM_X86_64,
			 .e_version = EV_CURRENT,
			 .e_ehsize = sizeof(Elf64_Ehdr),
			 .e_phentsize = sizeof(Elf64_Phdr),
			 .e_phnum = 1,
			 .e_shentsize = sizeof(Elf64_Shdr),
			 .e_shnum = 3,
			 .e_shstrndx = 2},
		.phdr = {.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_align = 4096},
		.shdr = {{.sh_type = SHT_NULL},
			 {.sh_name = 1, .sh_type = SHT_PROGBITS, .sh_size = 16, .sh_addralign = 4},
			 {.sh_name = 16, .sh_type = SHT_STRTAB, .sh_size = sizeof(names)}},
		.link = "fifo",
	};

	memcpy(elf.names, names, sizeof(names));
	elf.ehdr.e_phoff = (size_t)((char *)&elf.phdr - (char *)&elf);
	elf.ehdr.e_shoff = (size_t)((char *)elf.shdr - (char *)&elf);
	elf.shdr[1].sh_offset = (size_t)(elf.link - (char *)&elf);
	elf.shdr[1].sh_size = 12;
	elf.shdr[2].sh_offset = (size_t)(elf.names - (char *)&elf);
	elf.phdr.p_filesz = elf.phdr.p_memsz = sizeof(elf);
	temp_write(&root, "/debuglink", &elf, sizeof(elf));
}

static void test_debuglink(void **state)
{
	(void)state;
	mkfifo(temp_path(&root, "/fifo"), 0600);
	write_debuglink();
	in_time(look_up_debuglink);
}

/* A process that is there is asked first: its mount namespace has the file that was mapped. */
static void test_by_pid(void **state)
{
	struct module module = {.start = START, .end = START + 0x10000000};
	const uint64_t offset = target_offset();
	struct stack stack = stack_of(&offset, 1);

	(void)state;
	temp_write(&root, "/proc/4321/root/srv/app", image, image_len);
	module.path = strdup("/srv/app");
	set_id(&stack.frames[0], own_id);
	usyms_name_stack(root.path, 4321, &module, 1, &stack);
	check_named(&stack.frames[0], 0);
	stack_clear(&stack);
	/* Another one does not see it. */
	stack = stack_of(&offset, 1);
	set_id(&stack.frames[0], own_id);
	usyms_name_stack(root.path, 4322, &module, 1, &stack);
	check_unnamed(&stack.frames[0], offset, "/srv/app");
	stack_clear(&stack);
	free(module.path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_inode),
		cmocka_unit_test(test_by_build_id),
		cmocka_unit_test(test_short_build_id),
		cmocka_unit_test(test_wrong_inode),
		cmocka_unit_test(test_return_addresses),
		cmocka_unit_test(test_outside),
		cmocka_unit_test(test_overlapping_modules),
		cmocka_unit_test(test_odd_files),
		cmocka_unit_test(test_debuglink),
		cmocka_unit_test(test_by_pid),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
