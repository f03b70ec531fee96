// SPDX-License-Identifier: GPL-2.0
#include "pipeline.h"

#include "clock.h"
#include "container_state.h"
#include "derive.h"
#include "ksyms.h"
#include "lifecycle.h"
#include "log.h"
#include "namer.h"
#include "queue.h"
#include "reserves.h"
#include "resident.h"
#include "survivor.h"
#include "wait_report.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define QUEUE_LEN     256
#define STOP_GRACE_MS 5000
#define DISK_RETRY_MS 1000
/* How long what is urgent waits for a record that is being written. */
#define URGENT_NS 500000000
#define NS_PER_S  1000000000

struct pipeline {
	struct pipeline_config config;
	struct queue *queue;
	struct ksyms *ksyms;
	struct namer *namer;
	struct lifecycle *lifecycle; /* NULL: nobody tells when victims end */
	struct procfs *procfs;	     /* NULL: there is no /proc to look for them in */
	struct wait_report *waits;   /* NULL: nobody tells who waits */
	bool told_unnamed;
	pthread_t thread;
	/* Held by the output thread but while it waits: for all from here to `err`, and the output. */
	pthread_mutex_t lock;
	int stop_fd; /* readable from pipeline_stop() on */
	const char *stop_reason;
	uint64_t seq;
	uint64_t incidents;
	uint64_t unwritten;
	int err; /* -errno that ended the writing */
	atomic_int end;
	atomic_bool reopen;
	atomic_ullong lost[LOST_WHERE_COUNT];
	uint64_t lost_in_all[LOST_WHERE_COUNT];
	uint64_t filtered;
	atomic_bool report;
	pthread_mutex_t stats_lock;
	struct run_stats capture_stats;
};

/* What sinks are called with: one of the record types. */
struct record {
	enum {
		RECORD_START,
		RECORD_OOM,
		RECORD_VICTIM_EXIT,
		RECORD_OOM_WAIT,
		RECORD_OOM_WAIT_END,
		RECORD_LOST,
		RECORD_STATS,
		RECORD_STOP,
	} type;
	const struct incident *incident;
	const struct victim_exit *exit;
	const struct oom_wait *wait;
	const struct oom_wait_end *wait_end;
	uint64_t lost_count;
	const char *lost_where;
	const struct run_stats *stats;
};

static void set_end(struct pipeline *p, enum pipeline_end end)
{
	uint64_t one = 1;
	int running = PIPELINE_RUNNING;

	if (!atomic_compare_exchange_strong(&p->end, &running, end))
		return;
	if (write(p->config.done_fd, &one, sizeof(one)) < 0)
		return;
}

static struct record_common common_of(const struct pipeline *p, const struct record *rec)
{
	const struct pipeline_config *c = &p->config;
	const struct incident *incident = rec->incident;
	uint64_t monotonic_ns = incident		    ? incident->monotonic_ns
				: rec->exit		    ? rec->exit->time_ns
				: rec->wait		    ? rec->wait->time_ns
				: rec->wait_end		    ? rec->wait_end->time_ns
				: rec->type == RECORD_START ? c->start->time_ns
							    : (uint64_t)clock_ns(CLOCK_MONOTONIC);
	int64_t realtime_ns =
		incident ? incident->realtime_ns
			 : (int64_t)monotonic_ns + clock_realtime_minus(CLOCK_MONOTONIC);

	return (struct record_common){
		.seq = p->seq + 1,
		.realtime_ns = realtime_ns,
		.monotonic_ns = monotonic_ns,
		.run = c->identity->run,
		.boot_id = c->identity->boot_id[0] ? c->identity->boot_id : NULL,
		.host_name = c->identity->host.nodename,
		.host_kernel = c->identity->host.release,
		.labels = c->labels,
		.label_count = c->label_count,
	};
}

