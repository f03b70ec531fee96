// SPDX-License-Identifier: GPL-2.0
#include "filter.h"
#include "sample_incident.h"
#include "temp_root.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static struct temp_root root;

static int make_root(void **state)
{
	(void)state;
	temp_root_make(&root);
	temp_text(&root, "/proc/1/mountinfo", "30 22 0:26 / /cg rw - cgroup2 cgroup2 rw\n");
	temp_dir(&root, "/cg/kube/pod");
	temp_dir(&root, "/cg/other");
	return 0;
}

static int remove_root(void **state)
{
	(void)state;
	temp_root_remove(&root);
	return 0;
}

static uint64_t id_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(temp_path(&root, path), &st), 0);
	return st.st_ino;
}

static struct incident *sample(const char *victim, const char *limit)
{
	struct incident *incident = incident_new();

	incident->trigger.process.pid = num_of(100);
	if (victim) {
		incident->has_victim = true;
		incident->victim.process.pid = num_of(200);
		incident->victim.process.cgroup = sample_text(victim);
	}
	if (limit) {
		incident->limit.present = true;
		incident->limit.cgroup = sample_text(limit);
	}
	return incident;
}

static bool admits(struct filter *filter, struct incident *incident)
{
	bool result = filter_admits(filter, incident);

	incident_free(incident);
	return result;
}

static struct filter *filter_of(const char *const *cgroups, size_t cgroup_count, const pid_t *pids,
				size_t pid_count)
{
	struct filter *filter = NULL;
	size_t bad;

	assert_int_equal(
		filter_new(root.path, cgroups, cgroup_count, pids, pid_count, &filter, &bad), 0);
	return filter;
}

static void test_open(void **state)
{
	struct filter *filter = filter_of(NULL, 0, NULL, 0);

	(void)state;
	assert_true(admits(filter, sample("/x", NULL)));
	assert_true(admits(filter, sample(NULL, NULL)));
	filter_free(filter);
	filter_free(NULL);
}

static void test_pids(void **state)
{
	const pid_t trigger[] = {1, 100}, victim[] = {200}, neither[] = {300}, zero[] = {0};
	struct filter *filter = filter_of(NULL, 0, trigger, 2);
	struct incident *incident;

	(void)state;
	assert_true(admits(filter, sample("/x", NULL)));
	assert_true(admits(filter, sample(NULL, NULL)));
	filter_free(filter);

	filter = filter_of(NULL, 0, victim, 1);
	assert_true(admits(filter, sample("/x", NULL)));
	assert_false(admits(filter, sample(NULL, NULL)));
	/* Left over in the model, but no victim. */
	incident = sample(NULL, NULL);
	incident->victim.process.pid = num_of(200);
	assert_false(admits(filter, incident));
	filter_free(filter);

	filter = filter_of(NULL, 0, neither, 1);
	assert_false(admits(filter, sample("/x", NULL)));
	filter_free(filter);

	/* An unknown pid is not pid 0. */
	filter = filter_of(NULL, 0, zero, 1);
	incident = incident_new();
	incident->has_victim = true;
	assert_false(admits(filter, incident));
	filter_free(filter);
}

static void test_paths(void **state)
{
	const char *const cgroups[] = {"/cg/kube/", "other"};
	struct filter *filter = filter_of(cgroups, 2, NULL, 0);
	struct incident *incident;

	(void)state;
	assert_true(admits(filter, sample("/kube", NULL)));
	assert_true(admits(filter, sample("/kube/pod/c", NULL)));
	assert_true(admits(filter, sample("/other", "/x")));
	assert_true(admits(filter, sample("/x", "/kube/pod")));
	assert_true(admits(filter, sample(NULL, "/kube")));
	/* The limit of an ancestor is not below the cgroup. */
	assert_false(admits(filter, sample("/x", "/")));
	assert_false(admits(filter, sample("/kubes", NULL)));
	assert_false(admits(filter, sample(NULL, NULL)));
	incident = sample(NULL, "/kube");
	incident->limit.present = false;
	assert_false(admits(filter, incident));
	/* Only the last components are known: the beginning may be anything. */
	incident = sample("/kube/pod", NULL);
	incident->victim.process.cgroup_cut = true;
	assert_false(admits(filter, incident));
	filter_free(filter);
}

