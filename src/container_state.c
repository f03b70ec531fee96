// SPDX-License-Identifier: GPL-2.0
#include "container_state.h"

#include "cgroup.h"
#include "container.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FILE_MAX ((size_t)4 << 20)
#define PATH_LEN 4096

enum {
	TEXT_MAX = 4096,    /* of a name; longer is none */
	ENTRIES_MAX = 1024, /* looked at in a directory */
};

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

/* Files found by the id alone. */
static const struct {
	const char *runtime; /* whose they are; NULL: the file tells */
	const char *directory;
	const char *file; /* below DIRECTORY/ID; NULL: `directory` is the file */
	int (*parse)(const char *json, size_t len, struct container *container);
} id_files[] = {
#define DOCKER(directory)                                                     \
	{                                                                     \
		"docker", directory, "config.v2.json", container_parse_docker \
	}
	DOCKER("/var/lib/docker/containers"),
	DOCKER("/var/snap/docker/common/var-lib-docker/containers"),
#undef DOCKER
#define BUNDLE(directory)                                                       \
	{                                                                       \
		NULL, directory, "userdata/config.json", container_parse_bundle \
	}
	BUNDLE("/run/containers/storage/overlay-containers"),
	BUNDLE("/var/lib/containers/storage/overlay-containers"),
#undef BUNDLE
#define STORAGE(file)                                         \
	{                                                     \
		"podman", file, NULL, container_parse_storage \
	}
	STORAGE("/var/lib/containers/storage/overlay-containers/containers.json"),
	STORAGE("/var/lib/containers/storage/overlay-containers/volatile-containers.json"),
	STORAGE("/run/containers/storage/overlay-containers/volatile-containers.json"),
	STORAGE("/run/containers/storage/overlay-containers/containers.json"),
#undef STORAGE
};

/* Where containerd keeps the bundles of running containers, as NAMESPACE/ID. */
static const char *const task_directories[] = {
	"/run/containerd/io.containerd.runtime.v2.task",
	"/run/k3s/containerd/io.containerd.runtime.v2.task",
	"/run/k0s/containerd/io.containerd.runtime.v2.task",
	"/var/snap/microk8s/common/run/containerd/io.containerd.runtime.v2.task",
	"/run/containerd/io.containerd.runtime.v1.linux",
};

