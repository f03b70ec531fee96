// SPDX-License-Identifier: GPL-2.0
#include "repeats.h"

#define REPEAT_NS     1000000000ULL
#define SAME_START_NS 1000000000LL

static uint64_t cgroup_of(const struct incident *incident)
{
	return incident->limit.present ? incident->limit.cgroup_ids[0] : 0;
}

/* Somebody was found: what comes to nothing from here on is news again. */
static void forget(struct repeats *repeats, uint64_t cgroup)
{
	for (size_t i = 0; i < REPEATS_KINDS; i++)
		if (repeats->kinds[i].cgroup == cgroup)
			repeats->kinds[i].told_ns = repeats->kinds[i].seen_ns = 0;
}

/* The kind it is of, or the one not seen for longest to make room for it. */
static struct repeat_kind *find(struct repeats *repeats, enum outcome outcome, int64_t tid,
				uint64_t cgroup)
{
	struct repeat_kind *oldest = &repeats->kinds[0];

	for (size_t i = 0; i < REPEATS_KINDS; i++) {
		struct repeat_kind *kind = &repeats->kinds[i];

		if (kind->outcome == outcome && kind->tid == tid && kind->cgroup == cgroup)
			return kind;
		if (kind->seen_ns < oldest->seen_ns)
			oldest = kind;
	}
	*oldest = (struct repeat_kind){.outcome = outcome, .tid = tid, .cgroup = cgroup};
	return oldest;
}

/* The same process within what the clock may have been set by; a pid is not used again so soon. */
static bool was_told(const struct repeats *repeats, const struct process *process)
{
	if (!process->pid.known || !process->start_realtime_ns.known)
		return false;
	for (size_t i = 0; i < REPEATS_VICTIMS; i++) {
		const struct repeat_victim *victim = &repeats->victims[i];
		int64_t later = process->start_realtime_ns.value - victim->start_realtime_ns;

		if (victim->pid == process->pid.value && later < SAME_START_NS &&
		    later > -SAME_START_NS)
			return true;
	}
	return false;
}

static void keep_victim(struct repeats *repeats, const struct process *process)
{
	if (!process->pid.known || !process->start_realtime_ns.known)
		return;
	repeats->victims[repeats->victim_count++ % REPEATS_VICTIMS] = (struct repeat_victim){
		.pid = process->pid.value,
		.start_realtime_ns = process->start_realtime_ns.value,
	};
}

/* False: another thread of a process that dies already, as was told. */
static bool take_victims(struct repeats *repeats, const struct incident *incident)
{
	if (incident->outcome != OUTCOME_KILLED && incident->has_victim &&
	    was_told(repeats, &incident->victim.process))
		return false;
	if (incident->has_victim)
		keep_victim(repeats, &incident->victim.process);
	for (size_t i = 0; i < incident->also_killed_count; i++)
		keep_victim(repeats, &incident->also_killed[i].process);
	return true;
}

bool repeats_take(struct repeats *repeats, struct incident *incident)
{
	bool no_victim = incident->outcome == OUTCOME_NO_VICTIM;
	uint64_t now = incident->monotonic_ns, since;
	struct repeat_kind *kind;

	/* The last that will be heard of the machine. */
	if (incident->panic.value)
		return false;
	if (!no_victim && incident->outcome != OUTCOME_ABORTED) {
		if (!take_victims(repeats, incident)) {
			repeats->total++;
			return true;
		}
		forget(repeats, cgroup_of(incident));
		return false;
	}
	kind = find(repeats, incident->outcome, no_victim ? 0 : incident->trigger.process.tid.value,
		    cgroup_of(incident));
	/* A victim dies once; that nobody can be killed is to be told for as long as it lasts. */
	since = no_victim ? kind->told_ns : kind->seen_ns;
	kind->seen_ns = now;
	if (since && now - since < REPEAT_NS) {
		kind->count++;
		repeats->total++;
		repeats->no_victim += no_victim;
		return true;
	}
	incident->repeats = kind->count;
	kind->count = 0;
	kind->told_ns = now;
	return false;
}
