// SPDX-License-Identifier: GPL-2.0
#include "pipeline.h"
#include "readfile.h"
#include "sample_incident.h"
#include "temp_root.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/eventfd.h>

#include <cmocka.h>

#define QUEUE_LEN 256 /* of the pipeline */

static struct temp_root root;
static sem_t entered, allowed; /* gate in the sink, when `gated` */
static bool gated;

/* A sink that writes what it was asked to, a line each. */
static int put_start(FILE *out, const struct record_common *common, const struct start_info *info,
		     const struct text_style *style)
{
	(void)style;
	/* When it began, however long it took to get here. */
	if (common->monotonic_ns != info->time_ns)
		return -EINVAL;
	fprintf(out, "%d start %s\n", (int)common->seq, info->version);
	return 0;
}

static int put_oom(FILE *out, const struct record_common *common, const struct incident *incident,
		   const struct text_style *style)
{
	(void)style;
	if (gated) {
		sem_post(&entered);
		sem_wait(&allowed);
	}
	if (common->realtime_ns != incident->realtime_ns)
		return -EINVAL;
	fprintf(out, "%d oom %d %s\n", (int)common->seq, (int)incident->number,
		incident->trigger.gfp_flags ? incident->trigger.gfp_flags : "-");
	return 0;
}

static int put_lost(FILE *out, const struct record_common *common, uint64_t count,
		    const char *where, const struct text_style *style)
{
	(void)style;
	fprintf(out, "%d lost %d %s\n", (int)common->seq, (int)count, where);
	return 0;
}

static int put_stop(FILE *out, const struct record_common *common, const char *reason,
		    const struct text_style *style)
{
	(void)style;
	fprintf(out, "%d stop %s\n", (int)common->seq, reason);
	return 0;
}

static const struct sink sink = {
	.start = put_start, .oom = put_oom, .lost = put_lost, .stop = put_stop};
static const struct start_info start = {.time_ns = 1234, .version = "1"};
static const struct identity identity = {.run = "run"};

struct fixture {
	struct output *output;
	struct filter *filter;
	struct pipeline *pipeline;
	int done_fd;
};

static void begin(struct fixture *f, const char *path, const pid_t *pids, size_t pid_count,
		  uint64_t count)
{
	size_t bad;

	memset(f, 0, sizeof(*f));
	f->done_fd = eventfd(0, EFD_CLOEXEC);
	assert_int_equal(output_open(&f->output, path), 0);
	assert_int_equal(filter_new(root.path, NULL, 0, pids, pid_count, &f->filter, &bad), 0);
	const struct pipeline_config config = {
		.sink = &sink,
		.output = f->output,
		.identity = &identity,
		.root = root.path,
		.filter = f->filter,
		.count = count,
		.start = &start,
		.done_fd = f->done_fd,
	};
	assert_int_equal(pipeline_start(&config, &f->pipeline), 0);
}

static int end(struct fixture *f, const char *reason, uint64_t *ret_unwritten)
{
	static const struct run_stats none;
	int err = pipeline_stop(f->pipeline, reason, &none, ret_unwritten);

	output_close(f->output);
	filter_free(f->filter);
	close(f->done_fd);
	return err;
}

static void end_well(struct fixture *f)
{
	uint64_t unwritten = 99;

	assert_int_equal(end(f, "SIGTERM", &unwritten), 0);
	assert_int_equal(unwritten, 0);
}

static bool done(const struct fixture *f, int wait_ms)
{
	struct pollfd fd = {.fd = f->done_fd, .events = POLLIN};

	return poll(&fd, 1, wait_ms) == 1;
}

static struct incident *sample(int64_t pid)
{
	struct incident *incident = incident_new();

	incident->hook = "fentry";
	incident->realtime_ns = 1000 + pid;
	incident->trigger.process.pid = num_of(pid);
	return incident;
}

static void check_file(const char *name, const char *want)
{
	char *text;

	assert_int_equal(file_read(temp_path(&root, name), &text, NULL, 1 << 20), 0);
	assert_string_equal(text, want);
	free(text);
}

static void wait_for_file(const char *name, size_t len)
{
	struct stat st = {0};

	for (int i = 0; i < 10000; i++) {
		if (!stat(temp_path(&root, name), &st) && (size_t)st.st_size >= len)
			return;
		usleep(1000);
	}
	fail_msg("%s did not get %zu bytes", name, len);
}

