// SPDX-License-Identifier: GPL-2.0
#include "reader.h"

#include "available_memory.h"
#include "cgroup_files.h"
#include "clock.h"
#include "container.h"
#include "decode.h"
#include "group_members.h"
#include "language_reader.h"
#include "proc_parse.h"
#include "procfs.h"
#include "system_memory.h"
#include "user_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SMAPS_ROOM	 (1u << 20)
#define CONSTRAINT_MEMCG 3 /* enum oom_constraint */
/*
 * Without a hold the reader races; what it has not got by then is not worth delaying the exit for.
 */
#define RACE_NS 50000000ULL
/*
 * What smaps costs at most for each resident page, on hardware. The walk holds the mm and cannot be
 * broken off, so it is not begun when it would outlast the hold.
 */
#define WALK_NS_PER_PAGE 20

/* All that is read of the victim. */
#define VICTIM_FILES                                                              \
	(PROC_FILE_BIT(PROC_FILE_STATUS) | PROC_FILE_BIT(PROC_FILE_CGROUP) |      \
	 PROC_FILE_BIT(PROC_FILE_COMM) | PROC_FILE_BIT(PROC_FILE_OOM_SCORE_ADJ) | \
	 PROC_FILE_BIT(PROC_FILE_LIMITS) | PROC_FILE_BIT(PROC_FILE_CMDLINE) |     \
	 PROC_FILE_BIT(PROC_FILE_EXE) | WALK_FILES)
/* These walk page tables. */
#define WALK_FILES (PROC_FILE_BIT(PROC_FILE_SMAPS_ROLLUP) | PROC_FILE_BIT(PROC_FILE_SMAPS))
/* These wait for the mm's lock, and of those the walks for the end of an exec under way as well. */
#define MMAP_LOCK_FILES (WALK_FILES | PROC_FILE_BIT(PROC_FILE_CMDLINE))

struct reader {
	const char *root;
	uint64_t hold_ns;
	struct procfs *procfs;
	struct proc_raw *raw;
	struct user_reader *user; /* of the one that asked */
	struct language_reader *languages;
	struct cgroup_mount mount;
	bool has_mount;
	struct available_memory *memory;
	struct cgroup_files cgroup; /* of the cgroup whose limit was hit */
	bool cgroup_read;
	uint64_t cgroup_end_ns;
	struct group_members group; /* that die with the victim */
	/* Of the incident at hand: */
	uint64_t kernel_id;
	struct incident *context;
	uint64_t read_end_ns; /* when the last file was read */
	unsigned int files_read;
};

void reader_warm_up(struct reader *reader)
{
	int process;

	if (procfs_open_process(reader->procfs, getpid(), 0, &process))
		return;
	procfs_read_files(process, VICTIM_FILES, 0, reader->raw);
	close(process);
	proc_raw_reset(reader->raw);
}

int reader_new(const char *root, uint64_t hold_ns, struct reader **ret_reader)
{
	struct reader *reader = calloc(1, sizeof(*reader));
	int err;

	if (!reader)
		return -ENOMEM;
	reader->root = root;
	reader->hold_ns = hold_ns;
	err = available_memory_new(root, &reader->memory);
	if (!err)
		err = procfs_new(root, &reader->procfs);
	if (!err)
		err = proc_raw_new(SMAPS_ROOM, &reader->raw);
	if (!err)
		err = user_reader_new(reader->procfs, &reader->user);
	if (!err)
		err = language_reader_new(&reader->languages);
	if (err) {
		reader_free(reader);
		return err;
	}
	reader->has_mount = !cgroup_find_mount(root, &reader->mount);
	*ret_reader = reader;
	return 0;
}

void reader_free(struct reader *reader)
{
	if (!reader)
		return;
	user_reader_free(reader->user);
	language_reader_free(reader->languages);
	incident_free(reader->context);
	cgroup_files_clear(&reader->cgroup);
	group_members_clear(&reader->group);
	cgroup_mount_clear(&reader->mount);
	proc_raw_free(reader->raw);
	procfs_free(reader->procfs);
	available_memory_free(reader->memory);
	free(reader);
}

void reader_take_user_state(struct reader *reader, const struct ev_user_state *rec)
{
	user_reader_take_state(reader->user, rec);
}

