// SPDX-License-Identifier: GPL-2.0
#include "derive.h"
#include "sample_incident.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct incident *sample(const char *const *symbols)
{
	struct incident *incident = incident_new();

	incident->hook = "tracepoint";
	incident->has_victim = true;
	incident->limit.present = incident->limit.derived = true;
	incident->limit.cgroup = sample_text("/a");
	incident->limit.limit_bytes = num_of(4096);
	sample_kernel_stack(&incident->trigger.kernel_stack, symbols);
	return incident;
}

static void check(const char *const *symbols, bool single_node, enum outcome outcome,
		  enum scope scope, const char *message, bool limit)
{
	struct incident *incident = sample(symbols);

	assert_int_equal(derive_from_stack(incident, single_node), 0);
	assert_int_equal(incident->outcome, outcome);
	assert_int_equal(incident->scope, scope);
	assert_int_equal(incident->sysrq.known, outcome != OUTCOME_UNKNOWN);
	assert_int_equal(incident->sysrq.value, 0);
	if (message)
		assert_string_equal(incident->message, message);
	else
		assert_null(incident->message);
	assert_int_equal(incident->limit.present, limit);
	assert_int_equal(incident->limit.limit_bytes.known, limit);
	if (!limit)
		assert_null(incident->limit.cgroup);
	incident_free(incident);
}

static void test_memcg(void **state)
{
	static const char *const killed[] = {"mark_oom_victim",
					     "__oom_kill_process.part.0",
					     "oom_kill_process",
					     "out_of_memory",
					     "mem_cgroup_out_of_memory",
					     "try_charge_memcg",
					     NULL};
	static const char *const exiting[] = {"mark_oom_victim", "out_of_memory",
					      "mem_cgroup_out_of_memory", NULL};
	static const char *const spared[] = {"mark_oom_victim", "oom_kill_process", "out_of_memory",
					     "mem_cgroup_out_of_memory.isra.0", NULL};

	(void)state;
	for (int single = 0; single < 2; single++) {
		check(killed, single, OUTCOME_KILLED, SCOPE_MEMCG, "Memory cgroup out of memory",
		      true);
		check(exiting, single, OUTCOME_VICTIM_EXITING, SCOPE_MEMCG, NULL, true);
		check(spared, single, OUTCOME_VICTIM_EXITING, SCOPE_MEMCG, NULL, true);
	}
}

static void test_global(void **state)
{
	static const char *const killed[] = {"__oom_kill_process", "oom_kill_process",
					     "out_of_memory", "__alloc_pages_slowpath.constprop.0",
					     NULL};

	(void)state;
	check(killed, true, OUTCOME_KILLED, SCOPE_GLOBAL, NULL, false);
	/* A policy or a cpuset may have narrowed it. */
	check(killed, false, OUTCOME_KILLED, SCOPE_UNKNOWN, NULL, false);
}

static void test_sysrq(void **state)
{
	static const char *const symbols[] = {"__oom_kill_process", "oom_kill_process",
					      "out_of_memory",	    "moom_callback",
					      "process_one_work",   NULL};
	struct incident *incident = sample(symbols);

	(void)state;
	assert_int_equal(derive_from_stack(incident, true), 0);
	assert_true(incident->sysrq.known);
	assert_int_equal(incident->sysrq.value, 1);
	assert_int_equal(incident->scope, SCOPE_GLOBAL);
	incident_free(incident);
}

/* A name that only begins alike, or frames without names, tell nothing: no limit is claimed. */
static void test_nothing_to_tell(void **state)
{
	static const char *const alike[] = {"__oom_kill_process", "out_of_memory_x",
					    "mem_cgroup_out_of_memory_y", NULL};
	static const char *const none[] = {NULL};
	struct incident *incident;

	(void)state;
	check(alike, true, OUTCOME_UNKNOWN, SCOPE_UNKNOWN, NULL, false);
	check(none, true, OUTCOME_UNKNOWN, SCOPE_UNKNOWN, NULL, false);
	incident = sample(none);
	sample_frame(&incident->trigger.kernel_stack);
	sample_frame(&incident->trigger.kernel_stack);
	assert_int_equal(derive_from_stack(incident, true), 0);
	assert_int_equal(incident->outcome, OUTCOME_UNKNOWN);
	assert_false(incident->limit.present);
	incident_free(incident);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memcg),
		cmocka_unit_test(test_global),
		cmocka_unit_test(test_sysrq),
		cmocka_unit_test(test_nothing_to_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
