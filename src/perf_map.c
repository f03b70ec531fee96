// SPDX-License-Identifier: GPL-2.0
#include "perf_map.h"

#include "lines.h"
#include "sorted.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_SIZE (64 << 10)

static int by_address(const void *a, const void *b)
{
	const struct perf_map_query *one = a, *other = b;

	return one->address < other->address ? -1 : one->address > other->address;
}

static bool take_hex(struct span *line, uint64_t *ret_value)
{
	struct span word;

	if (!span_take_word(line, &word))
		return false;
	if (word.len > 2 && word.at[0] == '0' && (word.at[1] == 'x' || word.at[1] == 'X')) {
		word.at += 2;
		word.len -= 2;
	}
	return span_hex(word, ret_value);
}

static int take_line(struct span line, struct perf_map_query *queries, size_t count)
{
	uint64_t start, size;

	if (!take_hex(&line, &start) || !take_hex(&line, &size))
		return 0;
	while (line.len && (*line.at == ' ' || *line.at == '\t')) {
		line.at++;
		line.len--;
	}
	if (!line.len)
		return 0;
	if (line.len > PERF_MAP_NAME_MAX)
		line.len = PERF_MAP_NAME_MAX;
	for (size_t i = start ? sorted_up_to(queries, count, sizeof(*queries), start - 1) : 0;
	     i < count && queries[i].address - start < size; i++) {
		char *name = strndup(line.at, line.len);

		if (!name)
			return -ENOMEM;
		free(queries[i].name);
		queries[i].name = name;
		queries[i].start = start;
	}
	return 0;
}

static int take_lines(struct span *text, struct perf_map_query *queries, size_t count)
{
	struct span line;
	int err = 0;

	while (!err && span_take_line(text, &line))
		err = take_line(line, queries, count);
	return err;
}

static int read_all(int fd, char *buffer, struct perf_map_query *queries, size_t count)
{
	size_t kept = 0;

	for (off_t at = 0; at < PERF_MAP_MAX;) {
		struct span rest;
		ssize_t got = pread(fd, buffer + kept, BUFFER_SIZE - kept, at);
		int err;

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? -errno : 0;
		at += got;
		rest = (struct span){buffer, kept + (size_t)got};
		err = take_lines(&rest, queries, count);
		if (err)
			return err;
		/* A line that fills the buffer is none; what is left of it is taken for another. */
		kept = rest.len < BUFFER_SIZE ? rest.len : 0;
		memmove(buffer, rest.at, kept);
	}
	return 0;
}

int perf_map_find(int fd, struct perf_map_query *queries, size_t count)
{
	char *buffer;
	int err;

	if (!count)
		return 0;
	buffer = malloc(BUFFER_SIZE);
	if (!buffer)
		return -ENOMEM;
	qsort(queries, count, sizeof(*queries), by_address);
	err = read_all(fd, buffer, queries, count);
	free(buffer);
	return err;
}
