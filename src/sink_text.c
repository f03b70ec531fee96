// SPDX-License-Identifier: GPL-2.0
/*
 * The report for a person. It always fits one screen of 24 lines of 80 columns: every section has a
 * bound on its rows, and the user stack gets what the others leave.
 */
#include "sink.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum {
	COLUMNS = 80,
	ROWS = 23, /* and the empty line that ends a report */
	MARGIN = 11,
	BODY = COLUMNS - MARGIN,
	ROW_BYTES = 4 * COLUMNS, /* room for combining characters too, but not for any number */
	CODE_ROWS_MIN = 3,
	CODE_ROWS_MAX = 10,
	CHAIN_FRAMES = 128,
};

enum tone {
	TONE_PLAIN,
	TONE_ALARM,
	TONE_NOTICE,
	TONE_DIM,
};

struct row {
	char text[ROW_BYTES + 1];
	enum tone tone;
};

/* Rows of text; what does not fit `max` is left out, and the section's last row then ends in "…". */
struct page {
	struct row rows[ROWS];
	size_t count;
	size_t max;
	size_t section_max; /* `count` may not pass this before the next section */
	bool first;	    /* the section's next item is its first on the row */
	bool full;	    /* the section has left something out */
	bool no_memory;
};

/* Text ready for the page: valid UTF-8, no control characters, of bounded width. */
struct shown {
	char text[ROW_BYTES + 1];
};

/* The bytes of the first character of valid UTF-8, and the columns it takes. */
static size_t char_len(const char *utf8, size_t *ret_width)
{
	char one[5] = "";
	size_t len = 1;

	while (len < 4 && ((unsigned char)utf8[len] & 0xc0) == 0x80)
		len++;
	memcpy(one, utf8, len);
	*ret_width = text_width(one);
	return len;
}

/* How many bytes of the text take up at most so many columns and so many bytes. */
static size_t prefix_len(const char *utf8, size_t columns, size_t bytes)
{
	size_t used = 0, len = 0;

	while (utf8[len]) {
		size_t width, step = char_len(utf8 + len, &width);

		if (used + width > columns || len + step > bytes)
			break;
		used += width;
		len += step;
	}
	return len;
}

/*
 * The text, or, when it is too wide, its head and its last `tail` columns around a "…". What tells
 * most about a path stands at its end, about a name at its beginning.
 */
static struct shown fit(const char *utf8, size_t columns, size_t tail)
{
	size_t width = text_width(utf8), len = strlen(utf8), head;
	struct shown shown = {0};
	const char *end = utf8;

	if (width <= columns && len <= ROW_BYTES) {
		memcpy(shown.text, utf8, len);
		return shown;
	}
	head = prefix_len(utf8, columns - 1 - tail, ROW_BYTES / 2);
	while (*end && (width > tail || len > ROW_BYTES / 2 - 4)) {
		size_t one, step = char_len(end, &one);

		end += step;
		len -= step;
		width -= one < width ? one : width;
	}
	snprintf(shown.text, sizeof(shown.text), "%.*s…%s", (int)head, utf8, end);
	return shown;
}

static struct shown show(struct page *page, const char *raw, size_t columns, size_t tail)
{
	struct shown shown = {"?"};
	char *utf8;

	if (!raw)
		return shown;
	utf8 = text_printable(raw, strlen(raw));
	if (!utf8) {
		page->no_memory = true;
		return shown;
	}
	shown = fit(utf8, columns, tail);
	free(utf8);
	return shown;
}

static struct shown show_path(struct page *page, const char *path, size_t columns)
{
	return show(page, path, columns, columns * 2 / 3);
}

static struct shown show_name(struct page *page, const char *name, size_t columns)
{
	return show(page, name, columns, columns / 3);
}

static struct shown show_comm(struct page *page, const struct process *process)
{
	return show_name(page, process->comm_known ? process->comm : NULL, 24);
}

static struct shown show_num(struct num num)
{
	struct shown shown = {"?"};

	if (num.known)
		snprintf(shown.text, sizeof(shown.text), "%" PRId64, num.value);
	return shown;
}

