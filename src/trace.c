// SPDX-License-Identifier: GPL-2.0
#include "trace.h"

#include "capture.h"
#include "cgroup.h"
#include "clock.h"
#include "core_types.h"
#include "debuginfod.h"
#include "exit_status.h"
#include "exit_watch.h"
#include "features.h"
#include "log.h"
#include "pipeline.h"
#include "privilege.h"
#include "resident.h"
#include "text.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define TRACEFS_LEN 4096
#define MISSING_MAX 8
#define REASON_LEN  160

struct missing_list {
	struct pair pairs[MISSING_MAX];
	char reasons[MISSING_MAX][REASON_LEN];
	size_t count;
};

struct trace {
	const struct options *options;
	struct identity identity;
	struct filter *filter;
	struct gfp_names *gfp_names;
	struct output *output;
	struct capture *capture;
	struct exit_watch *exit_watch;
	struct wait_watch *wait_watch;
	struct pipeline *pipeline;
	struct start_info start;
	struct pair hook_pairs[HOOK_RESULTS + WAIT_WATCH_HOOKS];
	struct missing_list missing;
	bool debuginfod;
	int epoll_fd;
	int signal_fd;
	int timer_fd;
	int done_fd;
};

static void add_missing(struct missing_list *list, const char *feature, const char *reason)
{
	if (list->count == MISSING_MAX)
		return;
	snprintf(list->reasons[list->count], REASON_LEN, "%s", reason);
	list->pairs[list->count] =
		(struct pair){.name = feature, .text = list->reasons[list->count]};
	list->count++;
}

static void show_bad_cgroup(const char *name, int err)
{
	char *printable = text_printable(name, strlen(name));

	if (err == -ENODEV)
		log_error("cgroup '%s': no cgroup hierarchy with the memory controller is mounted",
			  printable ? printable : "");
	else if (err == -EINVAL)
		log_error("cgroup '%s': '..' is not allowed in the path", printable);
	else
		log_error("cgroup '%s': %s; give its path as below the cgroup mount",
			  printable ? printable : "", strerror(-err));
	free(printable);
}

static int open_filter(struct trace *t)
{
	const struct options *o = t->options;
	size_t bad = 0;
	int err = filter_new(o->root, o->cgroups, o->cgroup_count, o->pids, o->pid_count,
			     &t->filter, &bad);

	if (!err)
		return STATUS_DONE;
	if (err == -ENOMEM || bad >= o->cgroup_count)
		log_error("%s", strerror(-err));
	else
		show_bad_cgroup(o->cgroups[bad], err);
	return err == -ENOMEM || err == -ENODEV ? STATUS_FAILED : STATUS_USAGE;
}

static int require_privileges(struct trace *t)
{
	struct privilege_missing missing;
	int err = privilege_check(&missing);

	if (err) {
		log_error("cannot read my own capabilities: %s", strerror(-err));
		return STATUS_FAILED;
	}
	if (missing.capture) {
		log_error("missing capabilities: %s; run as root (sudo oomtrace) or grant them",
			  missing.names);
		return STATUS_CANNOT_TRACE;
	}
	if (missing.names[0]) {
		add_missing(&t->missing, "proc", missing.names);
		log_warning("without %s the /proc of other users' processes cannot be read",
			    missing.names);
	}
	if (!features_have_btf(t->options->root)) {
		log_error(
			"no kernel type information (/sys/kernel/btf/vmlinux): this needs a kernel "
			"built with CONFIG_DEBUG_INFO_BTF");
		return STATUS_CANNOT_TRACE;
	}
	return STATUS_DONE;
}

static void load_gfp_names(struct trace *t)
{
	char tracefs[TRACEFS_LEN];
	int err = -ENOENT;

	if (features_tracefs(t->options->root, tracefs, sizeof(tracefs)))
		err = gfp_names_load(tracefs, &t->gfp_names);
	if (err)
		add_missing(&t->missing, "gfp_names",
			    err == -ENOENT ? "no tracefs: built-in names of gfp flags"
					   : strerror(-err));
}

/* Without it files that are not here leave frames without names, and nothing else. */
static void prepare_debuginfod(struct trace *t)
{
	char reason[DEBUGINFOD_REASON_LEN];

	if (!t->options->debuginfod)
		return;
	t->debuginfod = !debuginfod_check(DEBUGINFOD_PROGRAM, reason);
	if (t->debuginfod)
		return;
	add_missing(&t->missing, "debuginfod", reason);
	log_warning("no debug files by --debuginfod: %s", reason);
}

