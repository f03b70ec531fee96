// SPDX-License-Identifier: GPL-2.0
#include "wait_report.h"

#include "assemble.h"
#include "cgroup.h"
#include "cgroup_files.h"
#include "clock.h"
#include "decode.h"
#include "procfs.h"
#include "system_memory.h"
#include "user_reader.h"
#include "waits.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* How long a task that is awake may be taken for one that waits, where its return is not seen. */
#define LOOK_NS 1000000000ULL
/* What the kernel tells of an incident it tells at once: what has not come by then is lost. */
#define PATIENCE_NS 1000000000ULL

struct wait_report {
	struct wait_report_config config;
	struct waits *waits;
	struct procfs *procfs;
	struct user_reader *user;
	struct cgroup_mount mount;
	bool has_mount;
	struct decode_units units;
	struct incident *described; /* waits for the rest of what the kernel tells of it */
	uint64_t described_ns;
	struct ev_wait
		undescribed; /* of an incident that is not described, or not yet; size 0: none */
	uint64_t stack_of;   /* the incident whose stack was taken last */
	uint64_t looked_ns;
	uint64_t ring_drops;
	uint64_t lost;
};

int wait_report_new(const struct wait_report_config *config, struct wait_report **ret_report)
{
	struct wait_report *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->config = *config;
	r->units.page_size = (uint32_t)sysconf(_SC_PAGESIZE);
	r->waits = waits_new(config->by_process);
	err = r->waits ? procfs_new(config->root, &r->procfs) : -ENOMEM;
	if (!err)
		err = user_reader_new(r->procfs, &r->user);
	if (err) {
		wait_report_free(r);
		return err;
	}
	r->has_mount = !cgroup_find_mount(config->root, &r->mount);
	*ret_report = r;
	return 0;
}

void wait_report_free(struct wait_report *r)
{
	if (!r)
		return;
	incident_free(r->described);
	user_reader_free(r->user);
	procfs_free(r->procfs);
	cgroup_mount_clear(&r->mount);
	waits_free(r->waits);
	free(r);
}

/* The cgroup is as full as it was: its files tell of what, later as well as now. */
static void read_context(struct wait_report *r, struct incident *incident)
{
	struct limit *limit = &incident->limit;
	struct cgroup_files files = {0};

	if (r->has_mount && limit->present && !limit->cgroup)
		cgroup_path_of_id(r->config.root, &r->mount, limit->cgroup_ids[0], &limit->cgroup);
	if (r->has_mount && limit->cgroup && !limit->cgroup_cut)
		cgroup_files_read(r->config.root, &r->mount, limit->cgroup, &files);
	limit->stat = files.stat;
	limit->events = files.events;
	limit->pressure = files.pressure;
	system_memory_read(r->config.root, &incident->system);
}

static void hand_out(struct wait_report *r, struct incident *incident)
{
	uint64_t kernel_id = incident->kernel_id;

	user_reader_attach(r->user, incident);
	read_context(r, incident);
	waits_number(r->waits, kernel_id, r->config.on_incident(r->config.ctx, incident));
}

static void hand_out_described(struct wait_report *r)
{
	struct incident *incident = r->described;

	r->described = NULL;
	if (incident)
		hand_out(r, incident);
}

static void on_stack(void *ctx, const void *data, size_t size)
{
	struct wait_report *r = ctx;
	union ev_record rec;

	if (decode_record(data, size, &rec) || rec.hdr->kind != EV_USER_STATE) {
		r->lost++;
		return;
	}
	r->stack_of = rec.hdr->incident;
	user_reader_take_state(r->user, rec.user_state);
}

static int on_stuck(struct wait_report *r, const struct ev_invoked *rec)
{
	hand_out_described(r);
	/* Its stack has come by then. */
	while (r->stack_of < rec->hdr.incident &&
	       wait_watch_take_stack(r->config.watch, on_stack, r))
		;
	user_reader_begin(r->user, rec);
	r->described_ns = (uint64_t)clock_ns(CLOCK_MONOTONIC);
	return assemble_stuck(rec, &r->units, r->config.hook, &r->described);
}

static int hand_out_undescribed(struct wait_report *r)
{
	struct ev_wait rec = r->undescribed;
	struct incident *incident;
	int err;

	r->undescribed.hdr.size = 0;
	if (!rec.hdr.size || waits_is_told(r->waits, rec.hdr.incident))
		return 0;
	err = assemble_wait(&rec, &r->units, r->config.hook, &incident);
	if (!err)
		hand_out(r, incident);
	return err;
}

