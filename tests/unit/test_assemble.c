// SPDX-License-Identifier: GPL-2.0
#include "assemble.h"
#include "sample_records.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define MOST 16

/* An assembler and the incidents that came out of it. */
struct run {
	struct assembler *assembler;
	size_t count;
	struct incident *incidents[MOST];
};

static void collect(void *ctx, struct incident *incident)
{
	struct run *run = ctx;

	assert_true(run->count < MOST);
	run->incidents[run->count++] = incident;
}

static void begin(struct run *run, bool mark_only)
{
	memset(run, 0, sizeof(*run));
	run->assembler =
		assembler_new(mark_only ? "tracepoint" : "fentry", mark_only, collect, run);
	assert_non_null(run->assembler);
}

static void end(struct run *run)
{
	for (size_t i = 0; i < run->count; i++)
		incident_free(run->incidents[i]);
	assembler_free(run->assembler);
}

static void feed(struct run *run, void *rec)
{
	const struct ev_header *hdr = rec;

	assert_int_equal(assembler_feed(run->assembler, rec, hdr->size, &sample_units), 0);
	free(rec);
}

static struct ev_invoked *invoked_by(uint64_t incident, int32_t tid)
{
	struct ev_invoked *rec = sample_invoked(incident);

	rec->hdr.tid = rec->trigger.tid = tid;
	return rec;
}

static void test_killed(void **state)
{
	struct incident *got;
	struct run run;

	(void)state;
	begin(&run, false);
	assert_false(assembler_pending(run.assembler));
	feed(&run, sample_invoked(4));
	assert_true(assembler_pending(run.assembler));
	feed(&run, sample_modules(4, 2));
	feed(&run, sample_selected(4));
	feed(&run, sample_killed(4, SAMPLE_VICTIM_TGID));
	feed(&run, sample_marked(4, SAMPLE_VICTIM_TGID));
	assert_int_equal(run.count, 0);
	feed(&run, sample_returned(4, 1, EV_CHOSEN_TASK));
	assert_false(assembler_pending(run.assembler));
	assert_int_equal(run.count, 1);
	got = run.incidents[0];
	assert_int_equal(got->kernel_id, 4);
	assert_int_equal(got->monotonic_ns, 5004);
	assert_int_equal(got->realtime_ns, 1005004);
	assert_string_equal(got->hook, "fentry");
	assert_int_equal(got->outcome, OUTCOME_KILLED);
	assert_int_equal(got->scope, SCOPE_MEMCG);
	assert_true(got->sysrq.known);
	assert_int_equal(got->sysrq.value, 0);
	assert_string_equal(got->message, "Memory cgroup out of memory");
	assert_int_equal(got->trigger.process.tid.value, SAMPLE_TRIGGER_TID);
	assert_int_equal(got->trigger.gfp_mask.value, 0xcc0);
	assert_int_equal(got->trigger.order.value, 0);
	assert_string_equal(got->trigger.process.cgroup, "/a/b");
	assert_int_equal(got->trigger.kernel_stack.count, 3);
	assert_int_equal(got->trigger.user_stack.count, 2);
	assert_true(got->has_victim);
	assert_int_equal(got->victim.process.pid.value, SAMPLE_VICTIM_TGID);
	assert_string_equal(got->victim.process.cgroup, "/a/c");
	assert_int_equal(got->victim.process.memory.rss_bytes.value, 214 * 4096);
	assert_int_equal(got->victim.score.points_pages.value, 3252);
	assert_true(got->victim.kernel_stack.valid);
	assert_int_equal(got->victim.kernel_stack.frames[0].address, 0xffffffff82000000);
	assert_string_equal(got->limit.cgroup, "/a");
	assert_int_equal(got->also_killed_count, 0);
	assert_int_equal(got->hold, HOLD_ACKNOWLEDGED);
	assert_null(got->hold_reason);
	assert_int_equal(got->hold_ns.value, SAMPLE_HOLD_NS);
	/* What was read of /proc and when is not the assembler's to say. */
	assert_int_equal(got->proc, PROC_UNKNOWN);
	assert_false(got->lost_records);
	end(&run);
}

static void test_hold(void **state)
{
	static const struct {
		uint32_t hold;
		enum hold_state want;
		const char *reason;
	} cases[] = {
		{EV_HOLD_NONE, HOLD_OFF, "no_victim"},
		{EV_HOLD_FILTERED, HOLD_OFF, "filtered"},
		{EV_HOLD_NO_RECORD, HOLD_OFF, "no_record"},
		{EV_HOLD_ACKNOWLEDGED, HOLD_ACKNOWLEDGED, NULL},
		{EV_HOLD_TIMED_OUT, HOLD_TIMED_OUT, NULL},
		{EV_HOLD_YES, HOLD_UNKNOWN, NULL},
		{UINT32_MAX, HOLD_UNKNOWN, NULL},
	};
	struct ev_returned *returned;
	struct run run;

	(void)state;
	begin(&run, false);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		returned = sample_returned(i + 1, 1, EV_CHOSEN_TASK);
		returned->hold = cases[i].hold;
		returned->hold_ns = i ? i : UINT64_MAX;
		feed(&run, sample_invoked(i + 1));
		feed(&run, returned);
		assert_int_equal(run.incidents[i]->hold, cases[i].want);
		if (cases[i].reason)
			assert_string_equal(run.incidents[i]->hold_reason, cases[i].reason);
		else
			assert_null(run.incidents[i]->hold_reason);
		assert_true(run.incidents[i]->hold_ns.known);
		assert_true(run.incidents[i]->hold_ns.value >= 0);
	}
	/* Whether there was one stands in the last record: without it nothing is known. */
	feed(&run, sample_invoked(100));
	feed(&run, sample_selected(100));
	assembler_idle(run.assembler);
	assert_int_equal(run.incidents[run.count - 1]->hold, HOLD_UNKNOWN);
	assert_false(run.incidents[run.count - 1]->hold_ns.known);
	end(&run);
}

