// SPDX-License-Identifier: GPL-2.0
#include "proc_parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Bounds of what a process with many mapped files can make us keep. */
#define NAMES_MAX  4096
#define SLOTS	   (2 * NAMES_MAX) /* a power of two */
#define NAME_ANON  "[anon]"
#define NAME_OTHER "[other]"

char *proc_parse_cmdline(const char *text, size_t len, bool cut)
{
	char *line, *end;

	while (len && !text[len - 1])
		len--;
	if (len > CMDLINE_MAX) {
		len = CMDLINE_MAX;
		cut = true;
		/* Not in the middle of a character of UTF-8. */
		for (int i = 0; i < 3 && ((unsigned char)text[len] & 0xc0) == 0x80; i++)
			len--;
	}
	line = malloc(len + sizeof(CMDLINE_CUT));
	if (!line)
		return NULL;
	end = line;
	for (size_t i = 0; i < len; i++)
		*end++ = text[i] ? text[i] : ' ';
	memcpy(end, cut ? CMDLINE_CUT : "", cut ? sizeof(CMDLINE_CUT) : 1);
	return line;
}

/* Is the line "ID:CONTROLLERS:PATH" that of the hierarchy with the memory controller? */
static bool is_memory_cgroup(struct span *line, int version)
{
	struct span id, controllers, name;

	if (!span_take_until(line, ':', &id) || !span_take_until(line, ':', &controllers) ||
	    !line->len || *line->at != '/')
		return false;
	if (version == 2)
		return span_equals(id, "0") && !controllers.len;
	while (span_take_until(&controllers, ',', &name))
		if (span_equals(name, "memory"))
			return true;
	return span_equals(controllers, "memory");
}

int proc_parse_cgroup(const char *text, size_t len, int version, char **ret_path)
{
	struct span rest = {text, len}, line;
	char *path;

	while (span_take_line(&rest, &line)) {
		if (!is_memory_cgroup(&line, version))
			continue;
		path = strndup(line.at, line.len);
		if (!path)
			return -ENOMEM;
		*ret_path = path;
		return 0;
	}
	return -ENOENT;
}

static const struct kb_field rollup_fields[] = {
	{"Rss", offsetof(struct smaps, rss_bytes)},
	{"Pss", offsetof(struct smaps, pss_bytes)},
	{"Pss_Anon", offsetof(struct smaps, pss_anon_bytes)},
	{"Pss_File", offsetof(struct smaps, pss_file_bytes)},
	{"Pss_Shmem", offsetof(struct smaps, pss_shmem_bytes)},
	{"Shared_Clean", offsetof(struct smaps, shared_clean_bytes)},
	{"Shared_Dirty", offsetof(struct smaps, shared_dirty_bytes)},
	{"Private_Clean", offsetof(struct smaps, private_clean_bytes)},
	{"Private_Dirty", offsetof(struct smaps, private_dirty_bytes)},
	{"Referenced", offsetof(struct smaps, referenced_bytes)},
	{"Anonymous", offsetof(struct smaps, anonymous_bytes)},
	{"LazyFree", offsetof(struct smaps, lazy_free_bytes)},
	{"AnonHugePages", offsetof(struct smaps, anon_huge_bytes)},
	{"Swap", offsetof(struct smaps, swap_bytes)},
	{"SwapPss", offsetof(struct smaps, swap_pss_bytes)},
	{"Locked", offsetof(struct smaps, locked_bytes)},
};

void proc_parse_smaps_rollup(const char *text, size_t len, struct smaps *ret_smaps)
{
	*ret_smaps = (struct smaps){0};
	kb_fields_set((struct span){text, len}, rollup_fields, COUNT_OF(rollup_fields), ret_smaps);
}

/* "fe:00" */
static bool parse_dev(struct span word, uint32_t *ret_dev)
{
	struct span part;
	uint64_t major, minor;

	if (!span_take_until(&word, ':', &part) || !span_hex(part, &major) ||
	    !span_hex(word, &minor) || major >= 1u << 12 || minor >= 1u << 20)
		return false;
	*ret_dev = (uint32_t)(major << 20 | minor);
	return true;
}

/*
 * "7f2c-7f2d r-xp 00002000 fe:00 247134          /usr/bin/cat", show_map_vma(). The name may hold
 * blanks, but does not begin with one.
 */
static bool parse_map_line(struct span line, struct proc_mapping *ret_map)
{
	struct span start, end, perms, offset, dev, inode;

	if (!span_take_until(&line, '-', &start) || !span_hex(start, &ret_map->start) ||
	    !span_take_word(&line, &end) || !span_hex(end, &ret_map->end) ||
	    !span_take_word(&line, &perms) || perms.len != 4 || !span_take_word(&line, &offset) ||
	    !span_hex(offset, &ret_map->file_offset) || !span_take_word(&line, &dev) ||
	    !parse_dev(dev, &ret_map->dev) || !span_take_word(&line, &inode) ||
	    !span_unsigned(inode, &ret_map->inode))
		return false;
	ret_map->writable = perms.at[1] == 'w';
	ret_map->executable = perms.at[2] == 'x';
	while (line.len && *line.at == ' ')
		line = (struct span){line.at + 1, line.len - 1};
	ret_map->name = line;
	return true;
}

