// SPDX-License-Identifier: GPL-2.0
#include "system_memory.h"

#include "lines.h"
#include "pressure.h"
#include "readfile.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* zoneinfo has some lines for each zone and CPU: a megabyte on large machines. */
#define MEMINFO_MAX  (64u << 10)
#define ZONEINFO_MAX (16u << 20)
#define PRESSURE_MAX (4u << 10)
#define ZONES_MAX    4096

static const struct kb_field meminfo_fields[] = {
	{"MemTotal", offsetof(struct system, mem_total_bytes)},
	{"MemFree", offsetof(struct system, mem_free_bytes)},
	{"MemAvailable", offsetof(struct system, mem_available_bytes)},
	{"Buffers", offsetof(struct system, buffers_bytes)},
	{"Cached", offsetof(struct system, cached_bytes)},
	{"AnonPages", offsetof(struct system, anon_bytes)},
	{"Mapped", offsetof(struct system, mapped_bytes)},
	{"Shmem", offsetof(struct system, shmem_bytes)},
	{"Slab", offsetof(struct system, slab_bytes)},
	{"SReclaimable", offsetof(struct system, slab_reclaimable_bytes)},
	{"KernelStack", offsetof(struct system, kernel_stack_bytes)},
	{"PageTables", offsetof(struct system, pagetables_bytes)},
	{"SwapTotal", offsetof(struct system, swap_total_bytes)},
	{"SwapFree", offsetof(struct system, swap_free_bytes)},
	{"Committed_AS", offsetof(struct system, committed_bytes)},
};

void system_memory_parse_meminfo(const char *text, size_t len, struct system *system)
{
	kb_fields_set((struct span){text, len}, meminfo_fields, COUNT_OF(meminfo_fields), system);
}

struct zone_reader {
	int64_t page_size;
	bool in_pages;	/* past "pages free": the counters before it have other meanings */
	bool populated; /* a zone, of which neither "present" nor "managed" is 0 */
	struct zone zone;
};

/* "0, zone   Normal", after "Node". */
static bool parse_zone_header(struct span line, struct zone *ret_zone)
{
	struct span part, word;
	int64_t node;

	if (!span_take_until(&line, ',', &part) || !span_take_word(&part, &word) ||
	    !span_decimal(word, &node) || node < 0 || node > INT_MAX)
		return false;
	*ret_zone = (struct zone){.node = (int)node};
	if (!span_take_word(&line, &word) || !span_equals(word, "zone") ||
	    !span_take_word(&line, &word) || word.len >= sizeof(ret_zone->name))
		return false;
	memcpy(ret_zone->name, word.at, word.len);
	return true;
}

static void set_pages(struct num *num, int64_t pages, int64_t page_size)
{
	int64_t bytes;

	if (!num->known && pages >= 0 && !__builtin_mul_overflow(pages, page_size, &bytes))
		*num = num_of(bytes);
}

/* "  pages free     3840", "        min      44": what follows `name` is in `line`. */
static void parse_zone_line(struct zone_reader *reader, struct span name, struct span line)
{
	struct span number;
	struct num *num = NULL;
	int64_t pages;

	if (span_equals(name, "pages") && span_take_word(&line, &name) &&
	    span_equals(name, "free")) {
		reader->in_pages = true;
		num = &reader->zone.free_bytes;
	} else if (span_equals(name, "min")) {
		num = &reader->zone.min_bytes;
	} else if (span_equals(name, "low")) {
		num = &reader->zone.low_bytes;
	} else if (span_equals(name, "high")) {
		num = &reader->zone.high_bytes;
	}
	if (!reader->in_pages || !span_take_word(&line, &number) || !span_decimal(number, &pages))
		return;
	if (num)
		set_pages(num, pages, reader->page_size);
	else if (span_equals(name, "present") || span_equals(name, "managed"))
		reader->populated = reader->populated && pages != 0;
}

static int add_zone(const struct zone_reader *reader, struct zone **zones, size_t *count)
{
	struct zone *more;

	if (!reader->in_pages || !reader->populated || *count == ZONES_MAX)
		return 0;
	/* Powers of two, so that not every zone moves all before it. */
	if ((*count & (*count - 1)) == 0) {
		more = realloc(*zones, (*count ? *count * 2 : 1) * sizeof(**zones));
		if (!more)
			return -ENOMEM;
		*zones = more;
	}
	(*zones)[(*count)++] = reader->zone;
	return 0;
}

int system_memory_parse_zoneinfo(const char *text, size_t len, int64_t page_size,
				 struct zone **ret_zones, size_t *ret_count)
{
	struct zone_reader reader = {.page_size = page_size};
	struct span rest = {text, len}, line, name;
	struct zone *zones = NULL;
	size_t count = 0;
	int err = 0;

	while (!err && span_take_line(&rest, &line)) {
		if (!span_take_word(&line, &name))
			continue;
		if (span_equals(name, "Node")) {
			err = add_zone(&reader, &zones, &count);
			reader = (struct zone_reader){.page_size = page_size};
			reader.populated = parse_zone_header(line, &reader.zone);
		} else {
			parse_zone_line(&reader, name, line);
		}
	}
	if (!err)
		err = add_zone(&reader, &zones, &count);
	if (!err && !count)
		err = -ENOENT;
	if (err) {
		free(zones);
		return err;
	}
	*ret_zones = zones;
	*ret_count = count;
	return 0;
}

static int read_below(const char *root, const char *path, size_t max, char **ret_text,
		      size_t *ret_len)
{
	char full[PATH_MAX];

	if (snprintf(full, sizeof(full), "%s%s", root, path) >= (int)sizeof(full))
		return -ENAMETOOLONG;
	return file_read(full, ret_text, ret_len, max);
}

static int read_meminfo(const char *root, struct system *system)
{
	char *text;
	size_t len;
	int err = read_below(root, "/proc/meminfo", MEMINFO_MAX, &text, &len);

	if (err)
		return err;
	system_memory_parse_meminfo(text, len, system);
	free(text);
	return 0;
}

static int read_zones(const char *root, struct system *system)
{
	char *text;
	size_t len;
	int err = read_below(root, "/proc/zoneinfo", ZONEINFO_MAX, &text, &len);

	if (err)
		return err;
	err = system_memory_parse_zoneinfo(text, len, sysconf(_SC_PAGESIZE), &system->zones,
					   &system->zone_count);
	free(text);
	system->zones_known = !err;
	return err;
}

static int read_pressure(const char *root, struct system *system)
{
	char *text;
	size_t len;
	int err = read_below(root, "/proc/pressure/memory", PRESSURE_MAX, &text, &len);

	if (err)
		return err;
	pressure_parse(text, len, &system->pressure);
	free(text);
	return 0;
}

int system_memory_read(const char *root, struct system *ret_system)
{
	static int (*const parts[])(const char *, struct system *) = {
		read_meminfo,
		read_zones,
		read_pressure,
	};
	struct system system = {.asked = true};

	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		if (parts[i](root, &system) == -ENOMEM) {
			system_memory_clear(&system);
			return -ENOMEM;
		}
	}
	*ret_system = system;
	return 0;
}

void system_memory_clear(struct system *system)
{
	if (!system)
		return;
	free(system->zones);
	*system = (struct system){0};
}
