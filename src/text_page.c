// SPDX-License-Identifier: GPL-2.0
#include "text_page.h"

#include "text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

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

	if (width <= columns && len <= PAGE_ROW_BYTES) {
		memcpy(shown.text, utf8, len);
		return shown;
	}
	head = prefix_len(utf8, columns - 1 - tail, PAGE_ROW_BYTES / 2);
	while (*end && (width > tail || len > PAGE_ROW_BYTES / 2 - 4)) {
		size_t one, step = char_len(end, &one);

		end += step;
		len -= step;
		width -= one < width ? one : width;
	}
	snprintf(shown.text, sizeof(shown.text), "%.*s…%s", (int)head, utf8, end);
	return shown;
}

struct shown show_text(struct page *page, const char *raw, size_t columns, size_t tail)
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

struct shown show_path(struct page *page, const char *path, size_t columns)
{
	return show_text(page, path, columns, columns * 2 / 3);
}

struct shown show_name(struct page *page, const char *name, size_t columns)
{
	return show_text(page, name, columns, columns / 3);
}

struct shown show_num(struct num num)
{
	struct shown shown = {"?"};

	if (num.known)
		snprintf(shown.text, sizeof(shown.text), "%" PRId64, num.value);
	return shown;
}

bool no_limit(struct num bytes)
{
	/* The mark depends on the page size; no real limit comes near that of the largest. */
	return bytes.known && bytes.value >= LIMIT_NONE(65536);
}

struct shown show_size(struct num bytes)
{
	struct shown shown = {"?"};

	if (no_limit(bytes))
		strcpy(shown.text, "no limit");
	else if (bytes.known && bytes.value >= 0)
		text_size(shown.text, sizeof(shown.text), (uint64_t)bytes.value);
	return shown;
}

struct shown show_kb(struct num bytes)
{
	if (bytes.known)
		bytes.value /= 1024;
	return show_num(bytes);
}

struct shown show_exact(struct num bytes)
{
	struct shown shown = show_size(bytes);
	size_t len = strlen(shown.text);

	if (bytes.known && bytes.value > 0 && !no_limit(bytes))
		snprintf(shown.text + len, sizeof(shown.text) - len, " (%" PRId64 " kB)",
			 bytes.value / 1024);
	return shown;
}

struct shown show_time(int64_t realtime_ns, bool utc)
{
	time_t seconds = (time_t)(realtime_ns / 1000000000);
	struct shown shown = {"?"};
	struct tm tm;

	if (utc ? gmtime_r(&seconds, &tm) : localtime_r(&seconds, &tm))
		strftime(shown.text, sizeof(shown.text),
			 utc ? "%Y-%m-%d %H:%M:%S UTC" : "%Y-%m-%d %H:%M:%S %z", &tm);
	return shown;
}

struct shown show_age(int64_t ns)
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

struct shown show_ms(struct num ns)
{
	struct shown shown = {"?"};

	if (ns.known)
		snprintf(shown.text, sizeof(shown.text), "%.1f ms", (double)ns.value / 1e6);
	return shown;
}

/* Adds to the row as far as it has columns. */
static void row_append(struct page_row *row, const char *utf8)
{
	char joined[2 * PAGE_ROW_BYTES + 2];
	struct shown shown;

	snprintf(joined, sizeof(joined), "%s%s", row->text, utf8);
	shown = fit(joined, PAGE_COLUMNS, 0);
	memcpy(row->text, shown.text, sizeof(row->text));
}

static struct page_row *last_row(struct page *page)
{
	return &page->rows[page->count - 1];
}

/* The room of the section is used up: its last row says so, once. */
static void leave_out(struct page *page)
{
	if (!page->full && page->count)
		row_append(last_row(page), " …");
	page->full = true;
}

static bool row_begin(struct page *page, const char *label, enum tone tone)
{
	struct page_row *row;

	if (page->full || page->kept || page->count >= page->section_max) {
		leave_out(page);
		return false;
	}
	row = &page->rows[page->count++];
	snprintf(row->text, sizeof(row->text), "%s%-*s", *label ? "  " : "",
		 *label ? PAGE_MARGIN - 2 : PAGE_MARGIN, label);
	row->tone = tone;
	page->first = true;
	return true;
}