static void test_ids(void **state)
{
	const char *const cgroups[] = {"/kube"};
	struct filter *filter = filter_of(cgroups, 1, NULL, 0);
	struct incident *incident = sample("/elsewhere", NULL);
	uint64_t id = id_of("/cg/kube");

	(void)state;
	incident->victim.process.cgroup_ids[0] = UINT64_MAX;
	incident->victim.process.cgroup_ids[1] = id;
	assert_true(admits(filter, incident));

	incident = sample("\xe2\x80\xa6/deep", NULL);
	incident->victim.process.cgroup_cut = true;
	incident->victim.process.cgroup_ids[CGROUP_IDS - 1] = id;
	for (size_t i = 0; i < CGROUP_IDS - 1; i++)
		incident->victim.process.cgroup_ids[i] = UINT64_MAX - i;
	assert_true(admits(filter, incident));

	/* Behind the end. */
	incident = sample("/elsewhere", NULL);
	incident->victim.process.cgroup_ids[0] = UINT64_MAX;
	incident->victim.process.cgroup_ids[2] = id;
	assert_false(admits(filter, incident));

	incident = sample(NULL, "/elsewhere");
	incident->limit.cgroup_ids[0] = id;
	assert_true(admits(filter, incident));
	filter_free(filter);
}

/* A cgroup removed and made anew has another id. */
static void test_made_anew(void **state)
{
	const char *const cgroups[] = {"/other"};
	struct filter *filter = filter_of(cgroups, 1, NULL, 0);
	struct incident *incident;
	uint64_t before = id_of("/cg/other"), after;

	(void)state;
	assert_int_equal(rename(temp_path(&root, "/cg/other"), temp_path(&root, "/cg/was")), 0);
	temp_dir(&root, "/cg/other");
	after = id_of("/cg/other");
	assert_int_not_equal(before, after);
	incident = sample("/elsewhere", NULL);
	incident->victim.process.cgroup_ids[0] = after;
	assert_true(admits(filter, incident));
	filter_free(filter);
	assert_int_equal(rmdir(temp_path(&root, "/cg/was")), 0);
}

static void test_both_kinds(void **state)
{
	const char *const cgroups[] = {"/kube"};
	const pid_t pids[] = {200};
	struct filter *filter = filter_of(cgroups, 1, pids, 1);

	(void)state;
	assert_true(admits(filter, sample("/kube", NULL)));
	assert_false(admits(filter, sample("/x", NULL)));
	assert_false(admits(filter, sample(NULL, "/kube")));
	filter_free(filter);
}

static void check_refused(const char *at, const char *path, int want)
{
	const char *const cgroups[] = {"/kube", path};
	struct filter *untouched = (void *)&root, *filter = untouched;
	size_t bad = 77;

	assert_int_equal(filter_new(at, cgroups, 2, NULL, 0, &filter, &bad), want);
	assert_ptr_equal(filter, untouched);
	if (want != -ENODEV)
		assert_int_equal(bad, 1);
}

static void test_refused(void **state)
{
	struct temp_root empty;

	(void)state;
	check_refused(root.path, "/none", -ENOENT);
	check_refused(root.path, "/kube/../other", -EINVAL);
	temp_text(&root, "/cg/kube/memory.max", "max\n");
	check_refused(root.path, "/kube/memory.max", -ENOTDIR);
	check_refused(root.path, "/kube/memory.max/x", -ENOTDIR);
	temp_root_make(&empty);
	check_refused(empty.path, "/kube", -ENODEV);
	temp_text(&empty, "/proc/1/mountinfo", "28 1 254:1 / / rw - ext4 /dev/vda1 rw\n");
	check_refused(empty.path, "/kube", -ENODEV);
	temp_root_remove(&empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),	  cmocka_unit_test(test_pids),
		cmocka_unit_test(test_paths),	  cmocka_unit_test(test_ids),
		cmocka_unit_test(test_made_anew), cmocka_unit_test(test_both_kinds),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