static int open_output(struct trace *t)
{
	const char *path = t->options->output;
	int err = output_open(&t->output, path);
	char *printable;

	if (!err)
		return STATUS_DONE;
	printable = text_printable(path ? path : "standard output",
				   strlen(path ? path : "standard output"));
	log_error("cannot write to %s: %s", printable ? printable : "the output", strerror(-err));
	free(printable);
	return STATUS_FAILED;
}

static void on_incident(void *ctx, struct incident *incident)
{
	struct trace *t = ctx;

	pipeline_push(t->pipeline, incident);
}

static void on_panic(void *ctx, struct incident *incident)
{
	struct trace *t = ctx;

	pipeline_write_now(t->pipeline, incident);
}

/* What stood in the way of a tier: the first of its hooks that failed. */
static void explain_tier(struct trace *t, const struct tier_attempt *attempt)
{
	const struct tracer_result *result = &attempt->result;
	const struct hook *hook = result->count ? result->hooks[0].hook : NULL;
	char reason[REASON_LEN];

	for (size_t i = 0; i < result->count && !result->load_err; i++) {
		hook = result->hooks[i].hook;
		if (result->hooks[i].err)
			break;
	}
	snprintf(reason, sizeof(reason), "%s: %s", hook ? hook->target : "load",
		 hook ? hook_failure(hook, attempt->err) : strerror(-attempt->err));
	add_missing(&t->missing, tier_name(attempt->tier), reason);
	log_debug("tier %s: %s", tier_name(attempt->tier), reason);
}

static void note_hooks(struct trace *t, const struct tracer_result *result)
{
	size_t count = 0;

	for (size_t i = 0; i < result->count; i++)
		if (result->hooks[i].hook->how)
			t->hook_pairs[count++] =
				(struct pair){.name = result->hooks[i].hook->target,
					      .text = result->hooks[i].hook->how};
	t->start.hooks = t->hook_pairs;
	t->start.hook_count = count;
}

/* Busy waiting at the priority of whoever asks is not what a realtime kernel is for. */
static uint64_t hold_ms(struct trace *t, bool realtime)
{
	const struct options *o = t->options;

	if (o->hold_given || !realtime)
		return o->hold_ms;
	add_missing(&t->missing, "hold", "off by default on PREEMPT_RT: give --hold");
	return 0;
}

static int show_not_attached(struct trace *t, enum hook_choice choice, int err)
{
	if (err == -EPERM && privilege_locked_memory_limited())
		log_error(
			"cannot attach: before kernel 5.11 BPF maps count as locked memory; raise "
			"RLIMIT_MEMLOCK (ulimit -l unlimited) or grant CAP_SYS_RESOURCE");
	else if (choice != HOOK_AUTO && t->missing.count)
		log_error("cannot attach with --hook %s: %s; try --hook auto, or 'oomtrace check'",
			  tier_name((enum tier)(choice - HOOK_FENTRY)),
			  t->missing.reasons[t->missing.count - 1]);
	else
		log_error("nothing could be attached: 'oomtrace check' tells why");
	return STATUS_CANNOT_TRACE;
}

static void note_hold(struct trace *t, const struct capture_config *config, enum tier tier)
{
	enum ev_hold refused = capture_hold_refused(config, tier);

	if (!config->hold_ms)
		return;
	if (refused == EV_HOLD_NO_WAKEUP)
		add_missing(&t->missing, "hold",
			    "on PREEMPT_RT the reader sleeps as long as a kprobe waits");
	else if (refused == EV_HOLD_MASKED)
		add_missing(&t->missing, "hold",
			    "here kprobes run without interrupts, which wake up the reader");
}

/* The best tier that attaches, or the one that was asked for. */
static int open_capture(struct trace *t, struct core_types *types)
{
	enum hook_choice choice = t->options->hook;
	struct tier_attempt attempts[TIER_COUNT];
	bool realtime = features_realtime(t->options->root);
	struct capture_config config = {
		.root = t->options->root,
		.first_tier = TIER_FENTRY,
		.last_tier = TIER_TRACEPOINT,
		.hold_ms = hold_ms(t, realtime),
		.realtime = realtime,
		.top = t->options->top,
		.filter = t->filter,
		.on_incident = on_incident,
		.on_panic = on_panic,
		.ctx = t,
	};
	size_t count;
	int err;

	if (choice != HOOK_AUTO)
		config.first_tier = config.last_tier = (enum tier)(choice - HOOK_FENTRY);
	err = capture_open(&config, types, &t->capture, attempts, &count);
	for (size_t i = 0; i < count; i++)
		if (attempts[i].err)
			explain_tier(t, &attempts[i]);
	if (err && count && !attempts[count - 1].err) {
		log_error("cannot start tracing: %s", strerror(-err));
		return STATUS_FAILED;
	}
	if (err)
		return show_not_attached(t, choice, err);
	note_hold(t, &config, attempts[count - 1].tier);
	note_hooks(t, &attempts[count - 1].result);
	return STATUS_DONE;
}

