// SPDX-License-Identifier: GPL-2.0
#include "options.h"
#include "text.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PID_MAX_LIMIT 4194304 /* of any 64-bit kernel */

/* Long options without a letter. */
enum {
	OPT_DEBUGINFOD = 256,
	OPT_HOLD,
	OPT_HOOK,
	OPT_LABEL,
	OPT_ROOT,
	OPT_TOP,
};

/* ':' first: a missing argument is told apart from an unknown option. */
static const char short_options[] = ":jo:c:p:n:d:vqVh";

static const struct option long_options[] = {
	{"json", no_argument, NULL, 'j'},
	{"output", required_argument, NULL, 'o'},
	{"cgroup", required_argument, NULL, 'c'},
	{"pid", required_argument, NULL, 'p'},
	{"count", required_argument, NULL, 'n'},
	{"duration", required_argument, NULL, 'd'},
	{"debuginfod", no_argument, NULL, OPT_DEBUGINFOD},
	{"hold", required_argument, NULL, OPT_HOLD},
	{"hook", required_argument, NULL, OPT_HOOK},
	{"label", required_argument, NULL, OPT_LABEL},
	{"root", required_argument, NULL, OPT_ROOT},
	{"top", required_argument, NULL, OPT_TOP},
	{"verbose", no_argument, NULL, 'v'},
	{"quiet", no_argument, NULL, 'q'},
	{"version", no_argument, NULL, 'V'},
	{"help", no_argument, NULL, 'h'},
	{0},
};

const char options_help[] =
	"Usage: oomtrace [OPTION]...\n"
	"       oomtrace check [OPTION]...\n"
	"       oomtrace rank [OPTION]... [PID]\n"
	"\n"
	"Reports each out-of-memory kill of the Linux kernel: who died, whose limit was\n"
	"hit, how much of what was in use, and which code asked for the memory.\n"
	"\n"
	"  (no verb)              trace until interrupted, one report for each OOM\n"
	"  check                  say what can be traced on this machine and what not;\n"
	"                         exit 0 when at least one way works\n"
	"  rank                   say who would be killed next, and why: on the machine,\n"
	"                         in a cgroup (-c), or where PID runs into its limit;\n"
	"                         takes -c once, -j, -o, --top, --root, --label\n"
	"\n"
	"What to trace:\n"
	"  -c, --cgroup PATH      only OOMs whose victim, or whose exceeded limit, lies\n"
	"                         in this cgroup or below it; may be repeated; with the\n"
	"                         cgroup mount (/sys/fs/cgroup/kubepods) or without it\n"
	"                         (/kubepods)\n"
	"  -p, --pid PID          only OOMs whose victim or trigger is this process; may\n"
	"                         be repeated\n"
	"  -n, --count N          stop after N OOMs\n"
	"  -d, --duration SECONDS stop after that time\n"
	"      --hook HOW         how to attach: auto, fentry, kprobe or tracepoint;\n"
	"                         auto, the default, takes the best that attaches\n"
	"      --hold MS          how long the kernel may wait, before it kills, for the\n"
	"                         victim's /proc to be read: 25 by default, at most 200;\n"
	"                         0 never waits\n"
	"      --root DIR         where the host's /proc and /sys are, for a container\n"
	"                         that has the host mounted at DIR\n"
	"      --debuginfod       ask the servers in DEBUGINFOD_URLS for debug files that\n"
	"                         are not on this machine; never done otherwise\n"
	"      --top N            how many of the processes that are ranked, or that the\n"
	"                         kernel weighed, to report: 10 by default; of the latter\n"
	"                         at most 32\n"
	"\n"
	"What to write:\n"
	"  -j, --json             one JSON object a line instead of text\n"
	"  -o, --output FILE      append to FILE instead of standard output; opened anew\n"
	"                         on SIGHUP\n"
	"      --label KEY=VALUE  put this into the labels of every record; may be\n"
	"                         repeated; KEY of letters, digits and _ . - /\n"
	"  -v, --verbose          more details\n"
	"  -q, --quiet            only errors on standard error\n"
	"  -V, --version          print the version and exit\n"
	"  -h, --help             print this and exit\n"
	"\n"
	"Exit status:\n"
	"  0  done, also when stopped by SIGINT or SIGTERM\n"
	"  1  failure at run time\n"
	"  2  wrong usage\n"
	"  3  nothing could be attached, for want of privilege or by the kernel\n"
	"\n"
	"Tracing needs root, or CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE and\n"
	"CAP_DAC_READ_SEARCH.\n";