static int render(const struct pipeline *p, const struct record *rec, char **ret_buf,
		  size_t *ret_len)
{
	const struct pipeline_config *c = &p->config;
	const struct record_common common = common_of(p, rec);
	const struct sink *sink = c->sink;
	FILE *out = open_memstream(ret_buf, ret_len);
	int err = 0;

	if (!out)
		return -ENOMEM;
	if (rec->type == RECORD_START && sink->start)
		err = sink->start(out, &common, c->start, &c->style);
	else if (rec->type == RECORD_OOM && sink->oom)
		err = sink->oom(out, &common, rec->incident, &c->style);
	else if (rec->type == RECORD_VICTIM_EXIT && sink->victim_exit)
		err = sink->victim_exit(out, &common, rec->exit, &c->style);
	else if (rec->type == RECORD_OOM_WAIT && sink->oom_wait)
		err = sink->oom_wait(out, &common, rec->wait, &c->style);
	else if (rec->type == RECORD_OOM_WAIT_END && sink->oom_wait_end)
		err = sink->oom_wait_end(out, &common, rec->wait_end, &c->style);
	else if (rec->type == RECORD_LOST && sink->lost)
		err = sink->lost(out, &common, rec->lost_count, rec->lost_where, &c->style);
	else if (rec->type == RECORD_STATS && sink->stats)
		err = sink->stats(out, &common, rec->stats, &c->style);
	else if (rec->type == RECORD_STOP && sink->stop)
		err = sink->stop(out, &common, p->stop_reason, &c->style);
	if (fclose(out) && !err)
		err = -ENOMEM;
	return err;
}

static bool stopping(const struct pipeline *p, int wait_ms)
{
	struct pollfd fd = {.fd = p->stop_fd, .events = POLLIN};

	return poll(&fd, 1, wait_ms) > 0;
}

static bool is_full(int err)
{
	return err == -ENOSPC || err == -EDQUOT || err == -EFBIG;
}

/* A disk that is full now may have room later: nothing is lost as long as the queue holds. */
static int write_patiently(struct pipeline *p, const char *buf, size_t len)
{
	bool told = false;
	int err;

	for (;;) {
		bool last = stopping(p, 0);

		err = output_write(p->config.output, buf, len, p->stop_fd, STOP_GRACE_MS);
		if (!is_full(err) || last || p->seq == 0)
			return err;
		if (!told)
			log_warning("cannot write records: %s; trying again every second",
				    strerror(-err));
		told = true;
		pthread_mutex_unlock(&p->lock);
		stopping(p, DISK_RETRY_MS);
		pthread_mutex_lock(&p->lock);
	}
}

static void emit(struct pipeline *p, const struct record *rec)
{
	char *buf = NULL;
	size_t len = 0;
	int err = p->err;

	if (!err)
		err = render(p, rec, &buf, &len);
	if (!err && len)
		err = write_patiently(p, buf, len);
	free(buf);
	if (!err) {
		/* What a sink has no words for takes no number. */
		p->seq += !!len;
		return;
	}
	p->unwritten += rec->type != RECORD_STATS;
	if (!p->err)
		p->err = err;
	set_end(p, PIPELINE_WRITE_FAILED);
}

static void emit_losses(struct pipeline *p)
{
	static const char *const where[] = {
		[LOST_RING] = "ring",
		[LOST_QUEUE] = "queue",
		[LOST_OUTPUT] = "output",
	};

	for (int i = 0; i < LOST_WHERE_COUNT; i++) {
		uint64_t count = atomic_exchange(&p->lost[i], 0);
		const struct record rec = {
			.type = RECORD_LOST, .lost_count = count, .lost_where = where[i]};

		p->lost_in_all[i] += count;
		if (count)
			emit(p, &rec);
	}
}

static void emit_stats(struct pipeline *p)
{
	struct run_stats stats;
	const struct record rec = {.type = RECORD_STATS, .stats = &stats};

	pthread_mutex_lock(&p->stats_lock);
	stats = p->capture_stats;
	pthread_mutex_unlock(&p->stats_lock);
	if (p->waits)
		stats.lost_stacks += wait_report_lost_stacks(p->waits);
	stats.incidents = p->incidents;
	stats.filtered = p->filtered;
	stats.lost_ring = p->lost_in_all[LOST_RING];
	stats.lost_queue = p->lost_in_all[LOST_QUEUE];
	emit(p, &rec);
}

