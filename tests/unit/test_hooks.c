// SPDX-License-Identifier: GPL-2.0
#include "hooks.h"
#include "oom.skel.h"
#include "tracer.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define CAPS 8

static struct hook_caps caps_of(unsigned int bits)
{
	return (struct hook_caps){
		.mark_victim_task = bits & 1,
		.mark_victim_pid = bits & 2,
		.loop = bits & 4,
	};
}

/* How many programs of the tier; of those attached that way to that target, where given. */
static size_t wanted(enum tier tier, unsigned int bits, const char *target, const char *how)
{
	struct hook_caps caps = caps_of(bits);
	size_t count = 0;

	for (size_t i = 0; i < hook_count; i++)
		count += hook_wanted(&hooks[i], tier, &caps) &&
			 (!target || !strcmp(hooks[i].target, target)) &&
			 (!how || (hooks[i].how && !strcmp(hooks[i].how, how)));
	return count;
}

/* Every program is in the BPF object; opening it asks nothing of the kernel. */
static void test_programs_exist(void **state)
{
	struct oom_bpf *skel = oom_bpf__open();
	struct bpf_program *prog;
	size_t programs = 0;

	(void)state;
	assert_non_null(skel);
	for (size_t i = 0; i < hook_count; i++) {
		prog = bpf_object__find_program_by_name(skel->obj, hooks[i].program);
		if (!prog)
			fail_msg("no program %s", hooks[i].program);
		/* Loaded when its tier is chosen, never by itself. */
		assert_false(bpf_program__autoload(prog));
	}
	bpf_object__for_each_program (prog, skel->obj)
		programs++;
	assert_int_equal(programs, hook_count);
	oom_bpf__destroy(skel);
}

static bool program_wanted(enum tier tier, unsigned int bits, const char *program)
{
	struct hook_caps caps = caps_of(bits);

	for (size_t i = 0; i < hook_count; i++)
		if (!strcmp(hooks[i].program, program))
			return hook_wanted(&hooks[i], tier, &caps);
	fail_msg("no hook %s", program);
	return false;
}

/*
 * Entry, candidates and their points, selection, kill, mark, signal and return: each seen, and seen
 * once, whatever the kernel has. The ninth is not attached.
 */
static void test_function_tiers(void **state)
{
	(void)state;
	for (unsigned int bits = 0; bits < CAPS; bits++) {
		assert_int_equal(wanted(TIER_FENTRY, bits, "out_of_memory", "fentry"), 1);
		assert_int_equal(wanted(TIER_FENTRY, bits, "oom_kill_process", "fentry"), 1);
		assert_int_equal(wanted(TIER_FENTRY, bits, "__oom_kill_process", "fentry"), 1);
		assert_int_equal(wanted(TIER_FENTRY, bits, "oom_evaluate_task", "fentry"), 1);
		assert_int_equal(wanted(TIER_FENTRY, bits, "dump_header", "fentry"), 1);
		assert_int_equal(wanted(TIER_FENTRY, bits, "signal_generate", "tp_btf"), 1);
		assert_int_equal(wanted(TIER_FENTRY, bits, NULL, "fexit"), 2);
		assert_int_equal(wanted(TIER_FENTRY, bits, "mark_victim", "tp_btf"), 1);
		assert_int_equal(wanted(TIER_FENTRY, bits, NULL, NULL), 10);
		assert_int_equal(wanted(TIER_KPROBE, bits, "out_of_memory", "kprobe"), 1);
		assert_int_equal(wanted(TIER_KPROBE, bits, "oom_kill_process", "kprobe"), 1);
		assert_int_equal(wanted(TIER_KPROBE, bits, "__oom_kill_process", "kprobe"), 1);
		assert_int_equal(wanted(TIER_KPROBE, bits, "oom_evaluate_task", "kprobe"), 1);
		assert_int_equal(wanted(TIER_KPROBE, bits, "dump_header", "kprobe"), 1);
		assert_int_equal(wanted(TIER_KPROBE, bits, "signal_generate", "tp_btf"), 1);
		assert_int_equal(wanted(TIER_KPROBE, bits, NULL, "kretprobe"), 2);
		assert_int_equal(wanted(TIER_KPROBE, bits, "mark_victim", "tp_btf"), 1);
		assert_int_equal(wanted(TIER_KPROBE, bits, NULL, NULL), 10);
	}
}

