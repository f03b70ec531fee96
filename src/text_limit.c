// SPDX-License-Identifier: GPL-2.0
#include "text_limit.h"

#include "cgroup_files.h"

#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Below so many per cent of a time, waiting for memory says nothing. */
#define PRESSURE_MIN 1.0

/* The share of the last ten seconds that tasks waited for memory, where the row has room for it. */
static bool put_pressure(struct page *page, const struct pressure *pressure)
{
	const struct pressure_line *line = pressure->some.known ? &pressure->some : &pressure->full;
	char text[32];

	if (!line->known || !(line->avg10 >= PRESSURE_MIN))
		return false;
	snprintf(text, sizeof(text), ", PSI %.0f %%", line->avg10 < 100 ? line->avg10 : 100);
	return page_append_whole(page, text);
}

/*
 * By the name that v1 has for the cgroup and all below it, as v2 counts always, or by that of v2.
 */
static struct num stat_total(const struct stat_list *stat, const char *v1, const char *v2)
{
	struct num value = stat_list_value(stat, v1);

	return value.known ? value : stat_list_value(stat, v2);
}

static struct num plus(struct num a, struct num b)
{
	struct num sum = {.known = a.known && b.known};

	sum.known = sum.known && !__builtin_add_overflow(a.value, b.value, &sum.value);
	return sum;
}

/* `a` without `b`, which is part of it; an unknown part counts as none. */
static struct num less(struct num a, struct num b)
{
	if (a.known && b.known)
		a.value = a.value > b.value ? a.value - b.value : 0;
	return a;
}

/* The kernel's own use, without the slab that can be given back. v1 does not count it here. */
static struct num kernel_use(const struct stat_list *stat)
{
	struct num kernel = stat_list_value(stat, "kernel");

	/* Before 5.18 there is no sum. */
	if (!kernel.known)
		kernel = plus(stat_list_value(stat, "slab"), stat_list_value(stat, "kernel_stack"));
	return less(kernel, stat_list_value(stat, "slab_reclaimable"));
}

struct part {
	struct num bytes;
	const char *name;
};

/* Largest first; what is unknown is the least. */
static void sort_parts(struct part *parts, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		for (size_t k = i; k > 0; k--) {
			struct part part = parts[k];

			if (!part.bytes.known || (parts[k - 1].bytes.known &&
						  parts[k - 1].bytes.value >= part.bytes.value))
				break;
			parts[k] = parts[k - 1];
			parts[k - 1] = part;
		}
	}
}

/* Whether it is a hundredth of the whole or more. */
static bool matters(struct num part, struct num whole)
{
	return part.known && whole.known && part.value > 0 && part.value >= whole.value / 100;
}

/* What the cgroup's memory is, in one row: what cannot be given back, and what can. */
static void put_holds(struct page *page, const struct limit *limit)
{
	const struct stat_list *stat = &limit->stat;
	struct num whole = limit->usage_bytes, slab = stat_list_value(stat, "slab_reclaimable");
	struct num cache = cgroup_reclaimable(stat);
	bool with_slab = matters(slab, whole) && plus(cache, slab).known;
	struct part parts[] = {
		{stat_total(stat, "total_rss", "anon"), "anon"},
		{stat_total(stat, "total_shmem", "shmem"), "shmem"},
		{kernel_use(stat), "kernel"},
	};
	char reclaimable[80], text[48];

	/* What is left after the kill does not tell what filled the cgroup. */
	if (limit->read_after_kill || (!parts[0].bytes.known && !cache.known))
		return;
	if (!with_slab && !matters(parts[1].bytes, whole) && !matters(parts[2].bytes, whole))
		parts[0].name = "anonymous";
	sort_parts(parts, ARRAY_SIZE(parts));
	snprintf(reclaimable, sizeof(reclaimable), ", %.20s page cache%s (reclaimable)",
		 show_size(with_slab ? plus(cache, slab) : cache).text,
		 with_slab ? " and slab" : "");

	page_next_row(page, TONE_PLAIN);
	page_item(page, "", "holds %s %s", show_size(parts[0].bytes).text, parts[0].name);
	for (size_t i = 1; i < ARRAY_SIZE(parts); i++) {
		snprintf(text, sizeof(text), ", %.20s %s", show_size(parts[i].bytes).text,
			 parts[i].name);
		if (matters(parts[i].bytes, whole) &&
		    strlen(text) + strlen(reclaimable) <= page_room(page))
			page_append_whole(page, text);
	}
	page_append_whole(page, reclaimable);
}

