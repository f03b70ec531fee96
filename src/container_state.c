// SPDX-License-Identifier: GPL-2.0
#include "container_state.h"

#include "cgroup.h"
#include "container.h"
#include "container_parse.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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

enum { ENTRIES_MAX = 1024 }; /* looked at in a directory */

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
		err = container_set_text(&container->runtime, runtime);
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
			err = container_set_text(&container->runtime, runtime);
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
			err = container_set_text(&container->id, id);
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
	err = container_set_text(&container->id, name);
	if (!err)
		err = container_set_text(&container->runtime, states->low_level->runtime);
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