/* What the files read are measured against: the first kill, else the mark, else the end. */
static void test_kill_time(void **state)
{
	struct ev_killed *first = sample_killed(1, SAMPLE_VICTIM_TGID);
	struct ev_killed *second = sample_killed(1, 300);
	struct ev_returned *returned = sample_returned(1, 1, EV_CHOSEN_TASK);
	struct run run;

	(void)state;
	first->hdr.time_ns = 6000;
	second->hdr.time_ns = 7000;
	returned->hdr.time_ns = 8000;
	begin(&run, false);
	feed(&run, sample_invoked(1));
	feed(&run, sample_selected(1));
	feed(&run, first);
	feed(&run, sample_marked(1, SAMPLE_VICTIM_TGID));
	feed(&run, second);
	feed(&run, returned);
	assert_int_equal(run.incidents[0]->kill_ns, 6000);

	returned = sample_returned(2, 1, EV_CHOSEN_TASK);
	returned->hdr.time_ns = 9000;
	feed(&run, sample_invoked(2));
	feed(&run, sample_selected(2));
	feed(&run, sample_marked(2, SAMPLE_VICTIM_TGID));
	feed(&run, returned);
	assert_int_equal(run.incidents[1]->outcome, OUTCOME_VICTIM_EXITING);
	/* The record of the kill may have been lost: not later than its mark. */
	assert_int_equal(run.incidents[1]->kill_ns, 5002);

	feed(&run, sample_invoked(3));
	feed(&run, sample_selected(3));
	assembler_idle(run.assembler);
	assert_int_equal(run.incidents[2]->kill_ns, 0);
	end(&run);
}

static void test_names(void **state)
{
	struct incident *got;
	struct run run;

	(void)state;
	begin(&run, false);
	for (uint32_t source = EV_CMDLINE_NONE; source <= EV_CMDLINE_AT_EXEC; source++) {
		feed(&run, sample_invoked(source + 1));
		feed(&run, sample_names(source + 1, source));
		feed(&run, sample_selected(source + 1));
		feed(&run, sample_killed(source + 1, SAMPLE_VICTIM_TGID));
		feed(&run, sample_returned(source + 1, 1, EV_CHOSEN_TASK));
		got = run.incidents[source];
		assert_true(got->has_victim);
		assert_string_equal(got->victim.exe, "/bin/app");
		if (source == EV_CMDLINE_NONE)
			assert_null(got->victim.cmdline);
		else
			assert_string_equal(got->victim.cmdline, "app --size 8");
		assert_int_equal(got->victim.known_in_advance, source == EV_CMDLINE_AT_EXEC);
	}
	/* Twice: the first stays. */
	feed(&run, sample_invoked(9));
	feed(&run, sample_names(9, EV_CMDLINE_LIVE));
	feed(&run, sample_names(9, EV_CMDLINE_AT_EXEC));
	feed(&run, sample_returned(9, 1, EV_CHOSEN_TASK));
	assert_string_equal(run.incidents[3]->victim.cmdline, "app --size 8");
	assert_false(run.incidents[3]->victim.known_in_advance);
	end(&run);
}

static struct incident *feed_names(struct run *run, uint64_t incident, struct ev_names *names)
{
	feed(run, sample_invoked(incident));
	feed(run, names);
	feed(run, sample_returned(incident, 1, EV_CHOSEN_TASK));
	return run->incidents[run->count - 1];
}

/* Lengths that lie and paths that are not whole: the one is unknown, the other still known. */
static void test_bad_names(void **state)
{
	struct ev_names *names;
	struct incident *got;
	struct run run;

	(void)state;
	begin(&run, false);
	names = sample_names(1, EV_CMDLINE_LIVE);
	names->exe.len = UINT16_MAX;
	got = feed_names(&run, 1, names);
	assert_null(got->victim.exe);
	assert_string_equal(got->victim.cmdline, "app --size 8");

	names = sample_names(2, EV_CMDLINE_AT_EXEC);
	names->cmdline.len = EV_CMDLINE_LEN + 1;
	got = feed_names(&run, 2, names);
	assert_string_equal(got->victim.exe, "/bin/app");
	assert_null(got->victim.cmdline);
	assert_false(got->victim.known_in_advance);

	/* Part of a path names another file. */
	names = sample_names(3, EV_CMDLINE_LIVE);
	names->exe.flags |= EV_PATH_TOO_DEEP;
	assert_null(feed_names(&run, 3, names)->victim.exe);
	names = sample_names(4, EV_CMDLINE_LIVE);
	names->exe.flags = 0;
	assert_null(feed_names(&run, 4, names)->victim.exe);
	names = sample_names(5, EV_CMDLINE_LIVE);
	names->exe.len--;
	assert_null(feed_names(&run, 5, names)->victim.exe);

	/* Full, without a NUL, and there was more. */
	names = sample_names(6, EV_CMDLINE_LIVE);
	memset(names->cmdline.text, 'x', EV_CMDLINE_LEN);
	names->cmdline.len = EV_CMDLINE_LEN;
	names->cmdline.cut = 1;
	memset(names->exe.names, 'x', EV_FILE_LEN);
	names->exe.len = EV_FILE_LEN;
	got = feed_names(&run, 6, names);
	assert_null(got->victim.exe);
	assert_int_equal(strlen(got->victim.cmdline), EV_CMDLINE_LEN + strlen("\xe2\x80\xa6"));
	end(&run);
}

/* The victim that asked for the memory itself has the trigger's kernel stack. */
static void test_victim_is_trigger(void **state)
{
	struct ev_selected *selected = sample_selected(1);
	struct incident *got;
	struct run run;

	(void)state;
	selected->victim.tgid = 100;
	selected->victim.tid = SAMPLE_TRIGGER_TID;
	begin(&run, false);
	feed(&run, sample_invoked(1));
	feed(&run, selected);
	feed(&run, sample_killed(1, 100));
	feed(&run, sample_marked(1, SAMPLE_TRIGGER_TID));
	feed(&run, sample_returned(1, 1, EV_CHOSEN_TASK));
	got = run.incidents[0];
	assert_true(got->victim.kernel_stack.valid);
	assert_int_equal(got->victim.kernel_stack.count, 3);
	assert_int_equal(got->victim.kernel_stack.frames[2].address, 0xffffffff81000002);
	end(&run);
}