static bool no_limit(struct num bytes)
{
	/* The mark depends on the page size; no real limit comes near that of the largest. */
	return bytes.known && bytes.value >= LIMIT_NONE(65536);
}

static struct shown show_size(struct num bytes)
{
	struct shown shown = {"?"};

	if (no_limit(bytes))
		strcpy(shown.text, "no limit");
	else if (bytes.known && bytes.value >= 0)
		text_size(shown.text, sizeof(shown.text), (uint64_t)bytes.value);
	return shown;
}

static struct shown show_kb(struct num bytes)
{
	if (bytes.known)
		bytes.value /= 1024;
	return show_num(bytes);
}

/* "2.0 GiB (2097152 kB)": the second is what the kernel's log says. */
static struct shown show_exact(struct num bytes)
{
	struct shown shown = show_size(bytes);
	size_t len = strlen(shown.text);

	if (bytes.known && bytes.value > 0 && !no_limit(bytes))
		snprintf(shown.text + len, sizeof(shown.text) - len, " (%" PRId64 " kB)",
			 bytes.value / 1024);
	return shown;
}

static struct shown show_time(int64_t realtime_ns, bool utc)
{
	time_t seconds = (time_t)(realtime_ns / 1000000000);
	struct shown shown = {"?"};
	struct tm tm;

	if (utc ? gmtime_r(&seconds, &tm) : localtime_r(&seconds, &tm))
		strftime(shown.text, sizeof(shown.text),
			 utc ? "%Y-%m-%d %H:%M:%S UTC" : "%Y-%m-%d %H:%M:%S %z", &tm);
	return shown;
}

static struct shown show_age(int64_t ns)
{
	int64_t minutes = ns / 1000000000 / 60;
	struct shown shown;

	if (minutes < 1)
		snprintf(shown.text, sizeof(shown.text), "%" PRId64 " s", ns / 1000000000);
	else if (minutes < 60)
		snprintf(shown.text, sizeof(shown.text), "%" PRId64 " min", minutes);
	else if (minutes < 60 * 24)
		snprintf(shown.text, sizeof(shown.text), "%" PRId64 " h %" PRId64 " min",
			 minutes / 60, minutes % 60);
	else
		snprintf(shown.text, sizeof(shown.text), "%" PRId64 " d %" PRId64 " h",
			 minutes / 60 / 24, minutes / 60 % 24);
	return shown;
}

/* Adds to the row as far as it has columns. */
static void row_append(struct row *row, const char *utf8)
{
	char joined[2 * ROW_BYTES + 2];
	struct shown shown;

	snprintf(joined, sizeof(joined), "%s%s", row->text, utf8);
	shown = fit(joined, COLUMNS, 0);
	memcpy(row->text, shown.text, sizeof(row->text));
}

static struct row *last_row(struct page *page)
{
	return &page->rows[page->count - 1];
}

static bool row_begin(struct page *page, const char *label, enum tone tone)
{
	struct row *row;

	if (page->count >= page->section_max || page->full) {
		if (!page->full && page->count)
			row_append(last_row(page), " …");
		page->full = true;
		return false;
	}
	row = &page->rows[page->count++];
	snprintf(row->text, sizeof(row->text), "%s%-*s", *label ? "  " : "",
		 *label ? MARGIN - 2 : MARGIN, label);
	row->tone = tone;
	page->first = true;
	return true;
}

/* Starts a section of at most so many rows. */
static void section(struct page *page, const char *label, size_t rows, enum tone tone)
{
	page->section_max = page->max - page->count < rows ? page->max : page->count + rows;
	page->full = page->count >= page->section_max;
	row_begin(page, label, tone);
}

/* Starts a further row of the section. */
static void next_row(struct page *page, enum tone tone)
{
	row_begin(page, "", tone);
}

/*
 * Adds an item to the section, on a row of its own when the current one has no room for it. A
 * separator that begins with a space goes along with the item, another stays behind.
 */
