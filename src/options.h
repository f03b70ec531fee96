/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command line. Nothing here prints or exits.
 */
#ifndef OOMTRACE_OPTIONS_H
#define OOMTRACE_OPTIONS_H

#include "sink.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum verb {
	VERB_TRACE,
	VERB_CHECK,
	VERB_RANK,
};

enum {
	HOLD_DEFAULT_MS = 25,
	HOLD_MAX_MS = 200,
	TOP_DEFAULT = 10,
	TOP_MAX = 1000000,
	TOP_TRACED_MAX = 32,
};

enum hook_choice {
	HOOK_AUTO,
	HOOK_FENTRY,
	HOOK_KPROBE,
	HOOK_TRACEPOINT,
};

/* Strings point into argv, which must outlive this, but for the keys of the labels. */
struct options {
	enum verb verb;
	enum hook_choice hook;
	bool help;
	bool version;
	bool json;
	bool verbose;
	bool quiet;
	bool debuginfod;     /* ask servers for debug files */
	const char *output;  /* NULL: standard output */
	const char *root;    /* put before /proc and /sys; "" by default */
	uint64_t count;	     /* 0: no bound */
	uint64_t duration_s; /* 0: no bound */
	uint64_t hold_ms;    /* 0: never hold; HOLD_DEFAULT_MS when not given */
	bool hold_given;
	uint64_t top;	      /* how many candidates to report; TOP_DEFAULT when not given */
	pid_t ranked_pid;     /* the word after "rank"; 0: none */
	const char **cgroups; /* absolute paths */
	size_t cgroup_count;
	pid_t *pids;
	size_t pid_count;
	struct label *labels;
	size_t label_count;
	struct pair *pairs; /* see options_pairs() */
	size_t pair_count;
};

/*
 * Reads the command line. Returns -EINVAL on wrong usage, -ENOMEM when memory is short. With
 * -EINVAL *ret_error is one line without a newline that says what is wrong, safe to show on a
 * terminal; the caller frees it. With --help or --version the rest need not make sense and is not
 * looked at. On success the caller frees what the options own with options_free(). Like all users
 * of getopt(3), for one thread at a time; argv may be put into another order.
 */
int options_parse(int argc, char **argv, struct options *ret_options, char **ret_error);

/* Frees what the options own, not the object itself; NULL and zeroed options are allowed. */
void options_free(struct options *options);

/*
 * The options that were given, in their order, under their long names: {"cgroup", "/kubepods"},
 * {"json", "true"}. A repeated option stands there as often as it was given. Owned by the options.
 */
const struct pair *options_pairs(const struct options *options, size_t *ret_count);

/* What --help prints: complete lines of at most 80 columns. */
extern const char options_help[];

#endif
