// SPDX-License-Identifier: GPL-2.0
#include "rank_text.h"

#include "text.h"
#include "text_page.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	ROWS = 23,	       /* and the empty line at the end */
	TABLE_ROWS_USUAL = 12, /* more of them, when asked for, make the page longer */
	TAIL_ROWS = 3,	       /* of those it must have room for */
	LIMIT_ROWS_MAX = 4,
	COMM_COLUMNS = 15,
	CGROUP_COLUMNS_MIN = 14,
	CELL_BYTES = 64,
};

/* Where the numbers of a table stand, from the left; comm and cgroup follow. */
enum column {
	COLUMN_POINTS,
	COLUMN_RSS,
	COLUMN_SWAP,
	COLUMN_PGTABLES,
	COLUMN_ADJ,
	COLUMN_PID,
	COLUMN_NUMBERS,
};

struct table {
	const struct rank *rank;
	size_t widths[COLUMN_NUMBERS]; /* 0: left out */
	size_t comm_width;
	size_t cgroup_width;
};

static struct shown show_bytes(int64_t bytes)
{
	return show_size(num_of(bytes));
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void put_verdict(struct page *page, const struct rank *rank)
{
	static const char *const words[] = {
		[RANK_UNKNOWN] = "nobody is seen who could be killed",
		[RANK_KILLS] = "would be killed",
		[RANK_KILLS_TRIGGER] = "who asks for memory would be killed",
		[RANK_PANICS] = "the kernel would panic",
		[RANK_WAITS] = "nothing killed, tasks wait",
		[RANK_NOTHING] = "nothing can be killed",
	};
	const char *verb = words[rank->action];

	if (rank->action == RANK_KILLS && !rank->whole)
		verb = rank->own_limit ? "comes first of those seen" : "comes first here";
	char pid[32];

	if (rank->action == RANK_KILLS && rank->top_count) {
		size_t taken = (size_t)snprintf(pid, sizeof(pid), " (pid %d) ", rank->top[0].pid);

		taken += strlen(verb);
		page_append(page, show_name(page, rank->top[0].comm, page_room(page) - taken).text);
		page_append(page, pid);
	}
	page_append(page, verb);
}

static void put_headline(struct page *page, const struct record_common *common,
			 const struct rank *rank, bool utc)
{
	char text[96];

	page_headline(page, rank->action == RANK_KILLS ? TONE_ALARM : TONE_NOTICE);
	snprintf(text, sizeof(text), "OOM RANK  %.40s  ", show_time(common->realtime_ns, utc).text);
	page_append(page, text);
	put_verdict(page, rank);
}

static void put_total(struct page *page, const struct rank *rank)
{
	page_item(page, ", ", "points of %s pages", show_num(rank->total_pages).text);
}

static void put_machine(struct page *page, const struct rank *rank)
{
	const struct system *system = &rank->system;

	page_item(page, ", ", "memory %s", show_size(system->mem_total_bytes).text);
	page_item(page, ", ", "available %s", show_size(system->mem_available_bytes).text);
	if (system->swap_total_bytes.known && !system->swap_total_bytes.value)
		page_item(page, ", ", "no swap");
	else
		page_item(page, ", ", "swap free %s of %s", show_size(system->swap_free_bytes).text,
			  show_size(system->swap_total_bytes).text);
}

static void put_limit(struct page *page, const struct rank_limit *limit)
{
	page_item(page, ", ", "used %s of %s", show_bytes(limit->usage_bytes).text,
		  show_bytes(limit->limit_bytes).text);
	if (limit->reclaimable_bytes.known && limit->reclaimable_bytes.value)
		page_item(page, " ", "(%s of it page cache)",
			  show_size(limit->reclaimable_bytes).text);
	page_item(page, ", ", "left %s", show_bytes(limit->left_bytes).text);
}

/* Whose memory is taken to have run out. */
static void put_where(struct page *page, const struct rank *rank)
{
	if (rank->scope == SCOPE_GLOBAL) {
		page_section(page, "Machine", 2, TONE_PLAIN);
		put_machine(page, rank);
		put_total(page, rank);
		return;
	}
	page_section(page, "Cgroup", 1, TONE_PLAIN);
	page_item(page, "", "%s", show_path(page, rank->cgroup, PAGE_BODY).text);
	page_section(page, "Limit", 3, TONE_PLAIN);
	if (!rank->own_limit) {
		page_item(page, "", "none of its own, next that of %s:",
			  rank->limit.cgroup
				  ? show_path(page, rank->limit.cgroup, PAGE_BODY - 32).text
				  : "the machine");
		page_next_row(page, TONE_PLAIN);
	}
	if (rank->limit.cgroup)
		put_limit(page, &rank->limit);
	else
		put_machine(page, rank);
	put_total(page, rank);
}

static void put_group(struct page *page, const struct rank *rank)
{
	if (!rank->kills_group)
		return;
	page_section(page, "Group", 1, TONE_ALARM);
	page_item(page, "", "oom.group: all %zu processes of %s die", rank->group_processes,
		  show_path(page, rank->kills_group, PAGE_BODY - 46).text);
}

static void put_sharing(struct page *page, const struct rank *rank)
{
	if (!rank->sharing_count)
		return;
	page_section(page, "Shared", 1, TONE_ALARM);
	page_item(page, "", "the same memory, dies as well:");
	for (size_t i = 0; i < rank->sharing_count; i++)
		page_item(page, i ? ", " : " ", "%s (pid %d)",
			  show_name(page, rank->sharing[i].comm, COMM_COLUMNS).text,
			  rank->sharing[i].pid);
}

static void put_process(struct page *page, const struct rank *rank)
{
	const struct rank_entry *process = &rank->process;

	if (!rank->has_process)
		return;
	page_section(page, "Asked", 2, TONE_NOTICE);
	page_item(page, "", "%s (pid %d)", show_name(page, process->comm, COMM_COLUMNS).text,
		  process->pid);
	if (process->reason)
		page_item(page, " ", "is never killed (%s)", process->reason);
	else
		page_item(page, " ", "is number %s of %zu%s", show_num(process->position).text,
			  rank->considered, rank->scope == SCOPE_MEMCG ? " here" : "");
	if (rank->global_position.known)
		page_item(page, ", ", "%s of %s on the machine",
			  show_num(rank->global_position).text,
			  show_num(rank->global_considered).text);
}

static void put_close(struct page *page, const struct rank *rank)
{
	if (!rank->close_count)
		return;
	page_section(page, "Close", 1, TONE_NOTICE);
	page_item(page, "", "%zu more (~) within %" PRId64 " pages of the first may come before it",
		  rank->close_count, rank->tolerance_pages);
}

static void format_number(const struct rank_entry *entry, enum column column, char cell[CELL_BYTES])
{
	struct shown shown = {""};

	if (column == COLUMN_POINTS)
		shown = show_num(entry->points_pages);
	else if (column == COLUMN_RSS)
		shown = show_bytes(entry->rss_bytes);
	else if (column == COLUMN_SWAP)
		shown = show_bytes(entry->swap_bytes);
	else if (column == COLUMN_PGTABLES)
		shown = show_bytes(entry->pgtables_bytes);
	else if (column == COLUMN_ADJ)
		shown = show_num(num_of(entry->oom_score_adj));
	else
		shown = show_num(num_of(entry->pid));
	snprintf(cell, CELL_BYTES, "%.40s", shown.text);
}

static const char *const column_names[] = {
	[COLUMN_POINTS] = "points",	[COLUMN_RSS] = "rss", [COLUMN_SWAP] = "swap",
	[COLUMN_PGTABLES] = "pgtables", [COLUMN_ADJ] = "adj", [COLUMN_PID] = "pid",
};

static void widen(struct table *table, const struct rank_entry *entry)
{
	struct page page = {0};
	char cell[CELL_BYTES];
	size_t comm = text_width(show_name(&page, entry->comm, COMM_COLUMNS).text);

	for (enum column i = 0; i < COLUMN_NUMBERS; i++) {
		format_number(entry, i, cell);
		if (table->widths[i] < strlen(cell))
			table->widths[i] = strlen(cell);
	}
	if (table->comm_width < comm)
		table->comm_width = comm;
}

/* Whether the process that was asked for has a row of its own, below the others. */
static bool has_last_row(const struct rank *rank)
{
	return rank->has_process && (!rank->process.position.known ||
				     rank->process.position.value > (int64_t)rank->top_count);
}

static void measure(struct table *table)
{
	const struct rank *rank = table->rank;
	int64_t swap = rank->has_process ? rank->process.swap_bytes : 0;
	size_t used = 2;

	for (enum column i = 0; i < COLUMN_NUMBERS; i++)
		table->widths[i] = strlen(column_names[i]);
	table->comm_width = strlen("comm");
	for (size_t i = 0; i < rank->top_count; i++) {
		widen(table, &rank->top[i]);
		swap |= rank->top[i].swap_bytes;
	}
	if (has_last_row(rank))
		widen(table, &rank->process);
	if (!swap)
		table->widths[COLUMN_SWAP] = 0;
	for (enum column i = 0; i < COLUMN_NUMBERS; i++)
		used += table->widths[i] ? table->widths[i] + 2 : 0;
	if (used + table->comm_width + 2 + CGROUP_COLUMNS_MIN > PAGE_COLUMNS)
		table->comm_width = used + 10 + CGROUP_COLUMNS_MIN < PAGE_COLUMNS
					    ? PAGE_COLUMNS - used - 2 - CGROUP_COLUMNS_MIN
					    : 8;
	used += table->comm_width + 2;
	table->cgroup_width = used + 4 < PAGE_COLUMNS ? PAGE_COLUMNS - used : 4;
}

static void put_right(struct page *page, const char *text, size_t width)
{
	char cell[CELL_BYTES + PAGE_COLUMNS];

	if (!width)
		return;
	snprintf(cell, sizeof(cell), "%*s  ", (int)width, text);
	page_append(page, cell);
}

static void put_left(struct page *page, const char *text, size_t width)
{
	size_t used = text_width(text);
	char blanks[PAGE_COLUMNS + 1];

	page_append(page, text);
	snprintf(blanks, sizeof(blanks), "%*s", (int)((used < width ? width - used : 0) + 2), "");
	page_append(page, blanks);
}

static void put_names(struct page *page, const struct table *table)
{
	page_headline(page, TONE_DIM);
	page_append(page, "  ");
	for (enum column i = 0; i < COLUMN_NUMBERS; i++)
		put_right(page, column_names[i], table->widths[i]);
	put_left(page, "comm", table->comm_width);
	page_append(page, "cgroup");
}

/* The path below the cgroup that is ranked, whose own path would take the room of what differs. */
static const char *short_path(const struct rank *rank, const char *path, char buf[PAGE_ROW_BYTES])
{
	size_t len = rank->cgroup ? strlen(rank->cgroup) : 0;

	if (!path || !len || strncmp(path, rank->cgroup, len) || (path[len] && path[len] != '/'))
		return path;
	snprintf(buf, PAGE_ROW_BYTES, ".%s", path + len);
	return buf;
}

static void put_entry(struct page *page, const struct table *table, const struct rank_entry *entry)
{
	bool asked = table->rank->has_process && entry->pid == table->rank->process.pid;
	char cell[CELL_BYTES], path[PAGE_ROW_BYTES];

	page_headline(page, entry->verdict == VERDICT_CHOSEN ? TONE_ALARM
			    : asked || entry->close	  ? TONE_NOTICE
							  : TONE_PLAIN);
	page_append(page, entry->verdict == VERDICT_CHOSEN ? "> "
			  : asked			? "* "
			  : entry->close		? "~ "
							: "  ");
	for (enum column i = 0; i < COLUMN_NUMBERS; i++) {
		format_number(entry, i, cell);
		put_right(page, i || entry->points_pages.known ? cell : "never", table->widths[i]);
	}
	put_left(page, show_name(page, entry->comm, table->comm_width).text, table->comm_width);
	page_append(page, show_path(page, short_path(table->rank, entry->cgroup, path),
				    table->cgroup_width)
				  .text);
}

/* As many rows as there are, a page of them at a time. */
static void write_table(FILE *out, const struct rank *rank, bool colour, bool *no_memory)
{
	struct table table = {.rank = rank};
	size_t rows = rank->top_count + has_last_row(rank), row = 0;
	bool named = false;

	measure(&table);
	while (row < rows) {
		struct page page = {.max = PAGE_ROWS_MAX};

		if (!named)
			put_names(&page, &table);
		named = true;
		for (; row < rows && page.count < page.max; row++)
			put_entry(&page, &table,
				  row < rank->top_count ? &rank->top[row] : &rank->process);
		page_write(out, &page, colour);
		*no_memory |= page.no_memory;
	}
}

static void put_spared(struct page *page, const struct rank *rank)
{
	if (!rank->unkillable_count)
		return;
	page_section(page, "Spared", 2, TONE_PLAIN);
	page_item(page, "", "larger, but never killed:");
	for (size_t i = 0; i < rank->unkillable_count; i++) {
		const struct rank_entry *entry = &rank->unkillable[i];
		int64_t memory = entry->rss_bytes + entry->swap_bytes + entry->pgtables_bytes;

		page_item(page, i ? ", " : " ", "%s (pid %d, %s, %s%s)",
			  show_name(page, entry->comm, COMM_COLUMNS).text, entry->pid,
			  show_bytes(memory).text, entry->reason,
			  strcmp(entry->reason, "oom_score_adj") ? "" : " -1000");
	}
}

static bool same_limit(const struct rank_limit *a, const struct rank_limit *b)
{
	return a->cgroup == b->cgroup || (a->cgroup && b->cgroup && !strcmp(a->cgroup, b->cgroup));
}

/* The entries' different limits, the nearest first; how many there are in `limits`. */
static size_t find_limits(const struct rank *rank, const struct rank_limit *limits[LIMIT_ROWS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < rank->top_count; i++) {
		const struct rank_limit *limit = &rank->top[i].first_limit;
		size_t at = 0;

		while (at < count && !same_limit(limits[at], limit))
			at++;
		if (!limit->known || at < count)
			continue;
		for (at = count; at && limits[at - 1]->left_bytes > limit->left_bytes; at--)
			if (at < LIMIT_ROWS_MAX)
				limits[at] = limits[at - 1];
		if (at < LIMIT_ROWS_MAX)
			limits[at] = limit;
		if (count < LIMIT_ROWS_MAX)
			count++;
	}
	return count;
}

/* Which limit the processes run into first, where that is not the one above anyway. */
static void put_first_limits(struct page *page, const struct rank *rank, size_t rows)
{
	const struct rank_limit *limits[LIMIT_ROWS_MAX];
	size_t count = find_limits(rank, limits);
	char text[80];

	if (!rows || !count || (count == 1 && same_limit(limits[0], &rank->limit)))
		return;
	page_section(page, "Nearest", rows, TONE_PLAIN);
	for (size_t i = 0; i < count && i < rows; i++) {
		if (i)
			page_next_row(page, TONE_PLAIN);
		snprintf(text, sizeof(text), "left %.20s of %.20s in ",
			 show_bytes(limits[i]->left_bytes).text,
			 show_bytes(limits[i]->limit_bytes).text);
		page_item(
			page, "", "%s%s", text,
			limits[i]->cgroup
				? show_path(page, limits[i]->cgroup, PAGE_BODY - strlen(text)).text
				: "the machine");
	}
}

static void count_missed(void *ctx, const char *name)
{
	(void)name;
	++*(size_t *)ctx;
}

static void put_missed_name(void *ctx, const char *name)
{
	/* Said in other words already. */
	if (strcmp(name, "candidates"))
		page_item(ctx, ", ", "%s", name);
}

static void put_unknown(struct page *page, const struct rank *rank)
{
	size_t count = 0;

	rank_missed(rank, count_missed, &count);
	if (!count)
		return;
	page_section(page, "Unknown", 1, TONE_NOTICE);
	if (rank->hidden)
		page_item(page, ", ", "/proc hides processes (hidepid)");
	if (rank->unreadable)
		page_item(page, ", ", "%zu processes not readable", rank->unreadable);
	rank_missed(rank, put_missed_name, page);
}

int rank_text(FILE *out, const struct record_common *common, const struct rank *rank,
	      const struct text_style *style)
{
	size_t rows = least(1 + rank->top_count + has_last_row(rank), TABLE_ROWS_USUAL), used;
	struct page head = {.max = ROWS - TAIL_ROWS - rows}, tail = {.max = PAGE_ROWS_MAX};
	bool no_memory = false;

	put_headline(&head, common, rank, style->utc);
	put_where(&head, rank);
	put_group(&head, rank);
	put_sharing(&head, rank);
	put_process(&head, rank);
	put_close(&head, rank);
	put_spared(&tail, rank);
	put_unknown(&tail, rank);
	used = head.count + rows + tail.count;
	put_first_limits(&tail, rank, least(ROWS - used, LIMIT_ROWS_MAX));
	errno = 0;
	page_write(out, &head, style->colour);
	write_table(out, rank, style->colour, &no_memory);
	page_write(out, &tail, style->colour);
	if (no_memory || head.no_memory || tail.no_memory)
		return -ENOMEM;
	if (putc('\n', out) == EOF || ferror(out))
		return errno ? -errno : -EIO;
	return 0;
}