/* Low-level runtimes, each with a directory of states, named by id. */
static const struct low_level {
	const char *runtime;
	const char *directory;
	const char *file;
	int (*parse)(const char *json, size_t len, struct container_state *ret_state);
} low_levels[] = {
	{"runc", "/run/runc", "state.json", container_parse_runc},
	{"crun", "/run/crun", "status", container_parse_crun},
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

static int set_text(char **field, const char *text)
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
			return set_text(&container->runtime, managers[i].runtime);
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
		err = set_text(&container->name, name + strspn(name, "/"));
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
		err = set_text(ret_cgroup, full + len);
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
			err = set_text(&state->bundle, text + skip);
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

/* Symbolic links on the way are followed as the host would, and lead out of its root never. */
static int open_below(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned int)(O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
					flags),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

static int read_regular(int fd, char **ret_data, size_t *ret_len)
{
	size_t size, len = 0;
	struct stat st;
	char *data;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size < 0 || (size_t)st.st_size > FILE_MAX)
		return -EFBIG;
	size = (size_t)st.st_size;
	data = malloc(size + 1);
	if (!data)
		return -ENOMEM;
	while (len < size) {
		ssize_t got = read(fd, data + len, size - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		len += (size_t)got;
	}
	*ret_data = data;
	*ret_len = len;
	return 0;
}

/* "DIRECTORY[/NAME]/FILE"; `name` and `file` may be NULL. */
static int read_below(int root, const char *directory, const char *name, const char *file,
		      char **ret_data, size_t *ret_len)
{
	char path[PATH_LEN];
	int fd, err;

	if (snprintf(path, sizeof(path), "%s%s%s%s%s", directory, name ? "/" : "", name ? name : "",
		     file ? "/" : "", file ? file : "") >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open_below(root, path, 0);
	if (fd < 0)
		return fd;
	err = read_regular(fd, ret_data, ret_len);
	close(fd);
	return err;
}

/* Is the name one component of a path, whatever becomes of it? */
static bool is_plain(const char *name)
{
	return name[0] && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	       strlen(name) <= NAME_MAX &&
	       !name[strspn(name, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz_.+-")];
}

static bool is_complete(const struct container *container)
{
	return container->name && container->image;
}

/* Calls fn for each name in the directory that is_plain(), until it gives other than 0. */
static int each_entry(int root, const char *directory, int (*fn)(void *ctx, const char *name),
		      void *ctx)
{
	int fd = open_below(root, directory, O_DIRECTORY), err = 0;
	struct dirent *entry;
	DIR *dir;

	if (fd < 0)
		return 0;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	for (int i = 0; i < ENTRIES_MAX && !err; i++) {
		entry = readdir(dir);
		if (!entry)
			break;
		if (is_plain(entry->d_name))
			err = fn(ctx, entry->d_name);
	}
	closedir(dir);
	return err;
}

/* A bundle's config.json. 0 when it was read, and `runtime`, if not NULL, is then its runtime. */
static int read_bundle(int root, const char *directory, const char *name, const char *runtime,
		       struct container *container)
{
	char *json;
	size_t len;
	int err = read_below(root, directory, name, "config.json", &json, &len);

	if (err)
		return err;
	err = container_parse_bundle(json, len, container);
	free(json);
	if (!err && runtime)
		err = set_text(&container->runtime, runtime);
	return err;
}

static int read_id_files(int root, struct container *container)
{
	for (size_t i = 0; i < sizeof(id_files) / sizeof(id_files[0]); i++) {
		const char *runtime = id_files[i].runtime;
		char *json;
		size_t len;
		int err;

		if (is_complete(container))
			return 0;
		if (runtime && container->runtime && strcmp(runtime, container->runtime) != 0)
			continue;
		err = read_below(root, id_files[i].directory,
				 id_files[i].file ? container->id : NULL, id_files[i].file, &json,
				 &len);
		if (!err) {
			err = id_files[i].parse(json, len, container);
			free(json);
		}
		/* A list of many says nothing of whose this one is. */
		if (!err && runtime && id_files[i].file)
			err = set_text(&container->runtime, runtime);
		if (err == -ENOMEM)
			return err;
	}
	return 0;
}

struct tasks {
	int root;
	const char *directory;
	struct container *container;
};

static int read_task(void *ctx, const char *namespace)
{
	const struct tasks *tasks = ctx;
	char directory[PATH_LEN];
	int err;

	/* Docker's: its containers are known to Docker, by more. */
	if (strcmp(namespace, "moby") == 0)
		return 0;
	if (snprintf(directory, sizeof(directory), "%s/%s", tasks->directory, namespace) >=
	    (int)sizeof(directory))
		return 0;
	err = read_bundle(tasks->root, directory, tasks->container->id, "containerd",
			  tasks->container);
	if (err == -ENOMEM)
		return err;
	return err ? 0 : 1;
}

/* A containerd container, whatever its namespace. */
static int read_tasks(int root, struct container *container)
{
	for (size_t i = 0; i < sizeof(task_directories) / sizeof(task_directories[0]); i++) {
		struct tasks tasks = {root, task_directories[i], container};
		int err;

		if (container->runtime && strcmp(container->runtime, "containerd") != 0)
			return 0;
		err = each_entry(root, task_directories[i], read_task, &tasks);
		if (err)
			return err < 0 ? err : 0;
	}
	return 0;
}

/* The container NAMESPACE/ID, which is what "DIRECTORY/NAMESPACE/ID" is for. */
static int find_task(int root, const char *namespace, const char *id, struct container *container)
{
	for (size_t i = 0; i < sizeof(task_directories) / sizeof(task_directories[0]); i++) {
		char directory[PATH_LEN];
		int err;

		snprintf(directory, sizeof(directory), "%s/%s", task_directories[i], namespace);
		err = read_bundle(root, directory, id, "containerd", container);
		if (!err)
			err = set_text(&container->id, id);
		if (!err)
			container->present = true;
		if (!err || err == -ENOMEM)
			return err;
	}
	return -ENOENT;
}

/*
 * A container whose cgroup is "/NAMESPACE/ID", as containerd has it by default; ids are what users
 * of ctr chose. The innermost such pair of components is tried first.
 */
static int find_tasks(int root, const char *cgroup_path, struct container *container)
{
	char *path = strdup(cgroup_path), *id, *namespace;
	int err = path ? -ENOENT : -ENOMEM;

	while (err == -ENOENT && (id = strrchr(path, '/'))) {
		*id++ = '\0';
		namespace = strrchr(path, '/');
		if (!namespace)
			break;
		if (is_plain(id) && is_plain(namespace + 1))
			err = find_task(root, namespace + 1, id, container);
	}
	free(path);
	return err == -ENOMEM ? err : 0;
}

struct states {
	int root;
	const struct low_level *low_level;
	const char *cgroup_path;
	struct container *container;
};

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/*
 * Is the state that of the container? Its cgroup must be the victim's or one above it, and lead to
 * the same container and pod by itself, since states of what it is nested in are there as well.
 */
static int state_fits(const struct states *states, const char *name,
		      const struct container_state *state, bool *ret_fits)
{
	const struct container *container = states->container;
	struct container told;
	int err;

	*ret_fits = false;
	if (!state->cgroup || state->cgroup[strspn(state->cgroup, "/")] == '\0')
		return 0;
	if (!cgroup_is_below(states->cgroup_path, state->cgroup)) {
		/* Of a path that is cut only the id is left. */
		*ret_fits = states->cgroup_path[0] != '/' && container->id &&
			    strcmp(container->id, name) == 0;
		return 0;
	}
	err = container_from_cgroup(state->cgroup, &told);
	if (err)
		return err;
	*ret_fits = same(told.id, container->id) && same(told.pod_uid, container->pod_uid);
	container_clear(&told);
	return 0;
}

static int take_state(const struct states *states, const char *name,
		      const struct container_state *state)
{
	struct container *container = states->container;
	int err = 0;

	if (state->bundle)
		err = read_bundle(states->root, state->bundle, NULL, NULL, container);
	if (err == -ENOMEM)
		return err;
	err = set_text(&container->id, name);
	if (!err)
		err = set_text(&container->runtime, states->low_level->runtime);
	container->present = container->id != NULL;
	return err ? err : 1;
}

static int read_state(void *ctx, const char *name)
{
	const struct states *states = ctx;
	struct container_state state = {0};
	char *json;
	size_t len;
	bool fits;
	int err = read_below(states->root, states->low_level->directory, name,
			     states->low_level->file, &json, &len);

	if (!err) {
		err = states->low_level->parse(json, len, &state);
		free(json);
	}
	if (err)
		return err == -ENOMEM ? err : 0;
	err = state_fits(states, name, &state, &fits);
	if (!err && fits)
		err = take_state(states, name, &state);
	container_state_clear(&state);
	return err;
}

static int read_states(int root, const char *cgroup_path, struct container *container)
{
	for (size_t i = 0; i < sizeof(low_levels) / sizeof(low_levels[0]); i++) {
		struct states states = {root, &low_levels[i], cgroup_path, container};
		int err = each_entry(root, low_levels[i].directory, read_state, &states);

		if (err)
			return err < 0 ? err : 0;
	}
	return 0;
}

static int read_all(int root, const char *cgroup_path, struct container *container)
{
	int err = 0;

	if (container->id && container_id_is_unique(container->id)) {
		err = read_id_files(root, container);
		if (!err && !is_complete(container))
			err = read_tasks(root, container);
	} else if (!container->present) {
		err = find_tasks(root, cgroup_path, container);
	}
	if (!err && !container->name)
		err = read_states(root, cgroup_path, container);
	return err;
}

int container_read_names(const char *root, const char *cgroup_path, struct container *container)
{
	int fd, err;

	if (!cgroup_path)
		return 0;
	fd = open(root[0] ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	err = read_all(fd, cgroup_path, container);
	close(fd);
	return err;
}