/* A mark that passed only a pid came without a stack: that is not an empty one. */
static void test_no_victim_stack(void **state)
{
	struct ev_marked *marked = sample_marked(1, SAMPLE_VICTIM_TGID);
	struct run run;

	(void)state;
	marked->kernel_stack_size = -95;
	begin(&run, false);
	feed(&run, sample_invoked(1));
	feed(&run, sample_selected(1));
	feed(&run, sample_killed(1, SAMPLE_VICTIM_TGID));
	feed(&run, marked);
	feed(&run, sample_returned(1, 1, EV_CHOSEN_TASK));
	assert_int_equal(run.incidents[0]->outcome, OUTCOME_KILLED);
	assert_false(run.incidents[0]->victim.kernel_stack.valid);
	end(&run);
}

/* What the kernel did, and what comes of it; see mm/oom_kill.c, 6.12. */
static void test_outcomes(void **state)
{
	static const struct {
		bool selected, killed, marked;
		uint32_t result, chosen;
		enum outcome want;
	} cases[] = {
		{true, true, true, 1, EV_CHOSEN_TASK, OUTCOME_KILLED},
		/* task_will_free_mem(victim) */
		{true, false, true, 1, EV_CHOSEN_TASK, OUTCOME_VICTIM_EXITING},
		/* The victim lost its mm before the signal: "already exiting. Skip" */
		{true, true, false, 1, EV_CHOSEN_TASK, OUTCOME_VICTIM_EXITING},
		/* task_will_free_mem(current) */
		{false, false, true, 1, EV_CHOSEN_NONE, OUTCOME_VICTIM_EXITING},
		/* An earlier victim is still on its way out. */
		{false, false, false, 1, EV_CHOSEN_ABORTED, OUTCOME_ABORTED},
		{false, false, false, 0, EV_CHOSEN_ABORTED, OUTCOME_ABORTED},
		{false, false, false, 1, EV_CHOSEN_NONE, OUTCOME_ABORTED},
		/* Nothing killable. */
		{false, false, false, 0, EV_CHOSEN_NONE, OUTCOME_NO_VICTIM},
	};
	struct run run;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(&run, false);
		feed(&run, sample_invoked(i + 1));
		if (cases[i].selected)
			feed(&run, sample_selected(i + 1));
		if (cases[i].killed)
			feed(&run, sample_killed(i + 1, SAMPLE_VICTIM_TGID));
		if (cases[i].marked)
			feed(&run, sample_marked(i + 1, SAMPLE_VICTIM_TGID));
		feed(&run, sample_returned(i + 1, cases[i].result, cases[i].chosen));
		assert_int_equal(run.count, 1);
		if (run.incidents[0]->outcome != cases[i].want)
			fail_msg("case %zu: %s", i, outcome_name(run.incidents[0]->outcome));
		assert_int_equal(run.incidents[0]->has_victim, cases[i].selected);
		assert_int_equal(run.incidents[0]->scope, SCOPE_MEMCG);
		assert_false(run.incidents[0]->lost_records);
		end(&run);
	}
}

static void test_global_and_sysrq(void **state)
{
	struct ev_invoked *invoked = sample_invoked(1);
	struct ev_selected *selected = sample_selected(1);
	struct ev_returned *returned = sample_returned(2, 0, EV_CHOSEN_NONE);
	struct run run;

	(void)state;
	invoked->order = -1;
	invoked->limit.flags = 0;
	selected->constraint = 0;
	selected->limit.flags = 0;
	begin(&run, false);
	feed(&run, invoked);
	feed(&run, selected);
	feed(&run, sample_killed(1, SAMPLE_VICTIM_TGID));
	feed(&run, sample_marked(1, SAMPLE_VICTIM_TGID));
	feed(&run, sample_returned(1, 1, EV_CHOSEN_TASK));
	assert_int_equal(run.incidents[0]->scope, SCOPE_GLOBAL);
	assert_int_equal(run.incidents[0]->sysrq.value, 1);
	assert_int_equal(run.incidents[0]->trigger.order.value, -1);
	assert_false(run.incidents[0]->limit.present);

	/* Without a victim the constraint comes with the return. */
	invoked = sample_invoked(2);
	invoked->limit.flags = 0;
	returned->constraint = 1;
	feed(&run, invoked);
	feed(&run, returned);
	assert_int_equal(run.incidents[1]->scope, SCOPE_CPUSET);
	end(&run);
}

/* vm.oom_kill_allocating_task: the kernel gave no points, which is not the same as none. */
static void test_unweighed(void **state)
{
	struct ev_selected *selected = sample_selected(1);
	const struct score *score;
	struct run run;

	(void)state;
	selected->unweighed = 1;
	selected->chosen_points = 0;
	begin(&run, false);
	feed(&run, sample_invoked(1));
	feed(&run, selected);
	feed(&run, sample_killed(1, SAMPLE_VICTIM_TGID));
	feed(&run, sample_marked(1, SAMPLE_VICTIM_TGID));
	feed(&run, sample_returned(1, 1, EV_CHOSEN_TASK));
	assert_int_equal(run.incidents[0]->outcome, OUTCOME_KILLED);
	score = &run.incidents[0]->victim.score;
	assert_false(score->points_pages.known || score->adj_pages.known || score->rss_pages.known);
	assert_true(run.incidents[0]->candidates.known);
	assert_int_equal(run.incidents[0]->candidates.considered, 0);
	assert_int_equal(run.incidents[0]->candidates.count, 0);
	end(&run);
}

/* Handed out before the kernel is done, and not again should it go on. */
static void test_panic(void **state)
{
	struct ev_invoked *invoked = sample_invoked(1);
	struct ev_panic *panic = sample_panic(1, EV_PANIC_NO_VICTIM);
	struct incident *got;
	struct run run;

	(void)state;
	invoked->limit.flags = 0;
	panic->constraint = 2;
	begin(&run, false);
	feed(&run, invoked);
	feed(&run, panic);
	assert_int_equal(run.count, 1);
	assert_false(assembler_pending(run.assembler));
	got = run.incidents[0];
	assert_int_equal(got->outcome, OUTCOME_NO_VICTIM);
	assert_true(got->panic.known);
	assert_int_equal(got->panic.value, 1);
	assert_int_equal(got->panic_cause, PANIC_NO_VICTIM);
	assert_int_equal(got->scope, SCOPE_MEMPOLICY);
	assert_int_equal(got->hold, HOLD_UNKNOWN);
	assert_true(got->candidates.known);
	assert_false(got->lost_records);
	feed(&run, sample_returned(1, 0, EV_CHOSEN_NONE));
	assembler_idle(run.assembler);
	assert_int_equal(run.count, 1);

	/* The next is one of its own. */
	feed(&run, sample_invoked(2));
	feed(&run, sample_returned(2, 0, EV_CHOSEN_NONE));
	assert_int_equal(run.count, 2);
	assert_true(run.incidents[1]->panic.known);
	assert_int_equal(run.incidents[1]->panic.value, 0);
	assert_int_equal(run.incidents[1]->panic_cause, PANIC_UNKNOWN);
	end(&run);
}

