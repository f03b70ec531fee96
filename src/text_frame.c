// SPDX-License-Identifier: GPL-2.0
#include "text_frame.h"

#include "symbol_name.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

enum {
	MODULE_COLUMNS = 30,
	WHERE_COLUMNS = 28, /* at least, of a long path beside a long function */
	SYMBOL_BYTES = 1024,
};

static const char ellipsis[] = "…";

struct shown show_module(struct page *page, const char *path, size_t columns)
{
	const char *slash = strrchr(path, '/');

	return show_name(page, slash && slash[1] ? slash + 1 : path, columns);
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
	place = show_module(page, frame->module, MODULE_COLUMNS);
	len = strlen(place.text);
	if (offset.known)
		snprintf(place.text + len, sizeof(place.text) - len, "+0x%" PRIx64,
			 (uint64_t)offset.value);
	return place;
}

/* The end of a path or of a qualified name, whole components of it if possible. */
static struct shown show_end(struct page *page, const char *text, const char *separator,
			     size_t columns)
{
	struct shown shown = show_text(page, text, columns, columns - 1);
	const size_t len = strlen(ellipsis);
	char *from;

	if (strncmp(shown.text, ellipsis, len) || !strncmp(text, ellipsis, len))
		return shown;
	from = strstr(shown.text + len, separator);
	if (from)
		memmove(shown.text + len, from, strlen(from) + 1);
	return shown;
}

/* The longest form of a function's name that has room. */
static struct shown show_symbol(struct page *page, const char *symbol, size_t columns)
{
	char form[SYMBOL_BYTES];
	struct shown shown;

	for (enum symbol_form i = SYMBOL_WHOLE; i <= SYMBOL_NO_ARGUMENTS; i++) {
		symbol_shorten(symbol, i, form, sizeof(form));
		shown = show_text(page, form, PAGE_ROW_BYTES, 0);
		if (text_width(shown.text) <= columns)
			return shown;
	}
	shown = show_end(page, form, "::", columns);
	return strstr(shown.text, "::") ? shown : show_text(page, form, columns, columns / 2);
}

/* Behind the file: ":88"; or behind the function, when the line is unknown: "+0x4a". */
static void format_detail(const struct frame *frame, char *buf, size_t len)
{
	*buf = '\0';
	if (frame->line > 0)
		snprintf(buf, len, ":%d", frame->line);
	else if (!frame->file && frame->offset.known)
		snprintf(buf, len, "+0x%x", (unsigned int)frame->offset.value);
}

/* The file, or what takes its place where there is none. */
static struct shown show_where(struct page *page, const struct frame *frame, size_t columns)
{
	if (frame->file)
		return show_end(page, frame->file, "/", columns);
	return frame->module ? show_module(page, frame->module, columns) : (struct shown){""};
}

void text_frame(struct page *page, const char *mark, const struct frame *frame)
{
	const char *inlined = frame->inlined ? "  [inlined]" : "";
	const char *before = frame->file ? "  " : frame->module ? "  (" : "";
	const char *after = !frame->file && frame->module ? ")" : "";
	size_t room = PAGE_BODY - text_width(mark);
	struct shown symbol, where;
	char detail[24];

	if (!frame->symbol) {
		page_item(page, "", "%s%s", mark, show_place(page, frame).text);
		return;
	}
	format_detail(frame, detail, sizeof(detail));
	room -= strlen(detail) + strlen(before) + strlen(after) + strlen(inlined);
	where = show_where(page, frame, WHERE_COLUMNS < room / 2 ? WHERE_COLUMNS : room / 2);
	symbol = show_symbol(page, frame->symbol, room - text_width(where.text));
	where = show_where(page, frame, room - text_width(symbol.text));

	page_item(page, "", "%s%s", mark, symbol.text);
	if (page_is_full(page))
		return;
	if (!frame->file)
		page_append(page, detail);
	page_append(page, before);
	page_append(page, where.text);
	page_append(page, after);
	if (frame->file)
		page_append(page, detail);
	page_append(page, inlined);
}

struct shown show_link(struct page *page, const struct frame *frame, size_t columns)
{
	char form[SYMBOL_BYTES];

	if (!frame->symbol)
		return show_place(page, frame);
	return show_name(page, symbol_shorten(frame->symbol, SYMBOL_BARE, form, sizeof(form)),
			 columns);
}
