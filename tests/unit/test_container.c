// SPDX-License-Identifier: GPL-2.0
#include "container.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ID    "c08b27c9a5f2e4d1b3a69788f0e1d2c3b4a5968778695a4b3c2d1e0f12345678"
#define OTHER "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

#define UID    "1858680e-b044-4fd5-9dd4-f137e30e2180"
#define UID_   "1858680e_b044_4fd5_9dd4_f137e30e2180"
#define STATIC "99dcb84d2a34f7e338778606703258c4"

struct want {
	const char *path;
	const char *runtime;
	const char *id;
	const char *pod_uid;
	const char *name;
};

static void check_text(const char *path, const char *what, const char *got, const char *want)
{
	if (got ? !want || strcmp(got, want) != 0 : want != NULL)
		fail_msg("%s: %s is %s, not %s", path, what, got ? got : "NULL",
			 want ? want : "NULL");
}

static void check(const struct want *want)
{
	struct container container;

	memset(&container, 0xff, sizeof(container));
	assert_int_equal(container_from_cgroup(want->path, &container), 0);
	check_text(want->path, "runtime", container.runtime, want->runtime);
	check_text(want->path, "id", container.id, want->id);
	check_text(want->path, "pod_uid", container.pod_uid, want->pod_uid);
	check_text(want->path, "name", container.name, want->name);
	assert_null(container.image);
	assert_null(container.pod_name);
	assert_null(container.pod_namespace);
	assert_int_equal(container.present, want->id || want->pod_uid);
	container_clear(&container);
	assert_false(container.present);
	assert_null(container.id);
}

/* As they are, with cgroups of the container's own below, and in or after something else. */
static void check_all(const struct want *wants, size_t count)
{
	char path[1024];
	struct want want;

	for (size_t i = 0; i < count; i++) {
		check(&wants[i]);
		want = wants[i];
		want.path = path;
		snprintf(path, sizeof(path), "%s/init", wants[i].path);
		check(&want);
		snprintf(path, sizeof(path), "%s/system.slice/cron.service", wants[i].path);
		check(&want);
		snprintf(path, sizeof(path), "…%s", wants[i].path);
		check(&want);
		snprintf(path, sizeof(path), "/some.slice/other%s/", wants[i].path);
		check(&want);
	}
}

#define CHECK_ALL(wants) check_all(wants, sizeof(wants) / sizeof((wants)[0]))

/* moby: daemon/oci_linux.go, WithCgroups. */
static void test_docker(void **state)
{
	static const struct want wants[] = {
		{"/docker/" ID, "docker", ID, NULL, NULL},
		{"/system.slice/docker-" ID ".scope", "docker", ID, NULL, NULL},
		/* Rootless. */
		{"/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" ID ".scope",
		 "docker", ID, NULL, NULL},
		/* --cgroup-parent=/batch: nothing says who made it. */
		{"/batch/" ID, NULL, ID, NULL, NULL},
		{"/batch.slice/docker-" ID ".scope", "docker", ID, NULL, NULL},
		/* Docker in Docker. */
		{"/docker/" OTHER "/docker/" ID, "docker", ID, NULL, NULL},
		{"/system.slice/docker-" OTHER ".scope/docker/" ID, "docker", ID, NULL, NULL},
		{"/docker/buildkit/n4eu0udvbz9vfzjy71jkvgkwh", "buildkit",
		 "n4eu0udvbz9vfzjy71jkvgkwh", NULL, NULL},
	};

	(void)state;
	CHECK_ALL(wants);
}

/*
 * kubernetes: pkg/kubelet/cm/cgroup_manager_linux.go and pod_container_manager_linux.go;
 * containerd: internal/cri/server/podsandbox/helpers.go, getCgroupsPath.
 */
