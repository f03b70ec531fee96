// SPDX-License-Identifier: GPL-2.0
#include "kallsyms.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_SIZE  (64 * 1024)
#define DISTANCE_MAX (1024 * 1024)
#define NAME_LEN     512 /* KSYM_NAME_LEN since 6.1; 128 before */
#define MODULE_LEN   64

struct line {
	uint64_t address;
	char type;
	const char *name;
	size_t name_len;
	const char *module;
	size_t module_len;
};

/* The best symbol so far for one address. Copied in place: it is replaced thousands of times. */
struct match {
	uint64_t address;
	size_t index; /* in the caller's array */
	bool found;
	uint64_t start;
	char name[NAME_LEN]; /* empty: the symbol that is there has an unusable name */
	char module[MODULE_LEN];
};

struct scan {
	struct match *matches; /* by address */
	size_t count;
	bool any;     /* a line was understood */
	bool visible; /* and one had an address other than 0 */
};

/* The hexadecimal digits at `s`, at most 16; how many into *ret_len. */
static uint64_t parse_hex(const char *s, const char *end, size_t *ret_len)
{
	uint64_t value = 0;
	size_t n;

	for (n = 0; n < 16 && s + n < end; n++) {
		unsigned int digit = (unsigned char)s[n];

		if (digit - '0' < 10)
			digit -= '0';
		else if ((digit | 0x20) - 'a' < 6)
			digit = (digit | 0x20) - 'a' + 10;
		else
			break;
		value = value << 4 | digit;
	}
	*ret_len = n;
	return value;
}

/* "ffffffffc0a01230 t xfs_trans_alloc\t[xfs]", without the line end. */
static bool parse_line(const char *s, const char *end, struct line *ret_line)
{
	struct line line = {0};
	size_t n;

	line.address = parse_hex(s, end, &n);
	s += n;
	if (n == 0 || end - s < 4 || s[0] != ' ' || s[2] != ' ')
		return false;
	line.type = s[1];
	line.name = s + 3;
	line.module = memchr(line.name, '\t', (size_t)(end - line.name));
	line.name_len = (size_t)((line.module ? line.module : end) - line.name);
	if (line.module) {
		line.module++;
		if (end - line.module < 3 || line.module[0] != '[' || end[-1] != ']')
			return false;
		line.module++;
		line.module_len = (size_t)(end - 1 - line.module);
	}
	if (line.name_len == 0)
		return false;
	*ret_line = line;
	return true;
}

/* Text, and none of the assembler's marks, as in is_mapping_symbol() of linux/module_symbol.h. */
static bool is_function(const struct line *line)
{
	const char *name = line->name;

	if ((line->type | 0x20) != 't' && (line->type | 0x20) != 'w')
		return false;
	if (name[0] == '$')
		return false;
	return line->name_len < 2 || (memcmp(name, ".L", 2) != 0 && memcmp(name, "L0", 2) != 0);
}

static void match_set(struct match *match, const struct line *line)
{
	match->found = true;
	match->start = line->address;
	match->name[0] = '\0';
	if (line->name_len >= sizeof(match->name) || line->module_len >= sizeof(match->module))
		return;
	memcpy(match->name, line->name, line->name_len);
	match->name[line->name_len] = '\0';
	if (line->module_len)
		memcpy(match->module, line->module, line->module_len);
	match->module[line->module_len] = '\0';
}

