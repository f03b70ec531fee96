// SPDX-License-Identifier: GPL-2.0
#include "container.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ID_HEX_LEN = 64, GUID_MIN = 8 };

#define HEX_DIGITS "0123456789abcdef"
#define ALNUM	   "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* Part of the path, which it does not own. */
struct span {
	const char *at;
	size_t len;
};

enum id_kind {
	ID_HEX,	    /* 64 hex digits */
	ID_GUID,    /* hex digits and dashes */
	ID_NAME,    /* whatever is there */
	ID_ESCAPED, /* whatever is there, escaped as the names of systemd's units */
	ID_NONE,    /* looks like a container and is none */
};

struct form {
	const char *parent; /* the components right before this one; NULL: any */
	const char *prefix;
	const char *suffix;
	enum id_kind kind;
	bool below;	     /* `parent` may be any ancestor */
	bool named;	     /* the id is also what people call it */
	unsigned char keep;  /* bytes at the end of `prefix` that belong to the id */
	const char *runtime; /* NULL: the path does not tell */
	const char *host;    /* the child cgroup where the runtime itself is; NULL: none */
};

/* The first that fits is taken. */
static const struct form forms[] = {
	/* moby: daemon/oci_linux.go (WithCgroups), and the parent it gives BuildKit. */
	{.parent = "docker/buildkit", .kind = ID_NAME, .runtime = "buildkit"},
	{.parent = "docker", .kind = ID_HEX, .runtime = "docker"},
	{.prefix = "docker-", .suffix = ".scope", .kind = ID_HEX, .runtime = "docker"},

	/* containerd: internal/cri/server/podsandbox/helpers.go (getCgroupsPath); without CRI it is
	 * /NAMESPACE/ID, pkg/oci/spec.go (populateDefaultUnixSpec). nerdctl: pkg/cmd/container. */
	{.prefix = "cri-containerd-", .suffix = ".scope", .kind = ID_HEX, .runtime = "containerd"},
	{.prefix = "nerdctl-", .suffix = ".scope", .kind = ID_HEX, .runtime = "containerd"},
	{.parent = "k8s.io", .kind = ID_HEX, .runtime = "containerd"},
	{.parent = "default", .kind = ID_HEX, .runtime = "containerd"},

	/* CRI-O: internal/config/cgmgr/systemd.go and cgroupfs.go, which keeps the prefix. Its
	 * monitors are in crio-conmon-ID.scope, no id of 64 digits. */
	{.prefix = "crio-", .suffix = ".scope", .kind = ID_HEX, .runtime = "cri-o"},
	{.prefix = "crio-", .kind = ID_HEX, .runtime = "cri-o"},

	/* Podman: libpod/container.go and container_internal_linux.go (getOCICgroupPath); payload
	 * is --cgroups=split, as units have it. libpod-conmon-ID.scope, libpod_parent/conmon and
	 * UNIT/runtime are its monitors. */
	{.prefix = "libpod-payload-", .kind = ID_HEX, .runtime = "podman"},
	{.prefix = "libpod-", .suffix = ".scope", .kind = ID_HEX, .runtime = "podman"},
	{.prefix = "libpod-", .kind = ID_HEX, .runtime = "podman"},

	/* runc: libcontainer/specconv/spec_linux.go; crun: src/libcrun/cgroup-systemd.c. Called by
	 * hand with the systemd driver and no path. */
	{.prefix = "runc-", .suffix = ".scope", .kind = ID_NAME, .runtime = "runc"},
	{.prefix = "crun-", .suffix = ".scope", .kind = ID_NAME, .runtime = "crun"},

	/* libvirt: docs/cgroups.rst; its other guests are machines of their own, with a kernel. */
	{.prefix = "machine-lxc\\x2d",
	 .suffix = ".scope",
	 .kind = ID_ESCAPED,
	 .keep = 7,
	 .runtime = "libvirt-lxc"},
	{.prefix = "machine-qemu\\x2d", .suffix = ".scope", .kind = ID_NONE},

	/* systemd: src/machine/machine.c (the scope), units/systemd-nspawn@.service,
	 * src/nspawn/nspawn-cgroup.c (payload, supervisor). */
	{.prefix = "systemd-nspawn@",
	 .suffix = ".service",
	 .kind = ID_ESCAPED,
	 .named = true,
	 .runtime = "systemd-nspawn",
	 .host = "supervisor"},
	{.prefix = "machine-",
	 .suffix = ".scope",
	 .kind = ID_ESCAPED,
	 .named = true,
	 .runtime = "systemd-nspawn",
	 .host = "supervisor"},

	/* LXC: src/lxc/cgroups/cgroup.h (the prefixes), lxc.cgroup.dir and lxc.cgroup.pattern of
	 * lxc.container.conf(5). LXD and Incus write the same, with "PROJECT_" before the name. */
	{.prefix = "lxc.payload.", .kind = ID_NAME, .named = true, .runtime = "lxc"},
	{.parent = "lxc.payload", .kind = ID_NAME, .named = true, .runtime = "lxc"},
	{.parent = "lxc", .kind = ID_NAME, .named = true, .runtime = "lxc", .host = "monitor"},

	/* Garden of Cloud Foundry: guardian's rundmc/cgroups. */
	{.parent = "garden/good", .kind = ID_NAME, .runtime = "garden"},
	{.parent = "garden/bad", .kind = ID_NAME, .runtime = "garden"},
	{.parent = "garden", .kind = ID_GUID, .runtime = "garden"},

	/* Amazon ECS: agent/api/task/task_linux.go (BuildCgroupRoot), /ecs/[CLUSTER/]TASK/ID; the
	 * agent drives Docker. */
	{.parent = "ecs", .below = true, .kind = ID_HEX, .runtime = "docker"},

	/* Kubernetes with the cgroupfs driver, and any runtime told to use another parent. */
	{.kind = ID_HEX},
};