static void test_kubernetes(void **state)
{
	static const struct want wants[] = {
		{"/kubepods/burstable/pod" UID "/" ID, NULL, ID, UID, NULL},
		{"/kubepods/besteffort/pod" UID "/" ID, NULL, ID, UID, NULL},
		/* Guaranteed pods have no class of their own. */
		{"/kubepods/pod" UID "/" ID, NULL, ID, UID, NULL},
		/* Pods from a file: the UID is a hash of it. */
		{"/kubepods/burstable/pod" STATIC "/" ID, NULL, ID, STATIC, NULL},
		{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_
		 ".slice/cri-containerd-" ID ".scope",
		 "containerd", ID, UID, NULL},
		{"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" UID_
		 ".slice/docker-" ID ".scope",
		 "docker", ID, UID, NULL},
		{"/kubepods.slice/kubepods-pod" UID_ ".slice/cri-containerd-" ID ".scope",
		 "containerd", ID, UID, NULL},
		{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" STATIC
		 ".slice/cri-containerd-" ID ".scope",
		 "containerd", ID, STATIC, NULL},
		{"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" UID_
		 ".slice/" ID,
		 NULL, ID, UID, NULL},
		/* runc without the systemd driver, asked for systemd's form. */
		{"/system.slice/containerd.service/kubepods-burstable-pod" UID_
		 ".slice:cri-containerd:" ID,
		 "containerd", ID, UID, NULL},
		{"/kuberuntime/containerd/kubepods-pod" UID_ ":cri-containerd:" ID, "containerd",
		 ID, UID, NULL},
		{"/system.slice:docker:" ID, "docker", ID, NULL, NULL},
		/* --cgroup-root of the kubelet. */
		{"/kubelet/kubepods/burstable/pod" UID "/" ID, NULL, ID, UID, NULL},
		/* The pod's own processes. */
		{"/kubepods/burstable/pod" UID, NULL, NULL, UID, NULL},
		{"/kubepods.slice/kubepods-pod" UID_ ".slice", NULL, NULL, UID, NULL},
	};

	(void)state;
	CHECK_ALL(wants);
}

/* kind: nodes are Docker's or Podman's containers, with kubelets whose cgroup root is /kubelet. */
static void test_nested(void **state)
{
	static const struct want wants[] = {
		{"/docker/" OTHER "/kubelet/kubepods/burstable/pod" UID "/" ID, NULL, ID, UID,
		 NULL},
		{"/docker/" OTHER "/kubepods/pod" UID "/" ID, NULL, ID, UID, NULL},
		{"/system.slice/docker-" OTHER ".scope/kubelet.slice/kubelet-kubepods.slice/"
		 "kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod" UID_
		 ".slice/cri-containerd-" ID ".scope",
		 "containerd", ID, UID, NULL},
		{"/machine.slice/libpod-" OTHER ".scope/container/kubelet/kubepods/pod" UID "/" ID,
		 NULL, ID, UID, NULL},
		/* In the node, outside of its pods. */
		{"/docker/" OTHER "/kubelet", "docker", OTHER, NULL, NULL},
		{"/docker/" OTHER "/system.slice/containerd.service", "docker", OTHER, NULL, NULL},
		/* In no container of the pod, though the node is one. */
		{"/docker/" OTHER "/kubelet/kubepods/besteffort/pod" UID, NULL, NULL, UID, NULL},
		/* Docker in a pod. */
		{"/kubepods/burstable/pod" UID "/" OTHER "/docker/" ID, "docker", ID, UID, NULL},
		/* A pod in a pod. */
		{"/kubepods/pod" STATIC "/" OTHER "/kubepods/pod" UID "/" ID, NULL, ID, UID, NULL},
		{"/lxc.payload.node/kubepods/pod" UID "/" ID, NULL, ID, UID, NULL},
		{"/lxc.payload.node/docker/" ID, "docker", ID, NULL, NULL},
	};

	(void)state;
	CHECK_ALL(wants);
}

