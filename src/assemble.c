// SPDX-License-Identifier: GPL-2.0
#include "assemble.h"

#include "proc_parse.h"
#include "verdicts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The innermost frames in which a group member's kernel stack differs from the first victim's. */
#define KILL_FRAMES 8
/* However short the stacks, so many callers must be the same. */
#define LEAST_CALLERS 2

struct open_incident {
	struct incident *incident;
	int32_t tid; /* of the task inside the OOM killer */
	bool invoked;
	bool selected;
	bool killed; /* SIGKILL was on its way */
	bool marked;
	bool shared; /* processes that share its memory may follow */
	bool returned;
	bool panicking;
	uint32_t result;
	uint32_t chosen;
	bool group; /* more victims may follow */
};

struct assembler {
	const char *hook;
	bool mark_only;
	assemble_fn fn;
	void *ctx;
	struct open_incident open;
	uint64_t panicked_id; /* an invocation that was handed out already; 0: none */
	uint64_t member_id;   /* an invocation that is a further victim of the open one; 0: none */
};

struct assembler *assembler_new(const char *hook, bool mark_only, assemble_fn fn, void *ctx)
{
	struct assembler *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->hook = hook;
	a->mark_only = mark_only;
	a->fn = fn;
	a->ctx = ctx;
	return a;
}

void assembler_free(struct assembler *a)
{
	if (!a)
		return;
	incident_free(a->open.incident);
	free(a);
}

bool assembler_is_member(const struct assembler *a, uint64_t incident)
{
	return a->member_id && a->member_id == incident;
}

bool assembler_pending(const struct assembler *a)
{
	return a->open.incident;
}

/*
 * How the invocation ended: facts of mm/oom_kill.c's out_of_memory() and oom_kill_process(), 6.12.
 */
static enum outcome outcome_of(const struct open_incident *open)
{
	if (open->panicking)
		return OUTCOME_NO_VICTIM;
	if (open->killed && open->marked)
		return OUTCOME_KILLED;
	if (open->selected || open->marked)
		return open->returned ? OUTCOME_VICTIM_EXITING : OUTCOME_UNKNOWN;
	if (!open->returned)
		return OUTCOME_UNKNOWN;
	return open->result || open->chosen == EV_CHOSEN_ABORTED ? OUTCOME_ABORTED
								 : OUTCOME_NO_VICTIM;
}

static int copy_stack(const struct stack *from, struct stack *to)
{
	struct frame *frames = calloc(from->count ? from->count : 1, sizeof(*frames));

	if (!frames)
		return -ENOMEM;
	for (size_t i = 0; i < from->count; i++)
		frames[i].address = from->frames[i].address;
	*to = (struct stack){.valid = from->valid,
			     .truncated = from->truncated,
			     .count = from->count,
			     .frames = frames};
	return 0;
}

static void finish(struct assembler *a)
{
	struct open_incident open = a->open;
	struct incident *incident = open.incident;

	if (!incident)
		return;
	memset(&a->open, 0, sizeof(a->open));
	a->member_id = 0;
	if (a->mark_only) {
		incident->lost_records = !open.invoked || !open.selected || !open.marked;
		/* The mark comes when SIGKILL has been sent: nothing can wait for it. */
		incident->hold = HOLD_OFF;
		incident->hold_reason = "tracepoint";
		incident->hold_ns = num_of(0);
	} else {
		incident->outcome = outcome_of(&open);
		incident->panic = num_of(open.panicking);
		incident->lost_records = !(open.returned || open.panicking) || !open.invoked ||
					 (open.killed && !open.selected);
		if (incident->scope == SCOPE_UNKNOWN && incident->limit.present)
			incident->scope = SCOPE_MEMCG;
	}
	if (incident->has_victim && !incident->victim.kernel_stack.valid &&
	    incident->victim.process.tid.value == open.tid)
		copy_stack(&incident->trigger.kernel_stack, &incident->victim.kernel_stack);
	/* A selection that was not made has weighed nobody. */
	if (!a->mark_only && !incident->lost_records)
		incident->candidates.known = true;
	verdicts_settle(incident);
	a->fn(a->ctx, incident);
}

void assembler_idle(struct assembler *a)
{
	finish(a);
}

/* One of which no more is known than a record's header tells. */
static struct incident *begin_incident(const struct ev_header *hdr,
				       const struct decode_units *units, const char *hook)
{
	struct incident *incident = incident_new();

	if (!incident)
		return NULL;
	incident->kernel_id = hdr->incident;
	incident->monotonic_ns = hdr->time_ns;
	incident->realtime_ns =
		(int64_t)(hdr->time_ns + (uint64_t)units->realtime_minus_monotonic_ns);
	incident->hook = hook;
	incident->trigger.process.pid = num_of(hdr->tgid);
	incident->trigger.process.tid = num_of(hdr->tid);
	return incident;
}

