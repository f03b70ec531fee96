// SPDX-License-Identifier: GPL-2.0
#include "capture.h"

#include "assemble.h"
#include "clock.h"
#include "exec_watch.h"
#include "features.h"
#include "panic_on_oom.h"
#include "reader.h"
#include "repeats.h"
#include "reserves.h"
#include "stand_in.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#define NS_PER_MS 1000000ULL
/* The most that all holds of a second may take together: a fifth of it. */
#define HOLD_BUDGET_MS 200
/* A whole cgroup dies within one invocation; its marks are milliseconds apart at most. */
#define MARK_IDLE_MS 250
/* The kernel's own report to a slow console lies between the records of one invocation. */
#define INVOCATION_IDLE_MS 30000

struct capture {
	/* Of the calling thread and its stand-in, one at a time is at work. */
	pthread_mutex_t lock;
	struct stand_in *stand_in;
	bool stopped; /* nobody is to be waited for any more */
	struct capture_config config;
	struct tracer *tracer;
	enum tier tier;
	struct assembler *assembler;
	struct reader *reader;
	struct exec_watch *exec_watch;
	bool races; /* no hold can be had: victims may be gone before they are read */
	struct decode_units units;
	uint64_t ring_drops;
	uint64_t bad_records;
	uint64_t stack_of;    /* the incident whose stack was taken last */
	uint64_t machine_oom; /* the last in which the machine had no memory left, or may have */
	uint64_t selected_in; /* the last incident with a victim */
	bool uses_reserves;   /* the thread at work, until it has taken what is there */
	struct run_stats stats;
	struct repeats repeats;
};

/* What both threads use is one's own from here on. */
static void enter(struct capture *c)
{
	pthread_mutex_lock(&c->lock);
	tracer_set_busy_cpu(c->tracer, sched_getcpu());
}

static void leave(struct capture *c)
{
	tracer_set_busy_cpu(c->tracer, -1);
	pthread_mutex_unlock(&c->lock);
}

static uint64_t cpus_online(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	return count > 0 ? (uint64_t)count : 1;
}

/* The victim is there, and the kernel perhaps waiting: before anything else, read it. */
static void read_victim(struct capture *c, const struct ev_selected *rec)
{
	c->selected_in = rec->hdr.incident;
	/* One that the kernel does not wait for takes the reader's time all the same. */
	if (rec->hold != EV_HOLD_YES)
		tracer_busy(c->tracer);
	reader_read_victim(c->reader, rec);
	tracer_acknowledge(c->tracer, rec->hdr.incident, reader_has_code(c->reader));
	reader_read_rest(c->reader, rec);
	tracer_set_cpus_online(c->tracer, cpus_online());
}

static void on_stack(void *ctx, const void *data, size_t size)
{
	struct capture *c = ctx;
	union ev_record rec;

	if (decode_record(data, size, &rec) || rec.hdr->kind != EV_USER_STATE) {
		c->bad_records++;
		return;
	}
	c->stack_of = rec.hdr->incident;
	reader_take_user_state(c->reader, rec.user_state);
}

/* Its stack has come by then; those of invocations whose own records were lost are passed over. */
static void begin(struct capture *c, const struct ev_invoked *rec)
{
	while (c->stack_of < rec->hdr.incident && tracer_consume_stack(c->tracer))
		;
	reader_begin(c->reader, rec);
}

/*
 * Whatever is done about an OOM of the machine takes memory, of which there is none. Where nothing
 * tells whose limit it was, it may have been the machine's.
 */
static void use_reserves(struct capture *c, union ev_record rec)
{
	if ((rec.hdr->kind == EV_INVOKED && rec.invoked->has_oom_control &&
	     !(rec.invoked->limit.flags & EV_LIMIT_VALID)) ||
	    (rec.hdr->kind == EV_SELECTED && !rec.selected->has_oom_control))
		c->machine_oom = rec.hdr->incident;
	if (rec.hdr->incident == c->machine_oom && !c->uses_reserves)
		c->uses_reserves = reserves_use();
}

/*
 * To open a file may take the kernel memory, and who waits for that cannot see to a panic. When
 * there is a victim instead, the modules come once more.
 */
static bool may_open(const struct capture *c, uint64_t incident)
{
	return incident != c->machine_oom || incident == c->selected_in;
}

/* The kernel waits, whatever comes of it. */
static int take_panic(struct capture *c, const struct ev_panic *rec)
{
	bool panics =
		rec->cause != EV_PANIC_IF_COMPULSORY || panic_on_oom_compulsory(c->config.root);
	int err;

	if (rec->cause != EV_PANIC_IF_COMPULSORY)
		reserves_spend();
	err = panics ? assembler_feed(c->assembler, rec, rec->hdr.size, &c->units) : 0;

	tracer_acknowledge(c->tracer, rec->hdr.incident, false);
	return err;
}

