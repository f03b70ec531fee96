// SPDX-License-Identifier: GPL-2.0
#include "gfp.h"
#include "readfile.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_LEN	  48
#define NAMES_MAX	  96
#define FORMAT_MAX	  (256 * 1024)
#define DEPTH_MAX	  64
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

struct gfp_name {
	uint64_t mask;
	char name[NAME_LEN];
};

/*
 * In the kernel's order: the first entry that matches takes its bits. An empty name ends the table.
 */
struct gfp_names {
	struct gfp_name entries[NAMES_MAX + 1];
};

/*
 * Order of include/trace/events/mmflags.h in 6.1 and 6.12. Where __GFP_SKIP_KASAN_POISON
 * (0x1000000) belongs to GFP_HIGHUSER_MOVABLE, as in 5.15, it stands behind it as a number.
 */
static const struct gfp_names builtin = {
	.entries =
		{
			{0x1c24ca, "GFP_TRANSHUGE"},
			{0x1c20ca, "GFP_TRANSHUGE_LIGHT"},
			{0x100cca, "GFP_HIGHUSER_MOVABLE"},
			{0x100cc2, "GFP_HIGHUSER"},
			{0x100cc0, "GFP_USER"},
			{0x400cc0, "GFP_KERNEL_ACCOUNT"},
			{0xcc0, "GFP_KERNEL"},
			{0xc40, "GFP_NOFS"},
			{0xc00, "GFP_NOIO"},
			{0x1, "GFP_DMA"},
			{0x2, "__GFP_HIGHMEM"},
			{0x4, "GFP_DMA32"},
			{0x20, "__GFP_HIGH"},
			{0x40, "__GFP_IO"},
			{0x80, "__GFP_FS"},
			{0x2000, "__GFP_NOWARN"},
			{0x4000, "__GFP_RETRY_MAYFAIL"},
			{0x8000, "__GFP_NOFAIL"},
			{0x10000, "__GFP_NORETRY"},
			{0x40000, "__GFP_COMP"},
			{0x100, "__GFP_ZERO"},
			{0x80000, "__GFP_NOMEMALLOC"},
			{0x20000, "__GFP_MEMALLOC"},
			{0x100000, "__GFP_HARDWALL"},
			{0x200000, "__GFP_THISNODE"},
			{0x10, "__GFP_RECLAIMABLE"},
			{0x8, "__GFP_MOVABLE"},
			{0x400000, "__GFP_ACCOUNT"},
			{0x1000, "__GFP_WRITE"},
			{0xc00, "__GFP_RECLAIM"},
			{0x400, "__GFP_DIRECT_RECLAIM"},
			{0x800, "__GFP_KSWAPD_RECLAIM"},
		},
};

/*
 * Kernels from 6.10 on without "tracing: gfp: Fix the GFP enum values shown for user space tracing
 * tools" show the constants' names instead of values. Those of include/linux/gfp_types.h whose
 * value no configuration option moves, in order from 0.
 */
static const char *const bit_names[] = {
	"DMA",	     "HIGHMEM",	   "DMA32",	    "MOVABLE",	"RECLAIMABLE",	  "HIGH",
	"IO",	     "FS",	   "ZERO",	    "UNUSED",	"DIRECT_RECLAIM", "KSWAPD_RECLAIM",
	"WRITE",     "NOWARN",	   "RETRY_MAYFAIL", "NOFAIL",	"NORETRY",	  "MEMALLOC",
	"COMP",	     "NOMEMALLOC", "HARDWALL",	    "THISNODE", "ACCOUNT",	  "ZEROTAGS",
	"SKIP_ZERO", "SKIP_KASAN",
};

/* C values as these expressions use them: unsigned, of 32 bits or, when `wide`, of 64. */
struct value {
	uint64_t bits;
	bool wide;
};

struct parser {
	const char *at;
	const char *end;
	unsigned int depth;
};

static int parse_or(struct parser *p, struct value *ret_value);
static int parse_unary(struct parser *p, struct value *ret_value);

static struct value value_of(uint64_t bits, bool wide)
{
	return (struct value){.bits = wide ? bits : (uint32_t)bits, .wide = wide};
}

static void skip_space(struct parser *p)
{
	while (p->at < p->end && isspace((unsigned char)*p->at))
		p->at++;
}

/* Takes `token` if it comes next. */
static bool accept(struct parser *p, const char *token)
{
	size_t len = strlen(token);

	skip_space(p);
	if ((size_t)(p->end - p->at) < len || memcmp(p->at, token, len) != 0)
		return false;
	p->at += len;
	return true;
}

