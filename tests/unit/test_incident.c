// SPDX-License-Identifier: GPL-2.0
#include "incident.h"
#include "sample_incident.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* The names, each ended by a blank. */
static void append(void *ctx, const char *name)
{
	char *names = ctx;

	assert_true(strlen(names) + strlen(name) < 2000);
	strcat(names, name);
	strcat(names, " ");
}

static void check_missed(const struct incident *incident, const char *want)
{
	char names[2048] = "";

	incident_missed(incident, append, names);
	assert_string_equal(names, want);
}

static void know(struct num *const *nums, size_t count)
{
	for (size_t i = 0; i < count; i++)
		*nums[i] = num_of(0);
}

#define KNOW(...)                                \
	know((struct num *const[]){__VA_ARGS__}, \
	     sizeof((struct num *const[]){__VA_ARGS__}) / sizeof(struct num *))

static void know_trigger(struct incident *incident)
{
	struct process *process = &incident->trigger.process;

	KNOW(&process->pid, &process->tid, &process->uid, &process->oom_score_adj,
	     &incident->trigger.gfp_mask, &incident->trigger.order, &incident->sysrq);
	process->comm_known = true;
	process->cgroup = sample_text("/");
	incident->trigger.gfp_flags = sample_text("");
	incident->trigger.kernel_stack.valid = true;
	incident->trigger.user_stack.valid = true;
}

static void know_victim(struct incident *incident)
{
	struct process *process = &incident->victim.process;
	struct memory *memory = &process->memory;
	struct score *score = &incident->victim.score;

	incident->has_victim = true;
	incident->message = sample_text("Out of memory");
	KNOW(&process->pid, &process->tid, &process->ns_pid, &process->ppid, &process->uid,
	     &process->start_realtime_ns, &process->threads, &process->cgroup_version,
	     &process->oom_score_adj);
	KNOW(&memory->virtual_bytes, &memory->rss_bytes, &memory->anon_bytes, &memory->file_bytes,
	     &memory->shmem_bytes, &memory->swap_bytes, &memory->pgtables_bytes);
	KNOW(&score->points_pages, &score->rss_pages, &score->swap_pages, &score->pgtables_pages,
	     &score->adj_pages, &score->total_pages, &score->per_mille);
	process->comm_known = true;
	process->cgroup = sample_text("/");
	incident->victim.kernel_stack.valid = true;
}

static void know_limit(struct incident *incident)
{
	struct limit *limit = &incident->limit;

	limit->present = true;
	limit->cgroup = sample_text("/");
	KNOW(&limit->limit_bytes, &limit->usage_bytes, &limit->swap_limit_bytes,
	     &limit->swap_usage_bytes, &limit->failcnt);
}

static void test_empty(void **state)
{
	struct incident *incident = incident_new();

	(void)state;
	assert_int_equal(incident->outcome, OUTCOME_UNKNOWN);
	check_missed(incident,
		     "outcome scope sysrq trigger.pid trigger.tid trigger.uid "
		     "trigger.oom_score_adj trigger.comm trigger.cgroup trigger.gfp_mask "
		     "trigger.gfp_flags trigger.order trigger.kernel_stack trigger.user_stack "
		     "victim limit ");
	incident_free(incident);
	incident_free(NULL);
}

static void test_complete(void **state)
{
	struct incident *incident = incident_new();

	(void)state;
	incident->outcome = OUTCOME_KILLED;
	incident->scope = SCOPE_MEMCG;
	know_trigger(incident);
	know_victim(incident);
	know_limit(incident);
	check_missed(incident, "");
	incident->lost_records = true;
	check_missed(incident, "records ");
	incident_free(incident);
}

