// SPDX-License-Identifier: GPL-2.0
#include "check.h"
#include "exit_status.h"
#include "log.h"
#include "namer_child.h"
#include "options.h"
#include "rank_run.h"
#include "trace.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libbpf's own words, among them the verifier's many lines, are for --verbose alone. */
static int print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	return vfprintf(stderr, format, args);
}

static int print_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static int print_and_exit(const char *text)
{
	if (fputs(text, stdout) < 0 || fflush(stdout)) {
		log_error("cannot write to standard output: %s", strerror(errno));
		return STATUS_FAILED;
	}
	return STATUS_DONE;
}

static int run_check(const struct options *options)
{
	int works = check_run(options->root, stdout);

	if (works < 0) {
		log_error("cannot write to standard output: %s", strerror(-works));
		return STATUS_FAILED;
	}
	return works ? STATUS_DONE : STATUS_CANNOT_TRACE;
}

static int run(const struct options *options)
{
	if (options->help)
		return print_and_exit(options_help);
	if (options->version)
		return print_and_exit("oomtrace " OOMTRACE_VERSION "\n");
	log_set_level(options->verbose ? LOG_DEBUG : options->quiet ? LOG_ERROR : LOG_INFO);
	libbpf_set_print(options->verbose ? print_libbpf : print_nothing);
	if (options->verb == VERB_CHECK)
		return run_check(options);
	return options->verb == VERB_RANK ? rank_run(options) : trace_run(options);
}

int main(int argc, char **argv)
{
	struct options options = {0};
	char *error = NULL;
	int err, status;

	if (namer_child_wanted(argc, argv))
		return namer_child_run();
	err = options_parse(argc, argv, &options, &error);
	if (err) {
		log_error("%s", error ? error : strerror(-err));
		free(error);
		return err == -EINVAL ? STATUS_USAGE : STATUS_FAILED;
	}
	status = run(&options);
	options_free(&options);
	return status;
}
