// SPDX-License-Identifier: GPL-2.0
#include "symbol_name.h"

#include <string.h>

static const char anonymous[] = "(anonymous namespace)";

/* What a name is made of; the end of the name is where the last parameters begin. */
struct parts {
	const char *start;
	const char *end;
	const char *rest; /* behind the parameters */
};

static bool starts(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

static bool is_word(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
	       (c & 0x80);
}

/*
 * Behind the bracket that closes the one `text` begins with, or the end of the text. Kinds of
 * brackets are not told apart: what is unbalanced in one is seldom right in the other.
 */
static const char *skip_group(const char *text)
{
	size_t depth = 0;

	for (; *text; text++) {
		if (strchr("<([{", *text))
			depth++;
		else if (strchr(">)]}", *text) && !(*text == '>' && text[-1] == '-'))
			depth--;
		if (!depth)
			return text + 1;
	}
	return text;
}

/* Behind "operator" and what is the sign of it, when `text` begins with that; else `text`. */
static const char *skip_operator(const char *symbol, const char *text)
{
	if (!starts(text, "operator") || is_word(text[8]) || (text > symbol && is_word(text[-1])))
		return text;
	text += strlen("operator");
	if (starts(text, "()") || starts(text, "[]"))
		return text + 2;
	if (*text == ' ') /* new, delete, a type */
		return text + strcspn(text, "(<");
	text += strspn(text, "<>=!+-*/%^&|~,");
	/* Template arguments follow such a sign with a blank between them. */
	return starts(text, " <") ? text + 1 : text;
}

/* Behind what may stand between the parameters and what is nested in their function. */
static const char *skip_qualifiers(const char *text)
{
	static const char *const words[] = {" const", " volatile", " &&", " &"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (starts(text, words[i]))
			text += strlen(words[i]);
	return text;
}

static struct parts split(const char *symbol)
{
	struct parts parts = {.start = symbol};
	const char *at = symbol;

	while (*at) {
		const char *after = skip_operator(symbol, at);

		if (after != at) {
			at = after;
		} else if (starts(at, anonymous)) {
			at += strlen(anonymous);
		} else if (starts(at, "decltype(") || starts(at, "decltype (")) {
			at = skip_group(strchr(at, '('));
		} else if (*at == '(') {
			parts.end = at;
			parts.rest = skip_group(at);
			at = skip_qualifiers(parts.rest);
			/* A function within this one, or "main.(*Cart).Grow" in Go. */
			if (*at != ':' && *at != '.')
				return parts;
			parts.end = NULL;
		} else if (strchr("<[{", *at)) {
			at = skip_group(at);
		} else {
			if (*at == ' ')
				parts.start = at + 1;
			at++;
		}
	}
	/* Without parameters there is no return type either. */
	return (struct parts){symbol, at, at};
}

struct span symbol_function(const char *symbol)
{
	struct parts parts = split(symbol);

	return (struct span){parts.start, (size_t)(parts.end - parts.start)};
}

struct output {
	char *at;
	size_t left; /* with the closing NUL */
};

static void put(struct output *out, const char *text, size_t len)
{
	if (len > out->left - 1)
		len = out->left - 1;
	out->at = mempcpy(out->at, text, len);
	out->left -= len;
}

/* "(…)" for what is between brackets. */
static void put_group(struct output *out, const char *group, const char *after)
{
	if (after - group > 2) {
		put(out, group, 1);
		put(out, "…", strlen("…"));
		put(out, after - 1, 1);
	} else {
		put(out, group, (size_t)(after - group));
	}
}

/* Of Rust's "<shop::Cart as core::Drop>", with which a name begins, the type remains. */
static void put_type(struct output *out, const char *group, const char *after)
{
	const char *as = memmem(group, (size_t)(after - group), " as ", strlen(" as "));

	put(out, group, (size_t)((as ? as + strlen(" as ") : after) - group));
	if (as) {
		put(out, "…", strlen("…"));
		put(out, after - 1, 1);
	}
}

/* Behind the group of brackets `text` begins with, if what is in it may be left out; else `text`. */
static const char *skip_arguments(const char *text)
{
	const char *after = *text == '<' || *text == '(' ? skip_group(text) : text;

	/* Of "main.(*Cart).Grow" in Go it is the type. */
	return *after == '.' ? text : after;
}

static void put_without_arguments(struct output *out, const struct parts *parts, bool bare)
{
	for (const char *at = parts->start, *after; at < parts->end; at = after) {
		after = skip_operator(parts->start, at);
		if (after == at && starts(at, anonymous))
			after += strlen(anonymous);
		if (after != at) {
			put(out, at, (size_t)(after - at));
			continue;
		}
		after = skip_arguments(at);
		if (after == at)
			put(out, after++, 1);
		else if (at == parts->start)
			put_type(out, at, after);
		else if (!bare)
			put_group(out, at, after);
		else if (*at == '(')
			put(out, "()", 2);
	}
}

const char *symbol_shorten(const char *symbol, enum symbol_form form, char *buf, size_t len)
{
	struct parts parts = split(symbol);
	struct output out = {buf, len};

	if (form <= SYMBOL_NO_PARAMETERS)
		put(&out, parts.start, (size_t)(parts.end - parts.start));
	else
		put_without_arguments(&out, &parts, form == SYMBOL_BARE);
	if (form == SYMBOL_WHOLE)
		put(&out, parts.end, strlen(parts.end));
	else if (form != SYMBOL_BARE && parts.end != parts.rest)
		put_group(&out, parts.end, parts.rest);
	/* "operator<< <char>" */
	if (form == SYMBOL_BARE && out.at > buf && out.at[-1] == ' ')
		out.at--;
	*out.at = '\0';
	return buf;
}