static void name_user_stack(struct pipeline *p, struct incident *incident)
{
	int err;

	namer_name_stack(p->namer, incident->trigger.process.pid.value, &incident->user_state,
			 &incident->trigger.user_stack);
	err = namer_start_error(p->namer);
	if (err && !p->told_unnamed)
		log_warning("user stacks stay without names, their helper does not start: %s",
			    err == -EPIPE ? "it ends at once" : strerror(-err));
	p->told_unnamed = p->told_unnamed || err;
}

/* Takes its time, while nothing of the pipeline changes. */
static void name_process(struct pipeline *p, struct incident *incident)
{
	pthread_mutex_unlock(&p->lock);
	name_user_stack(p, incident);
	container_read_names(p->config.root, incident->victim.process.cgroup,
			     &incident->victim.container);
	pthread_mutex_lock(&p->lock);
}

static void name_gfp(const struct pipeline *p, struct incident *incident)
{
	struct num gfp = incident->trigger.gfp_mask;

	if (gfp.known)
		incident->trigger.gfp_flags = gfp_format(p->config.gfp_names, (uint64_t)gfp.value);
}

/* Names everything that can be named; false when the filter does not want the incident. */
static bool enrich(struct pipeline *p, struct incident *incident)
{
	const struct pipeline_config *c = &p->config;

	if (ksyms_name_stack(p->ksyms, &incident->trigger.kernel_stack))
		log_debug("kernel addresses cannot be named");
	if (!strcmp(incident->hook, "tracepoint"))
		derive_from_stack(incident, c->single_node);
	if (!filter_admits(c->filter, incident))
		return false;
	ksyms_name_stack(p->ksyms, &incident->victim.kernel_stack);
	name_process(p, incident);
	name_gfp(p, incident);
	return true;
}

/* Returns the incident's number, 0 when it is not wanted, and frees it. */
static uint64_t take(struct pipeline *p, struct incident *incident)
{
	const struct record rec = {.type = RECORD_OOM, .incident = incident};
	bool enough = p->config.count && p->incidents >= p->config.count;
	uint64_t number;

	if (!enough && !enrich(p, incident)) {
		p->filtered++;
	} else if (!enough) {
		incident->number = ++p->incidents;
		emit(p, &rec);
		if (p->lifecycle)
			pipeline_lost(p, LOST_QUEUE, lifecycle_add(p->lifecycle, incident));
		if (p->incidents == p->config.count)
			set_end(p, PIPELINE_COUNT_REACHED);
	}
	number = incident->number;
	incident_free(incident);
	return number;
}

static void on_death(void *ctx, const void *data, size_t size)
{
	if (lifecycle_feed(ctx, data, size))
		log_debug("a record of an exit is malformed");
}

/* Nobody saw it end: it lives, or its end was lost. */
static void look_for(struct pipeline *p, struct victim_exit *exit)
{
	int64_t boottime_ahead_ns =
		clock_realtime_minus(CLOCK_MONOTONIC) - clock_realtime_minus(CLOCK_BOOTTIME);
	uint64_t killed_ns = (uint64_t)((int64_t)exit->kill_ns + boottime_ahead_ns);
	int err = -ENOENT;

	if (p->procfs)
		err = survivor_read(p->procfs, (pid_t)exit->pid, killed_ns, &exit->state,
				    &exit->kernel_stack);
	if (!err)
		exit->alive = num_of(1);
	else if (err == -ESRCH && !procfs_hides(p->procfs))
		exit->alive = num_of(0);
}

static void emit_exits(struct pipeline *p, bool last)
{
	struct victim_exit exit;
	const struct record rec = {.type = RECORD_VICTIM_EXIT, .exit = &exit};

	if (!p->lifecycle)
		return;
	exit_watch_take(p->config.exit_watch, on_death, p->lifecycle);
	while (lifecycle_next(p->lifecycle, (uint64_t)clock_ns(CLOCK_MONOTONIC), last, &exit)) {
		if (!exit.kill_to_exit_ns.known)
			look_for(p, &exit);
		emit(p, &rec);
		stack_clear(&exit.kernel_stack);
	}
}