static int begin(struct assembler *a, const struct ev_header *hdr, const struct decode_units *units)
{
	struct incident *incident = begin_incident(hdr, units, a->hook);

	if (!incident)
		return -ENOMEM;
	a->open = (struct open_incident){.incident = incident, .tid = hdr->tid};
	return 0;
}

/* Makes the record's incident the open one, finishing another whose end was never seen. */
static int switch_to(struct assembler *a, const struct ev_header *hdr,
		     const struct decode_units *units)
{
	if (a->open.incident && a->open.incident->kernel_id == hdr->incident)
		return 0;
	finish(a);
	return begin(a, hdr, units);
}

static int take_limit(struct incident *incident, const struct ev_limit *from,
		      const struct decode_units *units)
{
	struct limit limit;
	int err = decode_limit(from, units, &limit);

	if (err)
		return err;
	limit_clear(&incident->limit);
	incident->limit = limit;
	return 0;
}

static int take_invoked(struct incident *incident, const struct ev_invoked *rec,
			const struct decode_units *units)
{
	int err;

	if (rec->has_oom_control) {
		incident->trigger.gfp_mask = num_of(rec->gfp_mask);
		incident->trigger.order = num_of(rec->order);
		incident->sysrq = num_of(rec->order == -1);
	}
	err = decode_process(&rec->trigger, units, &incident->trigger.process);
	if (!err)
		err = take_limit(incident, &rec->limit, units);
	if (!err)
		err = decode_kernel_stack((const uint64_t *)rec->kernel_stack,
					  rec->kernel_stack_size, &incident->trigger.kernel_stack);
	if (!err)
		err = decode_user_stack(rec, &incident->trigger.user_stack);
	return err;
}

static int on_invoked(struct assembler *a, const struct ev_invoked *rec,
		      const struct decode_units *units)
{
	if (a->open.invoked)
		return 0;
	a->open.invoked = true;
	return take_invoked(a->open.incident, rec, units);
}

static int on_selected(struct assembler *a, const struct ev_selected *rec,
		       const struct decode_units *units)
{
	struct incident *incident = a->open.incident;
	size_t len = strnlen(rec->message, sizeof(rec->message));
	int err;

	if (a->open.selected || incident->has_victim)
		return 0;
	a->open.selected = true;
	err = decode_process(&rec->victim, units, &incident->victim.process);
	if (err)
		return err;
	incident->has_victim = true;
	/* Behind the signal its threads are exiting: how many there were cannot be told. */
	if (a->mark_only && incident->victim.process.threads.value > 1)
		incident->victim.process.threads.known = false;
	decode_memory(&rec->memory, units, &incident->victim.process.memory);
	decode_score(rec, units, &incident->victim.score);
	if (rec->has_oom_control)
		incident->scope = decode_scope(rec->constraint);
	if (len) {
		incident->message = strndup(rec->message, len);
		if (!incident->message)
			return -ENOMEM;
	}
	a->open.group = rec->limit.flags & EV_LIMIT_OOM_GROUP;
	return take_limit(incident, &rec->limit, units);
}