/* containerd: pkg/oci/spec.go, /NAMESPACE/ID; nerdctl: with the systemd driver a prefix. */
static void test_containerd(void **state)
{
	static const struct want wants[] = {
		{"/k8s.io/" ID, "containerd", ID, NULL, NULL},
		{"/default/" ID, "containerd", ID, NULL, NULL},
		{"/system.slice/nerdctl-" ID ".scope", "containerd", ID, NULL, NULL},
		{"/user.slice/user-1000.slice/user@1000.service/user.slice/nerdctl-" ID ".scope",
		 "containerd", ID, NULL, NULL},
		{"/system.slice/cri-containerd-" ID ".scope", "containerd", ID, NULL, NULL},
	};

	(void)state;
	CHECK_ALL(wants);
}

/* CRI-O: internal/config/cgmgr/systemd.go and cgroupfs.go. */
static void test_crio(void **state)
{
	static const struct want wants[] = {
		{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_
		 ".slice/crio-" ID ".scope",
		 "cri-o", ID, UID, NULL},
		{"/kubepods.slice/kubepods-pod" UID_ ".slice/crio-" ID ".scope/container", "cri-o",
		 ID, UID, NULL},
		{"/kubepods/burstable/pod" UID "/crio-" ID, "cri-o", ID, UID, NULL},
		{"/system.slice/crio-" ID ".scope", "cri-o", ID, NULL, NULL},
		/* The monitor is charged to the pod and in none of its containers. */
		{"/kubepods.slice/kubepods-pod" UID_ ".slice/crio-conmon-" ID ".scope", NULL, NULL,
		 UID, NULL},
		{"/kubepods/burstable/pod" UID "/crio-conmon-" ID, NULL, NULL, UID, NULL},
		{"/system.slice/crio-conmon-" ID ".scope", NULL, NULL, NULL, NULL},
	};

	(void)state;
	CHECK_ALL(wants);
}

/* Podman: libpod/container.go, getOCICgroupPath, and its documentation of --cgroups. */
static void test_podman(void **state)
{
	static const struct want wants[] = {
		{"/machine.slice/libpod-" ID ".scope", "podman", ID, NULL, NULL},
		{"/machine.slice/libpod-" ID ".scope/container", "podman", ID, NULL, NULL},
		{"/machine.slice/machine-libpod_pod_" OTHER ".slice/libpod-" ID ".scope", "podman",
		 ID, NULL, NULL},
		{"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID
		 ".scope/container",
		 "podman", ID, NULL, NULL},
		{"/libpod_parent/libpod-" ID, "podman", ID, NULL, NULL},
		{"/libpod_parent/" OTHER "/libpod-" ID, "podman", ID, NULL, NULL},
		{"/system.slice/app.service/libpod-payload-" ID, "podman", ID, NULL, NULL},
		/* Their monitors are the host's. */
		{"/machine.slice/libpod-conmon-" ID ".scope", NULL, NULL, NULL, NULL},
		{"/libpod_parent/conmon", NULL, NULL, NULL, NULL},
		{"/system.slice/app.service/runtime", NULL, NULL, NULL, NULL},
		{"/system.slice/app.service/supervisor", NULL, NULL, NULL, NULL},
	};

	(void)state;
	CHECK_ALL(wants);
}