static int make_root(void **state)
{
	(void)state;
	temp_root_make(&root);
	sem_init(&entered, 0, 0);
	sem_init(&allowed, 0, 0);
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

static int remove_root(void **state)
{
	(void)state;
	temp_root_remove(&root);
	return 0;
}

static void test_order(void **state)
{
	struct incident *incident = sample(1);
	struct fixture f;

	(void)state;
	incident->trigger.gfp_mask = num_of(0xcc0);
	begin(&f, temp_path(&root, "/order"), NULL, 0, 0);
	pipeline_push(f.pipeline, incident);
	pipeline_push(f.pipeline, sample(2));
	assert_int_equal(pipeline_end(f.pipeline), PIPELINE_RUNNING);
	end_well(&f);
	check_file("/order", "1 start 1\n2 oom 1 GFP_KERNEL\n3 oom 2 -\n4 stop SIGTERM\n");
}

static void test_nothing(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, temp_path(&root, "/nothing"), NULL, 0, 0);
	end_well(&f);
	check_file("/nothing", "1 start 1\n2 stop SIGTERM\n");
}

/* What is not wanted leaves no gap, neither in seq nor in the incidents' numbers. */
static void test_filter(void **state)
{
	const pid_t pids[] = {2, 4};
	struct fixture f;

	(void)state;
	begin(&f, temp_path(&root, "/filter"), pids, 2, 0);
	for (int pid = 1; pid <= 5; pid++)
		pipeline_push(f.pipeline, sample(pid));
	end_well(&f);
	check_file("/filter", "1 start 1\n2 oom 1 -\n3 oom 2 -\n4 stop SIGTERM\n");
}

static void test_count(void **state)
{
	const pid_t pids[] = {2};
	struct fixture f;

	(void)state;
	begin(&f, temp_path(&root, "/count"), pids, 1, 2);
	for (int i = 0; i < 3; i++)
		pipeline_push(f.pipeline, sample(1));
	pipeline_push(f.pipeline, sample(2));
	assert_false(done(&f, 300));
	for (int i = 0; i < 3; i++)
		pipeline_push(f.pipeline, sample(2));
	assert_true(done(&f, 10000));
	assert_int_equal(pipeline_end(f.pipeline), PIPELINE_COUNT_REACHED);
	end_well(&f);
	check_file("/count", "1 start 1\n2 oom 1 -\n3 oom 2 -\n4 stop SIGTERM\n");
}

static void test_lost(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, temp_path(&root, "/lost"), NULL, 0, 0);
	pipeline_lost(f.pipeline, LOST_RING, 3);
	pipeline_lost(f.pipeline, LOST_OUTPUT, 1);
	pipeline_lost(f.pipeline, LOST_QUEUE, 0);
	end_well(&f);
	check_file("/lost", "1 start 1\n2 lost 3 ring\n3 lost 1 output\n4 stop SIGTERM\n");
}

/* A sink that hangs costs records, which are counted, and never the time of the one who pushes. */
static void test_overflow(void **state)
{
	const int more = 7;
	struct fixture f;
	char *text;
	char want[64];

	(void)state;
	gated = true;
	begin(&f, temp_path(&root, "/overflow"), NULL, 0, 0);
	pipeline_push(f.pipeline, sample(1));
	sem_wait(&entered);
	for (int i = 0; i < QUEUE_LEN + more; i++)
		pipeline_push(f.pipeline, sample(2));
	for (int i = 0; i < QUEUE_LEN + 1; i++)
		sem_post(&allowed);
	end_well(&f);
	gated = false;
	assert_int_equal(file_read(temp_path(&root, "/overflow"), &text, NULL, 1 << 20), 0);
	/* As soon as there is a chance: behind the record that hung. */
	assert_non_null(strstr(text, "\n2 oom 1 -\n3 lost 7 queue\n4 oom 2 -\n"));
	snprintf(want, sizeof(want), "\n%d oom %d -\n%d stop SIGTERM\n", QUEUE_LEN + 3,
		 QUEUE_LEN + 1, QUEUE_LEN + 4);
	assert_non_null(strstr(text, want));
	free(text);
}