struct found {
	const struct form *form; /* NULL: in no container */
	struct span id;
};

static bool span_is(struct span span, const char *text)
{
	return span.len == strlen(text) && memcmp(span.at, text, span.len) == 0;
}

static bool span_ends(struct span span, const char *text)
{
	size_t len = strlen(text);

	return span.len >= len && memcmp(span.at + span.len - len, text, len) == 0;
}

/* Takes `text` off the front of the span. */
static bool span_skip(struct span *span, const char *text)
{
	size_t len = strlen(text);

	if (span->len < len || memcmp(span->at, text, len) != 0)
		return false;
	span->at += len;
	span->len -= len;
	return true;
}

/* Takes `text` off its end. */
static bool span_chop(struct span *span, const char *text)
{
	if (!span_ends(*span, text))
		return false;
	span->len -= strlen(text);
	return true;
}

static bool span_made_of(struct span span, const char *bytes)
{
	for (size_t i = 0; i < span.len; i++) {
		if (!span.at[i] || !strchr(bytes, span.at[i]))
			return false;
	}
	return span.len > 0;
}

/* Are these the last components of `before`, which has no slash at its end? */
static bool is_parent(struct span before, const char *components)
{
	size_t len = strlen(components);

	return span_ends(before, components) &&
	       (before.len == len || before.at[before.len - len - 1] == '/');
}

static bool is_ancestor(struct span before, const char *component)
{
	while (before.len) {
		if (is_parent(before, component))
			return true;
		while (before.len && before.at[before.len - 1] != '/')
			before.len--;
		if (before.len)
			before.len--;
	}
	return false;
}

static bool id_fits(struct span id, enum id_kind kind)
{
	switch (kind) {
	case ID_HEX:
		return id.len == ID_HEX_LEN && span_made_of(id, HEX_DIGITS);
	case ID_GUID:
		return id.len >= GUID_MIN && span_made_of(id, HEX_DIGITS "-");
	case ID_NAME:
	case ID_ESCAPED:
	case ID_NONE:
		break;
	}
	return id.len > 0;
}

/*
 * "SLICE:PREFIX:ID" is what a runtime asks of runc for systemd. When runc was not told that there
 * is a systemd, that becomes the name of the cgroup, as such.
 */
static bool split_colons(struct span component, struct span *ret_slice, struct span *ret_prefix,
			 struct span *ret_id)
{
	const char *end = component.at + component.len, *first, *second;

	first = memchr(component.at, ':', component.len);
	second = first ? memchr(first + 1, ':', (size_t)(end - first - 1)) : NULL;
	if (!second)
		return false;
	*ret_slice = (struct span){component.at, (size_t)(first - component.at)};
	*ret_prefix = (struct span){first + 1, (size_t)(second - first - 1)};
	*ret_id = (struct span){second + 1, (size_t)(end - second - 1)};
	return true;
}

/* The id in the component, when it has this form. */
static bool form_fits(const struct form *form, struct span before, struct span component,
		      struct span *ret_id)
{
	struct span slice, prefix, id = component;

	if (form->parent && !(form->below ? is_ancestor : is_parent)(before, form->parent))
		return false;
	if (form->kind == ID_HEX && form->prefix && form->suffix &&
	    split_colons(component, &slice, &prefix, &id)) {
		/* The dash of the table's prefix is what systemd puts between them. */
		if (prefix.len + 1 != strlen(form->prefix) ||
		    memcmp(prefix.at, form->prefix, prefix.len) != 0)
			return false;
	} else if ((form->prefix && !span_skip(&id, form->prefix)) ||
		   (form->suffix && !span_chop(&id, form->suffix))) {
		return false;
	}
	if (!id_fits(id, form->kind))
		return false;
	id.at -= form->keep;
	id.len += form->keep;
	*ret_id = id;
	return true;
}