void reader_begin(struct reader *reader, const struct ev_invoked *rec)
{
	user_reader_begin(reader->user, rec);
}

void reader_take_modules(struct reader *reader, const struct ev_modules *rec, bool open)
{
	user_reader_take_modules(reader->user, rec, open);
}

/* The files that can be read now without waiting for a lock or outlasting the hold. */
static unsigned int readable_files(const struct ev_selected *rec, uint64_t deadline_ns)
{
	unsigned int files = VICTIM_FILES;
	const int64_t *pages = (const int64_t *)rec->memory.exact_pages;
	uint64_t rss = 0, now = (uint64_t)clock_ns(CLOCK_MONOTONIC);

	for (size_t i = 0; rec->memory.valid && i < 4; i++)
		if (i != 2 /* MM_SWAPENTS */ && pages[i] > 0)
			rss += (uint64_t)pages[i];
	/*
	 * Swapped out arguments would be swapped in, and charged: that charge may end in the OOM
	 * killer, and there wait for the task that waits for us.
	 */
	if (rec->memory.valid && pages[2] > 0)
		files &= ~PROC_FILE_BIT(PROC_FILE_CMDLINE);
	if (rec->locks & EV_LOCK_MMAP)
		files &= ~MMAP_LOCK_FILES;
	if (rec->locks & EV_LOCK_EXEC)
		files &= ~WALK_FILES;
	/* Two walks: the sums, and each mapping. */
	if (now > deadline_ns || rss > (deadline_ns - now) / (2 * WALK_NS_PER_PAGE))
		files &= ~PROC_FILE_BIT(PROC_FILE_SMAPS);
	if (now > deadline_ns || rss > (deadline_ns - now) / WALK_NS_PER_PAGE)
		files &= ~WALK_FILES;
	return files;
}

/*
 * A record that nobody waits for may be older than the process that has the victim's number now. A
 * thread's start is not its group's: the group's leader is asked.
 */
static bool still_there(const struct reader *reader, const struct ev_selected *rec)
{
	uint64_t start_ns;
	int process, err;

	if (procfs_open_process(reader->procfs, rec->victim.tgid, 0, &process))
		return false;
	err = procfs_read_start(process, &start_ns);
	close(process);
	return !err && rec->victim.start_boottime_ns - start_ns < PROC_TICK_NS;
}

/* What fills the cgroup. */
static void read_cgroup(struct reader *reader, const struct ev_selected *rec)
{
	const struct ev_cgroup_path *path = &rec->limit.cgroup;
	char *name;

	reader->cgroup_read = true;
	if (!reader->has_mount || !(rec->limit.flags & EV_LIMIT_VALID) ||
	    path->len > sizeof(path->names) || (path->flags & EV_PATH_TOO_DEEP))
		return;
	name = decode_path(path->names, path->len, path->flags);
	if (name)
		cgroup_files_read(reader->root, &reader->mount, name, &reader->cgroup);
	reader->cgroup_end_ns = (uint64_t)clock_ns(CLOCK_MONOTONIC);
	free(name);
}

/* The path of the cgroup that dies as a whole: an ancestor of the victim's, or that itself. */
static char *group_path(const struct ev_selected *rec)
{
	const struct ev_cgroup_path *path = &rec->victim.cgroup;
	char *name, *end;
	size_t up = 0;

	while (up < EV_MEMCG_DEPTH && rec->victim.cgroup_ids[up] != rec->group_id)
		up++;
	if (up == EV_MEMCG_DEPTH || path->len > sizeof(path->names) ||
	    (path->flags & EV_PATH_TOO_DEEP))
		return NULL;
	name = decode_path(path->names, path->len, path->flags);
	while (name && up-- && (end = strrchr(name, '/')))
		*end = '\0';
	return name;
}

static void find_group(struct reader *reader, const struct ev_selected *rec, uint64_t deadline_ns)
{
	char *name;

	if (!rec->group_id || !reader->has_mount)
		return;
	name = group_path(rec);
	if (name && *name)
		group_members_find(reader->root, &reader->mount, name, reader->procfs,
				   rec->victim.tgid, deadline_ns, &reader->group);
	free(name);
}

/*
 * Reading /proc takes memory of the kernel's. When the machine has none left, the reader would wait
 * for it with the victim's mm in its hands, and so keep it from being freed: others would be killed
 * in its place, or the kernel panic when there is nobody.
 */
