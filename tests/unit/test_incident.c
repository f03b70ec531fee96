// SPDX-License-Identifier: GPL-2.0
#include "incident.h"
#include "oom_wait.h"
#include "sample_incident.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

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
	     &incident->trigger.gfp_mask, &incident->trigger.order, &incident->sysrq,
	     &incident->panic);
	process->comm_known = true;
	process->cgroup = sample_text("/");
	incident->trigger.gfp_flags = sample_text("");
	incident->trigger.kernel_stack.valid = true;
	incident->trigger.user_stack.valid = true;
	incident->candidates.known = true;
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
	incident->victim.cmdline = sample_text("app");
	incident->victim.exe = sample_text("/bin/app");
	incident->victim.smaps_known = true;
	incident->victim.mappings_known = true;
}

static void know_limit(struct incident *incident)
{
	struct limit *limit = &incident->limit;

	limit->present = true;
	limit->cgroup = sample_text("/");
	KNOW(&limit->limit_bytes, &limit->usage_bytes, &limit->swap_limit_bytes,
	     &limit->swap_usage_bytes, &limit->failcnt);
	limit->stat.known = true;
	limit->events.known = true;
	limit->pressure.some.known = true;
}

static void know_capture(struct incident *incident)
{
	struct system *system = &incident->system;

	incident->hold = HOLD_OFF;
	KNOW(&system->mem_total_bytes, &system->mem_free_bytes, &system->mem_available_bytes,
	     &system->buffers_bytes, &system->cached_bytes, &system->anon_bytes,
	     &system->mapped_bytes, &system->shmem_bytes, &system->slab_bytes,
	     &system->slab_reclaimable_bytes, &system->kernel_stack_bytes,
	     &system->pagetables_bytes, &system->swap_total_bytes, &system->swap_free_bytes,
	     &system->committed_bytes);
	system->zones_known = true;
	system->pressure.some.known = true;
}