__attribute__((format(printf, 3, 4))) static void item(struct page *page, const char *sep,
						       const char *fmt, ...)
{
	char text[2 * ROW_BYTES];
	struct shown shown;
	size_t used;
	va_list args;

	if (page->full)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	shown = fit(text, BODY, 0);

	used = text_width(last_row(page)->text);
	if (page->first) {
		sep = "";
	} else if (used + strlen(sep) + text_width(shown.text) + 1 > COLUMNS) {
		enum tone tone = last_row(page)->tone;

		if (*sep && *sep != ' ')
			row_append(last_row(page), (char[]){*sep, '\0'});
		if (!row_begin(page, "", tone))
			return;
		sep = *sep == ' ' ? sep + 1 : "";
	}
	row_append(last_row(page), sep);
	row_append(last_row(page), shown.text);
	page->first = false;
}

static bool same_process(const struct process *a, const struct process *b)
{
	return a->pid.known && b->pid.known && a->pid.value == b->pid.value;
}

static bool same_task(const struct process *a, const struct process *b)
{
	return a->tid.known && b->tid.known && a->tid.value == b->tid.value;
}

static const char *headline_verb(const struct incident *incident)
{
	switch (incident->outcome) {
	case OUTCOME_KILLED:
		return "killed";
	case OUTCOME_VICTIM_EXITING:
		return "was already exiting";
	case OUTCOME_NO_VICTIM:
		return "no process could be killed";
	case OUTCOME_ABORTED:
		return "no kill, an earlier victim still exits";
	case OUTCOME_OOM_DISABLED:
		return "no kill, switched off in its cgroup";
	case OUTCOME_UNKNOWN:
		break;
	}
	return "outcome unknown";
}

static struct shown headline_reason(const struct incident *incident)
{
	struct shown reason = {""};

	if (incident->sysrq.known && incident->sysrq.value)
		strcpy(reason.text, ": by SysRq-f");
	else if (incident->limit.present && incident->limit.limit_bytes.known)
		snprintf(reason.text, sizeof(reason.text), ": limit %.60s",
			 show_size(incident->limit.limit_bytes).text);
	else if (incident->scope == SCOPE_GLOBAL)
		strcpy(reason.text, ": out of memory");
	return reason;
}

static void put_headline(struct page *page, const struct record_common *common,
			 const struct incident *incident, const struct text_style *style)
{
	bool killed = incident->outcome == OUTCOME_KILLED;
	const struct process *victim = &incident->victim.process;
	struct shown reason = headline_reason(incident);
	char *text = page->rows[0].text;
	size_t room;

	page->section_max = page->max;
	row_begin(page, "", killed ? TONE_ALARM : TONE_NOTICE);
	snprintf(text, ROW_BYTES, "%s #%" PRIu64 "  %.40s  ", killed ? "OOM KILL" : "OOM",
		 incident->number, show_time(incident->realtime_ns, style->utc).text);
	if (incident->has_victim) {
		char pid[48];

		snprintf(pid, sizeof(pid), " (pid %.20s) ", show_num(victim->pid).text);
		room = text_width(text) + strlen(pid) + strlen(headline_verb(incident));
		room = room + 4 < COLUMNS ? COLUMNS - room : 4;
		row_append(&page->rows[0],
			   show_name(page, victim->comm_known ? victim->comm : NULL, room).text);
		row_append(&page->rows[0], pid);
	}
	row_append(&page->rows[0], headline_verb(incident));
	if (text_width(text) + strlen(reason.text) <= COLUMNS)
		row_append(&page->rows[0], reason.text);

	if (style->verbose) {
		section(page, "Seen", 1, TONE_DIM);
		item(page, "", "[%" PRIu64 ".%06" PRIu64 "]", incident->monotonic_ns / 1000000000,
		     incident->monotonic_ns / 1000 % 1000000);
		item(page, ", ", "hook %s", incident->hook ? incident->hook : "?");
		item(page, ", ", "host %s", show_name(page, common->host_name, 20).text);
		item(page, ", ", "kernel %s", show_name(page, common->host_kernel, 20).text);
	}
}