static void on_record(void *ctx, const void *data, size_t size)
{
	struct capture *c = ctx;
	union ev_record rec;
	int err = decode_record(data, size, &rec);
	/* What was read of a group's first victim is not to be replaced by what is of another. */
	bool wanted = !err && !assembler_is_member(c->assembler, rec.hdr->incident);

	if (!err)
		use_reserves(c, rec);
	if (wanted && rec.hdr->kind == EV_INVOKED)
		begin(c, rec.invoked);
	if (wanted && rec.hdr->kind == EV_MODULES_MAPPED)
		reader_take_modules(c->reader, rec.modules, may_open(c, rec.hdr->incident));
	if (wanted && rec.hdr->kind == EV_SELECTED)
		read_victim(c, rec.selected);
	c->units.realtime_minus_monotonic_ns = clock_realtime_minus(CLOCK_MONOTONIC);
	c->units.realtime_minus_boottime_ns = clock_realtime_minus(CLOCK_BOOTTIME);
	if (!err)
		err = rec.hdr->kind == EV_PANICKING
			      ? take_panic(c, rec.panic)
			      : assembler_feed(c->assembler, data, size, &c->units);
	c->bad_records += !!err;
}

/* The BPF side must know whom a filter wants: nobody else's death is held up. */
static int want(struct capture *c)
{
	const struct filter *filter = c->config.filter;
	int err = 0;

	for (size_t i = 0; !err && i < filter_cgroup_count(filter); i++) {
		uint64_t id;

		if (!filter_cgroup_id(filter, i, &id))
			err = tracer_want_cgroup(c->tracer, id);
	}
	for (size_t i = 0; !err && i < filter_pid_count(filter); i++)
		err = tracer_want_pid(c->tracer, filter_pid(filter, i));
	return err;
}

static void count_hold(struct run_stats *stats, const struct incident *incident)
{
	uint64_t ns = (uint64_t)incident->hold_ns.value;

	stats->holds_acknowledged += incident->hold == HOLD_ACKNOWLEDGED;
	stats->holds_timed_out += incident->hold == HOLD_TIMED_OUT;
	stats->holds_off += incident->hold == HOLD_OFF;
	stats->hold_total_ns += ns;
	if (ns > stats->hold_max_ns)
		stats->hold_max_ns = ns;
}

static void on_incident(void *ctx, struct incident *incident)
{
	struct capture *c = ctx;

	if (repeats_take(&c->repeats, incident)) {
		incident_free(incident);
		return;
	}
	if (incident->panic.value) {
		reader_attach(c->reader, incident);
		c->config.on_panic(c->config.ctx, incident);
		return;
	}
	count_hold(&c->stats, incident);

	reader_attach(c->reader, incident);
	/* A service that is started again has a new cgroup of the old name. */
	want(c);
	c->config.on_incident(c->config.ctx, incident);
}

/* On arm64 a kprobe is an exception, and on other machines most often a call. */
#if defined(__aarch64__)
static const bool kprobes_mask_interrupts = true;
#else
static const bool kprobes_mask_interrupts;
#endif

enum ev_hold capture_hold_refused(const struct capture_config *config, enum tier tier)
{
	if (tier != TIER_KPROBE)
		return EV_HOLD_NONE;
	if (kprobes_mask_interrupts)
		return EV_HOLD_MASKED;
	return config->realtime ? EV_HOLD_NO_WAKEUP : EV_HOLD_NONE;
}

static int open_tier(struct capture *c, enum tier tier, const struct hook_caps *caps,
		     struct core_types *types, struct tier_attempt *attempt)
{
	static const struct tracer_fns fns = {.record = on_record, .stack = on_stack};
	const struct capture_config *config = &c->config;
	enum ev_hold refused = capture_hold_refused(config, tier);
	struct tracer_config tracer_config = {
		.types = types,
		.tier = tier,
		.caps = *caps,
		.hold_bound_ns = config->hold_ms * NS_PER_MS,
		.hold_budget_ns = HOLD_BUDGET_MS * NS_PER_MS,
		.hold_refused = refused,
		.filter_cgroups = filter_cgroup_count(config->filter),
		.filter_pids = filter_pid_count(config->filter),
		.candidates = (unsigned int)config->top,
	};

	c->races = tier == TIER_TRACEPOINT || refused || !config->hold_ms || cpus_online() < 2;
	if (c->races)
		tracer_config.known_cmdlines = EXEC_WATCH_MAX;
	attempt->tier = tier;
	attempt->err = tracer_open(&tracer_config, &fns, c, &c->tracer, &attempt->result);
	return attempt->err;
}

