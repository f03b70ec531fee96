// SPDX-License-Identifier: GPL-2.0
#include "container.h"
#include "container_parse.h"
#include "container_state.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define ROOT FIXTURES "/container"

#define X16(pair) pair pair pair pair pair pair pair pair pair pair pair pair pair pair pair pair
#define ID(pair)  X16(pair) X16(pair)

#define UID  "1858680e-b044-4fd5-9dd4-f137e30e2180"
#define UID_ "1858680e_b044_4fd5_9dd4_f137e30e2180"
#define POD  "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_ ".slice/"

static void check_text(const char *path, const char *what, const char *got, const char *want)
{
	if (got ? !want || strcmp(got, want) != 0 : want != NULL)
		fail_msg("%s: %s is %s, not %s", path, what, got ? got : "NULL",
			 want ? want : "NULL");
}

static void check_below(const char *root, const char *path, const struct container *want)
{
	struct container got;

	assert_int_equal(container_from_cgroup(path, &got), 0);
	assert_int_equal(container_read_names(root, path, &got), 0);
	check_text(path, "runtime", got.runtime, want->runtime);
	check_text(path, "id", got.id, want->id);
	check_text(path, "name", got.name, want->name);
	check_text(path, "image", got.image, want->image);
	check_text(path, "pod_uid", got.pod_uid, want->pod_uid);
	check_text(path, "pod_name", got.pod_name, want->pod_name);
	check_text(path, "pod_namespace", got.pod_namespace, want->pod_namespace);
	assert_int_equal(got.present, want->id || want->pod_uid);
	container_clear(&got);
}

static void check(const char *path, const struct container *want)
{
	check_below(ROOT, path, want);
	check_below(ROOT "/", path, want);
}

static void test_containerd(void **state)
{
	struct container web = {
		.runtime = "containerd",
		.id = ID("c0"),
		.name = "web",
		.image = "registry.example/shop/web:1.4",
		.pod_uid = UID,
		.pod_name = "shop-web-6d4b75cb6d-w4b72",
		.pod_namespace = "shop",
	};
	struct container pause = web;

	(void)state;
	check(POD "cri-containerd-" ID("c0") ".scope", &web);
	/* The path has no runtime, and the state tells whose it is. */
	check("/kubepods/burstable/pod" UID "/" ID("c0"), &web);
	/* Nor a pod. */
	check("/k8s.io/" ID("c0") "/init", &web);
	check("…/" ID("c0") "/init", &web);
	/* The sandbox has no name of its own. */
	pause.id = ID("c1");
	pause.name = NULL;
	pause.image = "registry.k8s.io/pause:3.9";
	check(POD "cri-containerd-" ID("c1") ".scope", &pause);
}

static void test_containerd_alone(void **state)
{
	struct container nerdctl = {.runtime = "containerd", .id = ID("c2"), .name = "cache"};
	struct container edge = {
		.runtime = "containerd",
		.id = ID("c3"),
		.name = "edge",
		.image = "docker.io/library/edge:2",
		.pod_uid = UID,
		.pod_name = "edge-0",
		.pod_namespace = "default",
	};
	struct container batch = {.runtime = "containerd", .id = "batch"};

	(void)state;
	check("/system.slice/nerdctl-" ID("c2") ".scope", &nerdctl);
	check("/default/" ID("c2"), &nerdctl);
	check("/kubepods/besteffort/pod" UID "/" ID("c3"), &edge);
	/* ctr run: any name. */
	check("/default/batch", &batch);
	check("/some.slice/default/batch/inner/more", &batch);
}

static void test_crio(void **state)
{
	struct container coredns = {
		.runtime = "cri-o",
		.id = ID("a0"),
		.name = "coredns",
		.image = "registry.k8s.io/coredns/coredns:v1.8.6",
		.pod_uid = "5b5e07db-f1b9-4530-81ef-b7d04d66b83e",
		.pod_name = "coredns-6d4b75cb6d-4mtdm",
		.pod_namespace = "kube-system",
	};
	struct container redis = {
		.runtime = "cri-o",
		.id = ID("a1"),
		.name = "podsandbox1-redis",
		.image = "quay.io/crio/redis:alpine",
	};

	(void)state;
	check("/system.slice/crio-" ID("a0") ".scope", &coredns);
	check("/batch/" ID("a0"), &coredns);
	check("/system.slice/crio-" ID("a1") ".scope", &redis);
}

static void test_podman(void **state)
{
	struct container database = {
		.runtime = "podman",
		.id = ID("b0"),
		.name = "database",
		.image = "docker.io/library/postgres:16",
	};
	struct container once = {.runtime = "podman", .id = ID("b1"), .name = "once"};

	(void)state;
	check("/machine.slice/libpod-" ID("b0") ".scope/container", &database);
	check("/batch/" ID("b0"), &database);
	check("/libpod_parent/libpod-" ID("b1"), &once);
}