/* The mappings of one name. Names lie in the text, and are copied only for those at the top. */
struct name_sum {
	struct span name;
	uint32_t hash;
	struct mapping sum; /* its name is unused; a sum that does not fit is unknown */
};

struct sum_table {
	size_t count;
	uint16_t slots[SLOTS];		     /* index in sums and 1, or 0 */
	struct name_sum sums[NAMES_MAX + 1]; /* the last one: all others */
};

static const struct kb_field mapping_fields[] = {
	{"Rss", offsetof(struct mapping, rss_bytes)},
	{"Pss", offsetof(struct mapping, pss_bytes)},
	{"Swap", offsetof(struct mapping, swap_bytes)},
};

/* FNV-1a. */
static uint32_t hash_of(struct span name)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (unsigned char)name.at[i]) * 16777619u;
	return hash;
}

static struct name_sum *new_sum(struct name_sum *sum, struct span name, uint32_t hash)
{
	*sum = (struct name_sum){
		.name = name,
		.hash = hash,
		.sum = {.rss_bytes = num_of(0), .pss_bytes = num_of(0), .swap_bytes = num_of(0)},
	};
	return sum;
}

static struct name_sum *find_sum(struct sum_table *table, struct span name)
{
	uint32_t hash = hash_of(name), slot = hash % SLOTS;
	struct name_sum *other = &table->sums[NAMES_MAX];

	for (; table->slots[slot]; slot = (slot + 1) % SLOTS) {
		struct name_sum *sum = &table->sums[table->slots[slot] - 1];

		if (sum->hash == hash && sum->name.len == name.len &&
		    !memcmp(sum->name.at, name.at, name.len))
			return sum;
	}
	if (table->count < NAMES_MAX) {
		table->slots[slot] = (uint16_t)++table->count;
		return new_sum(&table->sums[table->count - 1], name, hash);
	}
	if (!other->name.at)
		new_sum(other, (struct span){NAME_OTHER, strlen(NAME_OTHER)}, 0);
	return other;
}

static void add(struct num *sum, struct num value)
{
	if (sum->known && __builtin_add_overflow(sum->value, value.value, &sum->value))
		*sum = (struct num){0};
}

static void add_mapping(struct sum_table *table, struct span name, const struct mapping *mapping)
{
	struct mapping *sum;

	if (!mapping->rss_bytes.known || !mapping->pss_bytes.known || !mapping->swap_bytes.known)
		return;
	if (!name.len)
		name = (struct span){NAME_ANON, strlen(NAME_ANON)};
	sum = &find_sum(table, name)->sum;
	add(&sum->rss_bytes, mapping->rss_bytes);
	add(&sum->pss_bytes, mapping->pss_bytes);
	add(&sum->swap_bytes, mapping->swap_bytes);
}

static void sum_up(struct span text, struct sum_table *table)
{
	struct mapping mapping = {0};
	struct proc_mapping map = {0}, next;
	struct span line;

	while (span_take_line(&text, &line)) {
		/* Fields begin with a capital, addresses are written in small letters. */
		if (!line.len || (*line.at >= 'A' && *line.at <= 'Z')) {
			kb_field_set(line, mapping_fields, COUNT_OF(mapping_fields), &mapping);
		} else if (parse_map_line(line, &next)) {
			add_mapping(table, map.name, &mapping);
			map = next;
			mapping = (struct mapping){0};
		}
	}
	add_mapping(table, map.name, &mapping);
}

/* The largest, in the order of their first mapping where they are equal. */
static size_t find_top(const struct sum_table *table, const struct name_sum *top[MAPPINGS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i <= NAMES_MAX; i++) {
		const struct name_sum *sum = &table->sums[i];
		size_t at = count;

		if (!sum->name.at)
			continue;
		while (at && top[at - 1]->sum.rss_bytes.value < sum->sum.rss_bytes.value)
			at--;
		if (at == MAPPINGS_MAX)
			continue;
		if (count < MAPPINGS_MAX)
			count++;
		memmove(&top[at + 1], &top[at], (count - at - 1) * sizeof(top[0]));
		top[at] = sum;
	}
	return count;
}

int proc_parse_smaps(const char *text, size_t len, struct mapping ret_top[MAPPINGS_MAX],
		     size_t *ret_count)
{
	struct sum_table *table = calloc(1, sizeof(*table));
	const struct name_sum *sums[MAPPINGS_MAX];
	struct mapping top[MAPPINGS_MAX];
	size_t count;

	if (!table)
		return -ENOMEM;
	sum_up((struct span){text, len}, table);
	count = find_top(table, sums);
	for (size_t i = 0; i < count; i++) {
		top[i] = sums[i]->sum;
		top[i].name = strndup(sums[i]->name.at, sums[i]->name.len);
		if (!top[i].name) {
			proc_mappings_clear(top, i);
			free(table);
			return -ENOMEM;
		}
	}
	free(table);
	if (!count)
		return -ENOENT;
	memcpy(ret_top, top, count * sizeof(top[0]));
	*ret_count = count;
	return 0;
}