static uint64_t on_wait(void *ctx, struct incident *incident)
{
	return take(ctx, incident);
}

static void emit_waits(struct pipeline *p, bool last)
{
	struct oom_wait wait;
	struct oom_wait_end end;
	const struct record news = {.type = RECORD_OOM_WAIT, .wait = &wait};
	const struct record over = {.type = RECORD_OOM_WAIT_END, .wait_end = &end};

	if (!p->waits)
		return;
	wait_report_take(p->waits, last);
	while (wait_report_next_news(p->waits, &wait))
		emit(p, &news);
	while (wait_report_next_end(p->waits, last, &end))
		emit(p, &over);
	pipeline_lost(p, LOST_RING, wait_report_take_losses(p->waits));
}

static void reopen(struct pipeline *p)
{
	int err = output_reopen(p->config.output);

	if (err)
		log_warning("cannot reopen the output file, going on with the old one: %s",
			    strerror(-err));
}

/* The next OOM of a machine without memory may be its last, and must not find the lock taken. */
static void take_next(struct pipeline *p, struct incident *incident)
{
	bool reserves = incident->scope != SCOPE_MEMCG && reserves_use();

	take(p, incident);
	if (reserves)
		reserves_leave();
}

static void *run(void *arg)
{
	static const struct record start = {.type = RECORD_START};
	static const struct record stop = {.type = RECORD_STOP};
	struct pipeline *p = arg;
	void *item;
	int err;

	pthread_mutex_lock(&p->lock);
	emit(p, &start);
	do {
		pthread_mutex_unlock(&p->lock);
		err = queue_pop(p->queue, 200, &item);
		pthread_mutex_lock(&p->lock);
		if (atomic_exchange(&p->reopen, false))
			reopen(p);
		if (!err)
			take_next(p, item);
		emit_exits(p, false);
		emit_waits(p, false);
		emit_losses(p);
		if (atomic_exchange(&p->report, false))
			emit_stats(p);
	} while (err != -ESHUTDOWN);
	emit_exits(p, true);
	emit_waits(p, true);
	emit_losses(p);
	emit_stats(p);
	emit(p, &stop);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static void pipeline_free(struct pipeline *p)
{
	if (!p)
		return;
	pthread_mutex_destroy(&p->stats_lock);
	pthread_mutex_destroy(&p->lock);
	queue_free(p->queue);
	ksyms_free(p->ksyms);
	namer_free(p->namer);
	lifecycle_free(p->lifecycle);
	procfs_free(p->procfs);
	wait_report_free(p->waits);
	if (p->stop_fd >= 0)
		close(p->stop_fd);
	free(p);
}

static int make_namer(struct pipeline *p)
{
	const struct namer_config config = {
		.root = p->config.root,
		.debuginfod = p->config.debuginfod,
		.stop_fd = p->stop_fd,
	};

	return namer_new(&config, &p->namer);
}

static int make_lifecycle(struct pipeline *p)
{
	if (!p->config.exit_watch)
		return 0;
	p->lifecycle = lifecycle_new();
	if (procfs_new(p->config.root, &p->procfs))
		log_debug("no /proc to look for victims in");
	return p->lifecycle ? 0 : -ENOMEM;
}

static int make_waits(struct pipeline *p)
{
	const struct wait_report_config config = {
		.root = p->config.root,
		.watch = p->config.wait_watch,
		.hook = tier_name(p->config.tier),
		.by_process = filter_pid_count(p->config.filter),
		.on_incident = on_wait,
		.ctx = p,
	};

	return config.watch ? wait_report_new(&config, &p->waits) : 0;
}

int pipeline_start(const struct pipeline_config *config, struct pipeline **ret_pipeline)
{
	struct pipeline *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	p->config = *config;
	pthread_mutex_init(&p->stats_lock, NULL);
	pthread_mutex_init(&p->lock, NULL);
	p->stop_fd = eventfd(0, EFD_CLOEXEC);
	p->ksyms = ksyms_new(config->root);
	err = queue_new(QUEUE_LEN, &p->queue);
	if (!err && (p->stop_fd < 0 || !p->ksyms))
		err = -ENOMEM;
	if (!err)
		err = make_namer(p);
	if (!err)
		err = make_lifecycle(p);
	if (!err)
		err = make_waits(p);
	if (!err)
		err = -pthread_create(&p->thread, NULL, run, p);
	if (err) {
		pipeline_free(p);
		return err;
	}
	*ret_pipeline = p;
	return 0;
}

void pipeline_push(struct pipeline *p, struct incident *incident)
{
	if (!queue_push(p->queue, incident))
		return;
	incident_free(incident);
	pipeline_lost(p, LOST_QUEUE, 1);
}

/* What an incident without a victim takes, which never leaves here. */
void pipeline_warm_up(struct pipeline *p)
{
	struct incident *incident = incident_new();
	const struct record rec = {.type = RECORD_OOM, .incident = incident};
	char *buf = NULL;
	size_t len;

	if (!incident)
		return;
	resident_fill_stack();
	pthread_mutex_lock(&p->lock);
	ksyms_prepare(p->ksyms);
	resident_fill_heap();
	if (!render(p, &rec, &buf, &len))
		log_debug("%zu bytes of a record that tells nothing", len);
	pthread_mutex_unlock(&p->lock);
	free(buf);
	incident_free(incident);
}

static void write_now(struct pipeline *p, struct incident *incident)
{
	const struct record rec = {.type = RECORD_OOM, .incident = incident};

	ksyms_name_at_once(p->ksyms, &incident->trigger.kernel_stack);
	namer_locate_frames(&incident->user_state, &incident->trigger.user_stack);
	name_gfp(p, incident);
	incident->number = ++p->incidents;
	emit(p, &rec);
	output_flush(p->config.output);
}

void pipeline_write_now(struct pipeline *p, struct incident *incident)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_nsec += URGENT_NS;
	end.tv_sec += end.tv_nsec / NS_PER_S;
	end.tv_nsec %= NS_PER_S;
	if (pthread_mutex_clocklock(&p->lock, CLOCK_MONOTONIC, &end)) {
		pipeline_push(p, incident);
		return;
	}
	if (filter_admits(p->config.filter, incident))
		write_now(p, incident);
	else
		p->filtered++;
	pthread_mutex_unlock(&p->lock);
	incident_free(incident);
}