static bool may_read(const struct reader *reader, const struct ev_selected *rec)
{
	if (rec->has_oom_control && rec->constraint != CONSTRAINT_MEMCG)
		return false;
	return available_memory_suffices(reader->memory);
}

static const struct proc_text *maps_of(const struct reader *reader)
{
	const struct proc_text *maps = &reader->raw->files[PROC_FILE_MAPS];

	return maps->time_ns && !maps->err && !maps->cut ? maps : NULL;
}

/* Its code, and what its interpreter does. */
static void read_trigger(struct reader *reader, const struct ev_selected *rec, uint64_t deadline_ns)
{
	const struct proc_text *maps;
	int process;

	user_reader_read(reader->user, rec, deadline_ns, reader->raw);
	maps = maps_of(reader);
	if (!maps || procfs_open_process(reader->procfs, rec->hdr.tgid, rec->hdr.tid, &process))
		return;
	language_reader_read_trigger(reader->languages, rec, process,
				     user_reader_thread_pointer(reader->user), maps, deadline_ns);
	close(process);
}

/* What the interpreter of a victim does that is not the one that asks. */
static void read_threads(struct reader *reader, const struct ev_selected *rec, uint64_t deadline_ns)
{
	int process;

	if ((rec->locks & EV_LOCK_MMAP) ||
	    procfs_open_process(reader->procfs, rec->victim.tgid,
				rec->victim.tid == rec->victim.tgid ? 0 : rec->victim.tid,
				&process))
		return;
	procfs_read(process, PROC_FILE_MAPS, deadline_ns, reader->raw);
	close(process);
	if (maps_of(reader))
		language_reader_read_victim(reader->languages, rec, maps_of(reader), deadline_ns);
}

void reader_read_victim(struct reader *reader, const struct ev_selected *rec)
{
	pid_t tgid = rec->victim.tgid, tid = rec->victim.tid;
	uint64_t deadline_ns = rec->hdr.time_ns + reader->hold_ns;
	/* A reader that comes too late races as if there were no hold. */
	bool held = rec->hold == EV_HOLD_YES && (uint64_t)clock_ns(CLOCK_MONOTONIC) < deadline_ns;
	int process;

	proc_raw_reset(reader->raw);
	cgroup_files_clear(&reader->cgroup);
	group_members_clear(&reader->group);
	reader->cgroup_read = false;
	reader->kernel_id = rec->hdr.incident;
	if (!may_read(reader, rec) || (!held && !still_there(reader, rec)))
		return;
	if (!held)
		deadline_ns = (uint64_t)clock_ns(CLOCK_MONOTONIC) + RACE_NS;
	/* When the leader has exited, only the thread that holds the memory shows it. */
	if (procfs_open_process(reader->procfs, tgid, tid == tgid ? 0 : tid, &process))
		return;
	/* What costs next to nothing, what tells whose code it was, and then what takes its time. */
	procfs_read_files(process, readable_files(rec, deadline_ns) & ~WALK_FILES, deadline_ns,
			  reader->raw);
	if (held)
		read_trigger(reader, rec, deadline_ns);
	if (held && rec->hdr.tgid != rec->victim.tgid)
		read_threads(reader, rec, deadline_ns);
	procfs_read_files(process, readable_files(rec, deadline_ns) & WALK_FILES, deadline_ns,
			  reader->raw);
	close(process);
	if (held)
		deadline_ns = rec->hdr.time_ns + reader->hold_ns / 2;
	find_group(reader, rec, deadline_ns);
	/* While the victim still fills the cgroup, if there is time. */
	if (held && (uint64_t)clock_ns(CLOCK_MONOTONIC) < deadline_ns)
		read_cgroup(reader, rec);
}

static const struct proc_text *file_of(const struct reader *reader, enum proc_file file)
{
	const struct proc_text *text = &reader->raw->files[file];

	return text->time_ns && !text->err ? text : NULL;
}

static void parse_names(struct reader *reader, struct incident *context)
{
	const struct proc_text *cmdline = file_of(reader, PROC_FILE_CMDLINE);
	const struct proc_text *exe = file_of(reader, PROC_FILE_EXE);

	/* A process that has lost its memory shows an empty command line. */
	if (cmdline && cmdline->len)
		context->victim.cmdline =
			proc_parse_cmdline(cmdline->bytes, cmdline->len, cmdline->cut);
	if (exe)
		context->victim.exe = strndup(exe->bytes, exe->len);
}