static void test_panic_cause(void **state)
{
	static const uint32_t causes[] = {EV_PANIC_ON_OOM, EV_PANIC_IF_COMPULSORY};
	struct ev_panic *panic;
	struct run run;

	(void)state;
	begin(&run, false);
	for (size_t i = 0; i < 2; i++) {
		panic = sample_panic(i + 1, causes[i]);
		panic->constraint = 3;
		feed(&run, sample_invoked(i + 1));
		feed(&run, panic);
		assert_int_equal(run.incidents[i]->panic_cause, PANIC_ON_OOM);
		assert_int_equal(run.incidents[i]->scope, SCOPE_MEMCG);
	}
	/* Whatever became of the record of its beginning. */
	feed(&run, sample_panic(9, EV_PANIC_ON_OOM));
	assert_int_equal(run.count, 3);
	assert_int_equal(run.incidents[2]->outcome, OUTCOME_NO_VICTIM);
	assert_true(run.incidents[2]->lost_records);
	end(&run);
}

/*
 * memory.oom.group: the first victim is killed again as a member, and is the victim all the same.
 */
static void test_group(void **state)
{
	struct incident *got;
	struct run run;

	(void)state;
	begin(&run, false);
	feed(&run, sample_invoked(1));
	feed(&run, sample_selected(1));
	feed(&run, sample_killed(1, SAMPLE_VICTIM_TGID));
	feed(&run, sample_marked(1, SAMPLE_VICTIM_TGID));
	feed(&run, sample_killed(1, 300));
	feed(&run, sample_marked(1, 300));
	feed(&run, sample_marked(1, 301));
	feed(&run, sample_killed(1, SAMPLE_VICTIM_TGID));
	feed(&run, sample_marked(1, SAMPLE_VICTIM_TGID));
	feed(&run, sample_killed(1, 400));
	feed(&run, sample_killed(1, 300));
	feed(&run, sample_returned(1, 1, EV_CHOSEN_TASK));
	assert_int_equal(run.count, 1);
	got = run.incidents[0];
	assert_int_equal(got->outcome, OUTCOME_KILLED);
	assert_int_equal(got->victim.process.pid.value, SAMPLE_VICTIM_TGID);
	assert_int_equal(got->also_killed_count, 2);
	assert_int_equal(got->also_killed[0].process.pid.value, 300);
	assert_int_equal(got->also_killed[1].process.pid.value, 400);
	assert_int_equal(got->also_killed[1].reason, KILL_OOM_GROUP);
	assert_int_equal(got->also_killed[1].process.memory.anon_bytes.value, 200 * 4096);
	end(&run);
}

/* The kernel kills them after the victim, and each once. */
static void test_sharers(void **state)
{
	struct incident *got;
	struct run run;

	(void)state;
	begin(&run, false);
	feed(&run, sample_invoked(1));
	feed(&run, sample_selected(1));
	feed(&run, sample_killed(1, SAMPLE_VICTIM_TGID));
	feed(&run, sample_marked(1, SAMPLE_VICTIM_TGID));
	feed(&run, sample_sharer(1, 300));
	feed(&run, sample_sharer(1, SAMPLE_VICTIM_TGID));
	feed(&run, sample_sharer(1, 300));
	feed(&run, sample_killed(1, 400));
	feed(&run, sample_sharer(1, 500));
	feed(&run, sample_returned(1, 1, EV_CHOSEN_TASK));
	assert_int_equal(run.count, 1);
	got = run.incidents[0];
	assert_int_equal(got->victim.process.pid.value, SAMPLE_VICTIM_TGID);
	assert_int_equal(got->also_killed_count, 3);
	assert_int_equal(got->also_killed[0].process.pid.value, 300);
	assert_int_equal(got->also_killed[0].reason, KILL_SHARES_MEMORY);
	assert_int_equal(got->also_killed[0].process.memory.anon_bytes.value, 200 * 4096);
	assert_int_equal(got->also_killed[1].process.pid.value, 400);
	assert_int_equal(got->also_killed[1].reason, KILL_OOM_GROUP);
	assert_int_equal(got->also_killed[2].process.pid.value, 500);
	assert_int_equal(got->also_killed[2].reason, KILL_SHARES_MEMORY);
	end(&run);
}

/* task_will_free_mem(current), mm/oom_kill.c, 6.12: nobody is selected, who asks is let die. */
static void test_dying(void **state)
{
	const struct process *victim;
	struct run run;

	(void)state;
	begin(&run, false);
	feed(&run, sample_invoked(1));
	feed(&run, sample_dying(1, 300));
	feed(&run, sample_dying(1, 301));
	feed(&run, sample_marked(1, 300));
	feed(&run, sample_returned(1, 1, EV_CHOSEN_NONE));
	assert_int_equal(run.count, 1);
	assert_int_equal(run.incidents[0]->outcome, OUTCOME_VICTIM_EXITING);
	assert_true(run.incidents[0]->has_victim);
	assert_int_equal(run.incidents[0]->also_killed_count, 0);
	victim = &run.incidents[0]->victim.process;
	assert_int_equal(victim->pid.value, 300);
	assert_int_equal(victim->memory.anon_bytes.value, 200 * 4096);

	/* A selected one stays the victim. */
	feed(&run, sample_invoked(2));
	feed(&run, sample_selected(2));
	feed(&run, sample_dying(2, 300));
	feed(&run, sample_marked(2, SAMPLE_VICTIM_TGID));
	feed(&run, sample_returned(2, 1, EV_CHOSEN_TASK));
	assert_int_equal(run.count, 2);
	assert_int_equal(run.incidents[1]->victim.process.pid.value, SAMPLE_VICTIM_TGID);
	end(&run);
}