static int add_also_killed(struct incident *incident, const struct ev_task *task,
			   const struct ev_memory *memory, enum kill_reason reason,
			   const struct decode_units *units)
{
	struct also_killed *list = incident->also_killed;
	struct also_killed *member;
	int err;

	if (incident->has_victim && incident->victim.process.pid.value == task->tgid)
		return 0;
	for (size_t i = 0; i < incident->also_killed_count; i++)
		if (list[i].process.pid.value == task->tgid)
			return 0;
	list = realloc(list, (incident->also_killed_count + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	incident->also_killed = list;
	member = &list[incident->also_killed_count];
	*member = (struct also_killed){.reason = reason};
	err = decode_process(task, units, &member->process);
	if (err)
		return err;
	decode_memory(memory, units, &member->process.memory);
	incident->also_killed_count++;
	return 0;
}

static int on_killed(struct assembler *a, const struct ev_killed *rec,
		     const struct decode_units *units)
{
	struct incident *incident = a->open.incident;
	int err;

	if (!a->open.killed)
		incident->kill_ns = rec->hdr.time_ns;
	a->open.killed = true;
	/* The record of the selection was lost: the first to be killed is the selected one. */
	if (!incident->has_victim && !a->open.selected) {
		err = decode_process(&rec->victim, units, &incident->victim.process);
		if (err)
			return err;
		decode_memory(&rec->memory, units, &incident->victim.process.memory);
		incident->has_victim = true;
		return 0;
	}
	/* It may have gone on allocating while it was read: the kernel logs what it has now. */
	if (incident->has_victim && rec->memory.valid &&
	    incident->victim.process.tid.value == rec->victim.tid)
		decode_memory(&rec->memory, units, &incident->victim.process.memory);
	if (incident->has_victim && incident->victim.process.tid.value == rec->kernel_stack_tid &&
	    !incident->victim.kernel_stack.valid) {
		err = decode_kernel_stack((const uint64_t *)rec->kernel_stack,
					  rec->kernel_stack_size, &incident->victim.kernel_stack);
		if (err)
			return err;
	}
	return add_also_killed(a->open.incident, &rec->victim, &rec->memory, KILL_OOM_GROUP, units);
}

/* The one that asks is dying, and gets what it needs for that; or its whole group of threads. */
static int on_dying(struct assembler *a, const struct ev_killed *rec,
		    const struct decode_units *units)
{
	struct incident *incident = a->open.incident;
	int err;

	if (incident->has_victim)
		return 0;
	err = decode_process(&rec->victim, units, &incident->victim.process);
	if (err)
		return err;
	decode_memory(&rec->memory, units, &incident->victim.process.memory);
	incident->has_victim = true;
	return 0;
}

static int on_marked(struct assembler *a, const struct ev_marked *rec)
{
	struct incident *incident = a->open.incident;
	int err = 0;

	a->open.marked = true;
	/* The record of the kill was lost; the mark comes right after it. */
	if (!a->mark_only && !incident->kill_ns)
		incident->kill_ns = rec->hdr.time_ns;
	if (incident->has_victim && incident->victim.process.tid.value == rec->victim_tid &&
	    rec->victim_tid != rec->hdr.tid && !incident->victim.kernel_stack.valid)
		err = decode_kernel_stack((const uint64_t *)rec->kernel_stack,
					  rec->kernel_stack_size, &incident->victim.kernel_stack);
	a->open.shared |= rec->shared;
	if (a->mark_only && !a->open.group && !a->open.shared)
		finish(a);
	return err;
}

static void on_returned(struct assembler *a, const struct ev_returned *rec)
{
	a->open.returned = true;
	a->open.result = rec->result;
	a->open.chosen = rec->chosen;
	a->open.incident->hold = decode_hold(rec->hold, &a->open.incident->hold_reason);
	a->open.incident->hold_ns = num_of((int64_t)(rec->hold_ns & INT64_MAX));
	if (!a->open.incident->kill_ns)
		a->open.incident->kill_ns = rec->hdr.time_ns;
	if (a->open.incident->scope == SCOPE_UNKNOWN && !a->open.incident->limit.present)
		a->open.incident->scope = decode_scope(rec->constraint);
	finish(a);
}

/* The kernel says nothing more of it, or, should it go on after all, nothing new. */
static void on_panicking(struct assembler *a, const struct ev_panic *rec)
{
	struct incident *incident = a->open.incident;

	a->open.panicking = true;
	a->panicked_id = rec->hdr.incident;
	incident->panic_cause = rec->cause == EV_PANIC_NO_VICTIM ? PANIC_NO_VICTIM : PANIC_ON_OOM;
	incident->scope = decode_scope(rec->constraint);
	finish(a);
}

static int on_candidates(struct assembler *a, const struct ev_candidates *rec,
			 const struct decode_units *units)
{
	struct incident *incident = a->open.incident;

	if (incident->candidates.known)
		return 0;
	return decode_candidates(rec, units, &incident->candidates);
}

/* Used where the victim's /proc could not be read; what was read replaces it. */
static int on_names(struct assembler *a, const struct ev_names *rec)
{
	struct incident *incident = a->open.incident;
	const struct ev_cmdline *cmdline = &rec->cmdline;

	if (incident->victim.exe || incident->victim.cmdline)
		return 0;
	if (rec->exe.len && rec->exe.len <= sizeof(rec->exe.names) &&
	    !(rec->exe.flags & EV_PATH_TOO_DEEP))
		incident->victim.exe = decode_path(rec->exe.names, rec->exe.len, rec->exe.flags);
	if (rec->cmdline_source == EV_CMDLINE_NONE || cmdline->len > sizeof(cmdline->text))
		return 0;
	incident->victim.cmdline = proc_parse_cmdline(cmdline->text, cmdline->len, cmdline->cut);
	incident->victim.known_in_advance = rec->cmdline_source == EV_CMDLINE_AT_EXEC;
	return incident->victim.cmdline ? 0 : -ENOMEM;
}

/*
 * Without entry and return of the OOM killer: is this mark of the invocation that is open? The
 * kernel kills the members of a group from deeper down (oom_kill_memcg_member) but with the same
 * callers; a new invocation by the same path has a stack of the same depth.
 */
static bool is_group_member(const struct assembler *a, const struct ev_invoked *rec)
{
	const struct stack *first;
	size_t callers;
	size_t depth =
		rec->kernel_stack_size > 0 ? (size_t)rec->kernel_stack_size / sizeof(__u64) : 0;

	if (!a->mark_only || !a->open.incident || !a->open.group || !a->open.invoked ||
	    a->open.tid != rec->hdr.tid)
		return false;
	first = &a->open.incident->trigger.kernel_stack;
	if (depth > EV_STACK_DEPTH || depth <= first->count)
		return false;
	callers = first->count > KILL_FRAMES + LEAST_CALLERS ? first->count - KILL_FRAMES
							     : LEAST_CALLERS;
	for (size_t i = 0; i < callers && i < first->count; i++)
		if (first->frames[first->count - 1 - i].address != rec->kernel_stack[depth - 1 - i])
			return false;
	return true;
}

/* A further victim of the open incident: only who it is counts. */
static int feed_group_member(struct assembler *a, union ev_record rec,
			     const struct decode_units *units)
{
	if (rec.hdr->kind == EV_SHARER)
		return add_also_killed(a->open.incident, &rec.killed->victim, &rec.killed->memory,
				       KILL_SHARES_MEMORY, units);
	if (rec.hdr->kind == EV_SELECTED)
		return add_also_killed(a->open.incident, &rec.selected->victim,
				       &rec.selected->memory, KILL_OOM_GROUP, units);
	return 0;
}

static int dispatch(struct assembler *a, union ev_record rec, const struct decode_units *units)
{
	switch (rec.hdr->kind) {
	case EV_INVOKED:
		return on_invoked(a, rec.invoked, units);
	case EV_SELECTED:
		return on_selected(a, rec.selected, units);
	case EV_KILLED:
		return on_killed(a, rec.killed, units);
	case EV_MARKED:
		return on_marked(a, rec.marked);
	case EV_MODULES_MAPPED:
		/* The reader's: it opens them. */
		return 0;
	case EV_SHARER:
		return add_also_killed(a->open.incident, &rec.killed->victim, &rec.killed->memory,
				       KILL_SHARES_MEMORY, units);
	case EV_DYING:
		return on_dying(a, rec.killed, units);
	case EV_CANDIDATES_WEIGHED:
		return on_candidates(a, rec.candidates, units);
	case EV_NAMES:
		return on_names(a, rec.names);
	case EV_RETURNED:
		on_returned(a, rec.returned);
		return 0;
	case EV_PANICKING:
		on_panicking(a, rec.panic);
		return 0;
	}
	return -EOPNOTSUPP;
}

int assembler_feed(struct assembler *a, const void *data, size_t size,
		   const struct decode_units *units)
{
	union ev_record rec;
	int err = decode_record(data, size, &rec);

	if (err)
		return err;
	if (a->panicked_id && a->panicked_id == rec.hdr->incident)
		return 0;
	if (rec.hdr->kind == EV_INVOKED && is_group_member(a, rec.invoked))
		a->member_id = rec.hdr->incident;
	if (a->member_id && a->member_id == rec.hdr->incident)
		return feed_group_member(a, rec, units);
	a->member_id = 0;
	err = switch_to(a, rec.hdr, units);
	return err ? err : dispatch(a, rec, units);
}

/* No OOM killer runs, so that there is nothing to hold, and nobody is weighed. */
static struct incident *begin_disabled(const struct ev_header *hdr,
				       const struct decode_units *units, const char *hook)
{
	struct incident *incident = begin_incident(hdr, units, hook);

	if (!incident)
		return NULL;
	incident->outcome = OUTCOME_OOM_DISABLED;
	incident->panic = num_of(0);
	incident->scope = SCOPE_MEMCG;
	incident->hold = decode_hold(EV_HOLD_NONE, &incident->hold_reason);
	incident->hold_ns = num_of(0);
	incident->candidates.known = true;
	return incident;
}

int assemble_stuck(const struct ev_invoked *rec, const struct decode_units *units, const char *hook,
		   struct incident **ret_incident)
{
	struct incident *incident = begin_disabled(&rec->hdr, units, hook);
	int err = incident ? take_invoked(incident, rec, units) : -ENOMEM;

	if (err) {
		incident_free(incident);
		return err;
	}
	incident->sysrq = num_of(0);
	*ret_incident = incident;
	return 0;
}

int assemble_wait(const struct ev_wait *rec, const struct decode_units *units, const char *hook,
		  struct incident **ret_incident)
{
	struct incident *incident = begin_disabled(&rec->hdr, units, hook);

	if (!incident)
		return -ENOMEM;
	memcpy(incident->trigger.process.comm, rec->comm, EV_COMM_LEN);
	incident->trigger.process.comm_known = true;
	incident->sysrq = num_of(0);
	incident->limit.present = true;
	incident->limit.swap_counts_memory = true;
	incident->limit.cgroup_ids[0] = rec->cgroup_id;
	incident->began_before = rec->flags & EV_WAIT_FOUND;
	incident->lost_records = !incident->began_before;
	*ret_incident = incident;
	return 0;
}
