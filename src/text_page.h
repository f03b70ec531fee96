/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A report as rows of text on a screen: labelled sections in a body beside a margin, items that go
 * on from row to row, tables, tones. A row is never wider than PAGE_COLUMNS; what is too wide is
 * clipped, names and paths in their middle.
 */
#ifndef OOMTRACE_TEXT_PAGE_H
#define OOMTRACE_TEXT_PAGE_H

#include "incident.h"

#include <stdio.h>

enum {
	PAGE_COLUMNS = 80,
	PAGE_MARGIN = 11,
	PAGE_BODY = PAGE_COLUMNS - PAGE_MARGIN,
	PAGE_ROWS_MAX = 40,
	PAGE_ROW_BYTES = 4 * PAGE_COLUMNS, /* room for combining characters, not for any number */
};

enum tone {
	TONE_PLAIN,
	TONE_STRONG,
	TONE_ALARM,
	TONE_NOTICE,
	TONE_DIM,
};

struct page_row {
	char text[PAGE_ROW_BYTES + 1];
	enum tone tone;
};

/*
 * Made with `max`, at most PAGE_ROWS_MAX, and zeros. Rows that do not fit are left out, and the
 * last row of their section then ends in "…". `count` and `no_memory` are for reading, the rest is
 * the page's own.
 */
struct page {
	size_t max;
	size_t count;
	bool no_memory; /* a text could not be shown, "?" stands in its place */

	size_t section_max; /* `count` may not pass this before the next section */
	bool first;	    /* the next item is the first on its row */
	bool kept;	    /* items may not go on to another row */
	bool full;	    /* the section has left something out */
	struct page_row rows[PAGE_ROWS_MAX];
};

/* Text ready for the page: valid UTF-8, no control characters, of bounded width. */
struct shown {
	char text[PAGE_ROW_BYTES + 1];
};

/*
 * Strings of any bytes, NULL as "?". What is wider than `columns` is clipped: text keeps its last
 * `tail` columns and as much of its head as has room, a path mostly its end, a name mostly its
 * beginning.
 */
struct shown show_text(struct page *page, const char *raw, size_t columns, size_t tail);
struct shown show_path(struct page *page, const char *path, size_t columns);
struct shown show_name(struct page *page, const char *name, size_t columns);

/* Unknown numbers are "?". */
struct shown show_num(struct num num);
struct shown show_size(struct num bytes);  /* "1.9 GiB", "no limit" */
struct shown show_kb(struct num bytes);	   /* "2064384" */
struct shown show_exact(struct num bytes); /* both: the second is what the kernel's log says */
struct shown show_time(int64_t realtime_ns, bool utc);
struct shown show_age(int64_t ns);   /* "2 h 5 min" */
struct shown show_ms(struct num ns); /* "3.1 ms" */

/* Whether a limit is the mark of there being none. */
bool no_limit(struct num bytes);

/* Starts a row of the whole width, without a margin. */
void page_headline(struct page *page, enum tone tone);

/* Starts a section of at most so many rows; an empty label goes on with the section before. */
void page_section(struct page *page, const char *label, size_t rows, enum tone tone);

/* Starts a further row of the section. */
void page_next_row(struct page *page, enum tone tone);

/* Until the next row is started, what has no room on this one is left out. */
void page_keep_row(struct page *page);

/*
 * Adds an item to the section, on a row of its own when the current one has no room for it. A
 * separator that begins with a space goes along with the item, another stays behind; the first item
 * of a row has none.
 */
__attribute__((format(printf, 3, 4))) void page_item(struct page *page, const char *sep,
						     const char *fmt, ...);

/* Columns that are left on the current row. */
size_t page_room(const struct page *page);

/* Adds to the current row as far as it has room. */
void page_append(struct page *page, const char *utf8);

/* Adds to the current row if it has room for all of it, and says whether. */
bool page_append_whole(struct page *page, const char *utf8);

/* Whether the section has left something out. */
bool page_is_full(const struct page *page);

/* Takes back all rows but the first `count`; a section has to be started next. */
void page_rewind(struct page *page, size_t count);

struct page_column {
	const char *name;
	struct shown cells[2];
};

/*
 * A section of a row of names and one or two rows of cells, the second under a label of its own
 * (NULL: without it). Nothing when the page has no room for all of it.
 */
void page_table(struct page *page, const char *label, const char *second_label,
		const struct page_column *columns, size_t count);

/* Errors are those of the stream. */
void page_write(FILE *out, const struct page *page, bool colour);

#endif