static void put_identity(struct page *page, const struct process *process)
{
	item(page, ", ", "pid %s", show_num(process->pid).text);
	if (process->tid.known && !(process->pid.known && process->pid.value == process->tid.value))
		item(page, ", ", "thread %s", show_num(process->tid).text);
	if (process->ns_pid.known && process->pid.known &&
	    process->ns_pid.value != process->pid.value)
		item(page, ", ", "pid %s in its container", show_num(process->ns_pid).text);
	item(page, ", ", "uid %s", show_num(process->uid).text);
	item(page, ", ", "oom_score_adj %s", show_num(process->oom_score_adj).text);
}

static void put_victim(struct page *page, const struct incident *incident)
{
	const struct process *process = &incident->victim.process;
	int64_t age = (int64_t)((uint64_t)incident->realtime_ns -
				(uint64_t)process->start_realtime_ns.value);

	if (!incident->has_victim)
		return;
	section(page, "Victim", 2, TONE_PLAIN);
	put_identity(page, process);
	if (process->threads.known && process->threads.value > 1)
		item(page, ", ", "%s threads", show_num(process->threads).text);
	if (process->ppid.known)
		item(page, ", ", "parent %s", show_num(process->ppid).text);
	if (process->start_realtime_ns.known && age >= 0)
		item(page, ", ", "started %s ago", show_age(age).text);
	section(page, "", 1, TONE_PLAIN);
	item(page, "", "cgroup %s", show_path(page, process->cgroup, BODY - 7).text);
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

/* How the cgroup whose limit was hit relates to the victim's; by id first, since paths may be cut. */
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
		item(page, ", ", "%s %s (no limit)", what, show_size(limit->swap_usage_bytes).text);
	else
		item(page, ", ", "%s %s of %s", what, show_size(limit->swap_usage_bytes).text,
		     show_size(limit->swap_limit_bytes).text);
}

static void put_limit(struct page *page, const struct incident *incident)
{
	const struct limit *limit = &incident->limit;
	enum kinship kinship = limit_kinship(incident);

	section(page, "Limit", 3, TONE_PLAIN);
	item(page, "", "%s", show_exact(limit->limit_bytes).text);
	if (limit->derived)
		item(page, " ", "(deduced from its usage)");
	if (kinship == KIN_OWN)
		item(page, " ", "on the victim's own cgroup");
	else if (kinship == KIN_PARENT)
		item(page, " ", "on a PARENT of the victim's cgroup:");
	if (kinship != KIN_OWN) {
		next_row(page, TONE_PLAIN);
		item(page, "", "cgroup %s", show_path(page, limit->cgroup, BODY - 7).text);
	}
	next_row(page, TONE_PLAIN);
	item(page, "", "used %s", show_exact(limit->usage_bytes).text);
	put_swap(page, limit);
	if (limit->failcnt.known)
		item(page, ", ", "hit %s times", show_num(limit->failcnt).text);
}

/* Whose memory ran out. */
static void put_cause(struct page *page, const struct incident *incident)
{
	static const char *const causes[] = {
		[SCOPE_UNKNOWN] = "? (a cgroup's limit, or the memory of the machine)",
		[SCOPE_MEMCG] = "a cgroup's, which one is unknown",
		[SCOPE_GLOBAL] = "none: the whole machine ran out of memory",
		[SCOPE_CPUSET] = "none: the memory nodes of the trigger's cpuset ran out",
		[SCOPE_MEMPOLICY] = "none: the nodes of the trigger's NUMA policy ran out",
	};

	if (incident->sysrq.known && incident->sysrq.value) {
		section(page, "Limit", 1, TONE_PLAIN);
		item(page, "", "none: asked for by hand (SysRq-f)");
	} else if (incident->limit.present) {
		put_limit(page, incident);
	} else {
		section(page, "Limit", 2, TONE_PLAIN);
		item(page, "", "%s", causes[incident->scope]);
		/* The kernel says so when the victim was not chosen by its size. */
		if (incident->message && strcmp(incident->message, "Out of memory"))
			item(page, ", ", "%s", show_name(page, incident->message, BODY).text);
	}
}