static void test_docker(void **state)
{
	struct container front = {
		.runtime = "docker",
		.id = ID("d0"),
		.name = "shop-front-1",
		.image = "nginx:1.25",
	};
	struct container worker = {
		.runtime = "docker",
		.id = ID("d1"),
		.name = "worker",
		.image = "sha256:" ID("2f"),
		.pod_uid = "99dcb84d2a34f7e338778606703258c4",
		.pod_name = "worker-0",
		.pod_namespace = "jobs",
	};

	(void)state;
	check("/system.slice/docker-" ID("d0") ".scope", &front);
	check("/docker/" ID("d0"), &front);
	check("/batch/" ID("d0") "/init", &front);
	check("/kubepods/pod99dcb84d2a34f7e338778606703258c4/" ID("d1"), &worker);
}

static void test_low_level(void **state)
{
	struct container hand = {
		.runtime = "runc",
		.id = "plain",
		.name = "hand",
		.image = "example/hand:1",
		.pod_uid = "0f0e0d0c-0b0a-0908-0706-050403020100",
		.pod_name = "hand-0",
		.pod_namespace = "tests",
	};
	struct container small = hand;
	struct container podded = {
		.runtime = "runc",
		.id = ID("e0"),
		.name = "podded",
		.pod_uid = UID,
		.pod_name = "podded-0",
		.pod_namespace = "tests",
	};
	struct container legacy = {.runtime = "runc", .id = "legacy"};

	(void)state;
	check("/plain", &hand);
	check("/plain/init", &hand);
	small.runtime = "crun";
	small.id = "small";
	check("/small", &small);
	/* The cgroup is not named as the container. */
	check("/kubepods/burstable/pod" UID "/" ID("e0"), &podded);
	/* The memory controller's of several, and the bundle is gone. */
	check("/group/legacy", &legacy);
}

/* States that are there and not of this container. */
static void test_not_fitting(void **state)
{
	struct container none = {0};
	struct container host_pod = {.pod_uid = UID};
	struct container inner = {.runtime = "docker", .id = ID("0f")};
	struct container other_pod = {.id = ID("0f"), .pod_uid = UID};
	struct container nspawn = {.runtime = "systemd-nspawn", .id = "plain", .name = "plain"};

	(void)state;
	check("/system.slice/ssh.service", &none);
	check("/", &none);
	check("", &none);
	check("/plains", &none);
	check("/group", &none);
	check("/moby/short", &none);
	check("/kubepods/pod" UID, &host_pod);
	/* Inside of the container that has the state. */
	check("/node/docker/" ID("0f"), &inner);
	check("/node/kubepods/pod" UID, &host_pod);
	check("/kubepods/burstable/pod" UID "/" ID("0f"), &other_pod);
	check("/machine.slice/machine-plain.scope", &nspawn);
	check_below(FIXTURES "/none", "/plain", &none);
	check_below("", "/no-such-cgroup/at-all", &none);
	assert_int_equal(container_read_names(ROOT, NULL, &none), 0);
}

static char *make_root(void)
{
	char *root = strdup("/tmp/oomtrace-test-XXXXXX"), path[512];

	assert_non_null(mkdtemp(root));
	snprintf(path, sizeof(path), "mkdir -p %s/var/lib/docker/containers/" ID("d0"), root);
	assert_int_equal(system(path), 0);
	return root;
}

static void remove_root(char *root)
{
	char command[512];

	snprintf(command, sizeof(command), "rm -r %s", root);
	assert_int_equal(system(command), 0);
	free(root);
}

static void docker_file(const char *root, char path[512])
{
	snprintf(path, 512, "%s/var/lib/docker/containers/" ID("d0") "/config.v2.json", root);
}

/* What is no regular file, leads elsewhere or is too large is not read, and nothing blocks. */
static void test_hostile_files(void **state)
{
	const struct container bare = {.runtime = "docker", .id = ID("d0")};
	char *root = make_root(), path[512];
	const char *cgroup = "/docker/" ID("d0");

	(void)state;
	docker_file(root, path);
	check_below(root, cgroup, &bare);
	assert_int_equal(mkfifo(path, 0600), 0);
	check_below(root, cgroup, &bare);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	check_below(root, cgroup, &bare);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink("/dev/zero", path), 0);
	check_below(root, cgroup, &bare);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(
		symlink(ROOT "/var/lib/docker/containers/" ID("d0") "/config.v2.json", path), 0);
	check_below(root, cgroup, &bare);
	remove_root(root);
}

static void write_docker(const char *root, const char *text, off_t size)
{
	char path[512];
	FILE *file;

	docker_file(root, path);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	if (size)
		assert_int_equal(truncate(path, size), 0);
}

