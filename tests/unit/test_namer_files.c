// SPDX-License-Identifier: GPL-2.0
#include "namer_files.h"
#include "namer_protocol.h"
#include "temp_root.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define START UINT64_C(0x7f0000000000)
#define SIZE  UINT64_C(0x1000)

static struct temp_root process, host;
static struct debug_roots roots;
static int vdso_fd;

static int make_roots(void **state)
{
	(void)state;
	temp_root_make(&process);
	temp_root_make(&host);
	roots.fds[0] = open(process.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	roots.fds[1] = open(host.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	temp_text(&host, "/vdso", "vdso");
	vdso_fd = open(temp_path(&host, "/vdso"), O_RDONLY | O_CLOEXEC);
	return 0;
}

static int remove_roots(void **state)
{
	(void)state;
	close(roots.fds[0]);
	close(roots.fds[1]);
	close(vdso_fd);
	temp_root_remove(&process);
	temp_root_remove(&host);
	return 0;
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

/* The n-th module; nothing points to it yet. */
static struct module module_at(size_t n, const char *path, int fd)
{
	return (struct module){.start = START + n * 2 * SIZE,
			       .end = START + n * 2 * SIZE + SIZE,
			       .path = (char *)path,
			       .fd = fd,
			       .same_file = fd > 0};
}

static int path_fd(const struct temp_root *root, const char *name)
{
	int fd = open(temp_path(root, name), O_PATH | O_CLOEXEC);

	assert_true(fd > 0);
	return fd;
}

static void assert_content(int fd, const char *want)
{
	char buf[64] = "";

	assert_true(fd > 0);
	assert_true(pread(fd, buf, sizeof(buf) - 1, 0) >= 0);
	assert_string_equal(buf, want);
}

/* A state that points to the first `count` modules, and what is opened for it. */
static void open_state(struct module *modules, size_t count, struct user_state *ret_open)
{
	struct user_state user = {.module_count = count, .modules = modules};
	struct frame *frames = calloc(count, sizeof(*frames));
	struct stack stack = {.valid = true, .count = count, .frames = frames};

	for (size_t i = 0; i < count; i++)
		frames[i].address = modules[i].start + 8;
	assert_int_equal(namer_files_open(&user, &stack, &roots, vdso_fd, ret_open), 0);
	free(frames);
}

static void test_places(void **state)
{
	struct module modules[5];
	struct user_state open;
	size_t before;

	(void)state;
	temp_text(&host, "/bin/host", "host");
	temp_text(&host, "/bin/both", "host");
	temp_text(&process, "/bin/both", "process");
	temp_text(&process, "/bin/mapped", "mapped");
	modules[0] = module_at(0, "/bin/mapped", path_fd(&process, "/bin/mapped"));
	unlink(temp_path(&process, "/bin/mapped"));
	temp_text(&process, "/bin/mapped", "another");
	modules[1] = module_at(1, "/bin/both", 0);
	modules[2] = module_at(2, "/bin/host", 0);
	modules[3] = module_at(3, "/bin/none", 0);
	modules[4] = module_at(4, NULL, 0);
	before = open_files();
	open_state(modules, 5, &open);
	assert_content(open.modules[0].fd, "mapped");
	assert_true(open.modules[0].same_file);
	assert_content(open.modules[1].fd, "process");
	assert_content(open.modules[2].fd, "host");
	assert_false(open.modules[1].same_file || open.modules[2].same_file);
	assert_int_equal(open.modules[3].fd + open.modules[4].fd, 0);
	namer_files_close(&open);
	assert_int_equal(open_files(), before);
	/* The state's own is still there. */
	assert_int_equal(close(modules[0].fd), 0);
}

/* What cannot be opened by its descriptor is looked for, and may then be another. */
static void test_not_regular(void **state)
{
	struct module module;
	struct user_state open;

	(void)state;
	temp_dir(&process, "/bin");
	assert_int_equal(mkfifo(temp_path(&process, "/bin/fifo"), 0600), 0);
	module = module_at(0, "/bin/fifo", path_fd(&process, "/bin/fifo"));
	open_state(&module, 1, &open);
	assert_int_equal(open.modules[0].fd, 0);
	namer_files_close(&open);
	temp_text(&host, "/bin/fifo", "host");
	open_state(&module, 1, &open);
	assert_content(open.modules[0].fd, "host");
	assert_false(open.modules[0].same_file);
	namer_files_close(&open);
	close(module.fd);
}

static void test_vdso(void **state)
{
	struct module modules[2];
	struct user_state open;

	(void)state;
	modules[0] = module_at(0, "[vdso]", 0);
	modules[1] = module_at(1, "[vdso]", 0);
	modules[1].start = 0xf7f00000;
	modules[1].end = 0xf7f01000;
	open_state(modules, 2, &open);
	assert_content(open.modules[0].fd, "vdso");
	assert_true(open.modules[0].same_file);
	assert_int_equal(open.modules[1].fd, 0);
	assert_false(open.modules[1].same_file);
	namer_files_close(&open);
}

static void test_perf_map(void **state)
{
	struct user_state user = {0}, open;
	const struct stack stack = {0};

	(void)state;
	temp_text(&process, "/tmp/perf-1.map", "map");
	user.perf_map_fd = path_fd(&process, "/tmp/perf-1.map");
	assert_int_equal(namer_files_open(&user, &stack, &roots, 0, &open), 0);
	assert_content(open.perf_map_fd, "map");
	namer_files_close(&open);
	close(user.perf_map_fd);
	unlink(temp_path(&process, "/tmp/perf-1.map"));
	assert_int_equal(mkfifo(temp_path(&process, "/tmp/perf-1.map"), 0600), 0);
	user.perf_map_fd = path_fd(&process, "/tmp/perf-1.map");
	assert_int_equal(namer_files_open(&user, &stack, &roots, 0, &open), 0);
	assert_int_equal(open.perf_map_fd, 0);
	namer_files_close(&open);
	close(user.perf_map_fd);
}

/* Is the file opened when the state is this? */
static bool opens(const struct user_state *user, const struct stack *stack)
{
	struct user_state open;
	bool is_open;

	assert_int_equal(namer_files_open(user, stack, &roots, 0, &open), 0);
	is_open = open.modules[0].fd > 0;
	namer_files_close(&open);
	return is_open;
}

/* Only what the stack may lead through. */
static void test_relevant(void **state)
{
	struct module module;
	struct frame frame = {0};
	struct stack stack = {.valid = true, .count = 1, .frames = &frame};
	struct user_state user = {.module_count = 1, .modules = &module};
	uint8_t copy[27] = {0};
	uint64_t word = START + SIZE;

	(void)state;
	temp_text(&host, "/bin/app", "app");
	module = module_at(0, "/bin/app", 0);
	assert_false(opens(&user, &stack));
	frame.address = START - 1;
	assert_false(opens(&user, &stack));
	frame.address = START + SIZE + 1;
	assert_false(opens(&user, &stack));
	frame.address = START;
	assert_true(opens(&user, &stack));
	frame.address = 0;
	user.pc = START + 1;
	assert_true(opens(&user, &stack));
	user.pc = 0;
	user.reg_count = 3;
	user.regs[2] = START + 1;
	assert_true(opens(&user, &stack));
	user.reg_count = 2;
	assert_false(opens(&user, &stack));

	/* Words lie at addresses that are divided by their size, wherever the copy begins. */
	user.stack = copy;
	user.stack_len = sizeof(copy);
	user.stack_address = 0x7ffc00000003;
	memcpy(copy + 5 + 8, &word, sizeof(word));
	assert_true(opens(&user, &stack));
	user.stack_len = 5 + 8 + 7;
	assert_false(opens(&user, &stack));
	/* With a signature in the upper bits. */
	word |= UINT64_C(0x2a) << 48;
	user.stack_len = 5 + 16;
	memcpy(copy + 5 + 8, &word, sizeof(word));
	assert_true(opens(&user, &stack));
	user.stack_address = 0x7ffc00000004;
	assert_false(opens(&user, &stack));
	user.stack_len = 0;
	assert_false(opens(&user, &stack));
}

static void test_many(void **state)
{
	struct module *modules = calloc(300, sizeof(*modules));
	struct namer_message request = {0};
	struct user_state open;
	struct stack stack = {0};

	(void)state;
	temp_text(&host, "/bin/app", "app");
	for (size_t i = 0; i < 300; i++)
		modules[i] = module_at(i, "/bin/app", 0);
	open_state(modules, 300, &open);
	assert_true(open.modules[127].fd > 0);
	assert_int_equal(open.modules[128].fd, 0);
	assert_int_equal(namer_encode_request(&open, &stack, &request), 0);
	assert_int_equal(request.fd_count, NAMER_FILES_MAX - 1);
	namer_message_forget_fds(&request);
	namer_message_clear(&request);
	namer_files_close(&open);
	free(modules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_places, make_roots, remove_roots),
		cmocka_unit_test_setup_teardown(test_not_regular, make_roots, remove_roots),
		cmocka_unit_test_setup_teardown(test_vdso, make_roots, remove_roots),
		cmocka_unit_test_setup_teardown(test_perf_map, make_roots, remove_roots),
		cmocka_unit_test_setup_teardown(test_relevant, make_roots, remove_roots),
		cmocka_unit_test_setup_teardown(test_many, make_roots, remove_roots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
