// SPDX-License-Identifier: GPL-2.0
#include "text_why.h"

#include <inttypes.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum {
	TABLE_MAX = 4,
	TABLE_MIN = 2,
	COMM_COLUMNS = 15,
	SMALL_PART = 10, /* of the victim's memory: who has less is not to blame */
};

/* What there is to say. */
struct why {
	const struct weighing *candidates;
	const struct weighed *chosen;		 /* NULL: nobody */
	const struct weighed *larger;		 /* than the chosen one, the largest; NULL: none */
	const struct weighed *listed[TABLE_MAX]; /* that could be killed, by points */
	size_t listed_count;
};

static struct shown show_comm(struct page *page, const struct weighed *candidate)
{
	return show_name(page, candidate->comm, COMM_COLUMNS);
}

static void find(const struct weighing *candidates, struct why *ret)
{
	*ret = (struct why){.candidates = candidates};
	for (size_t i = 0; i < candidates->count; i++) {
		const struct weighed *candidate = &candidates->top[i];

		if (candidate->verdict == VERDICT_CHOSEN)
			ret->chosen = candidate;
		if (candidate->verdict != VERDICT_UNKILLABLE && ret->listed_count < TABLE_MAX)
			ret->listed[ret->listed_count++] = candidate;
		if (!ret->larger || candidate->own_pages > ret->larger->own_pages)
			ret->larger = candidate;
	}
	if (ret->chosen && ret->larger->own_pages <= ret->chosen->own_pages)
		ret->larger = NULL;
}

static struct num sum(struct num a, struct num b)
{
	struct num sum = {.known = a.known && b.known};

	sum.known = sum.known && !__builtin_add_overflow(a.value, b.value, &sum.value);
	return sum;
}

static struct num size_of(const struct weighed *candidate)
{
	return sum(sum(candidate->rss_bytes, candidate->swap_bytes), candidate->pgtables_bytes);
}

/* The record's words, or what is to be said in place of them. */
static void format_reason(const struct why *why, char *buf, size_t len)
{
	const struct weighed *candidate = why->larger;
	static const char *const words[][2] = {
		{"init", "init is never killed"},
		{"already_victim", "a victim already"},
		{"vfork", "in vfork"},
		{"other", "the kernel gives it no points"},
	};
	const char *text = candidate->reason;

	for (size_t i = 0; text && i < ARRAY_SIZE(words); i++) {
		if (!strcmp(text, words[i][0])) {
			snprintf(buf, len, "%s", words[i][1]);
			return;
		}
	}
	len -= (size_t)snprintf(buf, len, "oom_score_adj %.20s",
				show_num(candidate->oom_score_adj).text);
	if (candidate->verdict == VERDICT_ELIGIBLE)
		snprintf(buf + strlen(buf), len, " against %.20s",
			 show_num(why->chosen->oom_score_adj).text);
}

static struct shown show_larger(struct page *page, const struct why *why)
{
	const struct weighed *larger = why->larger;
	struct shown shown;
	char reason[80];

	format_reason(why, reason, sizeof(reason));
	snprintf(shown.text, sizeof(shown.text), "%s: %.80s (pid %.20s, %.20s), %s",
		 larger->verdict == VERDICT_UNKILLABLE ? "spared" : "larger",
		 show_comm(page, larger).text, show_num(larger->pid).text,
		 show_size(size_of(larger)).text, reason);
	return shown;
}

/* Without a table, in two rows at most; of one row who is larger has more need than who is next. */
static void put_summary(struct page *page, const struct why *why, size_t rows)
{
	const struct weighed *next = why->listed_count > 1 ? why->listed[1] : NULL;
	uint64_t considered = why->candidates->considered;

	page_section(page, "Why", rows, TONE_PLAIN);
	if (why->larger && rows == 1) {
		page_item(page, "", "%s", show_larger(page, why).text);
		return;
	}
	if (!why->chosen)
		page_item(page, "", "none of %" PRIu64 " could be killed", considered);
	else if (!next)
		page_item(page, "", "most points of %" PRIu64 " weighed", considered);
	else
		page_item(page, "", "most points of %" PRIu64 ", next %s (pid %s) with %s",
			  considered, show_comm(page, next).text, show_num(next->pid).text,
			  show_num(next->points_pages).text);
	if (!why->larger)
		return;
	page_next_row(page, TONE_PLAIN);
	page_item(page, "", "%s", show_larger(page, why).text);
}

enum column {
	COLUMN_POINTS,
	COLUMN_RSS,
	COLUMN_SWAP,
	COLUMN_ADJ,
	COLUMN_PID,
	COLUMN_COUNT,
};