void proc_mappings_clear(struct mapping *mappings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(mappings[i].name);
		mappings[i] = (struct mapping){0};
	}
}

bool proc_next_mapping(struct span *text, struct proc_mapping *ret_mapping)
{
	struct proc_mapping mapping;
	struct span line;

	while (span_take_line(text, &line)) {
		if (!parse_map_line(line, &mapping) || mapping.start >= mapping.end)
			continue;
		*ret_mapping = mapping;
		return true;
	}
	return false;
}

static const struct kb_field status_sizes[] = {
	{"VmPeak", offsetof(struct proc_status, virtual_peak_bytes)},
	{"VmSize", offsetof(struct proc_status, virtual_bytes)},
	{"VmHWM", offsetof(struct proc_status, rss_peak_bytes)},
	{"VmRSS", offsetof(struct proc_status, rss_bytes)},
	{"RssAnon", offsetof(struct proc_status, anon_bytes)},
	{"RssFile", offsetof(struct proc_status, file_bytes)},
	{"RssShmem", offsetof(struct proc_status, shmem_bytes)},
	{"VmSwap", offsetof(struct proc_status, swap_bytes)},
	{"VmPTE", offsetof(struct proc_status, pgtables_bytes)},
};

static const struct {
	const char *name;
	size_t offset;
	bool last; /* of several numbers, the last one counts: the innermost namespace's */
} status_numbers[] = {
	{"Tgid", offsetof(struct proc_status, pid), false},
	{"NStgid", offsetof(struct proc_status, ns_pid), true},
	{"NSpid", offsetof(struct proc_status, ns_tid), true},
	{"PPid", offsetof(struct proc_status, ppid), false},
	{"Uid", offsetof(struct proc_status, uid), false},
	{"Threads", offsetof(struct proc_status, threads), false},
};

static void set_number(struct num *num, struct span line, bool last)
{
	struct span word;
	int64_t value;

	if (num->known || !span_take_word(&line, &word))
		return;
	while (last && span_take_word(&line, &word))
		;
	if (span_decimal(word, &value) && value >= 0)
		*num = num_of(value);
}

void proc_parse_status(const char *text, size_t len, struct proc_status *ret_status)
{
	struct span rest = {text, len}, line, name, word;

	*ret_status = (struct proc_status){0};
	while (span_take_line(&rest, &line)) {
		if (kb_field_set(line, status_sizes, COUNT_OF(status_sizes), ret_status) >= 0 ||
		    !span_take_until(&line, ':', &name))
			continue;
		for (size_t i = 0; i < COUNT_OF(status_numbers); i++)
			if (span_equals(name, status_numbers[i].name))
				set_number((struct num *)((char *)ret_status +
							  status_numbers[i].offset),
					   line, status_numbers[i].last);
		if (!ret_status->state && span_equals(name, "State") &&
		    span_take_word(&line, &word))
			ret_status->state = *word.at;
	}
}

#define PF_KTHREAD 0x00200000

/* The name may hold anything, ") R 1" and newlines among it, so its end is the last ')' of all. */
static bool take_comm(struct span *text, char comm[COMM_LEN + 1])
{
	const char *end = text->len ? memrchr(text->at, ')', text->len) : NULL;
	struct span number;
	size_t len;

	if (!end || !span_take_until(text, '(', &number) || text->at > end)
		return false;
	len = (size_t)(end - text->at);
	memset(comm, 0, COMM_LEN + 1);
	memcpy(comm, text->at, len < COMM_LEN ? len : COMM_LEN);
	*text = (struct span){end + 1, text->len - len - 1};
	return true;
}

/* The word that is so many words further on. */
static bool take_later_word(struct span *line, int words, struct span *ret_word)
{
	while (words--)
		if (!span_take_word(line, ret_word))
			return false;
	return true;
}

/* Field 3 is the state, 9 the flags, 22 the start and 24 the resident pages. */
int proc_parse_stat(const char *text, size_t len, struct proc_stat *ret_stat)
{
	struct span line = {text, len}, word;
	struct proc_stat stat = {0};
	uint64_t flags;

	if (!take_comm(&line, stat.comm) || !take_later_word(&line, 1, &word))
		return -EINVAL;
	stat.state = *word.at;
	if (!take_later_word(&line, 9 - 3, &word) || !span_unsigned(word, &flags) ||
	    !take_later_word(&line, 22 - 9, &word) || !span_unsigned(word, &stat.start_ticks) ||
	    !take_later_word(&line, 24 - 22, &word) || !span_decimal(word, &stat.rss_pages) ||
	    stat.rss_pages < 0 || stat.rss_pages > PROC_PAGES_MAX)
		return -EINVAL;
	stat.kernel_thread = flags & PF_KTHREAD;
	*ret_stat = stat;
	return 0;
}
