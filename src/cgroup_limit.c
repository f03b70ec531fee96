// SPDX-License-Identifier: GPL-2.0
#include "cgroup_limit.h"

#include "cgroup_files.h"
#include "lines.h"
#include "readfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NUMBER_MAX 64
#define LIST_MAX   4096

struct num cgroup_limit_parse(const char *text, size_t len)
{
	struct span rest = {text, len}, line;
	uint64_t value, most = (uint64_t)LIMIT_NONE(sysconf(_SC_PAGESIZE));

	if (!span_take_line(&rest, &line))
		return (struct num){0};
	if (span_equals(line, "max"))
		return num_of((int64_t)most);
	if (!span_unsigned(line, &value))
		return (struct num){0};
	return num_of((int64_t)(value < most ? value : most));
}

static struct num read_number(int dir, const char *name, struct num absent)
{
	struct num number;
	char *text;
	size_t len;
	int err = file_read_at(dir, name, &text, &len, NUMBER_MAX);

	if (err)
		return err == -ENOENT ? absent : (struct num){0};
	number = cgroup_limit_parse(text, len);
	free(text);
	return number;
}

static bool is_set(struct num number)
{
	return number.known && number.value;
}

static bool kill_is_disabled(int dir)
{
	struct stat_list list = {0};
	bool disabled = false;
	char *text;
	size_t len;

	if (file_read_at(dir, "memory.oom_control", &text, &len, LIST_MAX))
		return false;
	stat_list_parse(text, len, &list);
	free(text);
	for (size_t i = 0; i < list.count; i++)
		if (!strcmp(list.entries[i].name, "oom_kill_disable"))
			disabled = list.entries[i].value != 0;
	stat_list_clear(&list);
	return disabled;
}

void cgroup_limit_read(int dir, int version, struct cgroup_limit *ret_limit)
{
	const struct num none = num_of(LIMIT_NONE(sysconf(_SC_PAGESIZE))), unknown = {0};
	struct cgroup_limit limit = {0};

	if (version == 2) {
		limit.limit_bytes = read_number(dir, "memory.max", none);
		limit.swap_limit_bytes = read_number(dir, "memory.swap.max", none);
		limit.usage_bytes = read_number(dir, "memory.current", unknown);
		limit.oom_group = is_set(read_number(dir, "memory.oom.group", unknown));
	} else {
		limit.limit_bytes = read_number(dir, "memory.limit_in_bytes", none);
		limit.swap_limit_bytes = read_number(dir, "memory.memsw.limit_in_bytes", none);
		limit.usage_bytes = read_number(dir, "memory.usage_in_bytes", unknown);
		limit.swappiness = read_number(dir, "memory.swappiness", unknown);
		limit.oom_kill_disable = kill_is_disabled(dir);
		limit.alone = !is_set(read_number(dir, "memory.use_hierarchy", num_of(1)));
	}
	*ret_limit = limit;
}