/* The text quotes argv, which need not be fit for a terminal. Always returns -EINVAL or -ENOMEM. */
__attribute__((format(printf, 2, 3))) static int wrong(char **error, const char *fmt, ...)
{
	char *raw, *text;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vasprintf(&raw, fmt, args);
	va_end(args);
	if (len < 0)
		return -ENOMEM;
	text = text_printable(raw, (size_t)len);
	free(raw);
	if (!text)
		return -ENOMEM;
	*error = text;
	return -EINVAL;
}

/* Makes room for one more element; doubling whenever the count is a power of two. */
static int grow(void **array, size_t count, size_t size)
{
	void *larger;

	if (count & (count - 1))
		return 0;
	larger = reallocarray(*array, count ? count * 2 : 1, size);
	if (!larger)
		return -ENOMEM;
	*array = larger;
	return 0;
}

static int parse_number(const char *name, const char *text, uint64_t min, uint64_t max,
			uint64_t *ret_value, char **error)
{
	uint64_t value = 0;
	const char *c;

	for (c = text; *c >= '0' && *c <= '9'; c++) {
		unsigned int digit = (unsigned int)(*c - '0');

		if (value > (max - digit) / 10)
			break;
		value = value * 10 + digit;
	}
	if (c == text || *c || value < min)
		return wrong(error, "%s takes a whole number from %llu to %llu, not '%s'", name,
			     (unsigned long long)min, (unsigned long long)max, text);
	*ret_value = value;
	return 0;
}

static int parse_hook(const char *text, enum hook_choice *ret_hook, char **error)
{
	static const char *const names[] = {
		[HOOK_AUTO] = "auto",
		[HOOK_FENTRY] = "fentry",
		[HOOK_KPROBE] = "kprobe",
		[HOOK_TRACEPOINT] = "tracepoint",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(text, names[i])) {
			*ret_hook = (enum hook_choice)i;
			return 0;
		}
	}
	return wrong(error, "--hook takes auto, fentry, kprobe or tracepoint, not '%s'", text);
}

static int add_cgroup(struct options *options, const char *path, char **error)
{
	int err;

	if (path[0] != '/')
		return wrong(error, "--cgroup takes a path that begins with '/', not '%s'", path);
	err = grow((void **)&options->cgroups, options->cgroup_count, sizeof(*options->cgroups));
	if (err)
		return err;
	options->cgroups[options->cgroup_count++] = path;
	return 0;
}

static int add_pid(struct options *options, const char *text, char **error)
{
	uint64_t pid = 0;
	int err;

	err = parse_number("--pid", text, 1, PID_MAX_LIMIT, &pid, error);
	if (err)
		return err;
	err = grow((void **)&options->pids, options->pid_count, sizeof(*options->pids));
	if (err)
		return err;
	options->pids[options->pid_count++] = (pid_t)pid;
	return 0;
}

static int add_label(struct options *options, const char *text, char **error)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.-/";
	size_t len = strspn(text, allowed);
	char *key;
	int err;

	if (!len || text[len] != '=')
		return wrong(error,
			     "--label takes KEY=VALUE with a KEY of letters, digits and _.-/, "
			     "not '%s'",
			     text);
	for (size_t i = 0; i < options->label_count; i++) {
		const char *other = options->labels[i].key;

		if (strlen(other) == len && !memcmp(other, text, len))
			return wrong(error, "--label %s is given twice", other);
	}
	err = grow((void **)&options->labels, options->label_count, sizeof(*options->labels));
	if (err)
		return err;
	key = strndup(text, len);
	if (!key)
		return -ENOMEM;
	options->labels[options->label_count++] =
		(struct label){.key = key, .value = text + len + 1};
	return 0;
}

static const char *long_name(int value)
{
	for (const struct option *o = long_options; o->name; o++)
		if (o->val == value)
			return o->name;
	return NULL;
}

static int remember(struct options *options, int value, const char *text)
{
	int err = grow((void **)&options->pairs, options->pair_count, sizeof(*options->pairs));

	if (err)
		return err;
	options->pairs[options->pair_count++] =
		(struct pair){.name = long_name(value), .text = text ? text : "true"};
	return 0;
}

/* getopt_long() returned '?': an unknown or ambiguous option, or a value for one that has none. */
static int unknown_option(char **argv, char **error)
{
	const char *name = optopt ? long_name(optopt) : NULL;

	if (name)
		return wrong(error, "option '--%s' takes no value: see oomtrace --help", name);
	if (optopt)
		return wrong(error, "unknown option '-%c': see oomtrace --help", optopt);
	return wrong(error, "unknown option '%s': see oomtrace --help", argv[optind - 1]);
}

static int take_text(const char *name, const char *text, const char **ret_text, char **error)
{
	if (!text[0])
		return wrong(error, "--%s takes a path, not ''", name);
	*ret_text = text;
	return 0;
}

