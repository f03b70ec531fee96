// SPDX-License-Identifier: GPL-2.0
#include "container_parse.h"

#include "cgroup.h"
#include "container.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 4096 }; /* of a name; longer is none */

/* Which string of a file goes where. The first one that is there is taken. */
struct key {
	const char *name;
	size_t field;
};

#define FIELD(name) offsetof(struct container, name)

static const struct key annotations[] = {
	/* containerd; the last is the sandbox's own. */
	{"io.kubernetes.cri.container-name", FIELD(name)},
	{"io.kubernetes.cri.image-name", FIELD(image)},
	{"io.kubernetes.cri.sandbox-name", FIELD(pod_name)},
	{"io.kubernetes.cri.sandbox-namespace", FIELD(pod_namespace)},
	{"io.kubernetes.cri.sandbox-uid", FIELD(pod_uid)},
	{"io.kubernetes.cri.podsandbox.image-name", FIELD(image)},
	/* The kubelet's labels, which CRI-O makes annotations. */
	{"io.kubernetes.container.name", FIELD(name)},
	{"io.kubernetes.pod.name", FIELD(pod_name)},
	{"io.kubernetes.pod.namespace", FIELD(pod_namespace)},
	{"io.kubernetes.pod.uid", FIELD(pod_uid)},
	/* CRI-O's own. */
	{"io.kubernetes.cri-o.ImageName", FIELD(image)},
	{"io.kubernetes.cri-o.Image", FIELD(image)},
	{"io.kubernetes.cri-o.KubeName", FIELD(pod_name)},
	{"io.kubernetes.cri-o.Namespace", FIELD(pod_namespace)},
	{"nerdctl/name", FIELD(name)},
};

/* The kubelet's labels on what it has Docker run. */
static const struct key labels[] = {
	{"io.kubernetes.container.name", FIELD(name)},
	{"io.kubernetes.pod.name", FIELD(pod_name)},
	{"io.kubernetes.pod.namespace", FIELD(pod_namespace)},
	{"io.kubernetes.pod.uid", FIELD(pod_uid)},
};

/* "metadata" of an entry of containers.json. */
static const struct key storage_metadata[] = {
	{"name", FIELD(name)},
	{"image-name", FIELD(image)},
};

/* "io.container.manager" and who it is. */
static const struct {
	const char *manager;
	const char *runtime;
} managers[] = {
	{"cri-o", "cri-o"},
	{"libpod", "podman"},
};

/* Sets what is not set. Absent, empty and unreasonable strings are none. */
static int take(char **field, const json_t *value)
{
	const char *text = json_string_value(value);
	size_t len = json_string_length(value);

	if (*field || !text || len == 0 || len > TEXT_MAX || strlen(text) != len)
		return 0;
	*field = strdup(text);
	return *field ? 0 : -ENOMEM;
}

static int take_keys(const json_t *object, const struct key *keys, size_t count,
		     struct container *container)
{
	int err = 0;

	for (size_t i = 0; i < count && !err; i++)
		err = take((char **)(void *)((char *)container + keys[i].field),
			   json_object_get(object, keys[i].name));
	return err;
}

#define TAKE_KEYS(object, keys, container) \
	take_keys(object, keys, sizeof(keys) / sizeof((keys)[0]), container)

int container_set_text(char **field, const char *text)
{
	if (!*field)
		*field = strdup(text);
	return *field ? 0 : -ENOMEM;
}

static int parse(const char *json, size_t len, json_t **ret_root)
{
	json_error_t error;
	/* A NUL in one string is no reason to have no other; take() refuses that one. */
	json_t *root = json_loadb(json, len, JSON_ALLOW_NUL, &error);

	if (!root)
		return json_error_code(&error) == json_error_out_of_memory ? -ENOMEM : -EINVAL;
	*ret_root = root;
	return 0;
}

/* Annotations may hold JSON in a string. NULL when this one does not, or when memory is short. */
static json_t *parse_inner(const json_t *value)
{
	return json_is_string(value) ? json_loadb(json_string_value(value),
						  json_string_length(value), JSON_ALLOW_NUL, NULL)
				     : NULL;
}

/* CRI-O keeps the name that Kubernetes gave in the metadata: of sandboxes that is the pod's. */
static int take_crio_name(const json_t *values, struct container *container)
{
	const char *type =
		json_string_value(json_object_get(values, "io.kubernetes.cri-o.ContainerType"));
	json_t *metadata;
	int err = 0;

	if (type && strcmp(type, "container") == 0) {
		metadata = parse_inner(json_object_get(values, "io.kubernetes.cri-o.Metadata"));
		err = take(&container->name, json_object_get(metadata, "name"));
		json_decref(metadata);
	}
	if (!err)
		err = take(&container->name,
			   json_object_get(values, "io.kubernetes.cri-o.ContainerName"));
	return err;
}