static void test_duplicates(void **state)
{
	struct run run;

	(void)state;
	begin(&run, false);
	for (int i = 0; i < 2; i++)
		feed(&run, sample_invoked(1));
	for (int i = 0; i < 2; i++)
		feed(&run, sample_modules(1, 3));
	for (int i = 0; i < 2; i++)
		feed(&run, sample_selected(1));
	for (int i = 0; i < 2; i++)
		feed(&run, sample_killed(1, SAMPLE_VICTIM_TGID));
	for (int i = 0; i < 2; i++)
		feed(&run, sample_marked(1, SAMPLE_VICTIM_TGID));
	feed(&run, sample_returned(1, 1, EV_CHOSEN_TASK));
	assert_int_equal(run.count, 1);
	assert_int_equal(run.incidents[0]->outcome, OUTCOME_KILLED);
	assert_int_equal(run.incidents[0]->also_killed_count, 0);
	assert_int_equal(run.incidents[0]->trigger.kernel_stack.count, 3);
	end(&run);
}

static void test_lost_invoked(void **state)
{
	struct incident *got;
	struct run run;

	(void)state;
	begin(&run, false);
	feed(&run, sample_selected(1));
	feed(&run, sample_killed(1, SAMPLE_VICTIM_TGID));
	feed(&run, sample_marked(1, SAMPLE_VICTIM_TGID));
	feed(&run, sample_returned(1, 1, EV_CHOSEN_TASK));
	got = run.incidents[0];
	assert_int_equal(got->outcome, OUTCOME_KILLED);
	assert_true(got->lost_records);
	/* The header of any record tells who was inside the OOM killer. */
	assert_int_equal(got->trigger.process.pid.value, 100);
	assert_int_equal(got->trigger.process.tid.value, SAMPLE_TRIGGER_TID);
	assert_false(got->trigger.process.uid.known);
	assert_false(got->trigger.process.comm_known);
	assert_false(got->trigger.gfp_mask.known);
	assert_false(got->sysrq.known);
	assert_false(got->trigger.kernel_stack.valid);
	end(&run);
}

static void test_lost_returned(void **state)
{
	struct run run;

	(void)state;
	begin(&run, false);
	/* The next invocation ends the one that never returned. */
	feed(&run, sample_invoked(1));
	feed(&run, sample_selected(1));
	feed(&run, sample_invoked(2));
	assert_int_equal(run.count, 1);
	assert_int_equal(run.incidents[0]->kernel_id, 1);
	assert_int_equal(run.incidents[0]->outcome, OUTCOME_UNKNOWN);
	assert_int_equal(run.incidents[0]->scope, SCOPE_MEMCG);
	assert_true(run.incidents[0]->lost_records);
	/* So does silence. */
	assembler_idle(run.assembler);
	assert_int_equal(run.count, 2);
	assert_int_equal(run.incidents[1]->outcome, OUTCOME_UNKNOWN);
	assert_true(run.incidents[1]->lost_records);
	assembler_idle(run.assembler);
	assert_int_equal(run.count, 2);
	/* A kill that was marked is known to be one, whatever came then. */
	feed(&run, sample_invoked(3));
	feed(&run, sample_selected(3));
	feed(&run, sample_killed(3, SAMPLE_VICTIM_TGID));
	feed(&run, sample_marked(3, SAMPLE_VICTIM_TGID));
	assembler_idle(run.assembler);
	assert_int_equal(run.incidents[2]->outcome, OUTCOME_KILLED);
	assert_true(run.incidents[2]->lost_records);
	end(&run);
}

/* Only the loss of the record tells that there was a selection: the first one killed is it. */
static void test_lost_selected(void **state)
{
	struct incident *got;
	struct run run;

	(void)state;
	begin(&run, false);
	feed(&run, sample_invoked(1));
	feed(&run, sample_killed(1, SAMPLE_VICTIM_TGID));
	feed(&run, sample_marked(1, SAMPLE_VICTIM_TGID));
	feed(&run, sample_killed(1, 300));
	feed(&run, sample_killed(1, SAMPLE_VICTIM_TGID));
	feed(&run, sample_returned(1, 1, EV_CHOSEN_TASK));
	got = run.incidents[0];
	assert_int_equal(got->outcome, OUTCOME_KILLED);
	assert_true(got->lost_records);
	assert_true(got->has_victim);
	assert_int_equal(got->victim.process.pid.value, SAMPLE_VICTIM_TGID);
	assert_int_equal(got->victim.process.memory.rss_bytes.value, 214 * 4096);
	assert_false(got->victim.score.points_pages.known);
	assert_null(got->message);
	assert_int_equal(got->also_killed_count, 1);
	assert_int_equal(got->also_killed[0].process.pid.value, 300);
	end(&run);
}

static void test_interleaved(void **state)
{
	struct run run;

	(void)state;
	begin(&run, false);
	feed(&run, sample_invoked(1));
	feed(&run, sample_invoked(2));
	feed(&run, sample_selected(1));
	feed(&run, sample_selected(2));
	feed(&run, sample_returned(2, 1, EV_CHOSEN_TASK));
	assert_int_equal(run.count, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(run.incidents[i]->kernel_id, i % 2 + 1);
		assert_true(run.incidents[i]->lost_records);
		assert_int_equal(run.incidents[i]->has_victim, i >= 2);
	}
	end(&run);
}

static void test_bad_records(void **state)
{
	struct ev_header *hdr = sample_record(sizeof(*hdr), 77, 1);
	struct ev_selected *selected;
	struct run run;

	(void)state;
	begin(&run, false);
	assert_int_equal(assembler_feed(run.assembler, hdr, sizeof(*hdr), &sample_units),
			 -EOPNOTSUPP);
	assert_int_equal(assembler_feed(run.assembler, hdr, 3, &sample_units), -EBADMSG);
	hdr->kind = EV_KILLED;
	assert_int_equal(assembler_feed(run.assembler, hdr, sizeof(*hdr), &sample_units), -EBADMSG);
	free(hdr);
	assert_false(assembler_pending(run.assembler));

	/* Neither a message without its NUL nor garbage all over reaches beyond the record. */
	selected = sample_selected(1);
	memset(selected->message, 'm', sizeof(selected->message));
	feed(&run, selected);
	feed(&run, sample_returned(1, 1, EV_CHOSEN_TASK));
	assert_int_equal(strlen(run.incidents[0]->message), EV_MESSAGE_LEN);
	for (uint16_t kind = EV_INVOKED; kind < EV_KIND_END; kind++) {
		size_t least = decode_record_size(kind);
		size_t size = least > sizeof(struct ev_modules) ? least : sizeof(struct ev_modules);

		hdr = malloc(size);
		memset(hdr, 0xff, size);
		hdr->size = (uint32_t)size;
		hdr->kind = kind;
		assembler_feed(run.assembler, hdr, size, &sample_units);
		free(hdr);
	}
	assembler_idle(run.assembler);
	assert_false(assembler_pending(run.assembler));
	end(&run);
}

