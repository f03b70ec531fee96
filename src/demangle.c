// SPDX-License-Identifier: GPL-2.0
#include "demangle.h"

#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Longer ones are not worth the time they take. */
#define MANGLED_MAX 16384

struct output {
	char text[SYMBOL_NAME_MAX + sizeof(SYMBOL_NAME_CUT)];
	size_t len;
	jmp_buf full;
};

typedef int (*demangle_fn)(const char *mangled, int options, demangle_callbackref put, void *ctx);

/* Marks the end of a text that is not whole, which must not end within a character of UTF-8. */
static void cut(char *text, size_t len)
{
	while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	memcpy(text + len, SYMBOL_NAME_CUT, sizeof(SYMBOL_NAME_CUT));
}

/*
 * A symbol of some hundred bytes may stand for a name of gigabytes, and a demangler knows no way to
 * be stopped but to be left. It holds no memory meanwhile, except for Rust's punycode: then the few
 * bytes of one identifier are lost.
 */
static void put(const char *part, size_t len, void *ctx)
{
	struct output *output = ctx;
	size_t room = SYMBOL_NAME_MAX - output->len;

	/* Of an empty name there may be no bytes at all. */
	if (!len)
		return;
	if (len <= room) {
		memcpy(output->text + output->len, part, len);
		output->len += len;
		return;
	}
	/* One byte more than there may be, so that the cut can be seen to fall on a character. */
	memcpy(output->text + output->len, part, room + 1);
	cut(output->text, SYMBOL_NAME_MAX);
	longjmp(output->full, 1);
}

static bool run(demangle_fn fn, int options, const char *symbol, struct output *output)
{
	output->len = 0;
	if (setjmp(output->full))
		return true;
	if (!fn(symbol, options, put, output) || !output->len)
		return false;
	output->text[output->len] = '\0';
	return true;
}

/* Without the version that dynamic linking puts behind it. */
static char *without_version(const char *symbol)
{
	const char *version = strchr(symbol, '@');
	size_t len = version && version != symbol ? (size_t)(version - symbol) : strlen(symbol);

	return strndup(symbol, len);
}

static char *shortened(char *name)
{
	char *shorter;

	if (!name || strlen(name) <= SYMBOL_NAME_MAX)
		return name;
	shorter = realloc(name, SYMBOL_NAME_MAX + sizeof(SYMBOL_NAME_CUT));
	if (!shorter) {
		free(name);
		return NULL;
	}
	cut(shorter, SYMBOL_NAME_MAX);
	return shorter;
}

char *demangle(const char *symbol)
{
	char *name = without_version(symbol);
	struct output output;

	if (!name || symbol[0] != '_' || strlen(name) > MANGLED_MAX)
		return shortened(name);
	/* Rust's older mangling is valid C++ too, with a hash for a last part. */
	if (!run(rust_demangle_callback, DMGL_PARAMS | DMGL_ANSI, name, &output) &&
	    !run(cplus_demangle_v3_callback, DMGL_PARAMS | DMGL_ANSI | DMGL_VERBOSE, name, &output))
		return shortened(name);
	free(name);
	return strdup(output.text);
}