static int take_manager(const json_t *values, struct container *container)
{
	const char *manager = json_string_value(json_object_get(values, "io.container.manager"));

	for (size_t i = 0; manager && i < sizeof(managers) / sizeof(managers[0]); i++) {
		if (strcmp(manager, managers[i].manager) == 0)
			return container_set_text(&container->runtime, managers[i].runtime);
	}
	return 0;
}

int container_parse_bundle(const char *json, size_t len, struct container *container)
{
	const json_t *values;
	json_t *root;
	int err = parse(json, len, &root);

	if (err)
		return err;
	values = json_object_get(root, "annotations");
	err = TAKE_KEYS(values, annotations, container);
	if (!err)
		err = take_crio_name(values, container);
	if (!err)
		err = take_manager(values, container);
	if (!err && !json_is_object(root))
		err = -EINVAL;
	json_decref(root);
	return err;
}

int container_parse_docker(const char *json, size_t len, struct container *container)
{
	const json_t *config;
	char *name = NULL;
	json_t *root;
	int err = parse(json, len, &root);

	if (err)
		return err;
	config = json_object_get(root, "Config");
	err = TAKE_KEYS(json_object_get(config, "Labels"), labels, container);
	if (!err)
		err = take(&container->image, json_object_get(config, "Image"));
	if (!err)
		err = take(&name, json_object_get(root, "Name"));
	/* Names are paths to Docker, since containers could once be linked. */
	if (!err && name && name[strspn(name, "/")])
		err = container_set_text(&container->name, name + strspn(name, "/"));
	free(name);
	if (!err && !json_is_object(root))
		err = -EINVAL;
	json_decref(root);
	return err;
}

static int take_storage(const json_t *entry, struct container *container)
{
	json_t *metadata = parse_inner(json_object_get(entry, "metadata"));
	int err = TAKE_KEYS(metadata, storage_metadata, container);

	json_decref(metadata);
	return err ? err
		   : take(&container->name, json_array_get(json_object_get(entry, "names"), 0));
}

int container_parse_storage(const char *json, size_t len, struct container *container)
{
	const json_t *entry;
	json_t *root;
	size_t i;
	int err = parse(json, len, &root);

	if (err)
		return err;
	if (!json_is_array(root))
		err = -EINVAL;
	json_array_foreach(root, i, entry)
	{
		const char *id = json_string_value(json_object_get(entry, "id"));

		if (id && container->id && strcmp(id, container->id) == 0) {
			err = take_storage(entry, container);
			break;
		}
	}
	json_decref(root);
	return err;
}

/* "/sys/fs/cgroup/memory/a" is "/a": runc keeps where in the file system its cgroups are. */
static int take_cgroup(const json_t *paths, char **ret_cgroup)
{
	static const char *const mounts[] = {
		"/sys/fs/cgroup/memory",
		"/sys/fs/cgroup/unified",
		"/sys/fs/cgroup",
	};
	const json_t *path = json_object_get(paths, "memory");
	char *full = NULL;
	int err = take(&full, path ? path : json_object_get(paths, ""));

	for (size_t i = 0; full && !err && i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		size_t len = strlen(mounts[i]);

		if (strncmp(full, mounts[i], len) != 0 || full[len] != '/')
			continue;
		err = container_set_text(ret_cgroup, full + len);
		break;
	}
	free(full);
	return err;
}

static int take_runc(const json_t *root, struct container_state *state)
{
	const json_t *list = json_object_get(json_object_get(root, "config"), "labels"), *label;
	size_t i, skip = strlen("bundle=");
	char *text = NULL;
	int err = take_cgroup(json_object_get(root, "cgroup_paths"), &state->cgroup);

	json_array_foreach(list, i, label)
	{
		if (err)
			break;
		err = take(&text, label);
		if (!err && text && strncmp(text, "bundle=", skip) == 0 && text[skip] == '/')
			err = container_set_text(&state->bundle, text + skip);
		free(text);
		text = NULL;
	}
	return err;
}

static int take_crun(const json_t *root, struct container_state *state)
{
	int err = take(&state->bundle, json_object_get(root, "bundle"));

	return err ? err : take(&state->cgroup, json_object_get(root, "cgroup-path"));
}

static int parse_state(const char *json, size_t len,
		       int (*take_state)(const json_t *root, struct container_state *state),
		       struct container_state *ret_state)
{
	struct container_state state = {0};
	json_t *root;
	int err = parse(json, len, &root);

	if (err)
		return err;
	err = json_is_object(root) ? take_state(root, &state) : -EINVAL;
	json_decref(root);
	if (err) {
		container_state_clear(&state);
		return err;
	}
	*ret_state = state;
	return 0;
}

int container_parse_runc(const char *json, size_t len, struct container_state *ret_state)
{
	return parse_state(json, len, take_runc, ret_state);
}

int container_parse_crun(const char *json, size_t len, struct container_state *ret_state)
{
	return parse_state(json, len, take_crun, ret_state);
}

void container_state_clear(struct container_state *state)
{
	if (!state)
		return;
	free(state->bundle);
	free(state->cgroup);
	*state = (struct container_state){0};
}