/* What is open when the assembler goes is freed with it. */
static void test_free_pending(void **state)
{
	struct run run;

	(void)state;
	begin(&run, false);
	feed(&run, sample_invoked(1));
	feed(&run, sample_modules(1, 4));
	feed(&run, sample_names(1, EV_CMDLINE_LIVE));
	feed(&run, sample_selected(1));
	feed(&run, sample_killed(1, 300));
	end(&run);
	assembler_free(NULL);
}

/* The tracepoint tier: what mark_victim alone gives. */
static struct ev_invoked *mark_invoked(uint64_t incident, size_t own, const uint64_t *callers,
				       size_t count)
{
	struct ev_invoked *rec = sample_invoked(incident);

	rec->has_oom_control = 0;
	for (size_t i = 0; i < own; i++)
		rec->kernel_stack[i] = 0xffffffff83000000 + incident * 4096 + i;
	memcpy(rec->kernel_stack + own, callers, count * sizeof(*callers));
	rec->kernel_stack_size = (int32_t)((own + count) * sizeof(*callers));
	return rec;
}

static struct ev_selected *mark_selected(uint64_t incident, int32_t tgid, uint32_t flags)
{
	struct ev_selected *rec = sample_selected(incident);

	rec->has_oom_control = 0;
	rec->message[0] = '\0';
	rec->victim.tgid = rec->victim.tid = tgid;
	rec->limit.flags |= flags | EV_LIMIT_DERIVED;
	return rec;
}

static const uint64_t callers[] = {0xffffffff81100001, 0xffffffff81100002, 0xffffffff81100003,
				   0xffffffff81100004, 0xffffffff81100005};
#define CALLERS (sizeof(callers) / sizeof(callers[0]))

static void feed_mark(struct run *run, uint64_t incident, size_t own, int32_t tgid, uint32_t flags)
{
	feed(run, mark_invoked(incident, own, callers, CALLERS));
	feed(run, mark_selected(incident, tgid, flags));
	feed(run, sample_marked(incident, tgid));
}

static void test_mark_only(void **state)
{
	struct incident *got;
	struct run run;

	(void)state;
	begin(&run, true);
	feed(&run, mark_invoked(1, 4, callers, CALLERS));
	feed(&run, sample_modules(1, 1));
	feed(&run, mark_selected(1, SAMPLE_VICTIM_TGID, 0));
	assert_int_equal(run.count, 0);
	feed(&run, sample_marked(1, SAMPLE_VICTIM_TGID));
	assert_int_equal(run.count, 1);
	assert_false(assembler_pending(run.assembler));
	got = run.incidents[0];
	assert_string_equal(got->hook, "tracepoint");
	/* Nothing of this is told; it may be derived later. */
	assert_int_equal(got->outcome, OUTCOME_UNKNOWN);
	assert_int_equal(got->scope, SCOPE_UNKNOWN);
	assert_false(got->sysrq.known);
	assert_false(got->trigger.gfp_mask.known);
	assert_false(got->trigger.order.known);
	assert_false(got->victim.score.points_pages.known);
	assert_null(got->message);
	assert_true(got->limit.present && got->limit.derived);
	assert_true(got->has_victim);
	assert_true(got->victim.kernel_stack.valid);
	/* By the time of the mark SIGKILL has been sent: nothing waits, nothing is read before. */
	assert_int_equal(got->hold, HOLD_OFF);
	assert_string_equal(got->hold_reason, "tracepoint");
	assert_int_equal(got->hold_ns.value, 0);
	assert_int_equal(got->kill_ns, 0);
	assert_false(got->lost_records);
	end(&run);
}

/* A member's names are not the victim's. */
static void test_mark_only_names(void **state)
{
	struct ev_names *names = sample_names(2, EV_CMDLINE_AT_EXEC);
	struct run run;

	(void)state;
	memcpy(names->cmdline.text, "other", 6);
	names->cmdline.len = 6;
	begin(&run, true);
	feed(&run, mark_invoked(1, 4, callers, CALLERS));
	feed(&run, sample_names(1, EV_CMDLINE_NONE));
	feed(&run, mark_selected(1, SAMPLE_VICTIM_TGID, EV_LIMIT_OOM_GROUP));
	feed(&run, sample_marked(1, SAMPLE_VICTIM_TGID));
	feed(&run, mark_invoked(2, 6, callers, CALLERS));
	feed(&run, names);
	/* Nor is what could be read of it. */
	assert_true(assembler_is_member(run.assembler, 2));
	assert_false(assembler_is_member(run.assembler, 1));
	feed(&run, mark_selected(2, 300, EV_LIMIT_OOM_GROUP));
	feed(&run, sample_marked(2, 300));
	assembler_idle(run.assembler);
	assert_int_equal(run.count, 1);
	assert_string_equal(run.incidents[0]->victim.exe, "/bin/app");
	assert_null(run.incidents[0]->victim.cmdline);
	assert_int_equal(run.incidents[0]->also_killed_count, 1);
	end(&run);
}