/* Columns of one table: what, in human units, in kB. */
struct column {
	const char *name;
	struct num bytes;
};

static size_t widest(const char *a, const char *b, const char *c)
{
	size_t width = strlen(a);

	if (strlen(b) > width)
		width = strlen(b);
	return strlen(c) > width ? strlen(c) : width;
}

static void put_cell(struct row *row, size_t width, const char *text)
{
	char cell[64];

	snprintf(cell, sizeof(cell), "%*.40s", (int)width, text);
	row_append(row, cell);
}

static void put_memory(struct page *page, const struct incident *incident)
{
	const struct memory *memory = &incident->victim.process.memory;
	const struct column columns[] = {
		{"resident", memory->rss_bytes},    {"anon", memory->anon_bytes},
		{"file", memory->file_bytes},	    {"shmem", memory->shmem_bytes},
		{"swap", memory->swap_bytes},	    {"page tables", memory->pgtables_bytes},
		{"virtual", memory->virtual_bytes},
	};
	struct row *rows = &page->rows[page->count];
	bool known = false;

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		known |= columns[i].bytes.known;
	if (!incident->has_victim || !known || page->max - page->count < 3)
		return;
	section(page, "Memory", 3, TONE_DIM);
	next_row(page, TONE_PLAIN);
	next_row(page, TONE_DIM);
	snprintf(rows[2].text, sizeof(rows[2].text), "    %-*s", MARGIN - 4, "in kB");
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		struct shown size = show_size(columns[i].bytes), kb = show_kb(columns[i].bytes);
		size_t width = widest(columns[i].name, size.text, kb.text) + (i ? 2 : 0);

		put_cell(&rows[0], width, columns[i].name);
		put_cell(&rows[1], width, size.text);
		put_cell(&rows[2], width, kb.text);
	}
}

static void put_score(struct page *page, const struct incident *incident)
{
	const struct score *score = &incident->victim.score;

	if (!incident->has_victim || !(score->points_pages.known || score->rss_pages.known))
		return;
	section(page, "Score", 2, TONE_DIM);
	item(page, "", "%s of 1000: %s points of %s pages", show_num(score->per_mille).text,
	     show_num(score->points_pages).text, show_num(score->total_pages).text);
	next_row(page, TONE_DIM);
	item(page, "", "= %s rss", show_num(score->rss_pages).text);
	item(page, " ", "+ %s swap", show_num(score->swap_pages).text);
	item(page, " ", "+ %s page tables", show_num(score->pgtables_pages).text);
	item(page, " ", "+ %s adj", show_num(score->adj_pages).text);
}

static void put_request(struct page *page, const struct incident *incident)
{
	struct num order = incident->trigger.order;
	struct shown flags = show_name(page, incident->trigger.gfp_flags, BODY - 20);

	if (incident->trigger.gfp_flags)
		item(page, ", ", "gfp %s", flags.text);
	else if (incident->trigger.gfp_mask.known)
		item(page, ", ", "gfp 0x%" PRIx64, (uint64_t)incident->trigger.gfp_mask.value);
	if (order.known && order.value >= 0 && order.value < 32)
		item(page, ", ", "order %" PRId64 " (%" PRId64 " page%s)", order.value,
		     INT64_C(1) << order.value, order.value ? "s" : "");
	else if (order.known)
		item(page, ", ", "order %" PRId64, order.value);
}