/* Whether `path` lies below `parent`, which is another path. */
static bool path_below(const char *path, const char *parent)
{
	size_t len = strlen(parent);

	if (!strcmp(parent, "/"))
		return path[0] == '/' && path[1];
	return !strncmp(path, parent, len) && path[len] == '/';
}

enum kinship {
	KIN_UNKNOWN,
	KIN_OWN,
	KIN_PARENT,
};

/*
 * How the cgroup whose limit was hit relates to the victim's; by id first, since paths may be cut.
 */
static enum kinship limit_kinship(const struct incident *incident)
{
	const struct process *victim = &incident->victim.process;
	const struct limit *limit = &incident->limit;

	if (!incident->has_victim)
		return KIN_UNKNOWN;
	for (size_t i = 0; i < CGROUP_IDS && limit->cgroup_ids[0] && victim->cgroup_ids[i]; i++)
		if (victim->cgroup_ids[i] == limit->cgroup_ids[0])
			return i ? KIN_PARENT : KIN_OWN;
	if (!victim->cgroup || !limit->cgroup || victim->cgroup_cut || limit->cgroup_cut)
		return KIN_UNKNOWN;
	if (!strcmp(victim->cgroup, limit->cgroup))
		return KIN_OWN;
	return path_below(victim->cgroup, limit->cgroup) ? KIN_PARENT : KIN_UNKNOWN;
}

static void put_swap(struct page *page, const struct limit *limit)
{
	const char *what = limit->swap_counts_memory ? "memory+swap" : "swap";

	if (!limit->swap_usage_bytes.known && !limit->swap_limit_bytes.known)
		return;
	if (no_limit(limit->swap_limit_bytes))
		page_item(page, ", ", "%s %s (no limit)", what,
			  show_size(limit->swap_usage_bytes).text);
	else
		page_item(page, ", ", "%s %s of %s", what, show_size(limit->swap_usage_bytes).text,
			  show_size(limit->swap_limit_bytes).text);
}

static void put_limit(struct page *page, const struct incident *incident)
{
	const struct limit *limit = &incident->limit;
	enum kinship kinship = limit_kinship(incident);
	bool pressure_put;

	page_section(page, "Limit", TEXT_LIMIT_ROWS, TONE_PLAIN);
	page_item(page, "", "%s", show_exact(limit->limit_bytes).text);
	if (limit->derived)
		page_item(page, " ", "(deduced from its usage)");
	if (kinship == KIN_OWN)
		page_item(page, " ", "on the victim's own cgroup");
	else if (kinship == KIN_PARENT)
		page_item(page, " ", "on a PARENT of the victim's cgroup:");
	if (kinship != KIN_OWN) {
		page_next_row(page, TONE_PLAIN);
		page_item(page, "", "cgroup %s",
			  show_path(page, limit->cgroup, PAGE_BODY - 7).text);
	}
	page_next_row(page, TONE_PLAIN);
	page_item(page, "", "used %s", show_exact(limit->usage_bytes).text);
	put_swap(page, limit);
	if (limit->failcnt.known)
		page_item(page, ", ", "hit %s times", show_num(limit->failcnt).text);
	pressure_put = put_pressure(page, &limit->pressure);
	put_holds(page, limit);
	if (!pressure_put)
		put_pressure(page, &limit->pressure);
}

/* Bytes between what is free and the mark that only the kernel's own needs may go below. */
static struct num zone_spare(const struct zone *zone)
{
	struct num spare = {.known = zone->free_bytes.known && zone->min_bytes.known};

