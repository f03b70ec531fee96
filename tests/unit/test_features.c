// SPDX-License-Identifier: GPL-2.0
#include "features.h"
#include "temp_root.h"
#include "unprivileged.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define FORMAT_HEAD                                                            \
	"name: mark_victim\nID: 437\nformat:\n"                                \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n" \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"           \
	"\tfield:int pid;\toffset:8;\tsize:4;\tsigned:1;\n"

static void test_tracefs(void **state)
{
	struct temp_root root;
	char buf[256], small[24];

	(void)state;
	temp_root_make(&root);
	assert_null(features_tracefs(root.path, buf, sizeof(buf)));
	temp_dir(&root, "/sys/kernel/tracing");
	/* An empty mount point is not a mount. */
	assert_null(features_tracefs(root.path, buf, sizeof(buf)));
	temp_dir(&root, "/sys/kernel/debug/tracing/events");
	assert_ptr_equal(features_tracefs(root.path, buf, sizeof(buf)), buf);
	assert_string_equal(buf, temp_path(&root, "/sys/kernel/debug/tracing"));
	temp_dir(&root, "/sys/kernel/tracing/events");
	assert_ptr_equal(features_tracefs(root.path, buf, sizeof(buf)), buf);
	assert_string_equal(buf, temp_path(&root, "/sys/kernel/tracing"));
	assert_null(features_tracefs(root.path, small, sizeof(small)));
	temp_root_remove(&root);
}

static void check_kprobes(const char *path)
{
	struct temp_root root;

	temp_root_make(&root);
	assert_false(features_have_kprobes(root.path));
	temp_dir(&root, "/sys/kernel/tracing/events/kprobes");
	assert_false(features_have_kprobes(root.path));
	temp_text(&root, path, "");
	assert_true(features_have_kprobes(root.path));
	temp_root_remove(&root);
}

/* By an event source of their own, or by the file in tracefs from before there was one. */
static void test_kprobes(void **state)
{
	(void)state;
	check_kprobes("/sys/bus/event_source/devices/kprobe/type");
	check_kprobes("/sys/kernel/tracing/kprobe_events");
	check_kprobes("/sys/kernel/debug/tracing/kprobe_events");
}

static void check_mark_victim(const char *format, bool task, bool pid)
{
	struct hook_caps caps;
	struct temp_root root;

	temp_root_make(&root);
	if (format)
		temp_text(&root, "/sys/kernel/tracing/events/oom/mark_victim/format", format);
	memset(&caps, 0xff, sizeof(caps));
	features_hook_caps(root.path, &caps);
	assert_int_equal(caps.mark_victim_task, task);
	assert_int_equal(caps.mark_victim_pid, pid);
	/* Not allowed to ask. */
	assert_false(caps.loop);
	temp_root_remove(&root);
}

static void test_mark_victim(void **state)
{
	(void)state;
	check_mark_victim(FORMAT_HEAD "\nprint fmt: \"pid=%d\", REC->pid\n", false, true);
	check_mark_victim(FORMAT_HEAD
			  "\tfield:__data_loc char[] comm;\toffset:12;\tsize:4;\tsigned:0;\n"
			  "\tfield:unsigned long total_vm;\toffset:16;\tsize:8;\tsigned:0;\n",
			  true, false);
	/* A name that only ends alike. */
	check_mark_victim(FORMAT_HEAD "\tfield:int tcomm;\toffset:12;\tsize:4;\tsigned:1;\n", false,
			  true);
	/* Who cannot read it must be ready for both. */
	check_mark_victim(NULL, true, true);
}

static int probe(const struct temp_root *root, const char *name)
{
	char reason[FEATURE_REASON_LEN + 1];
	int err = -1;

	for (size_t i = 0; i < feature_count; i++) {
		if (strcmp(features[i].name, name))
			continue;
		memset(reason, 0, sizeof(reason));
		reason[FEATURE_REASON_LEN] = 0x55;
		err = features[i].probe(root->path, reason);
		assert_int_equal(reason[FEATURE_REASON_LEN], 0x55);
		assert_int_equal(err < 0, reason[0] != '\0');
		assert_null(strchr(reason, '\n'));
		return err;
	}
	fail_msg("no feature %s", name);
	return err;
}

static void test_probes(void **state)
{
	struct temp_root root;

	(void)state;
	temp_root_make(&root);
	assert_int_equal(probe(&root, "tracefs"), -ENOENT);
	assert_int_equal(probe(&root, "cgroup"), -ENOENT);
	assert_int_equal(probe(&root, "kallsyms"), -ENOENT);
	assert_int_equal(probe(&root, "ringbuf"), -EOPNOTSUPP);
	assert_int_equal(probe(&root, "bpf_find_vma"), -EOPNOTSUPP);
	assert_int_equal(probe(&root, "bpf_snprintf"), -EOPNOTSUPP);
	temp_dir(&root, "/sys/kernel/tracing/events");
	temp_text(&root, "/proc/1/mountinfo", "30 22 0:26 / /cg rw - cgroup2 cgroup2 rw\n");
	temp_text(&root, "/proc/kallsyms", "");
	assert_int_equal(probe(&root, "tracefs"), 0);
	assert_int_equal(probe(&root, "cgroup"), 0);
	assert_int_equal(probe(&root, "kallsyms"), 0);
	temp_root_remove(&root);
}

static void test_table(void **state)
{
	(void)state;
	assert_true(feature_count > 0);
	for (size_t i = 0; i < feature_count; i++) {
		assert_true(features[i].name && features[i].use && features[i].probe);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(features[i].name, features[j].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kprobes),	    cmocka_unit_test(test_tracefs),
		cmocka_unit_test(test_mark_victim), cmocka_unit_test(test_probes),
		cmocka_unit_test(test_table),
	};

	become_unprivileged();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
