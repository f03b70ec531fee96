// SPDX-License-Identifier: GPL-2.0
#include "lifecycle.h"

#include "decode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * How much earlier than the incident an end may seem to be that belongs to it: an incident of the
 * tracepoint tier begins with the mark, when the SIGKILL is on its way already.
 */
#define EARLY_NS 1000000000ULL

/* One process, of all that was told of its threads. */
struct end {
	int32_t tgid; /* 0: none */
	uint64_t start_boottime_ns;
	uint64_t killed_ns;
	uint64_t time_ns;	  /* of the last that was told */
	uint64_t free_exiting_ns; /* of the last EXITING with its memory gone; 0: none */
	uint64_t free_exited_ns;  /* the same of EXITED */
};

struct reap {
	int32_t tid; /* 0: none */
	uint64_t time_ns;
};

struct victim {
	struct victim_exit exit;
	int64_t tid;
	uint64_t earliest_ns; /* what ended before was another process of this number */
};

struct lifecycle {
	struct victim victims[LIFECYCLE_VICTIMS];
	size_t victim_count;
	struct end ends[LIFECYCLE_ENDS];
	size_t next_end;
	struct reap reaps[LIFECYCLE_ENDS];
	size_t next_reap;
};

struct lifecycle *lifecycle_new(void)
{
	return calloc(1, sizeof(struct lifecycle));
}

void lifecycle_free(struct lifecycle *l)
{
	free(l);
}

static bool add(struct lifecycle *l, const struct incident *incident, const struct process *process)
{
	uint64_t begin = incident->monotonic_ns;
	struct victim *victim;

	if (!process->pid.known)
		return true;
	if (l->victim_count == LIFECYCLE_VICTIMS)
		return false;
	victim = &l->victims[l->victim_count++];
	*victim = (struct victim){
		.exit = {.incident = incident->number,
			 .pid = process->pid.value,
			 .comm_known = process->comm_known,
			 .kill_ns = incident->kill_ns ? incident->kill_ns : begin},
		.tid = process->tid.known ? process->tid.value : process->pid.value,
		.earliest_ns = begin > EARLY_NS ? begin - EARLY_NS : 0,
	};
	memcpy(victim->exit.comm, process->comm, sizeof(victim->exit.comm));
	return true;
}

size_t lifecycle_add(struct lifecycle *l, const struct incident *incident)
{
	size_t refused = 0;

	if (incident->outcome != OUTCOME_KILLED)
		return 0;
	if (incident->has_victim)
		refused += !add(l, incident, &incident->victim.process);
	for (size_t i = 0; i < incident->also_killed_count; i++)
		refused += !add(l, incident, &incident->also_killed[i].process);
	return refused;
}

/* The one of this process, new if need be. */
static struct end *end_of(struct lifecycle *l, const struct ev_death *rec)
{
	struct end *end;

	for (size_t i = 0; i < LIFECYCLE_ENDS; i++) {
		end = &l->ends[i];
		if (end->tgid == rec->hdr.tgid && end->start_boottime_ns == rec->start_boottime_ns)
			return end;
	}
	end = &l->ends[l->next_end++ % LIFECYCLE_ENDS];
	*end = (struct end){.tgid = rec->hdr.tgid, .start_boottime_ns = rec->start_boottime_ns};
	return end;
}

static void later(uint64_t *time_ns, uint64_t now_ns)
{
	if (now_ns > *time_ns)
		*time_ns = now_ns;
}

int lifecycle_feed(struct lifecycle *l, const void *data, size_t size)
{
	union ev_record rec;
	int err = decode_record(data, size, &rec);
	struct end *end;

	if (err)
		return err;
	if (rec.hdr->time_ns > INT64_MAX)
		return -EBADMSG;
	if (rec.hdr->kind == EV_REAPED) {
		l->reaps[l->next_reap++ % LIFECYCLE_ENDS] =
			(struct reap){.tid = rec.hdr->tid, .time_ns = rec.hdr->time_ns};
		return 0;
	}
	if (rec.hdr->kind != EV_EXITING && rec.hdr->kind != EV_EXITED)
		return -EOPNOTSUPP;
	if (rec.hdr->tgid <= 0)
		return -EBADMSG;
	end = end_of(l, rec.death);
	later(&end->time_ns, rec.hdr->time_ns);
	end->killed_ns = rec.death->killed_ns;
	if (rec.death->freed)
		later(rec.hdr->kind == EV_EXITING ? &end->free_exiting_ns : &end->free_exited_ns,
		      rec.hdr->time_ns);
	return 0;
}

/* The first after the kill: the number may have been given to another process since. */
static const struct end *find_end(const struct lifecycle *l, const struct victim *victim)
{
	const struct end *found = NULL;

	for (size_t i = 0; i < LIFECYCLE_ENDS; i++) {
		const struct end *end = &l->ends[i];

		if (end->tgid == victim->exit.pid && end->time_ns >= victim->earliest_ns &&
		    (!found || end->time_ns < found->time_ns))
			found = end;
	}
	return found;
}

static bool was_reaped(const struct lifecycle *l, const struct victim *victim)
{
	for (size_t i = 0; i < LIFECYCLE_ENDS; i++) {
		const struct reap *reap = &l->reaps[i];

		if (reap->tid && (reap->tid == victim->tid || reap->tid == victim->exit.pid) &&
		    reap->time_ns >= victim->earliest_ns)
			return true;
	}
	return false;
}

static struct num since(uint64_t kill_ns, uint64_t time_ns)
{
	if (!time_ns)
		return (struct num){0};
	return num_of(time_ns > kill_ns ? (int64_t)(time_ns - kill_ns) : 0);
}

/*
 * That a thread exits is told after it let go of the memory (before 6.16), so the last to say that
 * nobody has it is right; the parent is told a little later, but on every kernel.
 */
static void set_end(struct victim_exit *exit, const struct end *end)
{
	exit->time_ns = end->time_ns;
	if (end->killed_ns)
		exit->kill_ns = end->killed_ns;
	exit->kill_to_exit_ns = since(exit->kill_ns, end->time_ns);
	exit->kill_to_free_ns = since(exit->kill_ns, end->free_exiting_ns ? end->free_exiting_ns
									  : end->free_exited_ns);
	exit->alive = num_of(0);
}

/* False: too early to tell. */
static bool settle(const struct lifecycle *l, struct victim *victim, uint64_t now_ns, bool last)
{
	const struct end *end = find_end(l, victim);
	bool over = now_ns >= victim->exit.kill_ns + LIFECYCLE_PATIENCE_NS;

	if (end && (last || now_ns >= end->time_ns + LIFECYCLE_SETTLE_NS))
		set_end(&victim->exit, end);
	else if (!end && over)
		victim->exit.time_ns = now_ns;
	else
		return false;
	victim->exit.reaped = was_reaped(l, victim);
	return true;
}

bool lifecycle_next(struct lifecycle *l, uint64_t now_ns, bool last, struct victim_exit *ret_exit)
{
	for (size_t i = 0; i < l->victim_count; i++) {
		struct victim *victim = &l->victims[i];

		if (!settle(l, victim, now_ns, last))
			continue;
		*ret_exit = victim->exit;
		memmove(victim, victim + 1, (--l->victim_count - i) * sizeof(*victim));
		return true;
	}
	return false;
}