/* Each way to wait where its kernel bears it, and nowhere else. */
static void test_loop(void **state)
{
	(void)state;
	for (unsigned int bits = 0; bits < CAPS; bits++) {
		bool loop = caps_of(bits).loop;

		assert_int_equal(program_wanted(TIER_FENTRY, bits, "fentry_oom_kill_process_loop"),
				 loop);
		assert_int_equal(program_wanted(TIER_FENTRY, bits, "fentry_oom_kill_process"),
				 !loop);
		assert_int_equal(program_wanted(TIER_KPROBE, bits, "kprobe_oom_kill_process_loop"),
				 loop);
		assert_int_equal(program_wanted(TIER_KPROBE, bits, "kprobe_oom_kill_process"),
				 !loop);
		assert_false(program_wanted(TIER_TRACEPOINT, bits, "fentry_oom_kill_process_loop"));
		assert_false(program_wanted(TIER_TRACEPOINT, bits, "kprobe_oom_kill_process"));
	}
}

/* Nothing is attached of the program that the reader runs; without a hold there is no use of it. */
static void test_not_attached(void **state)
{
	(void)state;
	for (size_t i = 0; i < hook_count; i++) {
		if (hooks[i].how)
			continue;
		assert_int_equal(strncmp(hooks[i].program, "note_reader", 11), 0);
		/* The reasons are given for it too. */
		assert_non_null(hook_failure(&hooks[i], -ENOENT));
		assert_non_null(hook_failure(&hooks[i], -EPERM));
	}
	for (unsigned int bits = 0; bits < CAPS; bits++) {
		assert_int_equal(wanted(TIER_FENTRY, bits, "the reader", NULL), 1);
		assert_int_equal(wanted(TIER_KPROBE, bits, "the reader", NULL), 1);
		assert_int_equal(wanted(TIER_TRACEPOINT, bits, "the reader", NULL), 0);
	}
}

static void test_tracepoint_tier(void **state)
{
	(void)state;
	for (unsigned int bits = 0; bits < CAPS; bits += 4) {
		/* By the signals alone one sees who dies with the victim, and no victim. */
		assert_int_equal(wanted(TIER_TRACEPOINT, bits, NULL, NULL), 1);
		assert_int_equal(program_wanted(TIER_TRACEPOINT, bits, "tp_signal_generate"), 0);
		assert_int_equal(wanted(TIER_TRACEPOINT, bits | 1, "mark_victim", "tp_btf"), 1);
		assert_int_equal(wanted(TIER_TRACEPOINT, bits | 1, "signal_generate", NULL), 1);
		assert_int_equal(wanted(TIER_TRACEPOINT, bits | 2, "mark_victim", "tp_btf"), 1);
		assert_int_equal(wanted(TIER_TRACEPOINT, bits | 2, "signal_generate", NULL), 2);
	}
}

static void test_bounds(void **state)
{
	struct hook_caps caps = caps_of(CAPS - 1);

	(void)state;
	for (unsigned int bits = 0; bits < CAPS; bits++)
		for (enum tier tier = 0; tier < TIER_COUNT; tier++)
			assert_true(wanted(tier, bits, NULL, NULL) <= HOOK_RESULTS);
	for (size_t i = 0; i < hook_count; i++)
		assert_false(hook_wanted(&hooks[i], TIER_COUNT, &caps));
}

static void test_tier_names(void **state)
{
	(void)state;
	assert_string_equal(tier_name(TIER_FENTRY), "fentry");
	assert_string_equal(tier_name(TIER_KPROBE), "kprobe");
	assert_string_equal(tier_name(TIER_TRACEPOINT), "tracepoint");
	assert_string_equal(tier_name(TIER_COUNT), "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_programs_exist),
		cmocka_unit_test(test_function_tiers),
		cmocka_unit_test(test_loop),
		cmocka_unit_test(test_not_attached),
		cmocka_unit_test(test_tracepoint_tier),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_tier_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
