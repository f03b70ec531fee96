// SPDX-License-Identifier: GPL-2.0
#include "cgroup_files.h"
#include "cgroup_limit.h"
#include "cgroup_walk.h"
#include "pressure.h"
#include "proc_parse.h"
#include "system_memory.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(bool right)
{
	if (!right)
		abort();
}

static void check_size(struct num num)
{
	check(num.known ? num.value >= 0 && num.value % 1024 == 0 : num.value == 0);
}

static void fuzz_cmdline(const char *text, size_t len)
{
	char *line = proc_parse_cmdline(text, len, false);

	check(line && strlen(line) <= CMDLINE_MAX + strlen(CMDLINE_CUT));
	free(line);
}

static void fuzz_cgroup(const char *text, size_t len)
{
	char *path;

	for (int version = 1; version <= 2; version++) {
		if (proc_parse_cgroup(text, len, version, &path))
			continue;
		check(path[0] == '/' && strlen(path) < len);
		free(path);
	}
}

static void fuzz_rollup(const char *text, size_t len)
{
	struct smaps smaps;

	proc_parse_smaps_rollup(text, len, &smaps);
	check_size(smaps.rss_bytes);
	check_size(smaps.locked_bytes);
}

static void fuzz_smaps(const char *text, size_t len)
{
	struct mapping top[MAPPINGS_MAX];
	size_t count;

	if (proc_parse_smaps(text, len, top, &count))
		return;
	check(count > 0 && count <= MAPPINGS_MAX);
	for (size_t i = 0; i < count; i++)
		check(top[i].name != NULL);
	proc_mappings_clear(top, count);
}

static void fuzz_maps(const char *text, size_t len)
{
	struct span rest = {text, len};
	struct proc_mapping map;

	while (proc_next_mapping(&rest, &map)) {
		check(map.start < map.end);
		check(map.name.at >= text && map.name.at + map.name.len <= text + len);
	}
}

static void fuzz_status(const char *text, size_t len)
{
	struct proc_status status;

	proc_parse_status(text, len, &status);
	check_size(status.rss_bytes);
	check(!status.uid.known || status.uid.value >= 0);
}

static void fuzz_stat(const char *text, size_t len)
{
	struct proc_stat stat;

	if (proc_parse_stat(text, len, &stat))
		return;
	check(strlen(stat.comm) <= COMM_LEN);
	check(stat.rss_pages >= 0 && stat.rss_pages <= PROC_PAGES_MAX);
}

static void fuzz_limit(const char *text, size_t len)
{
	struct num limit = cgroup_limit_parse(text, len);

	check(limit.known ? limit.value >= 0 && limit.value <= LIMIT_NONE(4096) : !limit.value);
}

static void fuzz_pids(const char *text, size_t len)
{
	pid_t *pids;
	size_t count;

	check(!cgroup_parse_pids(text, len, &pids, &count) && count <= len / 2);
	for (size_t i = 0; i < count; i++)
		check(pids[i] > 0);
	free(pids);
}

static void fuzz_meminfo(const char *text, size_t len)
{
	struct system system = {0};

	system_memory_parse_meminfo(text, len, &system);
	check_size(system.mem_total_bytes);
	check_size(system.committed_bytes);
}

static void fuzz_zoneinfo(const char *text, size_t len)
{
	struct zone *zones;
	size_t count;

	if (system_memory_parse_zoneinfo(text, len, 4096, &zones, &count))
		return;
	check(count > 0);
	for (size_t i = 0; i < count; i++) {
		check(zones[i].node >= 0 && strlen(zones[i].name) < sizeof(zones[i].name));
		check_size(zones[i].free_bytes);
	}
	free(zones);
}

static void fuzz_pressure(const char *text, size_t len)
{
	struct pressure pressure;

	pressure_parse(text, len, &pressure);
	check(pressure.some.avg10 >= 0 && pressure.full.avg300 >= 0);
}

static void fuzz_stat_list(const char *text, size_t len)
{
	struct stat_list list;

	check(!stat_list_parse(text, len, &list) && list.count <= STAT_LIST_MAX);
	check(list.known == (list.count > 0));
	for (size_t i = 0; i < list.count; i++)
		check(list.entries[i].name[0] && strlen(list.entries[i].name) <= STAT_NAME_MAX);
	stat_list_clear(&list);
}

/* The first byte says which parser, the rest is its text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static void (*const parsers[])(const char *, size_t) = {
		fuzz_cmdline, fuzz_cgroup,  fuzz_rollup,   fuzz_smaps,	  fuzz_maps,
		fuzz_status,  fuzz_meminfo, fuzz_zoneinfo, fuzz_pressure, fuzz_stat_list,
		fuzz_stat,    fuzz_limit,   fuzz_pids,
	};

	if (len)
		parsers[data[0] % (sizeof(parsers) / sizeof(parsers[0]))]((const char *)data + 1,
									  len - 1);
	return 0;
}