static bool find_form(struct span before, struct span component, struct found *ret_found)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (form_fits(&forms[i], before, component, &ret_found->id)) {
			ret_found->form = &forms[i];
			return forms[i].kind != ID_NONE;
		}
	}
	return false;
}

/*
 * The UID when the component is a pod's: kubernetes pkg/kubelet/cm/cgroup_manager_linux.go and
 * pod_container_manager_linux.go. "podUID" below kubepods[/QOS], or with the systemd driver
 * "[ROOT-]kubepods[-QOS]-podUID.slice", dashes of the UID made underscores.
 */
static bool find_pod(struct span before, struct span component, struct span *ret_uid)
{
	struct span slice = component, rest, uid;

	if (split_colons(component, &slice, &rest, &rest))
		component = slice;
	span_chop(&slice, ".slice");
	for (size_t i = slice.len; i > 0; i--) {
		if (slice.at[i - 1] != '-')
			continue;
		uid = (struct span){slice.at + i, slice.len - i};
		slice.len = i - 1;
		if (!span_skip(&uid, "pod") || !span_made_of(uid, ALNUM "_") ||
		    !memmem(slice.at, slice.len, "kubepods", strlen("kubepods")))
			break;
		*ret_uid = uid;
		return true;
	}
	uid = component;
	if (!span_skip(&uid, "pod") || !span_made_of(uid, ALNUM ".-"))
		return false;
	if (!is_parent(before, "kubepods") && !is_parent(before, "kubepods/burstable") &&
	    !is_parent(before, "kubepods/besteffort"))
		return false;
	*ret_uid = uid;
	return true;
}

/* Where the path ends: the innermost container, and the pod around it. */
static void walk(const char *path, struct found *ret_found, struct span *ret_pod)
{
	struct found found = {0}, outer = {0}, next;
	struct span component, before, pod = {0}, uid;
	bool just = false;

	for (const char *at = path; *at; at += component.len) {
		at += strspn(at, "/");
		component = (struct span){at, strcspn(at, "/")};
		before = (struct span){path, (size_t)(at - path)};
		while (span_chop(&before, "/"))
			;
		if (just && found.form->host && span_is(component, found.form->host)) {
			found = outer;
			just = false;
			continue;
		}
		just = false;
		if (find_pod(before, component, &uid)) {
			/* What is around the pod is a node of the cluster, not its container. */
			pod = uid;
			found = (struct found){0};
		}
		if (find_form(before, component, &next)) {
			outer = found;
			found = next;
			just = true;
		}
	}
	*ret_found = found;
	*ret_pod = pod;
}

static int hex_value(char digit)
{
	const char *at = digit ? strchr(HEX_DIGITS, digit) : NULL;

	return at ? (int)(at - HEX_DIGITS) : -1;
}

/* systemd.unit(5), "string escaping": \x2d is a dash. A name has no NUL. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		int high = -1, low = -1;

		if (from[0] == '\\' && from[1] == 'x') {
			high = hex_value(from[2]);
			low = high < 0 ? -1 : hex_value(from[3]);
		}
		if (low < 0 || !(high | low)) {
			*to = *from++;
		} else {
			*to = (char)(high << 4 | low);
			from += 4;
		}
	}
	*to = '\0';
}

static int copy_found(const struct found *found, struct container *container)
{
	if (!found->form)
		return 0;
	container->id = strndup(found->id.at, found->id.len);
	if (!container->id)
		return -ENOMEM;
	if (found->form->kind == ID_ESCAPED)
		unescape(container->id);
	if (found->form->named) {
		container->name = strdup(container->id);
		if (!container->name)
			return -ENOMEM;
	}
	if (found->form->runtime) {
		container->runtime = strdup(found->form->runtime);
		if (!container->runtime)
			return -ENOMEM;
	}
	container->present = true;
	return 0;
}

static int copy_pod(struct span uid, struct container *container)
{
	if (!uid.len)
		return 0;
	container->pod_uid = strndup(uid.at, uid.len);
	if (!container->pod_uid)
		return -ENOMEM;
	for (char *at = container->pod_uid; *at; at++) {
		if (*at == '_')
			*at = '-';
	}
	container->present = true;
	return 0;
}

int container_from_cgroup(const char *cgroup_path, struct container *ret_container)
{
	struct container container = {0};
	struct found found;
	struct span pod;
	int err;

	walk(cgroup_path ? cgroup_path : "", &found, &pod);
	err = copy_found(&found, &container);
	if (!err)
		err = copy_pod(pod, &container);
	if (err) {
		container_clear(&container);
		return err;
	}
	*ret_container = container;
	return 0;
}

bool container_id_is_unique(const char *id)
{
	return id_fits((struct span){id, strlen(id)}, ID_HEX);
}