static void test_empty(void **state)
{
	struct incident *incident = incident_new();

	(void)state;
	assert_int_equal(incident->outcome, OUTCOME_UNKNOWN);
	check_missed(incident,
		     "outcome scope sysrq panic trigger.pid trigger.tid trigger.uid "
		     "trigger.oom_score_adj trigger.comm trigger.cgroup trigger.gfp_mask "
		     "trigger.gfp_flags trigger.order trigger.kernel_stack trigger.user_stack "
		     "victim limit candidates system system.zones system.pressure capture.hold ");
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
	know_capture(incident);
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
	know_capture(incident);
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
	know_capture(incident);
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

/* What was to be read of the living victim, of its cgroup and of the machine. */
static void test_files(void **state)
{
	struct incident *incident = incident_new();

	(void)state;
	incident->outcome = OUTCOME_KILLED;
	incident->scope = SCOPE_MEMCG;
	know_trigger(incident);
	know_victim(incident);
	know_limit(incident);
	know_capture(incident);
	incident->victim.smaps_known = false;
	incident->victim.mappings_known = false;
	incident->limit.stat.known = false;
	incident->limit.events.known = false;
	incident->limit.pressure.some.known = false;
	incident->system.cached_bytes.known = false;
	incident->system.zones_known = false;
	incident->hold = HOLD_UNKNOWN;
	free(incident->victim.cmdline);
	incident->victim.cmdline = NULL;
	free(incident->victim.exe);
	incident->victim.exe = NULL;
	check_missed(incident, "victim.cmdline victim.exe victim.smaps victim.mappings limit.stat "
			       "limit.events limit.pressure system.cached_bytes system.zones "
			       "capture.hold ");
	incident_free(incident);
}

static void add_mapping(struct incident *incident, const char *name)
{
	incident->victim.mappings = calloc(MAPPINGS_MAX, sizeof(struct mapping));
	assert_non_null(incident->victim.mappings);
	incident->victim.mappings[0].name = sample_text(name);
	incident->victim.mapping_count = 1;
	incident->victim.mappings_known = true;
}

static void add_stat(struct stat_list *list, const char *name, int64_t value)
{
	list->entries = calloc(1, sizeof(*list->entries));
	assert_non_null(list->entries);
	list->entries[0] = (struct stat_entry){.name = sample_text(name), .value = value};
	list->count = 1;
	list->known = true;
}

/* What was read goes over whole; what the record itself said stays. */
static void test_move_context(void **state)
{
	struct incident *to = sample_memcg(), *from = incident_new();

	(void)state;
	assert_non_null(from);
	to->victim.cmdline = sample_text("as at exec");
	to->victim.exe = sample_text("/bin/old");
	to->victim.known_in_advance = true;
	from->victim.cmdline = sample_text("as now");
	from->victim.exe = sample_text("/bin/new");
	from->victim.smaps_known = true;
	from->victim.smaps.rss_bytes = num_of(77);
	add_mapping(from, "[heap]");
	add_stat(&from->limit.stat, "anon", 5);
	add_stat(&from->limit.events, "oom_kill", 1);
	from->limit.pressure.some = (struct pressure_line){.known = true, .total_us = 9};
	from->system.mem_total_bytes = num_of(88);
	from->system.zones = calloc(1, sizeof(*from->system.zones));
	from->system.zone_count = 1;
	from->system.zones_known = true;
	incident_move_context(to, from);
	incident_free(from);
	assert_string_equal(to->victim.cmdline, "as now");
	assert_string_equal(to->victim.exe, "/bin/new");
	assert_false(to->victim.known_in_advance);
	assert_true(to->victim.smaps_known);
	assert_int_equal(to->victim.smaps.rss_bytes.value, 77);
	assert_int_equal(to->victim.mapping_count, 1);
	assert_string_equal(to->victim.mappings[0].name, "[heap]");
	assert_string_equal(to->limit.stat.entries[0].name, "anon");
	assert_string_equal(to->limit.events.entries[0].name, "oom_kill");
	assert_int_equal(to->limit.pressure.some.total_us, 9);
	assert_int_equal(to->system.mem_total_bytes.value, 88);
	assert_int_equal(to->system.zone_count, 1);
	/* Of the record. */
	assert_string_equal(to->limit.cgroup, "/kubepods/burstable/pod42/app");
	assert_int_equal(to->limit.failcnt.value, 318);
	assert_int_equal(to->victim.process.pid.value, 4242);
	assert_true(to->victim.score.points_pages.known);
	incident_free(to);
}

/* What could not be read leaves what was known in advance. */
static void test_move_nothing(void **state)
{
	struct incident *to = sample_memcg(), *from = incident_new();

	(void)state;
	assert_non_null(from);
	to->victim.cmdline = sample_text("as at exec");
	to->victim.exe = sample_text("/bin/old");
	to->victim.known_in_advance = true;
	incident_move_context(to, from);
	assert_string_equal(to->victim.cmdline, "as at exec");
	assert_true(to->victim.known_in_advance);
	/* The two are apart: a link that could be read beside a command line that could not. */
	from->victim.exe = sample_text("/bin/new");
	incident_move_context(to, from);
	incident_free(from);
	assert_string_equal(to->victim.cmdline, "as at exec");
	assert_string_equal(to->victim.exe, "/bin/new");
	assert_true(to->victim.known_in_advance);
	assert_false(to->victim.smaps_known);
	assert_false(to->victim.mappings_known);
	assert_false(to->limit.stat.known);
	incident_free(to);
}

/* The files of modules are closed with the incident; 0 is none and stays open. */
static void test_module_files(void **state)
{
	struct incident *incident = incident_new();
	int fd = dup(STDERR_FILENO);

	(void)state;
	assert_true(fd > 0);
	incident->user_state.modules = calloc(2, sizeof(*incident->user_state.modules));
	assert_non_null(incident->user_state.modules);
	incident->user_state.module_count = 2;
	incident->user_state.modules[0].path = sample_text("/bin/app");
	incident->user_state.modules[1].fd = fd;
	incident_free(incident);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(errno, EBADF);
	assert_int_not_equal(fcntl(STDIN_FILENO, F_GETFD), -1);
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
	know_capture(incident);
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
	assert_string_equal(wait_ended_name(WAIT_RESUMED), "resumed");
	assert_string_equal(wait_ended_name(WAIT_KILLED), "killed");
	assert_null(wait_ended_name(WAIT_ENDED_UNKNOWN));
	assert_null(wait_ended_name((enum wait_ended)99));
	assert_string_equal(scope_name(SCOPE_MEMCG), "memcg");
	assert_string_equal(scope_name(SCOPE_GLOBAL), "global");
	assert_string_equal(scope_name(SCOPE_CPUSET), "cpuset");
	assert_string_equal(scope_name(SCOPE_MEMPOLICY), "mempolicy");
	assert_null(scope_name(SCOPE_UNKNOWN));
	assert_null(scope_name((enum scope)99));
	assert_string_equal(hold_state_name(HOLD_OFF), "off");
	assert_string_equal(hold_state_name(HOLD_ACKNOWLEDGED), "acknowledged");
	assert_string_equal(hold_state_name(HOLD_TIMED_OUT), "timed_out");
	assert_null(hold_state_name(HOLD_UNKNOWN));
	assert_null(hold_state_name((enum hold_state)99));
	assert_string_equal(proc_state_name(PROC_COMPLETE), "complete");
	assert_string_equal(proc_state_name(PROC_PARTIAL), "partial");
	assert_string_equal(proc_state_name(PROC_MISSED), "missed");
	assert_null(proc_state_name(PROC_UNKNOWN));
	assert_null(proc_state_name((enum proc_state)99));
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
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_move_context),
		cmocka_unit_test(test_move_nothing),
		cmocka_unit_test(test_module_files),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