	spare.known = spare.known && !__builtin_sub_overflow(zone->free_bytes.value,
							     zone->min_bytes.value, &spare.value);
	return spare;
}

/* The zone with the least of that; NULL when none is known. */
static const struct zone *tightest_zone(const struct system *system)
{
	const struct zone *tightest = NULL;

	for (size_t i = 0; system->zones_known && i < system->zone_count; i++) {
		const struct zone *zone = &system->zones[i];

		if (zone_spare(zone).known &&
		    (!tightest || zone_spare(zone).value < zone_spare(tightest).value))
			tightest = zone;
	}
	return tightest;
}

static void put_zone(struct page *page, const struct system *system, const struct zone *zone)
{
	int64_t spare = zone_spare(zone).value;
	char node[32] = "";

	for (size_t i = 0; i < system->zone_count; i++)
		if (system->zones[i].node != zone->node)
			snprintf(node, sizeof(node), "node %d ", zone->node);
	page_item(page, ", ", "%szone %s: free %s %s min %s", node,
		  show_name(page, zone->name, 16).text, show_size(zone->free_bytes).text,
		  spare < 0 ? "below"
		  : spare   ? "above"
			    : "at",
		  show_size(zone->min_bytes).text);
}

static void put_swap_free(struct page *page, const struct system *system)
{
	if (!system->swap_free_bytes.known)
		return;
	if (system->swap_total_bytes.known && !system->swap_total_bytes.value)
		page_item(page, ", ", "no swap");
	else
		page_item(page, ", ", "swap free %s of %s", show_size(system->swap_free_bytes).text,
			  show_size(system->swap_total_bytes).text);
}

/* What the machine had left; the zone tells most. */
static void put_machine(struct page *page, const struct system *system, bool brief)
{
	const struct zone *zone = tightest_zone(system);

	if (!system->mem_free_bytes.known && !zone)
		return;
	page_next_row(page, TONE_PLAIN);
	if (brief)
		page_keep_row(page);
	if (brief && zone) {
		put_zone(page, system, zone);
		put_swap_free(page, system);
		return;
	}
	if (system->mem_free_bytes.known)
		page_item(page, ", ", "free %s", show_size(system->mem_free_bytes).text);
	if (system->mem_available_bytes.known)
		page_item(page, ", ", "available %s", show_size(system->mem_available_bytes).text);
	put_swap_free(page, system);
	if (zone)
		put_zone(page, system, zone);
	put_pressure(page, &system->pressure);
}

/* Why there is no limit to tell of. */
static void put_cause(struct page *page, const struct incident *incident)
{
	static const char *const causes[] = {
		[SCOPE_UNKNOWN] = "? (a cgroup's limit, or the memory of the machine)",
		[SCOPE_MEMCG] = "a cgroup's, which one is unknown",
		[SCOPE_GLOBAL] = "none: the whole machine ran out of memory",
		[SCOPE_CPUSET] = "none: the memory nodes of the trigger's cpuset ran out",
		[SCOPE_MEMPOLICY] = "none: the nodes of the trigger's NUMA policy ran out",
	};

	page_item(page, "", "%s", causes[incident->scope]);
	/* The kernel says so when the victim was not chosen by its size. */
	if (incident->message && strcmp(incident->message, "Out of memory"))
		page_item(page, ", ", "%s", show_name(page, incident->message, PAGE_BODY).text);
}

void text_limit(struct page *page, const struct incident *incident, bool brief)
{
	if (incident->sysrq.known && incident->sysrq.value) {
		page_section(page, "Limit", 1, TONE_PLAIN);
		page_item(page, "", "none: asked for by hand (SysRq-f)");
	} else if (incident->limit.present) {
		put_limit(page, incident);
	} else {
		page_section(page, "Limit", TEXT_LIMIT_ROWS, TONE_PLAIN);
		put_cause(page, incident);
		if (incident->scope != SCOPE_MEMCG)
			put_machine(page, &incident->system, brief);
	}
}
