// SPDX-License-Identifier: GPL-2.0
#include "options.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct options options;

/* argv from words separated by '|'; the buffer lives until the next call. */
static int parse(const char *line, char **error)
{
	static char buf[1024];
	static char *argv[64];
	int argc = 1;

	options_free(&options);
	snprintf(buf, sizeof(buf), "%s", line);
	argv[0] = (char *)"oomtrace";
	for (char *rest = buf; *line && rest;)
		argv[argc++] = strsep(&rest, "|");
	argv[argc] = NULL;
	return options_parse(argc, argv, &options, error);
}

static void good(const char *line)
{
	char *error = NULL;

	assert_int_equal(parse(line, &error), 0);
	assert_null(error);
}

static void bad(const char *line, const char *want)
{
	struct options before;
	char *error = NULL;

	options_free(&options);
	before = options;
	assert_int_equal(parse(line, &error), -EINVAL);
	assert_string_equal(error, want);
	assert_memory_equal(&before, &options, sizeof(options));
	free(error);
}

static void defaults(void **state)
{
	(void)state;
	good("");
	assert_int_equal(options.verb, VERB_TRACE);
	assert_int_equal(options.hook, HOOK_AUTO);
	assert_null(options.output);
	assert_string_equal(options.root, "");
	assert_false(options.debuginfod);
	assert_int_equal(options.count + options.duration_s + options.pair_count, 0);
	options_free(NULL);
}

static void everything(void **state)
{
	const struct pair *pairs;
	size_t count;

	(void)state;
	good("-jv|-o|f|-c|/a|--cgroup=/b|-p|1|--pid|4194304|-n3|--duration|60|--hook=kprobe|"
	     "--label|region=eu=1|--label|k8s.io/x=|--root|/host|check|-q|--debuginfod");
	assert_int_equal(options.verb, VERB_CHECK);
	assert_true(options.json && options.verbose && options.quiet && options.debuginfod);
	assert_string_equal(options.output, "f");
	assert_string_equal(options.root, "/host");
	assert_int_equal(options.cgroup_count, 2);
	assert_string_equal(options.cgroups[1], "/b");
	assert_int_equal(options.pid_count, 2);
	assert_int_equal(options.pids[1], 4194304);
	assert_int_equal(options.count, 3);
	assert_int_equal(options.duration_s, 60);
	assert_int_equal(options.hook, HOOK_KPROBE);
	assert_int_equal(options.label_count, 2);
	assert_string_equal(options.labels[0].key, "region");
	assert_string_equal(options.labels[0].value, "eu=1");
	assert_string_equal(options.labels[1].value, "");

	pairs = options_pairs(&options, &count);
	assert_int_equal(count, 15);
	assert_string_equal(pairs[0].name, "json");
	assert_string_equal(pairs[0].text, "true");
	assert_string_equal(pairs[4].name, "cgroup");
	assert_string_equal(pairs[4].text, "/b");
	assert_string_equal(pairs[13].name, "quiet");
	assert_string_equal(pairs[14].name, "debuginfod");
}

static void wrong_usage(void **state)
{
	(void)state;
	bad("--foo", "unknown option '--foo': see oomtrace --help");
	bad("--hold=201", "--hold takes a whole number from 0 to 200, not '201'");
	bad("--hold=x", "--hold takes a whole number from 0 to 200, not 'x'");
	bad("-x", "unknown option '-x': see oomtrace --help");
	bad("--json|-jx", "unknown option '-x': see oomtrace --help");
	bad("--json=1", "option '--json' takes no value: see oomtrace --help");
	bad("-n", "option '--count' needs a value: see oomtrace --help");
	bad("--label", "option '--label' needs a value: see oomtrace --help");
	bad("trace", "unknown verb 'trace': see oomtrace --help");
}