static int take_option(struct options *options, int value, const char *arg, char **error)
{
	switch (value) {
	case 'j':
		options->json = true;
		return 0;
	case 'v':
		options->verbose = true;
		return 0;
	case 'q':
		options->quiet = true;
		return 0;
	case 'V':
		options->version = true;
		return 0;
	case 'h':
		options->help = true;
		return 0;
	case 'o':
		return take_text("output", arg, &options->output, error);
	case OPT_DEBUGINFOD:
		options->debuginfod = true;
		return 0;
	case OPT_ROOT:
		return take_text("root", arg, &options->root, error);
	case 'c':
		return add_cgroup(options, arg, error);
	case 'p':
		return add_pid(options, arg, error);
	case 'n':
		return parse_number("--count", arg, 1, INT32_MAX, &options->count, error);
	case 'd':
		return parse_number("--duration", arg, 1, INT32_MAX, &options->duration_s, error);
	case OPT_HOLD:
		options->hold_given = true;
		return parse_number("--hold", arg, 0, HOLD_MAX_MS, &options->hold_ms, error);
	case OPT_HOOK:
		return parse_hook(arg, &options->hook, error);
	case OPT_LABEL:
		return add_label(options, arg, error);
	case OPT_TOP:
		return parse_number("--top", arg, 1, TOP_MAX, &options->top, error);
	}
	return -EINVAL;
}

/* Of the options, those that rank has a use for. */
static int check_rank(const struct options *options, char **error)
{
	static const char *const useful[] = {
		"json", "output", "cgroup", "top", "root", "label", "verbose", "quiet",
	};
	const size_t count = sizeof(useful) / sizeof(useful[0]);

	for (size_t i = 0; i < options->pair_count; i++) {
		size_t k = 0;

		while (k < count && strcmp(options->pairs[i].name, useful[k]))
			k++;
		if (k == count)
			return wrong(error, "rank has no use for --%s", options->pairs[i].name);
	}
	if (options->cgroup_count > 1)
		return wrong(error, "rank takes one --cgroup, not %zu", options->cgroup_count);
	return 0;
}

static int take_rank(struct options *options, int count, char **words, char **error)
{
	uint64_t pid = 0;
	int err;

	options->verb = VERB_RANK;
	if (count > 1)
		return wrong(error, "rank takes one PID, not '%s' as well", words[1]);
	if (count) {
		err = parse_number("rank PID", words[0], 1, PID_MAX_LIMIT, &pid, error);
		if (err)
			return err;
	}
	options->ranked_pid = (pid_t)pid;
	return check_rank(options, error);
}

static int take_verb(struct options *options, int count, char **words, char **error)
{
	if (count && !strcmp(words[0], "rank"))
		return take_rank(options, count - 1, words + 1, error);
	if (options->top > TOP_TRACED_MAX)
		return wrong(error, "--top is at most %d but for rank, not '%llu'", TOP_TRACED_MAX,
			     (unsigned long long)options->top);
	if (!count)
		return 0;
	if (strcmp(words[0], "check"))
		return wrong(error, "unknown verb '%s': see oomtrace --help", words[0]);
	if (count > 1)
		return wrong(error, "check takes no further words, not '%s'", words[1]);
	options->verb = VERB_CHECK;
	return 0;
}

static int parse_all(int argc, char **argv, struct options *options, char **error)
{
	int value, err;

	opterr = 0;
	optind = 0; /* glibc and musl: start afresh */
	while ((value = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
		if (value == '?')
			return unknown_option(argv, error);
		if (value == ':')
			return wrong(error, "option '--%s' needs a value: see oomtrace --help",
				     long_name(optopt));
		err = take_option(options, value, optarg, error);
		if (err)
			return err;
		if (options->help || options->version)
			return 0;
		err = remember(options, value, optarg);
		if (err)
			return err;
	}
	return take_verb(options, argc - optind, argv + optind, error);
}

int options_parse(int argc, char **argv, struct options *ret_options, char **ret_error)
{
	struct options options = {.root = "", .hold_ms = HOLD_DEFAULT_MS, .top = TOP_DEFAULT};
	char *error = NULL;
	int err;

	err = parse_all(argc, argv, &options, &error);
	if (err) {
		options_free(&options);
		if (error)
			*ret_error = error;
		return err;
	}
	*ret_options = options;
	return 0;
}

void options_free(struct options *options)
{
	if (!options)
		return;
	for (size_t i = 0; i < options->label_count; i++)
		free((char *)options->labels[i].key);
	free(options->labels);
	free(options->pids);
	free(options->cgroups);
	free(options->pairs);
	*options = (struct options){.root = ""};
}

const struct pair *options_pairs(const struct options *options, size_t *ret_count)
{
	*ret_count = options->pair_count;
	return options->pairs;
}