void pipeline_lost(struct pipeline *p, enum lost_where where, uint64_t count)
{
	atomic_fetch_add(&p->lost[where], count);
}

void pipeline_reopen(struct pipeline *p)
{
	atomic_store(&p->reopen, true);
}

static void set_capture_stats(struct pipeline *p, const struct run_stats *stats)
{
	pthread_mutex_lock(&p->stats_lock);
	p->capture_stats = *stats;
	pthread_mutex_unlock(&p->stats_lock);
}

void pipeline_report(struct pipeline *p, const struct run_stats *capture_stats)
{
	set_capture_stats(p, capture_stats);
	atomic_store(&p->report, true);
}

enum pipeline_end pipeline_end(const struct pipeline *p)
{
	return (enum pipeline_end)atomic_load(&p->end);
}

int pipeline_stop(struct pipeline *p, const char *reason, const struct run_stats *capture_stats,
		  uint64_t *ret_unwritten)
{
	uint64_t one = 1;
	int err;

	p->stop_reason = reason;
	set_capture_stats(p, capture_stats);
	queue_close(p->queue);
	if (write(p->stop_fd, &one, sizeof(one)) < 0)
		log_debug("the output thread gets no grace time");
	pthread_join(p->thread, NULL);
	*ret_unwritten = p->unwritten;
	err = p->err;
	pipeline_free(p);
	return err;
}