static void parse_mappings(struct reader *reader, struct incident *context)
{
	const struct proc_text *rollup = file_of(reader, PROC_FILE_SMAPS_ROLLUP);
	const struct proc_text *smaps = file_of(reader, PROC_FILE_SMAPS);
	struct mapping top[MAPPINGS_MAX];
	size_t count;

	if (rollup) {
		proc_parse_smaps_rollup(rollup->bytes, rollup->len, &context->victim.smaps);
		context->victim.smaps_known = context->victim.smaps.rss_bytes.known;
	}
	/* The largest of a part need not be the largest. */
	if (!smaps || smaps->cut || proc_parse_smaps(smaps->bytes, smaps->len, top, &count))
		return;
	context->victim.mappings = malloc(sizeof(top));
	if (!context->victim.mappings) {
		proc_mappings_clear(top, count);
		return;
	}
	memcpy(context->victim.mappings, top, sizeof(top));
	context->victim.mapping_count = count;
	context->victim.mappings_known = true;
}

static void note_progress(struct reader *reader)
{
	reader->files_read = 0;
	reader->read_end_ns = 0;
	for (int i = 0; i < PROC_FILE_COUNT; i++) {
		const struct proc_text *text = file_of(reader, (enum proc_file)i);

		/* No more of a command line is kept than there is room for. */
		if (!text || !(VICTIM_FILES & PROC_FILE_BIT(i)) ||
		    (text->cut && i != PROC_FILE_CMDLINE))
			continue;
		reader->files_read |= PROC_FILE_BIT(i);
		if (text->time_ns > reader->read_end_ns)
			reader->read_end_ns = text->time_ns;
	}
}

bool reader_has_code(const struct reader *reader)
{
	return user_reader_has_code(reader->user, reader->kernel_id);
}

void reader_read_rest(struct reader *reader, const struct ev_selected *rec)
{
	group_members_read(&reader->group);
	incident_free(reader->context);
	reader->context = incident_new();
	if (!reader->context)
		return;
	if (!reader->cgroup_read)
		read_cgroup(reader, rec);
	reader->context->limit.stat = reader->cgroup.stat;
	reader->context->limit.events = reader->cgroup.events;
	reader->context->limit.pressure = reader->cgroup.pressure;
	memset(&reader->cgroup, 0, sizeof(reader->cgroup));
	system_memory_read(reader->root, &reader->context->system);
	note_progress(reader);
	parse_names(reader, reader->context);
	parse_mappings(reader, reader->context);
}

static enum proc_state proc_state(const struct reader *reader, uint64_t kill_ns)
{
	if (!reader->files_read)
		return PROC_MISSED;
	if (reader->files_read == VICTIM_FILES && reader->read_end_ns <= kill_ns)
		return PROC_COMPLETE;
	return PROC_PARTIAL;
}

static void attach_victim(struct reader *reader, struct incident *incident)
{
	incident->proc = PROC_MISSED;
	if (!reader->context || reader->kernel_id != incident->kernel_id)
		return;
	incident->proc = proc_state(reader, incident->kill_ns);
	reader->context->limit.read_after_kill = reader->cgroup_end_ns > incident->kill_ns;
	incident_move_context(incident, reader->context);
	group_members_attach(&reader->group, incident);
	incident_free(reader->context);
	reader->context = NULL;
}

/* Where those lived that the kernel weighed. Most are still there. */
static void attach_candidates(struct reader *reader, struct weighing *candidates)
{
	for (size_t i = 0; reader->has_mount && i < candidates->count; i++)
		cgroup_path_of_id(reader->root, &reader->mount, candidates->top[i].cgroup_id,
				  &candidates->top[i].cgroup);
}

void reader_attach(struct reader *reader, struct incident *incident)
{
	user_reader_attach(reader->user, incident);
	container_from_cgroup(incident->victim.process.cgroup, &incident->victim.container);
	if (incident->has_victim)
		attach_victim(reader, incident);
	language_reader_attach(reader->languages, incident);
	/* That would take memory, and the kernel does not wait for long. */
	if (!incident->panic.value)
		attach_candidates(reader, &incident->candidates);
}