void page_headline(struct page *page, enum tone tone)
{
	page_section(page, "", 1, tone);
	if (!page->full)
		last_row(page)->text[0] = '\0';
}

void page_section(struct page *page, const char *label, size_t rows, enum tone tone)
{
	page->section_max = page->max - page->count < rows ? page->max : page->count + rows;
	page->full = page->count >= page->section_max;
	page->kept = false;
	row_begin(page, label, tone);
}

void page_next_row(struct page *page, enum tone tone)
{
	if (page->kept) {
		page->kept = false;
		page->full = false;
	}
	row_begin(page, "", tone);
}

void page_keep_row(struct page *page)
{
	page->kept = !page->full;
}

void page_item(struct page *page, const char *sep, const char *fmt, ...)
{
	char text[2 * PAGE_ROW_BYTES];
	struct shown shown;
	va_list args;

	if (page->full)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	shown = fit(text, PAGE_BODY, 0);

	if (page->first) {
		sep = "";
	} else if (strlen(sep) + text_width(shown.text) + 1 > page_room(page)) {
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

size_t page_room(const struct page *page)
{
	size_t used = page->count ? text_width(page->rows[page->count - 1].text) : PAGE_COLUMNS;

	return used < PAGE_COLUMNS ? PAGE_COLUMNS - used : 0;
}

void page_append(struct page *page, const char *utf8)
{
	if (page->count)
		row_append(last_row(page), utf8);
}

bool page_append_whole(struct page *page, const char *utf8)
{
	if (page->full || text_width(utf8) > page_room(page))
		return false;
	page_append(page, utf8);
	return true;
}

bool page_is_full(const struct page *page)
{
	return page->full;
}

void page_rewind(struct page *page, size_t count)
{
	page->count = count;
}

/* Columns that hold the widest of a column's texts. */
static size_t column_width(const struct page_column *column)
{
	size_t width = strlen(column->name);

	for (size_t i = 0; i < ARRAY_SIZE(column->cells); i++)
		if (strlen(column->cells[i].text) > width)
			width = strlen(column->cells[i].text);
	return width;
}

static void put_cell(struct page_row *row, size_t width, const char *text)
{
	char cell[64];

	snprintf(cell, sizeof(cell), "%*.40s", (int)width, text);
	row_append(row, cell);
}

void page_table(struct page *page, const char *label, const char *second_label,
		const struct page_column *columns, size_t count)
{
	struct page_row *rows = &page->rows[page->count];
	size_t height = second_label ? 3 : 2;

	if (page->max - page->count < height)
		return;
	page_section(page, label, height, TONE_DIM);
	page_next_row(page, TONE_PLAIN);
	if (second_label) {
		page_next_row(page, TONE_DIM);
		snprintf(rows[2].text, sizeof(rows[2].text), "    %-*s", PAGE_MARGIN - 4,
			 second_label);
	}
	for (size_t i = 0; i < count; i++) {
		size_t width = column_width(&columns[i]) + (i ? 2 : 0);

		put_cell(&rows[0], width, columns[i].name);
		for (size_t k = 0; k + 1 < height; k++)
			put_cell(&rows[k + 1], width, columns[i].cells[k].text);
	}
}

void page_write(FILE *out, const struct page *page, bool colour)
{
	static const char *const start[] = {
		[TONE_PLAIN] = "",	     [TONE_STRONG] = "\033[1m",
		[TONE_ALARM] = "\033[1;31m", [TONE_NOTICE] = "\033[1;33m",
		[TONE_DIM] = "\033[2m",
	};

	for (size_t i = 0; i < page->count; i++) {
		const struct page_row *row = &page->rows[i];
		bool paint = colour && row->tone != TONE_PLAIN;

		fprintf(out, "%s%s%s\n", paint ? start[row->tone] : "", row->text,
			paint ? "\033[0m" : "");
	}
}