/* The identifier that comes next, NULL if none does; its length into *ret_len. */
static const char *accept_word(struct parser *p, size_t *ret_len)
{
	const char *word;

	skip_space(p);
	word = p->at;
	if (word == p->end || !(isalpha((unsigned char)*word) || *word == '_'))
		return NULL;
	while (p->at < p->end && (isalnum((unsigned char)*p->at) || *p->at == '_'))
		p->at++;
	*ret_len = (size_t)(p->at - word);
	return word;
}

static bool word_is(const char *word, size_t len, const char *name)
{
	return strlen(name) == len && memcmp(word, name, len) == 0;
}

/* "(gfp_t)", "( unsigned long)": takes it if it comes next, and nothing otherwise. */
static bool accept_cast(struct parser *p, bool *ret_wide)
{
	static const char *const narrow[] = {"gfp_t", "unsigned", "int", "u32"};
	const char *start = p->at, *word;
	size_t len, words = 0;
	bool wide = false;

	if (!accept(p, "("))
		return false;
	while ((word = accept_word(p, &len))) {
		bool known = word_is(word, len, "long") || word_is(word, len, "u64");

		wide = wide || known;
		for (size_t i = 0; i < ARRAY_SIZE(narrow) && !known; i++)
			known = word_is(word, len, narrow[i]);
		if (!known)
			break;
		words++;
	}
	if (word || words == 0 || !accept(p, ")")) {
		p->at = start;
		return false;
	}
	*ret_wide = wide;
	return true;
}

static int parse_constant(struct parser *p, struct value *ret_value)
{
	unsigned int base = 10, digit;
	const char *start;
	uint64_t bits = 0;
	bool wide = false;

	if (accept(p, "0x") || accept(p, "0X"))
		base = 16;
	for (start = p->at; p->at < p->end && isxdigit((unsigned char)*p->at); p->at++) {
		digit = isdigit((unsigned char)*p->at) ? (unsigned int)(*p->at - '0')
						       : (unsigned int)(*p->at | 0x20) - 'a' + 10;
		if (digit >= base || bits > (UINT64_MAX - digit) / base)
			return -EINVAL;
		bits = bits * base + digit;
	}
	/* A leading 0 would make it octal, which nothing here uses. */
	if (p->at == start || (base == 10 && *start == '0' && p->at - start > 1))
		return -EINVAL;
	for (; p->at < p->end && strchr("uUlL", *p->at) && *p->at; p->at++)
		wide = wide || (*p->at | 0x20) == 'l';
	*ret_value = value_of(bits, wide || bits > UINT32_MAX);
	return 0;
}

/* ___GFP_X_BIT */
static int parse_bit_name(struct parser *p, struct value *ret_value)
{
	static const char prefix[] = "___GFP_", suffix[] = "_BIT";
	const size_t around = sizeof(prefix) - 1 + sizeof(suffix) - 1;
	const char *word;
	size_t len;

	word = accept_word(p, &len);
	if (!word || len <= around || memcmp(word, prefix, sizeof(prefix) - 1) != 0 ||
	    memcmp(word + len - (sizeof(suffix) - 1), suffix, sizeof(suffix) - 1) != 0)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(bit_names); i++) {
		if (!word_is(word + sizeof(prefix) - 1, len - around, bit_names[i]))
			continue;
		*ret_value = value_of(i, false);
		return 0;
	}
	return -EINVAL;
}

static int parse_operand(struct parser *p, struct value *ret_value)
{
	struct value value;
	bool wide;
	int err;

	if (accept_cast(p, &wide)) {
		err = parse_unary(p, &value);
		if (!err)
			*ret_value = value_of(value.bits, wide);
		return err;
	}
	if (accept(p, "~")) {
		err = parse_unary(p, &value);
		if (!err)
			*ret_value = value_of(~value.bits, value.wide);
		return err;
	}
	if (accept(p, "(")) {
		err = parse_or(p, ret_value);
		return err ? err : accept(p, ")") ? 0 : -EINVAL;
	}
	skip_space(p);
	if (p->at < p->end && isdigit((unsigned char)*p->at))
		return parse_constant(p, ret_value);
	return parse_bit_name(p, ret_value);
}

/* Every recursion goes through here, which bounds the stack that hostile text can take. */
static int parse_unary(struct parser *p, struct value *ret_value)
{
	int err;

	if (p->depth == 0)
		return -EINVAL;
	p->depth--;
	err = parse_operand(p, ret_value);
	p->depth++;
	return err;
}

static int parse_sum(struct parser *p, struct value *ret_value)
{
	struct value left, right;
	int err;

	err = parse_unary(p, &left);
	while (!err && accept(p, "+")) {
		err = parse_unary(p, &right);
		if (!err)
			left = value_of(left.bits + right.bits, left.wide || right.wide);
	}
	if (!err)
		*ret_value = left;
	return err;
}