/* What the kind of incident does not have is not missed. */
static void test_not_applicable(void **state)
{
	static const enum outcome without_victim[] = {OUTCOME_VICTIM_EXITING, OUTCOME_NO_VICTIM,
						      OUTCOME_ABORTED, OUTCOME_OOM_DISABLED};
	struct incident *incident = incident_new();

	(void)state;
	incident->scope = SCOPE_GLOBAL;
	know_trigger(incident);
	for (size_t i = 0; i < sizeof(without_victim) / sizeof(without_victim[0]); i++) {
		incident->outcome = without_victim[i];
		check_missed(incident, "");
	}
	incident->outcome = OUTCOME_KILLED;
	check_missed(incident, "victim ");
	incident->scope = SCOPE_CPUSET;
	check_missed(incident, "victim ");
	incident->scope = SCOPE_MEMCG;
	check_missed(incident, "victim limit ");
	incident_free(incident);
}

static void test_groups(void **state)
{
	struct incident *incident = incident_new();

	(void)state;
	incident->outcome = OUTCOME_KILLED;
	incident->scope = SCOPE_MEMCG;
	know_trigger(incident);
	know_victim(incident);
	know_limit(incident);
	memset(&incident->victim.score, 0, sizeof(incident->victim.score));
	memset(&incident->victim.process.memory, 0, sizeof(incident->victim.process.memory));
	check_missed(incident, "victim.memory victim.score ");
	incident->victim.score.points_pages = num_of(1);
	incident->victim.score.adj_pages = num_of(0);
	check_missed(incident, "victim.memory victim.score.rss_pages victim.score.swap_pages "
			       "victim.score.pgtables_pages victim.score.total_pages "
			       "victim.score.per_mille ");
	incident_free(incident);
}

/* A path of which only the end is known counts as missed. */
static void test_cut(void **state)
{
	struct incident *incident = incident_new();

	(void)state;
	incident->outcome = OUTCOME_KILLED;
	incident->scope = SCOPE_MEMCG;
	know_trigger(incident);
	know_victim(incident);
	know_limit(incident);
	incident->trigger.process.cgroup_cut = true;
	incident->victim.process.cgroup_cut = true;
	incident->limit.cgroup_cut = true;
	check_missed(incident, "trigger.cgroup victim.cgroup limit.cgroup ");
	incident_free(incident);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(outcome_name(OUTCOME_KILLED), "killed");
	assert_string_equal(outcome_name(OUTCOME_VICTIM_EXITING), "victim_exiting");
	assert_string_equal(outcome_name(OUTCOME_NO_VICTIM), "no_victim");
	assert_string_equal(outcome_name(OUTCOME_ABORTED), "aborted");
	assert_string_equal(outcome_name(OUTCOME_OOM_DISABLED), "oom_disabled");
	assert_null(outcome_name(OUTCOME_UNKNOWN));
	assert_null(outcome_name((enum outcome)99));
	assert_string_equal(scope_name(SCOPE_MEMCG), "memcg");
	assert_string_equal(scope_name(SCOPE_GLOBAL), "global");
	assert_string_equal(scope_name(SCOPE_CPUSET), "cpuset");
	assert_string_equal(scope_name(SCOPE_MEMPOLICY), "mempolicy");
	assert_null(scope_name(SCOPE_UNKNOWN));
	assert_null(scope_name((enum scope)99));
	assert_string_equal(kill_reason_name(KILL_OOM_GROUP), "oom_group");
	assert_string_equal(kill_reason_name(KILL_SHARES_MEMORY), "shares_memory");
	assert_null(kill_reason_name((enum kill_reason)0));
	assert_null(kill_reason_name((enum kill_reason)99));
}

static void test_clear(void **state)
{
	struct stack stack = {0};
	struct process process = {.cgroup = sample_text("/")};

	(void)state;
	sample_user_stack(&stack);
	stack_clear(&stack);
	assert_int_equal(stack.count, 0);
	assert_null(stack.frames);
	assert_false(stack.valid);
	stack_clear(&stack);
	process_clear(&process);
	assert_null(process.cgroup);
	process_clear(&process);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_complete),
		cmocka_unit_test(test_not_applicable),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
