// SPDX-License-Identifier: GPL-2.0
#include "symbol_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	struct object *object;
	bool in_use; /* by the stack at hand: its source is set */
};

struct symbol_cache {
	size_t files_max;
	uint64_t bytes_max;
	uint64_t opened;
	size_t count;
	size_t room;
	struct entry *entries; /* least recently used first */
};

int symbol_cache_new(size_t files_max, uint64_t bytes_max, struct symbol_cache **ret_cache)
{
	struct symbol_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return -ENOMEM;
	cache->files_max = files_max;
	cache->bytes_max = bytes_max;
	*ret_cache = cache;
	return 0;
}

void symbol_cache_free(struct symbol_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < cache->count; i++)
		object_free(cache->entries[i].object);
	free(cache->entries);
	free(cache);
}

static void take_out(struct symbol_cache *cache, size_t i, struct entry *ret_entry)
{
	*ret_entry = cache->entries[i];
	cache->count--;
	memmove(&cache->entries[i], &cache->entries[i + 1],
		(cache->count - i) * sizeof(*cache->entries));
}

static int make_room(struct symbol_cache *cache)
{
	size_t room = cache->room ? cache->room * 2 : 16;
	struct entry *entries;

	if (cache->count < cache->room)
		return 0;
	entries = reallocarray(cache->entries, room, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	cache->entries = entries;
	cache->room = room;
	return 0;
}

/* The entry of the file, taken out; false: there is none that can be used. */
static bool find(struct symbol_cache *cache, const struct file_id *file,
		 const struct debug_source *source, struct entry *ret_entry)
{
	for (size_t i = 0; i < cache->count; i++) {
		if (!file_id_equal(object_file(cache->entries[i].object), file))
			continue;
		take_out(cache, i, ret_entry);
		if (ret_entry->in_use || object_same_debug_files(ret_entry->object, source))
			return true;
		object_free(ret_entry->object);
		return false;
	}
	return false;
}

int symbol_cache_get(struct symbol_cache *cache, int fd, const struct debug_source *source,
		     struct object **ret_object)
{
	struct entry entry = {0};
	struct file_id file;
	int err = file_id_get(fd, &file);

	if (!err)
		err = make_room(cache);
	if (err)
		return err;
	if (!find(cache, &file, source, &entry)) {
		cache->opened++;
		err = object_open(fd, &entry.object);
		if (err)
			return err;
	}
	if (!entry.in_use)
		object_set_source(entry.object, source);
	entry.in_use = true;
	cache->entries[cache->count++] = entry;
	*ret_object = entry.object;
	return 0;
}

static bool is_too_much(const struct symbol_cache *cache)
{
	uint64_t bytes = 0;
	size_t files = 0;

	for (size_t i = 0; i < cache->count; i++) {
		files += object_file_count(cache->entries[i].object);
		bytes += object_file_bytes(cache->entries[i].object);
	}
	return files > cache->files_max || bytes > cache->bytes_max;
}

void symbol_cache_trim(struct symbol_cache *cache)
{
	struct entry entry;

	while (cache->count && is_too_much(cache)) {
		take_out(cache, 0, &entry);
		object_free(entry.object);
	}
	for (size_t i = 0; i < cache->count; i++) {
		cache->entries[i].in_use = false;
		object_set_source(cache->entries[i].object, NULL);
	}
}

uint64_t symbol_cache_opened(const struct symbol_cache *cache)
{
	return cache->opened;
}
