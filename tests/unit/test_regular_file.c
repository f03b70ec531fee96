// SPDX-License-Identifier: GPL-2.0
#include "regular_file.h"
#include "temp_root.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

static struct temp_root root;
static int root_fd;

static int make_root(void **state)
{
	(void)state;
	temp_root_make(&root);
	root_fd = open(root.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root_fd < 0;
}

static int remove_root(void **state)
{
	(void)state;
	close(root_fd);
	temp_root_remove(&root);
	return 0;
}

static void assert_content(int fd, const char *want)
{
	char buf[64] = "";

	assert_true(fd > 0);
	assert_int_equal(read(fd, buf, sizeof(buf) - 1), strlen(want));
	assert_string_equal(buf, want);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}

static void test_regular(void **state)
{
	int path_fd;

	(void)state;
	temp_text(&root, "/dir/file", "text");
	assert_content(regular_file_open_in(root_fd, "/dir/file"), "text");
	assert_content(regular_file_open_in(root_fd, "dir/../dir/file"), "text");
	path_fd = open(temp_path(&root, "/dir/file"), O_PATH | O_CLOEXEC);
	assert_content(regular_file_reopen(path_fd), "text");
	/* What it stands for is what counts, not what has its name now. */
	assert_int_equal(unlink(temp_path(&root, "/dir/file")), 0);
	temp_text(&root, "/dir/file", "other");
	assert_content(regular_file_reopen(path_fd), "text");
	close(path_fd);
	assert_int_equal(regular_file_open_in(root_fd, "/dir/none"), -ENOENT);
	assert_int_equal(regular_file_reopen(-1), -EBADF);
}

static void make_link(const char *to, const char *name)
{
	assert_int_equal(symlink(to, temp_path(&root, name)), 0);
}

/* Absolute links, and those that climb, end below the root. */
static void test_links(void **state)
{
	char outside[128];

	(void)state;
	temp_text(&root, "/etc/hostname", "mine");
	make_link("/etc/hostname", "/absolute");
	make_link("../../../../../../../../etc/hostname", "/climbing");
	make_link("/proc/self/root/etc/passwd", "/magic");
	make_link("loop", "/loop");
	snprintf(outside, sizeof(outside), "../%s-outside", strrchr(root.path, '/') + 1);
	make_link(outside, "/outside");
	assert_content(regular_file_open_in(root_fd, "/absolute"), "mine");
	assert_content(regular_file_open_in(root_fd, "/climbing"), "mine");
	assert_content(regular_file_open_in(root_fd, "/../../etc/hostname"), "mine");
	assert_int_equal(regular_file_open_in(root_fd, "/magic"), -ENOENT);
	assert_int_equal(regular_file_open_in(root_fd, "/loop"), -ELOOP);
	assert_int_equal(regular_file_open_in(root_fd, "/outside"), -ENOENT);
}

static void test_not_regular(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	temp_dir(&root, "/some-dir");
	/* Opening it would wait for a writer, or let one go on. */
	assert_int_equal(mkfifo(temp_path(&root, "/fifo"), 0600), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", root.path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	assert_int_equal(regular_file_open_in(root_fd, "/some-dir"), -EINVAL);
	assert_int_equal(regular_file_open_in(root_fd, "/fifo"), -EINVAL);
	assert_int_equal(regular_file_open_in(root_fd, "/socket"), -EINVAL);
	fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(regular_file_open_in(fd, "/dev/null"), -EINVAL);
	close(fd);
}

/* Regular files by their mode, whose reading takes messages away from others or never ends. */
static void test_special_file_systems(void **state)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_int_equal(regular_file_open_in(fd, "/proc/version"), -EINVAL);
	close(fd);
	fd = open("/proc/kmsg", O_PATH | O_CLOEXEC);
	if (fd >= 0)
		assert_int_equal(regular_file_reopen(fd), -EINVAL);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_regular),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_not_regular),
		cmocka_unit_test(test_special_file_systems),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