/* An aid only: without it the records of incidents are what they are. */
static void open_exit_watch(struct trace *t, struct core_types *types)
{
	int err = exit_watch_open(types, &t->exit_watch);

	if (err)
		add_missing(&t->missing, "victim_exit", strerror(-err));
}

static bool has_memcg_v1(const char *root)
{
	struct cgroup_mount mount;
	bool v1;

	if (cgroup_find_mount(root, &mount))
		return false;
	v1 = mount.version == 1;
	cgroup_mount_clear(&mount);
	return v1;
}

static void note_wait_hooks(struct trace *t)
{
	const struct hook *hook;

	for (size_t i = 0; (hook = wait_watch_hook(capture_tier(t->capture), i)); i++)
		if (wait_watch_has(t->wait_watch, hook))
			t->hook_pairs[t->start.hook_count++] =
				(struct pair){.name = hook->target, .text = hook->how};
}

/* As above. Only version 1 can forbid the kernel to kill, and so have tasks wait. */
static void open_wait_watch(struct trace *t, struct core_types *types)
{
	struct hook_caps caps;
	struct wait_watch_config config = {
		.types = types,
		.tier = capture_tier(t->capture),
		.by_process = t->options->pid_count,
	};
	const struct hook *hook;
	int err;

	if (!has_memcg_v1(t->options->root))
		return;
	features_hook_caps(t->options->root, &caps);
	config.loop = caps.loop;
	err = wait_watch_open(&config, &t->wait_watch, &hook);
	if (!err)
		note_wait_hooks(t);
	else if (config.tier == TIER_TRACEPOINT)
		add_missing(&t->missing, "oom_disabled", "no tracepoint tells of tasks that wait");
	else
		add_missing(&t->missing, "oom_disabled",
			    hook ? hook_failure(hook, err) : strerror(-err));
}

static int start_pipeline(struct trace *t)
{
	const struct options *o = t->options;
	const char *no_color = getenv("NO_COLOR");
	bool colour = !o->output && isatty(STDOUT_FILENO) && !(no_color && *no_color);
	struct pipeline_config config = {
		.sink = o->json ? &sink_json : &sink_text,
		.style = {.colour = colour, .verbose = o->verbose, .utc = true},
		.output = t->output,
		.identity = &t->identity,
		.labels = o->labels,
		.label_count = o->label_count,
		.root = o->root,
		.filter = t->filter,
		.gfp_names = t->gfp_names,
		.debuginfod = t->debuginfod,
		.exit_watch = t->exit_watch,
		.wait_watch = t->wait_watch,
		.tier = capture_tier(t->capture),
		.single_node = identity_single_node(o->root),
		.count = o->count,
		.start = &t->start,
		.done_fd = t->done_fd,
	};
	int err;

	t->start.version = OOMTRACE_VERSION;
	t->start.pid = getpid();
	t->start.missing = t->missing.pairs;
	t->start.missing_count = t->missing.count;
	t->start.options = options_pairs(o, &t->start.option_count);
	err = pipeline_start(&config, &t->pipeline);
	if (err)
		log_error("cannot start the output thread: %s", strerror(-err));
	return err ? STATUS_FAILED : STATUS_DONE;
}

static int watch(int epoll_fd, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

/* Before any thread is made: they inherit the mask, so that signals come by signal_fd alone. */
static int open_events(struct trace *t)
{
	struct itimerspec end = {.it_value.tv_sec = (time_t)t->options->duration_s};
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGUSR1);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	t->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	t->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	t->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	t->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (t->epoll_fd < 0 || t->signal_fd < 0 || t->timer_fd < 0 || t->done_fd < 0 ||
	    watch(t->epoll_fd, t->signal_fd, EPOLLIN) || watch(t->epoll_fd, t->timer_fd, EPOLLIN) ||
	    watch(t->epoll_fd, t->done_fd, EPOLLIN) ||
	    timerfd_settime(t->timer_fd, 0, &end, NULL)) {
		log_error("cannot set up the event loop: %s", strerror(errno));
		return STATUS_FAILED;
	}
	/* A pipe whose reader went away says so at once; a file cannot be watched, and need not. */
	if (!t->options->output)
		watch(t->epoll_fd, STDOUT_FILENO, 0);
	return STATUS_DONE;
}

static void take_losses(struct trace *t)
{
	uint64_t lost = capture_take_losses(t->capture);

	if (lost)
		pipeline_lost(t->pipeline, LOST_RING, lost);
}