static const char *const column_names[] = {
	[COLUMN_POINTS] = "points", [COLUMN_RSS] = "rss", [COLUMN_SWAP] = "swap",
	[COLUMN_ADJ] = "adj",	    [COLUMN_PID] = "pid",
};

static struct shown show_cell(const struct weighed *candidate, enum column column)
{
	switch (column) {
	case COLUMN_POINTS:
		return show_num(candidate->points_pages);
	case COLUMN_RSS:
		return show_size(candidate->rss_bytes);
	case COLUMN_SWAP:
		return show_size(candidate->swap_bytes);
	case COLUMN_ADJ:
		return show_num(candidate->oom_score_adj);
	case COLUMN_PID:
		return show_num(candidate->pid);
	case COLUMN_COUNT:
		break;
	}
	return (struct shown){"?"};
}

/* 0 for swap where nobody has any: it is left out. */
static size_t column_width(const struct why *why, size_t rows, enum column column)
{
	size_t width = strlen(column_names[column]), len;
	bool swapped = column != COLUMN_SWAP;

	for (size_t i = 0; i < rows; i++) {
		const struct weighed *candidate = why->listed[i];

		swapped |= !candidate->swap_bytes.known || candidate->swap_bytes.value;
		len = strlen(show_cell(candidate, column).text);
		if (len > width)
			width = len;
	}
	return swapped ? width : 0;
}

/* A row of the table; NULL: that of the names. */
static void put_row(struct page *page, const struct weighed *candidate,
		    const size_t widths[COLUMN_COUNT])
{
	char cell[64];

	page_append(page, candidate && candidate->verdict == VERDICT_CHOSEN ? "→ " : "  ");
	for (enum column i = 0; i < COLUMN_COUNT; i++) {
		if (!widths[i])
			continue;
		snprintf(cell, sizeof(cell), "%*.40s  ", (int)widths[i],
			 candidate ? show_cell(candidate, i).text : column_names[i]);
		page_append(page, cell);
	}
	page_append(page, candidate ? show_comm(page, candidate).text : "name");
}

static void put_table(struct page *page, const struct why *why, size_t rows)
{
	size_t widths[COLUMN_COUNT];
	char text[64];

	for (enum column i = 0; i < COLUMN_COUNT; i++)
		widths[i] = column_width(why, rows, i);
	page_section(page, "Why", rows + 1 + (why->larger != NULL), TONE_DIM);
	put_row(page, NULL, widths);
	snprintf(text, sizeof(text), "  (%zu of %" PRIu64 " weighed)", rows,
		 why->candidates->considered);
	page_append_whole(page, text);
	for (size_t i = 0; i < rows; i++) {
		page_next_row(page, TONE_PLAIN);
		put_row(page, why->listed[i], widths);
	}
	if (!why->larger)
		return;
	page_next_row(page, TONE_PLAIN);
	page_item(page, "", "%s", show_larger(page, why).text);
}

void text_why(struct page *page, const struct incident *incident, size_t rows)
{
	const struct weighing *candidates = &incident->candidates;
	size_t others, room;
	struct why why;

	if (rows > page->max - page->count)
		rows = page->max - page->count;
	if (!candidates->known || !candidates->count || !rows || text_why_alone(incident))
		return;
	find(candidates, &why);
	/* It stopped, as for an earlier victim, which the headline tells. */
	if (!why.chosen && why.listed_count)
		return;
	others = 1 + (why.larger != NULL);
	room = rows > others ? rows - others : 0;
	if (why.chosen && room >= TABLE_MIN && why.listed_count >= TABLE_MIN)
		put_table(page, &why, room < why.listed_count ? room : why.listed_count);
	else
		put_summary(page, &why, rows < 2 ? rows : 2);
}

bool text_why_alone(const struct incident *incident)
{
	const struct weighing *candidates = &incident->candidates;

	return candidates->known && candidates->considered == 1 && candidates->count &&
	       candidates->top[0].verdict == VERDICT_CHOSEN;
}

struct num text_why_small_trigger(const struct incident *incident)
{
	const struct process *trigger = &incident->trigger.process;
	const struct process *victim = &incident->victim.process;
	struct num whole = victim->memory.rss_bytes;

	if (!incident->has_victim || !trigger->pid.known || !victim->pid.known || !whole.known ||
	    trigger->pid.value == victim->pid.value)
		return (struct num){0};
	for (size_t i = 0; incident->candidates.known && i < incident->candidates.count; i++) {
		const struct weighed *candidate = &incident->candidates.top[i];
		struct num own = candidate->rss_bytes;

		if (candidate->pid.known && candidate->pid.value == trigger->pid.value &&
		    own.known && own.value < whole.value / SMALL_PART)
			return own;
	}
	return (struct num){0};
}