static void test_mark_only_group(void **state)
{
	struct incident *got;
	struct run run;

	(void)state;
	begin(&run, true);
	feed_mark(&run, 1, 4, SAMPLE_VICTIM_TGID, EV_LIMIT_OOM_GROUP);
	assert_true(assembler_pending(run.assembler));
	/* oom_kill_memcg_member() is called from further down. */
	feed_mark(&run, 2, 6, 300, EV_LIMIT_OOM_GROUP);
	feed_mark(&run, 3, 6, SAMPLE_VICTIM_TGID, EV_LIMIT_OOM_GROUP);
	feed_mark(&run, 4, 6, 400, EV_LIMIT_OOM_GROUP);
	feed_mark(&run, 5, 6, 300, EV_LIMIT_OOM_GROUP);
	assert_int_equal(run.count, 0);
	assembler_idle(run.assembler);
	assert_int_equal(run.count, 1);
	got = run.incidents[0];
	assert_int_equal(got->kernel_id, 1);
	assert_int_equal(got->victim.process.pid.value, SAMPLE_VICTIM_TGID);
	assert_int_equal(got->also_killed_count, 2);
	assert_int_equal(got->also_killed[0].process.pid.value, 300);
	assert_int_equal(got->also_killed[1].process.pid.value, 400);
	end(&run);
}

static void test_mark_only_next(void **state)
{
	static const uint64_t others[CALLERS] = {1, 2, 3, 4, 6};
	struct ev_invoked *invoked;
	struct run run;

	(void)state;
	begin(&run, true);
	/* The same path again has a stack of the same depth: a new invocation. */
	feed_mark(&run, 1, 4, 200, EV_LIMIT_OOM_GROUP);
	feed_mark(&run, 2, 4, 300, EV_LIMIT_OOM_GROUP);
	assert_int_equal(run.count, 1);
	assert_int_equal(run.incidents[0]->also_killed_count, 0);
	/* A shallower one too. */
	feed_mark(&run, 3, 3, 400, EV_LIMIT_OOM_GROUP);
	assert_int_equal(run.count, 2);
	/* Deeper, from other callers. */
	feed(&run, mark_invoked(4, 8, others, CALLERS));
	feed(&run, mark_selected(4, 500, EV_LIMIT_OOM_GROUP));
	feed(&run, sample_marked(4, 500));
	assert_int_equal(run.count, 3);
	/* Deeper, with the same callers, by another task. */
	invoked = mark_invoked(5, 10, others, CALLERS);
	invoked->hdr.tid++;
	feed(&run, invoked);
	assert_int_equal(run.count, 4);
	assembler_idle(run.assembler);
	assert_int_equal(run.count, 5);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(run.incidents[i]->kernel_id, i + 1);
		assert_int_equal(run.incidents[i]->also_killed_count, 0);
	}
	end(&run);
}

static void feed_shared_mark(struct run *run, uint64_t incident, size_t depth, int32_t tgid,
			     uint32_t flags)
{
	struct ev_marked *marked = sample_marked(incident, tgid);

	marked->shared = 1;
	feed(run, mark_invoked(incident, depth, callers, CALLERS));
	feed(run, mark_selected(incident, tgid, flags));
	feed(run, marked);
}

/* They follow upon the mark, which ends the invocation otherwise. */
static void test_mark_only_sharers(void **state)
{
	struct run run;

	(void)state;
	begin(&run, true);
	feed_shared_mark(&run, 1, 4, SAMPLE_VICTIM_TGID, 0);
	assert_int_equal(run.count, 0);
	assert_true(assembler_pending(run.assembler));
	feed(&run, sample_sharer(1, 300));
	feed(&run, sample_sharer(1, 400));
	assembler_idle(run.assembler);
	assert_int_equal(run.count, 1);
	assert_int_equal(run.incidents[0]->also_killed_count, 2);
	assert_int_equal(run.incidents[0]->also_killed[1].process.pid.value, 400);
	assert_int_equal(run.incidents[0]->also_killed[1].reason, KILL_SHARES_MEMORY);

	/* Nobody did; the next one ends it. */
	feed_shared_mark(&run, 2, 4, SAMPLE_VICTIM_TGID, 0);
	feed_mark(&run, 3, 4, 500, 0);
	assert_int_equal(run.count, 3);
	assert_int_equal(run.incidents[1]->also_killed_count, 0);

	/* Those of a group's member. */
	feed_mark(&run, 4, 4, SAMPLE_VICTIM_TGID, EV_LIMIT_OOM_GROUP);
	feed_mark(&run, 5, 6, 300, EV_LIMIT_OOM_GROUP);
	feed(&run, sample_sharer(5, 400));
	assembler_idle(run.assembler);
	assert_int_equal(run.count, 4);
	assert_int_equal(run.incidents[3]->also_killed_count, 2);
	assert_int_equal(run.incidents[3]->also_killed[0].reason, KILL_OOM_GROUP);
	assert_int_equal(run.incidents[3]->also_killed[1].process.pid.value, 400);
	assert_int_equal(run.incidents[3]->also_killed[1].reason, KILL_SHARES_MEMORY);
	end(&run);
}

/* Not a group: each mark is an invocation, however deep. */
static void test_mark_only_no_group(void **state)
{
	struct run run;

	(void)state;
	begin(&run, true);
	feed_mark(&run, 1, 4, 200, 0);
	feed_mark(&run, 2, 6, 300, 0);
	assert_int_equal(run.count, 2);
	end(&run);
}

static void test_mark_only_depths(void **state)
{
	struct ev_invoked *invoked;
	struct run run;

	(void)state;
	begin(&run, true);
	feed_mark(&run, 1, 4, 200, EV_LIMIT_OOM_GROUP);
	/* Depths the kernel cannot have written. */
	invoked = mark_invoked(2, 6, callers, CALLERS);
	invoked->kernel_stack_size = INT32_MAX;
	feed(&run, invoked);
	assert_int_equal(run.count, 1);
	invoked = mark_invoked(3, 6, callers, CALLERS);
	invoked->kernel_stack_size = INT32_MIN;
	feed(&run, invoked);
	assert_int_equal(run.count, 2);
	end(&run);
}

/* The pause that ends an incident comes between the records of one of its members. */
static void test_mark_only_idle_within_member(void **state)
{
	struct run run;

	(void)state;
	begin(&run, true);
	feed_mark(&run, 1, 4, 200, EV_LIMIT_OOM_GROUP);
	feed(&run, mark_invoked(2, 6, callers, CALLERS));
	assembler_idle(run.assembler);
	assert_int_equal(run.count, 1);
	feed(&run, mark_selected(2, 300, EV_LIMIT_OOM_GROUP));
	feed(&run, sample_marked(2, 300));
	assembler_idle(run.assembler);
	assert_int_equal(run.count, 2);
	assert_int_equal(run.incidents[1]->victim.process.pid.value, 300);
	end(&run);
}