/* By the caller, at once and ahead of what waits. */
static void test_write_now(void **state)
{
	const pid_t pids[] = {1, 2, 3};
	struct incident *urgent = sample(3);
	struct fixture f;

	(void)state;
	urgent->trigger.gfp_mask = num_of(0xcc0);
	begin(&f, temp_path(&root, "/now"), pids, 3, 0);
	wait_for_file("/now", strlen("1 start 1\n"));
	pipeline_warm_up(f.pipeline);
	pipeline_write_now(f.pipeline, urgent);
	check_file("/now", "1 start 1\n2 oom 1 GFP_KERNEL\n");
	/* Nobody wants it. */
	pipeline_write_now(f.pipeline, sample(4));
	pipeline_push(f.pipeline, sample(1));
	end_well(&f);
	check_file("/now", "1 start 1\n2 oom 1 GFP_KERNEL\n3 oom 2 -\n4 stop SIGTERM\n");
}

/* A record that hangs is waited for, but not for long; nothing is lost then. */
static void test_write_now_blocked(void **state)
{
	struct fixture f;

	(void)state;
	/* Those of an earlier test have been entered. */
	sem_init(&entered, 0, 0);
	gated = true;
	begin(&f, temp_path(&root, "/blocked"), NULL, 0, 0);
	pipeline_push(f.pipeline, sample(1));
	sem_wait(&entered);
	pipeline_write_now(f.pipeline, sample(2));
	for (int i = 0; i < 2; i++)
		sem_post(&allowed);
	end_well(&f);
	gated = false;
	check_file("/blocked", "1 start 1\n2 oom 1 -\n3 oom 2 -\n4 stop SIGTERM\n");
}

static void test_full_device(void **state)
{
	uint64_t unwritten = 0;
	struct fixture f;

	(void)state;
	begin(&f, "/dev/full", NULL, 0, 1);
	assert_true(done(&f, 10000));
	assert_int_equal(pipeline_end(f.pipeline), PIPELINE_WRITE_FAILED);
	pipeline_push(f.pipeline, sample(1));
	assert_int_equal(end(&f, "output", &unwritten), -ENOSPC);
	/* start, the incident, stop */
	assert_int_equal(unwritten, 3);
}

/* The reader of a FIFO goes away in the middle of the run. */
static void test_reader_gone(void **state)
{
	uint64_t unwritten = 0;
	struct fixture f;
	char buf[64];
	int fd;

	(void)state;
	assert_int_equal(mkfifo(temp_path(&root, "/fifo"), 0600), 0);
	fd = open(temp_path(&root, "/fifo"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	begin(&f, temp_path(&root, "/fifo"), NULL, 0, 0);
	while (read(fd, buf, sizeof(buf)) <= 0)
		usleep(1000);
	close(fd);
	pipeline_push(f.pipeline, sample(1));
	assert_true(done(&f, 10000));
	assert_int_equal(pipeline_end(f.pipeline), PIPELINE_WRITE_FAILED);
	assert_int_equal(end(&f, "output", &unwritten), -EPIPE);
	assert_int_equal(unwritten, 2);
}

static void test_reopen(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, temp_path(&root, "/log"), NULL, 0, 0);
	pipeline_push(f.pipeline, sample(1));
	wait_for_file("/log", strlen("1 start 1\n2 oom 1 -\n"));
	assert_int_equal(rename(temp_path(&root, "/log"), temp_path(&root, "/log.1")), 0);
	pipeline_reopen(f.pipeline);
	wait_for_file("/log", 0);
	pipeline_push(f.pipeline, sample(2));
	end_well(&f);
	check_file("/log.1", "1 start 1\n2 oom 1 -\n");
	check_file("/log", "3 oom 2 -\n4 stop SIGTERM\n");
}

/* Where nothing can be opened the old file goes on. */
static void test_reopen_fails(void **state)
{
	struct fixture f;

	(void)state;
	temp_dir(&root, "/dir");
	begin(&f, temp_path(&root, "/dir/log"), NULL, 0, 0);
	wait_for_file("/dir/log", strlen("1 start 1\n"));
	assert_int_equal(rename(temp_path(&root, "/dir"), temp_path(&root, "/moved")), 0);
	pipeline_reopen(f.pipeline);
	pipeline_push(f.pipeline, sample(1));
	end_well(&f);
	check_file("/moved/log", "1 start 1\n2 oom 1 -\n3 stop SIGTERM\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),	    cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_filter),	    cmocka_unit_test(test_count),
		cmocka_unit_test(test_lost),	    cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_write_now),   cmocka_unit_test(test_write_now_blocked),
		cmocka_unit_test(test_full_device), cmocka_unit_test(test_reader_gone),
		cmocka_unit_test(test_reopen),	    cmocka_unit_test(test_reopen_fails),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