static int parse_shift(struct parser *p, struct value *ret_value)
{
	struct value left, right;
	int err;

	err = parse_sum(p, &left);
	while (!err && accept(p, "<<")) {
		err = parse_sum(p, &right);
		if (!err && right.bits >= (left.wide ? 64 : 32))
			err = -EINVAL;
		if (!err)
			left = value_of(left.bits << right.bits, left.wide);
	}
	if (!err)
		*ret_value = left;
	return err;
}

static int parse_and(struct parser *p, struct value *ret_value)
{
	struct value left, right;
	int err;

	err = parse_shift(p, &left);
	while (!err && accept(p, "&")) {
		err = parse_shift(p, &right);
		if (!err)
			left = value_of(left.bits & right.bits, left.wide || right.wide);
	}
	if (!err)
		*ret_value = left;
	return err;
}

static int parse_or(struct parser *p, struct value *ret_value)
{
	struct value left, right;
	int err;

	err = parse_and(p, &left);
	while (!err && accept(p, "|")) {
		err = parse_and(p, &right);
		if (!err)
			left = value_of(left.bits | right.bits, left.wide || right.wide);
	}
	if (!err)
		*ret_value = left;
	return err;
}

/* The string constant that comes next: an identifier in quotes. */
static int parse_name(struct parser *p, char name[static NAME_LEN])
{
	size_t len = 0;

	if (!accept(p, "\""))
		return -EINVAL;
	for (; p->at < p->end && *p->at != '"'; p->at++) {
		if (len + 1 >= NAME_LEN || !(isalnum((unsigned char)*p->at) || *p->at == '_'))
			return -EINVAL;
		name[len++] = *p->at;
	}
	name[len] = '\0';
	return len && accept(p, "\"") ? 0 : -EINVAL;
}

/*
 * {EXPR, "NAME"}, ... up to the closing parenthesis of __print_flags() or up to {0, NULL}, which
 * some kernels put last.
 */
static int parse_entries(struct parser *p, struct gfp_names *names)
{
	struct gfp_name *entry = names->entries;
	struct value mask;
	int err;

	do {
		if (!accept(p, "{"))
			return -EINVAL;
		p->depth = DEPTH_MAX;
		err = parse_or(p, &mask);
		if (err)
			return err;
		if (!accept(p, ","))
			return -EINVAL;
		if (mask.bits == 0 && accept(p, "((void *)0)"))
			return entry > names->entries && accept(p, "}") && accept(p, ")") ? 0
											  : -EINVAL;
		if (entry == names->entries + NAMES_MAX)
			return -EINVAL;
		err = parse_name(p, entry->name);
		if (err)
			return err;
		entry++->mask = mask.bits;
		if (!accept(p, "}"))
			return -EINVAL;
	} while (accept(p, ","));
	return accept(p, ")") ? 0 : -EINVAL;
}

/* Moves behind the next `token`. */
static bool seek(struct parser *p, const char *token)
{
	const char *found = memmem(p->at, (size_t)(p->end - p->at), token, strlen(token));

	if (!found)
		return false;
	p->at = found + strlen(token);
	return true;
}

int gfp_names_parse(const char *text, size_t len, struct gfp_names **ret_names)
{
	struct parser p = {.at = text, .end = text + len};
	struct gfp_names *names;
	int err;

	if (!seek(&p, "print fmt:") || !seek(&p, "__print_flags("))
		return -ENOENT;
	if (!accept(&p, "REC->gfp_flags") || !accept(&p, ",") || !accept(&p, "\"|\"") ||
	    !accept(&p, ","))
		return -EINVAL;
	names = calloc(1, sizeof(*names));
	if (!names)
		return -ENOMEM;
	err = parse_entries(&p, names);
	if (err) {
		gfp_names_free(names);
		return err;
	}
	*ret_names = names;
	return 0;
}

int gfp_names_load(const char *tracefs, struct gfp_names **ret_names)
{
	char path[PATH_MAX];
	char *text;
	size_t len;
	int err;

	if (snprintf(path, sizeof(path), "%s/events/kmem/mm_page_alloc/format", tracefs) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	err = file_read(path, &text, &len, FORMAT_MAX);
	if (err)
		return err;
	err = gfp_names_parse(text, len, ret_names);
	free(text);
	return err;
}

void gfp_names_free(struct gfp_names *names)
{
	free(names);
}

char *gfp_format(const struct gfp_names *names, uint64_t mask)
{
	char *text = NULL;
	size_t len;
	FILE *out;

	out = open_memstream(&text, &len);
	if (!out)
		return NULL;
	if (!names)
		names = &builtin;
	for (const struct gfp_name *entry = names->entries; *entry->name && mask; entry++) {
		if ((mask & entry->mask) != entry->mask)
			continue;
		mask &= ~entry->mask;
		fprintf(out, "%s%s", entry->name, mask ? "|" : "");
	}
	if (mask)
		fprintf(out, "0x%" PRIx64, mask);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}
