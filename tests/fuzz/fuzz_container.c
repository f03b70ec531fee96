// SPDX-License-Identifier: GPL-2.0
#include "container.h"
#include "container_parse.h"
#include "container_state.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_string(const char *text)
{
	if (text && !text[0])
		abort();
}

static void check(const struct container *container)
{
	check_string(container->runtime);
	check_string(container->id);
	check_string(container->name);
	check_string(container->image);
	check_string(container->pod_uid);
	check_string(container->pod_name);
	check_string(container->pod_namespace);
}

/* As a string; the byte 1 stands for an id, which no mutation would make. */
static char *make_path(const uint8_t *data, size_t len)
{
	static const char id[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	char *path = malloc(len * (sizeof(id) - 1) + 1), *to = path;

	for (size_t i = 0; path && i < len; i++) {
		if (data[i] == 1)
			to = stpcpy(to, id);
		else
			*to++ = (char)data[i];
	}
	if (path)
		*to = '\0';
	return path;
}

static void fuzz_path(const uint8_t *data, size_t len)
{
	struct container container;
	char *path = make_path(data, len);

	if (!path)
		return;
	if (container_from_cgroup(path, &container) == 0) {
		check(&container);
		if (container.present != (container.id || container.pod_uid) ||
		    (container.runtime && !container.id))
			abort();
		container_clear(&container);
	}
	free(path);
}

static void fuzz_names(int (*parse)(const char *json, size_t len, struct container *container),
		       const uint8_t *data, size_t len)
{
	struct container container = {.present = true, .id = strdup("1")};

	parse((const char *)data, len, &container);
	check(&container);
	container_clear(&container);
}

static void fuzz_state(int (*parse)(const char *json, size_t len, struct container_state *state),
		       const uint8_t *data, size_t len)
{
	struct container_state state;

	if (parse((const char *)data, len, &state))
		return;
	check_string(state.bundle);
	check_string(state.cgroup);
	container_state_clear(&state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_path(data, len);
	fuzz_names(container_parse_bundle, data, len);
	fuzz_names(container_parse_docker, data, len);
	fuzz_names(container_parse_storage, data, len);
	fuzz_state(container_parse_runc, data, len);
	fuzz_state(container_parse_crun, data, len);
	return 0;
}