/* A member is told by the stack of the first: without one nothing can be told. */
static void test_mark_only_lost_invoked(void **state)
{
	struct run run;

	(void)state;
	begin(&run, true);
	feed(&run, mark_selected(1, 200, EV_LIMIT_OOM_GROUP));
	feed(&run, sample_marked(1, 200));
	feed_mark(&run, 2, 4, 300, 0);
	assembler_idle(run.assembler);
	assert_int_equal(run.count, 2);
	assert_true(run.incidents[0]->lost_records);
	assert_false(run.incidents[1]->lost_records);
	assert_int_equal(run.incidents[0]->also_killed_count, 0);
	assert_int_equal(run.incidents[1]->victim.process.pid.value, 300);
	end(&run);
}

static void test_mark_only_lost_mark(void **state)
{
	struct run run;

	(void)state;
	begin(&run, true);
	feed(&run, mark_invoked(1, 4, callers, CALLERS));
	feed(&run, mark_selected(1, 200, 0));
	feed(&run, invoked_by(2, 999));
	assert_int_equal(run.count, 1);
	assert_true(run.incidents[0]->has_victim);
	assembler_idle(run.assembler);
	assert_int_equal(run.count, 2);
	assert_false(run.incidents[1]->has_victim);
	assert_true(run.incidents[1]->lost_records);
	end(&run);
}

/* Nobody is killed, and it waits: no OOM killer ran that could have told more. */
static void test_stuck(void **state)
{
	struct ev_invoked *rec = sample_invoked(9);
	struct incident *incident;

	(void)state;
	rec->hdr.kind = EV_STUCK;
	assert_int_equal(assemble_stuck(rec, &sample_units, "kprobe", &incident), 0);
	assert_int_equal(incident->kernel_id, 9);
	assert_int_equal(incident->monotonic_ns, 5009);
	assert_int_equal(incident->realtime_ns, 1005009);
	assert_int_equal(incident->outcome, OUTCOME_OOM_DISABLED);
	assert_true(incident->panic.known && !incident->panic.value);
	assert_int_equal(incident->scope, SCOPE_MEMCG);
	assert_true(incident->sysrq.known);
	assert_int_equal(incident->sysrq.value, 0);
	assert_false(incident->has_victim);
	assert_int_equal(incident->trigger.process.tid.value, SAMPLE_TRIGGER_TID);
	assert_int_equal(incident->trigger.gfp_mask.value, 0xcc0);
	assert_int_equal(incident->trigger.kernel_stack.count, 3);
	assert_int_equal(incident->trigger.user_stack.count, 2);
	assert_string_equal(incident->limit.cgroup, "/a");
	assert_int_equal(incident->limit.limit_bytes.value, 1024 * 4096);
	assert_true(incident->candidates.known);
	assert_int_equal(incident->candidates.considered, 0);
	assert_int_equal(incident->hold, HOLD_OFF);
	assert_string_equal(incident->hold_reason, "no_victim");
	assert_int_equal(incident->hold_ns.value, 0);
	assert_string_equal(incident->hook, "kprobe");
	assert_false(incident->lost_records);
	assert_false(incident->began_before);
	incident_free(incident);
	/* From 6.9 on what was asked for is not kept. */
	rec->has_oom_control = 0;
	assert_int_equal(assemble_stuck(rec, &sample_units, "fentry", &incident), 0);
	assert_false(incident->trigger.gfp_mask.known);
	assert_false(incident->trigger.order.known);
	assert_true(incident->sysrq.known);
	incident_free(incident);
	free(rec);
}

/* Only that it waits is known: it did before there was a hook, or the record had no room. */
static void test_only_waits(void **state)
{
	struct ev_wait *rec = sample_record(sizeof(*rec), EV_WAIT, 9);
	struct incident *incident;

	(void)state;
	rec->cgroup_id = 77;
	memcpy(rec->comm, "sixteen bytes ..", sizeof(rec->comm));
	assert_int_equal(assemble_wait(rec, &sample_units, "fentry", &incident), 0);
	assert_int_equal(incident->outcome, OUTCOME_OOM_DISABLED);
	assert_int_equal(incident->trigger.process.pid.value, 100);
	assert_string_equal(incident->trigger.process.comm, "sixteen bytes ..");
	assert_false(incident->trigger.gfp_mask.known);
	assert_false(incident->trigger.kernel_stack.valid);
	assert_true(incident->limit.present);
	assert_int_equal(incident->limit.cgroup_ids[0], 77);
	assert_int_equal(incident->limit.cgroup_ids[1], 0);
	assert_null(incident->limit.cgroup);
	assert_false(incident->limit.limit_bytes.known);
	assert_true(incident->lost_records);
	assert_false(incident->began_before);
	incident_free(incident);
	rec->flags = EV_WAIT_FOUND;
	assert_int_equal(assemble_wait(rec, &sample_units, "fentry", &incident), 0);
	assert_false(incident->lost_records);
	assert_true(incident->began_before);
	incident_free(incident);
	free(rec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_kill_time),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_victim_is_trigger),
		cmocka_unit_test(test_no_victim_stack),
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_global_and_sysrq),
		cmocka_unit_test(test_unweighed),
		cmocka_unit_test(test_panic),
		cmocka_unit_test(test_panic_cause),
		cmocka_unit_test(test_group),
		cmocka_unit_test(test_sharers),
		cmocka_unit_test(test_dying),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_lost_invoked),
		cmocka_unit_test(test_lost_returned),
		cmocka_unit_test(test_lost_selected),
		cmocka_unit_test(test_interleaved),
		cmocka_unit_test(test_bad_records),
		cmocka_unit_test(test_free_pending),
		cmocka_unit_test(test_mark_only),
		cmocka_unit_test(test_mark_only_names),
		cmocka_unit_test(test_mark_only_group),
		cmocka_unit_test(test_mark_only_sharers),
		cmocka_unit_test(test_mark_only_next),
		cmocka_unit_test(test_mark_only_no_group),
		cmocka_unit_test(test_mark_only_depths),
		cmocka_unit_test(test_mark_only_idle_within_member),
		cmocka_unit_test(test_mark_only_lost_invoked),
		cmocka_unit_test(test_mark_only_lost_mark),
		cmocka_unit_test(test_stuck),
		cmocka_unit_test(test_only_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