/* Another than the first may be here before it, and so may what a look finds. */
static int keep_undescribed(struct wait_report *r, const struct ev_wait *rec)
{
	bool first = rec->flags & EV_WAIT_FIRST;
	int err = 0;

	if (r->undescribed.hdr.size && r->undescribed.hdr.incident != rec->hdr.incident)
		err = hand_out_undescribed(r);
	if (first || !r->undescribed.hdr.size)
		r->undescribed = *rec;
	if (!err && first)
		err = hand_out_undescribed(r);
	return err;
}

/* That the first one waits is the last that is told of it. */
static int on_wait(struct wait_report *r, const struct ev_wait *rec)
{
	const struct incident *described = r->described;
	int err = waits_feed(r->waits, rec);

	if (err < 0)
		return err;
	if (described && described->kernel_id == rec->hdr.incident) {
		if (described->trigger.process.tid.value == rec->hdr.tid)
			hand_out_described(r);
		return 0;
	}
	if (rec->hdr.kind == EV_WAIT && !waits_is_told(r->waits, rec->hdr.incident))
		return keep_undescribed(r, rec);
	return 0;
}

static void on_record(void *ctx, const void *data, size_t size)
{
	struct wait_report *r = ctx;
	union ev_record rec;
	int err = decode_record(data, size, &rec);

	r->units.realtime_minus_monotonic_ns = clock_realtime_minus(CLOCK_MONOTONIC);
	r->units.realtime_minus_boottime_ns = clock_realtime_minus(CLOCK_BOOTTIME);
	if (!err && rec.hdr->kind == EV_STUCK)
		err = on_stuck(r, rec.invoked);
	else if (!err && rec.hdr->kind == EV_MODULES_MAPPED)
		user_reader_take_modules(r->user, rec.modules, true);
	else if (!err && (rec.hdr->kind == EV_WAIT || rec.hdr->kind == EV_WOKEN))
		err = on_wait(r, rec.wait);
	else if (!err)
		err = -EOPNOTSUPP;
	r->lost += !!err;
}

/* The first look finds who waited before there was a hook. */
static void look(struct wait_report *r)
{
	uint64_t now = (uint64_t)clock_ns(CLOCK_MONOTONIC);

	if (r->looked_ns && (!waits_any(r->waits) || now - r->looked_ns < LOOK_NS))
		return;
	r->looked_ns = now;
	if (!wait_watch_look(r->config.watch, on_record, r))
		waits_looked(r->waits, now);
}

/* What was to follow has been lost. */
static void give_up(struct wait_report *r, bool last)
{
	uint64_t now = (uint64_t)clock_ns(CLOCK_MONOTONIC);

	if (r->described && (last || now - r->described_ns >= PATIENCE_NS))
		hand_out_described(r);
	if (r->undescribed.hdr.size && (last || now - r->undescribed.hdr.time_ns >= PATIENCE_NS))
		r->lost += !!hand_out_undescribed(r);
}

void wait_report_take(struct wait_report *r, bool last)
{
	struct waits_place place;

	wait_watch_take(r->config.watch, on_record, r);
	look(r);
	give_up(r, last);
	while (waits_next_over(r->waits, &place))
		wait_watch_forget(r->config.watch, place.cgroup_id, place.tgid);
}

bool wait_report_next_end(struct wait_report *r, bool last, struct oom_wait_end *ret_end)
{
	return waits_next_end(r->waits, (uint64_t)clock_ns(CLOCK_MONOTONIC), last, ret_end);
}

bool wait_report_next_news(struct wait_report *r, struct oom_wait *ret_wait)
{
	return waits_next_news(r->waits, (uint64_t)clock_ns(CLOCK_MONOTONIC), ret_wait);
}

uint64_t wait_report_take_losses(struct wait_report *r)
{
	uint64_t drops = wait_watch_drops(r->config.watch);
	uint64_t lost = drops - r->ring_drops + r->lost;

	r->ring_drops = drops;
	r->lost = 0;
	return lost;
}

uint64_t wait_report_lost_stacks(const struct wait_report *r)
{
	return wait_watch_stack_drops(r->config.watch);
}