static void test_hostile_content(void **state)
{
	static const char *const bad[] = {
		"",
		"{",
		"[]",
		"7",
		"{\"Name\": 7}",
		"{\"Name\": \"/\"}",
		"{\"Name\": \"\"}",
		"{\"Name\": \"/a\\u0000b\"}",
		"{\"Name\": \"/a\xff\"}",
		"{\"Config\": []}",
		"{\"Config\": {\"Labels\": \"io.kubernetes.pod.name\", \"Image\": {}}}",
	};
	const struct container bare = {.runtime = "docker", .id = ID("d0")};
	const struct container named = {.runtime = "docker", .id = ID("d0"), .name = "a"};
	char *root = make_root();

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_docker(root, bad[i], 0);
		check_below(root, "/docker/" ID("d0"), &bare);
	}
	/* One bad string takes no other along. */
	write_docker(root, "{\"Name\": \"/a\", \"Config\": {\"Image\": \"b\\u0000\"}}", 0);
	check_below(root, "/docker/" ID("d0"), &named);
	write_docker(root, "{\"Name\": \"/a\"}", (4 << 20) + 1);
	check_below(root, "/docker/" ID("d0"), &bare);
	remove_root(root);
}

/* The host's links mean the host's root, when it is mounted somewhere. */
static void test_links_below_root(void **state)
{
	const struct container named = {.runtime = "docker", .id = ID("d0"), .name = "a"};
	const struct container bare = {.runtime = "docker", .id = ID("d0")};
	char *root = make_root(), command[1024];

	(void)state;
	write_docker(root, "{\"Name\": \"/a\"}", 0);
	snprintf(command, sizeof(command),
		 "cd %s && mkdir data && mv var/lib/docker data && "
		 "ln -s /data/docker var/lib/docker",
		 root);
	assert_int_equal(system(command), 0);
	check_below(root, "/docker/" ID("d0"), &named);
	snprintf(command, sizeof(command),
		 "cd %s && rm var/lib/docker && ln -s ../../../../../../../data/docker "
		 "var/lib/docker",
		 root);
	assert_int_equal(system(command), 0);
	check_below(root, "/docker/" ID("d0"), &named);
	/* No runtime has a link in place of the file. */
	snprintf(command, sizeof(command),
		 "cd %s/data/docker/containers/*/ && mv config.v2.json real && "
		 "ln -s real config.v2.json",
		 root);
	assert_int_equal(system(command), 0);
	check_below(root, "/docker/" ID("d0"), &bare);
	remove_root(root);
}

/* The bundle's path is a file's claim: it leads nowhere but below the root. */
static void test_bundle_outside(void **state)
{
	const struct container bare = {.runtime = "runc", .id = "web"};
	char *root = make_root(), command[1024];

	(void)state;
	snprintf(command, sizeof(command),
		 "cd %s && mkdir -p run/runc/web && echo '{\"config\": {\"labels\": "
		 "[7, \"other\", \"bundle=relative\", \"bundle=/../../../../../../" ROOT
		 "/srv/plain\"]}, \"cgroup_paths\": {\"\": \"/sys/fs/cgroup/unified/web\"}}' "
		 "> run/runc/web/state.json",
		 root);
	assert_int_equal(system(command), 0);
	check_below(root, "/web", &bare);
	remove_root(root);
}

static void test_parsers(void **state)
{
	struct container container = {.id = "x", .name = "kept"};
	struct container_state untouched = {.bundle = "b", .cgroup = "c"}, found;
	const char *text = "{\"annotations\": {\"io.kubernetes.cri.container-name\": \"new\"}}";
	char *copy = strdup(text), *name;

	(void)state;
	/* Without the NUL, so that a byte too many is an error of the address sanitizer. */
	copy = realloc(copy, strlen(text));
	name = container.name;
	assert_int_equal(container_parse_bundle(copy, strlen(text), &container), 0);
	assert_ptr_equal(container.name, name);
	assert_int_equal(container_parse_bundle("{", 1, &container), -EINVAL);
	assert_int_equal(container_parse_docker("[]", 2, &container), -EINVAL);
	assert_int_equal(container_parse_storage("{}", 2, &container), -EINVAL);
	assert_int_equal(container_parse_runc("[]", 2, &untouched), -EINVAL);
	assert_int_equal(container_parse_crun("", 0, &untouched), -EINVAL);
	assert_string_equal(untouched.bundle, "b");
	assert_int_equal(container_parse_runc("{}", 2, &found), 0);
	assert_null(found.bundle);
	assert_null(found.cgroup);
	container_state_clear(&found);
	container_state_clear(NULL);
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_containerd),
		cmocka_unit_test(test_containerd_alone),
		cmocka_unit_test(test_crio),
		cmocka_unit_test(test_podman),
		cmocka_unit_test(test_docker),
		cmocka_unit_test(test_low_level),
		cmocka_unit_test(test_not_fitting),
		cmocka_unit_test(test_hostile_files),
		cmocka_unit_test(test_hostile_content),
		cmocka_unit_test(test_links_below_root),
		cmocka_unit_test(test_bundle_outside),
		cmocka_unit_test(test_parsers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
