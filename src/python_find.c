// SPDX-License-Identifier: GPL-2.0
#include "python_find.h"

#include "proc_parse.h"
#include "remote_elf.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* Files of each rank that are looked at. */
#define FILES_MAX 4

/* In the order they are looked at: a program linked to the library is called python3, too. */
enum rank { RANK_LIBRARY, RANK_PROGRAM, RANK_FIRST, RANK_COUNT };

/* A mapped file that may hold an interpreter. */
struct candidate {
	uint64_t start;
	unsigned int minor; /* what its name says; 0: nothing */
};

struct candidates {
	size_t count[RANK_COUNT];
	struct candidate files[RANK_COUNT][FILES_MAX];
};

static bool take_prefix(struct span *name, const char *prefix)
{
	size_t len = strlen(prefix);

	if (name->len < len || memcmp(name->at, prefix, len))
		return false;
	name->at += len;
	name->len -= len;
	return true;
}

static struct span base_name(struct span path)
{
	const char *slash = path.len ? memrchr(path.at, '/', path.len) : NULL;
	size_t skipped = slash ? (size_t)(slash + 1 - path.at) : 0;

	return (struct span){path.at + skipped, path.len - skipped};
}

/* Two digits at most. */
static unsigned int take_number(struct span *name)
{
	unsigned int number = 0;

	for (int i = 0; i < 2 && name->len && *name->at >= '0' && *name->at <= '9'; i++) {
		number = number * 10 + (unsigned int)(*name->at - '0');
		name->at++;
		name->len--;
	}
	return number;
}

static bool rank_of(struct span name, enum rank *ret_rank, unsigned int *ret_minor)
{
	*ret_rank = take_prefix(&name, "lib") ? RANK_LIBRARY : RANK_PROGRAM;
	*ret_minor = 0;
	if (!take_prefix(&name, "python"))
		return false;
	if (take_prefix(&name, "3")) {
		if (take_prefix(&name, "."))
			*ret_minor = take_number(&name);
		return true;
	}
	return *ret_rank == RANK_PROGRAM && (!name.len || *name.at == ' ' /* (deleted) */);
}

static void add(struct candidates *candidates, enum rank rank, struct candidate candidate)
{
	if (candidates->count[rank] < FILES_MAX)
		candidates->files[rank][candidates->count[rank]++] = candidate;
}

static void find_candidates(struct span maps, struct candidates *candidates)
{
	/* There may be many thousand mappings, and in most processes the first one is enough. */
	bool named = maps.len && memmem(maps.at, maps.len, "python", strlen("python"));
	struct proc_mapping mapping;
	unsigned int minor;
	enum rank rank;

	*candidates = (struct candidates){0};
	while ((named || !candidates->count[RANK_FIRST]) && proc_next_mapping(&maps, &mapping)) {
		if (mapping.file_offset || !mapping.name.len || *mapping.name.at != '/')
			continue;
		if (rank_of(base_name(mapping.name), &rank, &minor))
			add(candidates, rank, (struct candidate){mapping.start, minor});
		else if (!candidates->count[RANK_FIRST])
			add(candidates, RANK_FIRST, (struct candidate){mapping.start, 0});
	}
}

/* The minor version of one that tells it neither in its name nor in its layout, 3.11 and later. */
static int ask_version(struct remote_memory *memory, const struct remote_elf *elf,
		       unsigned int *ret_minor)
{
	uint64_t address, version;

	if (remote_elf_symbol(memory, elf, "Py_Version", &address) ||
	    remote_memory_read(memory, address, &version, sizeof(version)) || version >> 24 != 3)
		return -EOPNOTSUPP;
	*ret_minor = version >> 16 & 0xff;
	return 0;
}

static int find_layout(struct remote_memory *memory, const struct remote_elf *elf, uint64_t runtime,
		       unsigned int minor, struct python_layout *ret_layout)
{
	const struct python_layout *layout;
	uint8_t bytes[PYTHON_OFFSETS_LEN];
	int err = remote_memory_read(memory, runtime, bytes, sizeof(bytes));

	if (err)
		return err;
	err = python_layout_from_offsets(bytes, ret_layout);
	if (err != -ENOENT)
		return err;
	err = minor ? 0 : ask_version(memory, elf, &minor);
	if (err)
		return err;
	layout = python_layout_find(minor);
	if (!layout)
		return -EOPNOTSUPP;
	*ret_layout = *layout;
	return 0;
}

/* -ENOENT: it has no interpreter. Whatever else fails, there is one. */
static int try_candidate(struct remote_memory *memory, const struct candidate *candidate,
			 struct python_runtime *ret_runtime)
{
	struct python_runtime runtime = {0};
	struct remote_elf elf;
	uint64_t interpreters;
	int err = remote_elf_open(memory, candidate->start, &elf);

	if (!err)
		err = remote_elf_symbol(memory, &elf, "_PyRuntime", &runtime.address);
	if (err)
		return err == -ETIME ? err : -ENOENT;
	err = find_layout(memory, &elf, runtime.address, candidate->minor, &runtime.layout);
	if (err)
		return err;
	err = remote_memory_read(memory, runtime.address + runtime.layout.runtime_interpreters,
				 &interpreters, sizeof(interpreters));
	if (err || !interpreters)
		return err ? err : -ESRCH;
	if (remote_elf_symbol(memory, &elf, "PyCode_Type", &runtime.code_type))
		runtime.code_type = 0;
	*ret_runtime = runtime;
	return 0;
}

/* What is said of a process when this is what came of one of its files. */
static int verdict(int err, enum rank rank, unsigned int minor)
{
	switch (err) {
	case -ETIME:
	case -ESRCH:
	case -EOPNOTSUPP:
		return err;
	case -ENOENT:
		if (rank == RANK_FIRST)
			return -ENOENT;
		/* 3.6 and earlier keep their state elsewhere. */
		return minor && minor < 8 ? -EOPNOTSUPP : -ENODATA;
	default:
		return -ENODATA;
	}
}

int python_find(struct remote_memory *memory, const char *maps, size_t len,
		struct python_runtime *ret_runtime)
{
	struct candidates candidates;
	int result = -ENOENT;

	find_candidates((struct span){maps, len}, &candidates);
	for (enum rank rank = 0; rank < RANK_COUNT; rank++) {
		for (size_t i = 0; i < candidates.count[rank]; i++) {
			const struct candidate *candidate = &candidates.files[rank][i];
			int err = try_candidate(memory, candidate, ret_runtime);

			if (!err || err == -ETIME)
				return err;
			err = verdict(err, rank, candidate->minor);
			if (result == -ENOENT || result == -ENODATA)
				result = err == -ENOENT ? result : err;
		}
	}
	return result;
}