/* First of the matches at or behind `address`. */
static size_t lower_bound(const struct scan *scan, uint64_t address)
{
	size_t low = 0, high = scan->count, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (scan->matches[mid].address < address)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void scan_line(struct scan *scan, const char *s, const char *end)
{
	struct line line;

	if (!parse_line(s, end, &line))
		return;
	scan->any = true;
	scan->visible = scan->visible || line.address;
	if (!is_function(&line))
		return;
	for (size_t i = lower_bound(scan, line.address); i < scan->count; i++) {
		struct match *match = &scan->matches[i];

		if (match->address - line.address > DISTANCE_MAX)
			break;
		if (!match->found || line.address > match->start)
			match_set(match, &line);
	}
}

/*
 * Takes the whole lines from the `used` bytes of the buffer and returns how many bytes, the
 * beginning of a line, are left at its start. *skip: what comes next belongs to a line too long for
 * the buffer.
 */
static size_t scan_buffer(struct scan *scan, char *buffer, size_t used, bool *skip)
{
	char *start = buffer, *end = buffer + used, *newline;

	while ((newline = memchr(start, '\n', (size_t)(end - start)))) {
		if (!*skip)
			scan_line(scan, start, newline);
		*skip = false;
		start = newline + 1;
	}
	used = (size_t)(end - start);
	if (*skip || used == BUFFER_SIZE) {
		*skip = true;
		return 0;
	}
	memmove(buffer, start, used);
	return used;
}

static int scan_file(struct scan *scan, int fd)
{
	size_t used = 0;
	bool skip = false;
	char *buffer;
	ssize_t got;
	int err = 0;

	buffer = malloc(BUFFER_SIZE);
	if (!buffer)
		return -ENOMEM;
	for (;;) {
		got = read(fd, buffer + used, BUFFER_SIZE - used);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		used = scan_buffer(scan, buffer, used + (size_t)got, &skip);
	}
	if (got < 0)
		err = -errno;
	else if (used)
		scan_line(scan, buffer, buffer + used);
	free(buffer);
	if (err)
		return err;
	return !scan->any ? -ENODATA : !scan->visible ? -EPERM : 0;
}

static int compare_matches(const void *a, const void *b)
{
	const struct match *left = a, *right = b;

	return (left->address > right->address) - (left->address < right->address);
}

/* Gives the results to the caller, all of them or, without memory, none. */
static int store(const struct scan *scan, struct kernel_symbol *symbols)
{
	struct kernel_symbol *results;
	size_t i;

	results = calloc(scan->count, sizeof(*results));
	if (!results)
		return -ENOMEM;
	for (i = 0; i < scan->count; i++) {
		const struct match *match = &scan->matches[i];
		struct kernel_symbol *result = &results[match->index];

		result->address = match->address;
		if (!match->found || !match->name[0])
			continue;
		result->offset = match->address - match->start;
		result->symbol = strdup(match->name);
		result->module = match->module[0] ? strdup(match->module) : NULL;
		if (!result->symbol || (match->module[0] && !result->module))
			break;
	}
	if (i == scan->count) {
		memcpy(symbols, results, scan->count * sizeof(*results));
		free(results);
		return 0;
	}
	for (i = 0; i < scan->count; i++)
		kernel_symbol_clear(&results[i]);
	free(results);
	return -ENOMEM;
}

int kallsyms_resolve_fd(int fd, struct kernel_symbol *symbols, size_t count)
{
	struct scan scan = {.count = count};
	int err;

	if (count == 0)
		return 0;
	scan.matches = calloc(count, sizeof(*scan.matches));
	if (!scan.matches)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		scan.matches[i].address = symbols[i].address;
		scan.matches[i].index = i;
	}
	qsort(scan.matches, count, sizeof(*scan.matches), compare_matches);
	err = scan_file(&scan, fd);
	if (!err)
		err = store(&scan, symbols);
	free(scan.matches);
	return err;
}

int kallsyms_resolve(const char *root, struct kernel_symbol *symbols, size_t count)
{
	char path[PATH_MAX];
	int fd, err;

	if (snprintf(path, sizeof(path), "%s/proc/kallsyms", root ? root : "") >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = kallsyms_resolve_fd(fd, symbols, count);
	close(fd);
	return err;
}

void kernel_symbol_clear(struct kernel_symbol *symbol)
{
	if (!symbol)
		return;
	free(symbol->symbol);
	free(symbol->module);
	symbol->symbol = NULL;
	symbol->module = NULL;
}

/* "0x" and up to 16 digits; where the number ends, NULL when it is something else. */
static const char *parse_number(const char *s, const char *end, uint64_t *ret_value)
{
	uint64_t value;
	size_t n;

	if (end - s < 3 || s[0] != '0' || s[1] != 'x')
		return NULL;
	value = parse_hex(s + 2, end, &n);
	if (n == 0)
		return NULL;
	*ret_value = value;
	return s + 2 + n;
}

/* "name+0x12/0x340" up to `end`; where the name ends, NULL when it is something else. */
static const char *parse_place(const char *text, const char *end, uint64_t *ret_offset)
{
	const char *plus = memrchr(text, '+', (size_t)(end - text)), *s;
	uint64_t offset, size;

	if (!plus || plus == text)
		return NULL;
	s = parse_number(plus + 1, end, &offset);
	if (!s || s == end || *s != '/')
		return NULL;
	s = parse_number(s + 1, end, &size);
	if (s != end)
		return NULL;
	*ret_offset = offset;
	return plus;
}

int kallsyms_parse_sprint(const char *text, char **ret_symbol, uint64_t *ret_offset,
			  char **ret_module)
{
	const char *end = text + strlen(text), *bracket, *name_end, *module = NULL;
	char *symbol, *module_copy = NULL;
	size_t module_len = 0;
	uint64_t offset;

	if (parse_number(text, end, &offset) == end)
		return -ENOENT;
	bracket = strstr(text, " [");
	if (bracket) {
		module = bracket + 2;
		if (end[-1] != ']')
			return -EINVAL;
		module_len = strcspn(module, " ]");
		end = bracket;
	}
	name_end = parse_place(text, end, &offset);
	if (!name_end || (module && module_len == 0))
		return -EINVAL;
	symbol = strndup(text, (size_t)(name_end - text));
	if (module)
		module_copy = strndup(module, module_len);
	if (!symbol || (module && !module_copy)) {
		free(symbol);
		free(module_copy);
		return -ENOMEM;
	}
	*ret_symbol = symbol;
	*ret_offset = offset;
	*ret_module = module_copy;
	return 0;
}