/* systemd: src/machine/machine.c, units/systemd-nspawn@.service.in, src/nspawn/nspawn-cgroup.c. */
static void test_nspawn(void **state)
{
	static const struct want wants[] = {
		{"/machine.slice/machine-debian.scope", "systemd-nspawn", "debian", NULL, "debian"},
		{"/machine.slice/machine-build\\x2dbox\\x2e1.scope/payload", "systemd-nspawn",
		 "build-box.1", NULL, "build-box.1"},
		{"/machine.slice/systemd-nspawn@debian.service/payload", "systemd-nspawn", "debian",
		 NULL, "debian"},
		{"/machine.slice/systemd-nspawn@my-box.service/payload/init.scope",
		 "systemd-nspawn", "my-box", NULL, "my-box"},
		/* systemd-nspawn itself. */
		{"/machine.slice/systemd-nspawn@debian.service/supervisor", NULL, NULL, NULL, NULL},
		{"/machine.slice/machine-debian.scope/supervisor", NULL, NULL, NULL, NULL},
		/* A cgroup of that name inside. */
		{"/machine.slice/machine-debian.scope/payload/supervisor", "systemd-nspawn",
		 "debian", NULL, "debian"},
		{"/machine.slice/machine-outer.scope/payload/machine.slice/machine-in.scope",
		 "systemd-nspawn", "in", NULL, "in"},
		{"/machine.slice/machine-outer.scope/payload/machine.slice/machine-in.scope/"
		 "supervisor",
		 "systemd-nspawn", "outer", NULL, "outer"},
		/* No escapes, or none that a name could have. */
		{"/machine.slice/machine-a\\x.scope", "systemd-nspawn", "a\\x", NULL, "a\\x"},
		{"/machine.slice/machine-a\\x0.scope", "systemd-nspawn", "a\\x0", NULL, "a\\x0"},
		{"/machine.slice/machine-a\\x00.scope", "systemd-nspawn", "a\\x00", NULL, "a\\x00"},
		{"/machine.slice/machine-\\xc3\\xa9.scope", "systemd-nspawn", "é", NULL, "é"},
		/* libvirt: docs/cgroups.rst. */
		{"/machine.slice/machine-lxc\\x2d12345\\x2ddemo.scope", "libvirt-lxc",
		 "lxc-12345-demo", NULL, NULL},
		{"/machine.slice/machine-lxc\\x2d12345\\x2ddemo.scope/libvirt", "libvirt-lxc",
		 "lxc-12345-demo", NULL, NULL},
		{"/machine.slice/machine-qemu\\x2d1\\x2dvm.scope", NULL, NULL, NULL, NULL},
	};

	(void)state;
	CHECK_ALL(wants);
}

/* LXC: src/lxc/cgroups/cgroup.h and cgfsng.c, lxc.container.conf(5). */
static void test_lxc(void **state)
{
	static const struct want wants[] = {
		{"/lxc/web", "lxc", "web", NULL, "web"},
		{"/lxc/101/ns", "lxc", "101", NULL, "101"},
		{"/lxc.payload.web", "lxc", "web", NULL, "web"},
		{"/lxc.payload/web", "lxc", "web", NULL, "web"},
		{"/custom/lxc.payload.web", "lxc", "web", NULL, "web"},
		{"/lxc/web/payload", "lxc", "web", NULL, "web"},
		/* LXD and Incus: PROJECT_NAME outside of the default project. */
		{"/lxc.payload.build_runner-1", "lxc", "build_runner-1", NULL, "build_runner-1"},
		{"/lxc.payload.outer/lxc.payload.inner", "lxc", "inner", NULL, "inner"},
		{"/lxc/outer/lxc/inner", "lxc", "inner", NULL, "inner"},
		{"/lxc.monitor.web", NULL, NULL, NULL, NULL},
		{"/lxc.monitor/web", NULL, NULL, NULL, NULL},
		{"/lxc/web/monitor", NULL, NULL, NULL, NULL},
		{"/lxc.pivot", NULL, NULL, NULL, NULL},
	};

	(void)state;
	CHECK_ALL(wants);
}

/* Amazon ECS: agent/api/task/task_linux.go; guardian; runc's and crun's systemd drivers. */
static void test_others(void **state)
{
	static const struct want wants[] = {
		{"/ecs/55091c13-b8cf-4801-b527-f4601742204d/" ID, "docker", ID, NULL, NULL},
		{"/ecs/cluster/432624d2150b349fe35ba397284dea78/" ID, "docker", ID, NULL, NULL},
		{"/ecstasks.slice/ecstasks-432624d2150b349fe35ba397284dea78.slice/docker-" ID
		 ".scope",
		 "docker", ID, NULL, NULL},
		{"/system.slice/garden.service/garden/2f57368b-0eda-4e52-64d8-af5c", "garden",
		 "2f57368b-0eda-4e52-64d8-af5c", NULL, NULL},
		{"/system.slice/garden.service/garden/good/2f57368b-0eda-4e52-64d8-af5c", "garden",
		 "2f57368b-0eda-4e52-64d8-af5c", NULL, NULL},
		{"/garden/bad/2f57368b-0eda-4e52-64d8-af5c", "garden",
		 "2f57368b-0eda-4e52-64d8-af5c", NULL, NULL},
		{"/garden/good", NULL, NULL, NULL, NULL},
		{"/system.slice/runc-web.scope", "runc", "web", NULL, NULL},
		{"/user.slice/crun-web.scope", "crun", "web", NULL, NULL},
		{"/" ID, NULL, ID, NULL, NULL},
	};

	(void)state;
	/* Appended to one of them, "/init" would be an id. */
	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++)
		check(&wants[i]);
}