static void values(void **state)
{
	static const char *const numbers[] = {"",
					      "0",
					      "-1",
					      "+1",
					      " 1",
					      "1 ",
					      "1x",
					      "0x1",
					      "4194305",
					      "18446744073709551617",
					      "99999999999999"};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		char line[64], want[128];

		snprintf(line, sizeof(line), "--pid=%s", numbers[i]);
		snprintf(want, sizeof(want),
			 "--pid takes a whole number from 1 to 4194304, not '%s'", numbers[i]);
		bad(line, want);
	}
	good("-n2147483647|-d2147483647");
	bad("-n2147483648", "--count takes a whole number from 1 to 2147483647, not '2147483648'");
	bad("-d1.5", "--duration takes a whole number from 1 to 2147483647, not '1.5'");
	bad("--hook=lsm", "--hook takes auto, fentry, kprobe or tracepoint, not 'lsm'");
	bad("-ca", "--cgroup takes a path that begins with '/', not 'a'");
	bad("--output=", "--output takes a path, not ''");
	bad("--label=a", "--label takes KEY=VALUE with a KEY of letters, digits and _.-/, not 'a'");
	bad("--label==b",
	    "--label takes KEY=VALUE with a KEY of letters, digits and _.-/, not '=b'");
	bad("--label=a b=c",
	    "--label takes KEY=VALUE with a KEY of letters, digits and _.-/, not 'a b=c'");
	bad("--label=a=1|--label=ab=1|--label=a=2", "--label a is given twice");
	bad("check|x", "check takes no further words, not 'x'");
	bad("--\033[2Jx", "unknown option '--\\e[2Jx': see oomtrace --help");
}

static void many(void **state)
{
	static char *argv[3002];
	char *error = NULL;

	(void)state;
	argv[0] = (char *)"oomtrace";
	for (int i = 1; i <= 3000; i++)
		argv[i] = (char *)"-c/x";
	options_free(&options);
	assert_int_equal(options_parse(3001, argv, &options, &error), 0);
	assert_int_equal(options.cgroup_count, 3000);
	assert_string_equal(options.cgroups[2999], "/x");
}

static void help(void **state)
{
	const char *line = options_help;

	(void)state;
	good("--help|--whatever");
	assert_true(options.help);
	good("-V");
	assert_true(options.version);
	while (*line) {
		size_t len = strcspn(line, "\n");

		assert_true(len <= 80);
		assert_int_equal(line[len], '\n');
		line += len + 1;
	}
}

static int teardown(void **state)
{
	(void)state;
	options_free(&options);
	return 0;
}

static void ranks(void **state)
{
	(void)state;
	good("rank");
	assert_int_equal(options.verb, VERB_RANK);
	assert_int_equal(options.ranked_pid, 0);
	assert_int_equal(options.top, 10);
	good("rank|4242|--top|3|-c|/a|-j|-o|x|--root|/host|--label|a=b|-v|-q");
	assert_int_equal(options.ranked_pid, 4242);
	assert_int_equal(options.top, 3);
	assert_int_equal(options.cgroup_count, 1);
	good("--json|rank|4194304");
	assert_int_equal(options.ranked_pid, 4194304);
	bad("rank|x", "rank PID takes a whole number from 1 to 4194304, not 'x'");
	bad("rank|0", "rank PID takes a whole number from 1 to 4194304, not '0'");
	bad("rank|1|2", "rank takes one PID, not '2' as well");
	bad("rank|-c|/a|-c|/b", "rank takes one --cgroup, not 2");
	bad("rank|--hold|5", "rank has no use for --hold");
	bad("rank|-n|5", "rank has no use for --count");
	bad("rank|--top|0", "--top takes a whole number from 1 to 1000000, not '0'");
	good("--top|32");
	assert_int_equal(options.top, 32);
	bad("--top|33", "--top is at most 32 but for rank, not '33'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranks),      cmocka_unit_test(defaults),
		cmocka_unit_test(everything), cmocka_unit_test(wrong_usage),
		cmocka_unit_test(values),     cmocka_unit_test(many),
		cmocka_unit_test(help),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