static void report(struct trace *t)
{
	struct run_stats stats;

	capture_count(t->capture, &stats);
	pipeline_report(t->pipeline, &stats);
}

/* The reason to stop, or NULL to go on. */
static const char *take_signal(struct trace *t)
{
	struct signalfd_siginfo info;

	while (read(t->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			pipeline_reopen(t->pipeline);
		else if (info.ssi_signo == SIGUSR1)
			report(t);
		else
			return info.ssi_signo == SIGINT ? "SIGINT" : "SIGTERM";
	}
	return NULL;
}

static const char *take_event(struct trace *t, int fd)
{
	if (fd == t->signal_fd)
		return take_signal(t);
	if (fd == t->timer_fd)
		return "duration";
	if (fd == t->done_fd)
		return pipeline_end(t->pipeline) == PIPELINE_COUNT_REACHED ? "count" : "output";
	if (fd == STDOUT_FILENO)
		return "output";
	capture_take(t->capture);
	return NULL;
}

static const char *loop(struct trace *t)
{
	for (;;) {
		struct epoll_event events[8];
		const char *reason = NULL;
		int count = epoll_wait(t->epoll_fd, events, 8, capture_idle_ms(t->capture));

		if (count < 0 && errno != EINTR)
			return "error";
		if (!count)
			capture_idle(t->capture);
		for (int i = 0; i < count && !reason; i++)
			reason = take_event(t, events[i].data.fd);
		take_losses(t);
		if (reason)
			return reason;
	}
}

/* Takes what the ring still holds, writes it and the stop record. */
static int finish(struct trace *t, const char *reason)
{
	struct run_stats stats;
	uint64_t unwritten = 0;
	bool reader_gone = !strcmp(reason, "output");
	int err;

	capture_stop(t->capture);
	capture_take(t->capture);
	capture_idle(t->capture);
	take_losses(t);
	capture_count(t->capture, &stats);
	err = pipeline_stop(t->pipeline, reason, &stats, &unwritten);
	t->pipeline = NULL;
	if (err) {
		log_error("cannot write to %s: %s; %llu records were not written",
			  t->options->output ? t->options->output : "standard output",
			  strerror(-err), (unsigned long long)unwritten);
		return STATUS_FAILED;
	}
	if (reader_gone)
		log_error("standard output was closed");
	return reader_gone || !strcmp(reason, "error") ? STATUS_FAILED : STATUS_DONE;
}

static int attach(struct trace *t)
{
	struct core_types *types = core_types_new();
	int status = open_capture(t, types);

	/* What happens while the rest is attached comes after the start. */
	t->start.time_ns = (uint64_t)clock_ns(CLOCK_MONOTONIC);
	if (!status)
		open_exit_watch(t, types);
	if (!status)
		open_wait_watch(t, types);
	core_types_free(types);
	return status;
}

static int run(struct trace *t)
{
	int status = attach(t);

	if (!status)
		status = start_pipeline(t);
	if (status)
		return status;
	if (watch(t->epoll_fd, capture_fd(t->capture), EPOLLIN)) {
		log_error("cannot start tracing: %s", strerror(errno));
		return STATUS_FAILED;
	}
	capture_start(t->capture);
	log_info("ready (oom: %s)", tier_name(capture_tier(t->capture)));
	capture_warm_up(t->capture);
	pipeline_warm_up(t->pipeline);
	return finish(t, loop(t));
}

static int prepare(struct trace *t)
{
	int status = open_filter(t);
	int err;

	if (!status)
		status = require_privileges(t);
	if (!status)
		status = open_output(t);
	if (status)
		return status;
	err = identity_read(t->options->root, &t->identity);
	if (err) {
		log_error("cannot name this run: %s", strerror(-err));
		return STATUS_FAILED;
	}
	load_gfp_names(t);
	prepare_debuginfod(t);
	resident_share_heap();
	resident_small_pages();
	privilege_protect_self();
	return open_events(t);
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

int trace_run(const struct options *options)
{
	struct trace t = {
		.options = options, .epoll_fd = -1, .signal_fd = -1, .timer_fd = -1, .done_fd = -1};
	struct run_stats stats = {0};
	uint64_t unwritten;
	int status = prepare(&t);

	if (!status)
		status = run(&t);
	if (t.pipeline)
		pipeline_stop(t.pipeline, "error", &stats, &unwritten);
	exit_watch_close(t.exit_watch);
	wait_watch_close(t.wait_watch);
	capture_close(t.capture);
	output_close(t.output);
	gfp_names_free(t.gfp_names);
	filter_free(t.filter);
	close_fd(t.epoll_fd);
	close_fd(t.signal_fd);
	close_fd(t.timer_fd);
	close_fd(t.done_fd);
	return status;
}
