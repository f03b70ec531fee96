// SPDX-License-Identifier: GPL-2.0
#include "rank_run.h"

#include "badness.h"
#include "clock.h"
#include "exit_status.h"
#include "identity.h"
#include "log.h"
#include "output.h"
#include "rank.h"
#include "text.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static void show_bad_cgroup(const char *name, const char *why)
{
	char *printable = text_printable(name, strlen(name));

	log_error("cgroup '%s': %s", printable ? printable : "", why);
	free(printable);
}

static void show_failure(const struct options *options, int err)
{
	const char *cgroup = options->cgroup_count ? options->cgroups[0] : NULL;

	if (err == -ESRCH)
		log_error("pid %d: no such process, or it has no memory of its own",
			  options->ranked_pid);
	else if (err == -EXDEV && cgroup)
		log_error("pid %d is not in the cgroup", options->ranked_pid);
	else if (err == -EXDEV)
		log_error("pid %d has left its cgroup meanwhile", options->ranked_pid);
	else if (cgroup && err == -ENODEV)
		show_bad_cgroup(cgroup,
				"no cgroup hierarchy with the memory controller is mounted");
	else if (cgroup && err == -EINVAL)
		show_bad_cgroup(cgroup, "'..' is not allowed in the path");
	else if (cgroup && err == -ENOENT)
		show_bad_cgroup(cgroup, "no such cgroup; give its path as below the cgroup mount");
	else
		log_error("cannot rank: %s", strerror(-err));
}

static int render(const struct options *options, const struct identity *identity,
		  const struct rank *rank, char **ret_text, size_t *ret_len)
{
	const struct sink *sink = options->json ? &sink_json : &sink_text;
	const char *no_color = getenv("NO_COLOR");
	const struct record_common common = {
		.seq = 1,
		.realtime_ns = clock_ns(CLOCK_REALTIME),
		.monotonic_ns = (uint64_t)clock_ns(CLOCK_MONOTONIC),
		.run = identity->run,
		.boot_id = identity->boot_id[0] ? identity->boot_id : NULL,
		.host_name = identity->host.nodename,
		.host_kernel = identity->host.release,
		.labels = options->labels,
		.label_count = options->label_count,
	};
	const struct text_style style = {
		.colour = !options->output && isatty(STDOUT_FILENO) && !(no_color && *no_color),
		.verbose = options->verbose,
		.utc = true,
	};
	FILE *out = open_memstream(ret_text, ret_len);
	int err;

	if (!out)
		return -ENOMEM;
	err = sink->rank(out, &common, rank, &style);
	if (fclose(out) && !err)
		err = -ENOMEM;
	return err;
}

static int write_record(const struct options *options, const char *text, size_t len)
{
	struct output *output;
	int err;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	err = output_open(&output, options->output);
	if (err)
		return err;
	err = output_write(output, text, len, -1, 0);
	output_close(output);
	return err;
}

static int write_rank(const struct options *options, const struct rank *rank)
{
	struct identity identity;
	char *text = NULL;
	size_t len = 0;
	int err = identity_read(options->root, &identity);

	if (!err)
		err = render(options, &identity, rank, &text, &len);
	if (!err)
		err = write_record(options, text, len);
	free(text);
	if (!err)
		return STATUS_DONE;
	log_error("cannot write to %s: %s", options->output ? "the output file" : "standard output",
		  strerror(-err));
	return STATUS_FAILED;
}

int rank_run(const struct options *options)
{
	struct utsname host;
	const struct rank_config config = {
		.root = options->root,
		.cgroup = options->cgroup_count ? options->cgroups[0] : NULL,
		.pid = options->ranked_pid,
		.top = options->top,
		.exact = !uname(&host) && badness_is_exact(host.release),
	};
	struct rank *rank;
	int err = rank_new(&config, &rank), status;

	if (err) {
		show_failure(options, err);
		return STATUS_FAILED;
	}
	status = write_rank(options, rank);
	rank_free(rank);
	return status;
}