static int open_tracer(struct capture *c, struct core_types *types, struct tier_attempt *attempts,
		       size_t *ret_count)
{
	enum tier last = c->config.last_tier;
	struct hook_caps caps;
	int err = -EINVAL;

	features_hook_caps(c->config.root, &caps);
	*ret_count = 0;
	for (enum tier tier = c->config.first_tier; err && tier <= last; tier++) {
		err = open_tier(c, tier, &caps, types, &attempts[(*ret_count)++]);
		c->tier = tier;
	}
	return err;
}

int capture_open(const struct capture_config *config, struct core_types *types,
		 struct capture **ret_capture, struct tier_attempt *ret_attempts,
		 size_t *ret_attempt_count)
{
	struct capture *c = calloc(1, sizeof(*c));
	int err;

	*ret_attempt_count = 0;
	if (!c)
		return -ENOMEM;
	pthread_mutex_init(&c->lock, NULL);
	c->config = *config;
	c->units.page_size = (uint32_t)sysconf(_SC_PAGESIZE);
	err = open_tracer(c, types, ret_attempts, ret_attempt_count);
	if (!err)
		err = want(c);
	if (!err)
		err = reader_new(config->root, config->hold_ms * NS_PER_MS, &c->reader);
	if (err)
		goto fail;
	c->assembler =
		assembler_new(tier_name(c->tier), c->tier == TIER_TRACEPOINT, on_incident, c);
	if (!c->assembler) {
		err = -ENOMEM;
		goto fail;
	}
	/* Kernels before 5.10 cannot run it; our own pid is known to the BPF side all the same. */
	if (c->tier != TIER_TRACEPOINT)
		tracer_note_reader(c->tracer);
	tracer_set_cpus_online(c->tracer, cpus_online());
	/* An aid only: without it, command lines of victims that are gone stay unknown. */
	if (c->races)
		exec_watch_open(config->root, tracer_known_cmdlines_fd(c->tracer), types,
				&c->exec_watch);
	*ret_capture = c;
	return 0;
fail:
	capture_close(c);
	return err;
}

void capture_close(struct capture *c)
{
	if (!c)
		return;
	stand_in_stop(c->stand_in);
	exec_watch_close(c->exec_watch);
	tracer_close(c->tracer);
	assembler_free(c->assembler);
	reader_free(c->reader);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

enum tier capture_tier(const struct capture *c)
{
	return c->tier;
}

int capture_fd(const struct capture *c)
{
	return tracer_fd(c->tracer);
}

static void stand_in_take(void *ctx)
{
	capture_take(ctx);
}

void capture_start(struct capture *c)
{
	/* Nobody waits for the reader of a tier without a hold. */
	if (!c->races && stand_in_start(tracer_fd(c->tracer), stand_in_take, c, &c->stand_in))
		tracer_set_only_cpu(c->tracer, stand_in_only_cpu());
	tracer_ready(c->tracer);
}

void capture_warm_up(struct capture *c)
{
	reserves_lay_in();
	enter(c);
	reader_warm_up(c->reader);
	leave(c);
}

void capture_stop(struct capture *c)
{
	stand_in_stop(c->stand_in);
	c->stand_in = NULL;
	c->stopped = true;
	tracer_busy(c->tracer);
}

void capture_take(struct capture *c)
{
	enter(c);
	tracer_consume(c->tracer);
	if (c->uses_reserves)
		reserves_leave();
	c->uses_reserves = false;
	/* From here on the kernel may wait for the thread again. */
	if (!c->stopped)
		tracer_ready(c->tracer);
	leave(c);
}

int capture_idle_ms(struct capture *c)
{
	bool pending;

	enter(c);
	pending = assembler_pending(c->assembler);
	leave(c);
	if (!pending)
		return -1;
	return c->tier == TIER_TRACEPOINT ? MARK_IDLE_MS : INVOCATION_IDLE_MS;
}

void capture_idle(struct capture *c)
{
	enter(c);
	assembler_idle(c->assembler);
	leave(c);
}

void capture_count(struct capture *c, struct run_stats *stats)
{
	enter(c);
	*stats = c->stats;
	stats->repeats = c->repeats.total + tracer_ring_repeats(c->tracer);
	stats->no_victim_repeats = c->repeats.no_victim;
	stats->lost_stacks = tracer_stack_drops(c->tracer);
	leave(c);
}

uint64_t capture_take_losses(struct capture *c)
{
	uint64_t drops, lost;

	enter(c);
	drops = tracer_ring_drops(c->tracer);
	lost = drops - c->ring_drops + c->bad_records;
	c->ring_drops = drops;
	c->bad_records = 0;
	leave(c);
	return lost;
}