static void put_trigger(struct page *page, const struct incident *incident)
{
	const struct process *trigger = &incident->trigger.process;
	const struct process *victim = &incident->victim.process;
	const char *cgroup = trigger->cgroup;

	section(page, "Trigger", 4, TONE_PLAIN);
	if (incident->has_victim && same_process(trigger, victim)) {
		item(page, "", "the victim itself");
		if (trigger->tid.known && !same_task(trigger, victim))
			item(page, ", ", "in its thread %s", show_num(trigger->tid).text);
		put_request(page, incident);
		return;
	}
	if (!trigger->pid.known && !trigger->comm_known) {
		item(page, "", "?");
		return;
	}
	if (incident->has_victim && trigger->pid.known && victim->pid.known)
		item(page, "", "NOT the victim:");
	item(page, " ", "%s%s", trigger->kernel_thread ? "kernel thread " : "",
	     show_comm(page, trigger).text);
	put_identity(page, trigger);
	if (incident->trigger.gfp_mask.known || incident->trigger.order.known) {
		next_row(page, TONE_PLAIN);
		put_request(page, incident);
	}
	if (cgroup &&
	    !(incident->has_victim && victim->cgroup && !strcmp(cgroup, victim->cgroup))) {
		next_row(page, TONE_PLAIN);
		item(page, "", "cgroup %s", show_path(page, cgroup, BODY - 7).text);
	}
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* "/usr/lib/libfoo.so.1+0x2724a" without the directories, or the bare address. */
static struct shown show_place(struct page *page, const struct frame *frame)
{
	struct num offset =
		frame->symbol || !frame->offset.known ? frame->file_offset : frame->offset;
	struct shown place;
	size_t len;

	if (!frame->module) {
		snprintf(place.text, sizeof(place.text), "0x%" PRIx64, frame->address);
		return place;
	}
	place = show_name(page, base_name(frame->module), 30);
	len = strlen(place.text);
	if (offset.known)
		snprintf(place.text + len, sizeof(place.text) - len, "+0x%" PRIx64,
			 (uint64_t)offset.value);
	return place;
}

static struct shown show_frame(struct page *page, const struct frame *frame)
{
	const char *inlined = frame->inlined ? "  [inlined]" : "";
	struct shown symbol, shown;
	char line[16] = "";
	int room;

	if (!frame->symbol)
		return show_place(page, frame);
	symbol = show_name(page, frame->symbol, 36);
	if (frame->line > 0)
		snprintf(line, sizeof(line), ":%d", frame->line);
	else if (!frame->file && frame->offset.known)
		snprintf(line, sizeof(line), "+0x%x", (unsigned int)frame->offset.value);
	room = BODY - (int)(text_width(symbol.text) + strlen(line) + strlen(inlined)) - 4;
	if (frame->file)
		snprintf(shown.text, sizeof(shown.text), "%.150s  %.140s%s%s", symbol.text,
			 show_path(page, frame->file, (size_t)room).text, line, inlined);
	else if (frame->module)
		snprintf(shown.text, sizeof(shown.text), "%.150s%s  (%.130s)%s", symbol.text, line,
			 show_name(page, base_name(frame->module), (size_t)room).text, inlined);
	else
		snprintf(shown.text, sizeof(shown.text), "%.300s%s", symbol.text, line);
	return shown;
}

/* What a chain of frames says of each. */
static struct shown show_link(struct page *page, const struct frame *frame)
{
	return frame->symbol ? show_name(page, frame->symbol, 40) : show_place(page, frame);
}

/* Whether the frame lies in a shared library of which no source line is known: seldom the user's. */
static bool is_library(const struct frame *frame)
{
	return !frame->file && frame->module && strstr(base_name(frame->module), ".so");
}

/*
 * Of a deep stack the libraries at its inner end (malloc, memset) share one row, so that the
 * application's own frames are seen.
 */
static size_t put_libraries(struct page *page, const struct stack *stack)
{
	size_t count = 0;

	while (count < stack->count && is_library(&stack->frames[count]))
		count++;
	if (stack->count <= page->max || count < 2 || count == stack->count)
		return 0;
	page->section_max = page->count;
	for (size_t i = 0; i < count; i++)
		item(page, " < ", "%s", show_link(page, &stack->frames[i]).text);
	page->section_max = page->max;
	page->full = false;
	next_row(page, TONE_PLAIN);
	return count;
}

static void put_code(struct page *page, const struct incident *incident)
{
	const struct process *trigger = &incident->trigger.process;
	const struct stack *stack = &incident->trigger.user_stack;
	bool own = incident->has_victim && same_process(trigger, &incident->victim.process);
	size_t i;

	section(page, own || !incident->has_victim ? "Code" : "Its code", page->max, TONE_PLAIN);
	if (!stack->valid)
		item(page, "", "? (the user stack could not be read)");
	else if (!stack->count)
		item(page, "", "none, %s",
		     trigger->kernel_thread ? "a kernel thread asked" : "no user frame was found");
	if (!stack->valid || !stack->count)
		return;
	for (i = put_libraries(page, stack); i < stack->count; i++) {
		if (!page->first)
			next_row(page, TONE_PLAIN);
		if (i && page->count == page->max && i + 1 < stack->count) {
			item(page, "", "… %zu more frames", stack->count - i);
			return;
		}
		item(page, "", "%s", show_frame(page, &stack->frames[i]).text);
	}
	if (stack->truncated)
		row_append(last_row(page), "  …");
}

/* The way from user space to the kernel, and from the OOM killer to us: the same in every stack. */
static bool is_stub(const struct frame *frame)
{
	static const char *const prefixes[] = {
		"entry_",
		"asm_",
		"exc_",
		"do_syscall_64",
		"x64_sys_call",
		"ret_from_",
		"el0",
		"el1",
		"invoke_syscall",
		"do_el0_svc",
		"do_user_addr_fault",
		"do_page_fault",
		"do_mem_abort",
		"do_translation_fault",
		"irqentry_",
		"syscall_exit_",
		"bpf_",
		"__bpf_",
		"ftrace_",
		"arch_ftrace_",
		"kprobe_",
		"optimized_callback",
		"perf_trace_",
		"__traceiter_",
		"out_of_memory",
		"oom_kill_",
		"__oom_kill_",
		"mark_oom_victim",
		"trace_call_bpf",
	};

	if (!frame->symbol)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(frame->symbol, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

/* The first `keep` - 1 links and the last, which is the system call or what comes nearest to it. */
static void put_links(struct page *page, const struct shown *links, size_t count, size_t keep)
{
	for (size_t i = 0; i + 1 < keep; i++)
		item(page, " < ", "%s", links[i].text);
	if (keep < count)
		item(page, " < ", "…");
	item(page, " < ", "%s", links[count - 1].text);
}

static void put_chain(struct page *page, const char *label, size_t rows, const struct stack *stack)
{
	size_t count = 0, start = page->count;
	struct shown links[CHAIN_FRAMES];

	if (!stack->valid)
		return;
	for (size_t i = 0; i < stack->count && count < CHAIN_FRAMES; i++)
		if (!is_stub(&stack->frames[i]))
			links[count++] = show_link(page, &stack->frames[i]);
	for (size_t keep = count; keep > 0; keep--) {
		page->count = start;
		section(page, label, rows, TONE_DIM);
		put_links(page, links, count, keep);
		if (!page->full)
			break;
	}
}

static void put_also_killed(struct page *page, const struct incident *incident)
{
	if (!incident->also_killed_count)
		return;
	section(page, "Also", 2, TONE_ALARM);
	item(page, "", "%zu more killed:", incident->also_killed_count);
	for (size_t i = 0; i < incident->also_killed_count; i++) {
		const struct also_killed *also = &incident->also_killed[i];
		const struct process *process = &also->process;
		const char *reason = also->reason == KILL_OOM_GROUP	  ? "oom group"
				     : also->reason == KILL_SHARES_MEMORY ? "shares the memory"
									  : "?";

		item(page, i ? ", " : " ", "%s (pid %s, %s, %s)", show_comm(page, process).text,
		     show_num(process->pid).text, show_size(process->memory.rss_bytes).text,
		     reason);
	}
}

static void count_missed(void *ctx, const char *name)
{
	(void)name;
	++*(size_t *)ctx;
}

struct missed_list {
	struct page *page;
	const char *prefix; /* of the first name */
};

static void put_missed_name(void *ctx, const char *name)
{
	struct missed_list *list = ctx;

	item(list->page, ", ", "%s%s", list->prefix, name);
	list->prefix = "";
}

static void put_missed(struct page *page, const struct incident *incident, bool verbose)
{
	bool tracepoint = incident->hook && !strcmp(incident->hook, "tracepoint");
	struct missed_list list = {
		.page = page,
		.prefix = incident->lost_records ? "records LOST, no room in the ring: "
			  : tracepoint		 ? "not seen by tracepoints: "
						 : "not readable: ",
	};
	size_t count = 0;

	incident_missed(incident, count_missed, &count);
	if (!count)
		return;
	section(page, "Unknown", verbose ? 2 : 1, TONE_DIM);
	incident_missed(incident, put_missed_name, &list);
}

static void put_rows(FILE *out, const struct page *page, bool colour)
{
	static const char *const start[] = {
		[TONE_PLAIN] = "",
		[TONE_ALARM] = "\033[1;31m",
		[TONE_NOTICE] = "\033[1;33m",
		[TONE_DIM] = "\033[2m",
	};

	for (size_t i = 0; i < page->count; i++) {
		const struct row *row = &page->rows[i];
		bool paint = colour && row->tone != TONE_PLAIN;

		fprintf(out, "%s%s%s\n", paint ? start[row->tone] : "", row->text,
			paint ? "\033[0m" : "");
	}
}

/* What comes after the code; it leaves the code at least CODE_ROWS_MIN rows. */
static void put_tail(struct page *page, const struct incident *incident)
{
	put_chain(page, "Kernel", 2, &incident->trigger.kernel_stack);
	if (incident->has_victim &&
	    !same_task(&incident->trigger.process, &incident->victim.process))
		put_chain(page, "Died in", 1, &incident->victim.kernel_stack);
}

static int text_oom(FILE *out, const struct record_common *common, const struct incident *incident,
		    const struct text_style *style)
{
	struct page head = {.max = ROWS - CODE_ROWS_MIN - 2}, code = {0}, tail = {0};
	struct page missed = {.max = 2};

	put_headline(&head, common, incident, style);
	put_victim(&head, incident);
	put_also_killed(&head, incident);
	put_cause(&head, incident);
	put_memory(&head, incident);
	put_score(&head, incident);
	put_trigger(&head, incident);
	put_missed(&missed, incident, style->verbose);
	tail.max = ROWS - CODE_ROWS_MIN - head.count - missed.count;
	put_tail(&tail, incident);
	code.max = ROWS - head.count - tail.count - missed.count;
	if (code.max > CODE_ROWS_MAX)
		code.max = CODE_ROWS_MAX;
	put_code(&code, incident);
	if (head.no_memory || code.no_memory || tail.no_memory || missed.no_memory)
		return -ENOMEM;

	errno = 0;
	put_rows(out, &head, style->colour);
	put_rows(out, &code, style->colour);
	put_rows(out, &tail, style->colour);
	put_rows(out, &missed, style->colour);
	if (putc('\n', out) == EOF || ferror(out))
		return errno ? -errno : -EIO;
	return 0;
}

static int text_lost(FILE *out, const struct record_common *common, uint64_t count,
		     const char *where, const struct text_style *style)
{
	static const char *const why[][2] = {
		{"ring", "no room was left between kernel and oomtrace"},
		{"queue", "they came faster than they were written"},
		{"output", "they could not be written"},
	};
	struct page page = {0};
	const char *text = "?";

	for (size_t i = 0; i < ARRAY_SIZE(why); i++)
		if (where && !strcmp(where, why[i][0]))
			text = why[i][1];
	errno = 0;
	if (fprintf(out, "%slost %" PRIu64 " record%s (%s: %s)%s\n\n",
		    style->colour ? "\033[1;33m" : "", count, count == 1 ? "" : "s",
		    show_name(&page, where, 20).text, text, style->colour ? "\033[0m" : "") < 0)
		return errno ? -errno : -EIO;
	(void)common;
	return page.no_memory ? -ENOMEM : 0;
}

const struct sink sink_text = {
	.oom = text_oom,
	.lost = text_lost,
};