static void test_host(void **state)
{
	static const struct want wants[] = {
		{.path = ""},
		{.path = "/"},
		{.path = "///"},
		{.path = "…"},
		{.path = "…/"},
		{.path = "/init.scope"},
		{.path = "/system.slice/ssh.service"},
		{.path = "/system.slice/docker.service"},
		{.path = "/system.slice/containerd.service"},
		{.path = "/system.slice/crio.service"},
		{.path = "/user.slice/user-1000.slice/session-3.scope"},
		{.path = "/user.slice/user-1000.slice/user@1000.service/app.slice/app-a.scope"},
		{.path = "/machine.slice"},
		{.path = "/docker"},
		{.path = "/lxc"},
		{.path = "/lxc/"},
		{.path = "/lxc.payload."},
		{.path = "/kubepods"},
		{.path = "/kubepods/burstable"},
		{.path = "/kubepods/pod"},
		{.path = "/kubepods.slice/kubepods-burstable.slice"},
		{.path = "/kubepods.slice/kubepods-pod.slice"},
		{.path = "/kubelet.slice/kubelet-kubepods.slice"},
		{.path = "/system.slice/podman.service"},
		{.path = "/podracer"},
		{.path = "/system.slice/app-podracer.service"},
		{.path = "/machine.slice/machine-.scope"},
		{.path = "/system.slice/docker-.scope"},
		/* Not quite an id. */
		{.path = "/docker/abcdef012345"},
		{.path = "/docker/" ID "0"},
		{.path = "/docker/C" OTHER},
		{.path = "/system.slice/docker-" ID},
		{.path = "/system.slice/docker-" ID ".service"},
		{.path = "/system.slice/docker-abcdef012345.scope"},
		{.path = "/system.slice/xdocker-" ID ".scope"},
		{.path = "/batch:docker:"},
		{.path = "/::"},
		{.path = "/mylxc/web"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++)
		check(&wants[i]);
}

/* What is left of a path that was cut. */
static void test_cut(void **state)
{
	static const struct want wants[] = {
		{"…/" ID, NULL, ID, NULL, NULL},
		{"…/docker-" ID ".scope/a/b", "docker", ID, NULL, NULL},
		{"…/pod" UID "/" ID "/deep", NULL, ID, NULL, NULL},
		{"…/kubepods-pod" UID_ ".slice/crio-" ID ".scope", "cri-o", ID, UID, NULL},
		{"…/init/supervisor", NULL, NULL, NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++)
		check(&wants[i]);
}

static void test_null(void **state)
{
	struct container container = {.present = true};

	(void)state;
	assert_int_equal(container_from_cgroup(NULL, &container), 0);
	assert_false(container.present);
	container_clear(NULL);
	container_clear(&container);
	assert_true(container_id_is_unique(ID));
	assert_false(container_id_is_unique("web"));
	assert_false(container_id_is_unique(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_docker), cmocka_unit_test(test_kubernetes),
		cmocka_unit_test(test_nested), cmocka_unit_test(test_containerd),
		cmocka_unit_test(test_crio),   cmocka_unit_test(test_podman),
		cmocka_unit_test(test_nspawn), cmocka_unit_test(test_lxc),
		cmocka_unit_test(test_others), cmocka_unit_test(test_host),
		cmocka_unit_test(test_cut),    cmocka_unit_test(test_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
