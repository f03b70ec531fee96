// SPDX-License-Identifier: GPL-2.0
#include "waits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct waiter {
	struct waiting_task task;
	uint64_t start_boottime_ns; /* thread ids are used again */
	uint64_t kernel_id;
	uint64_t begin_ns;
	bool begin_known;
	uint64_t seen_ns; /* waiting, for the last time */
	bool left;	  /* it does not wait now */
	uint64_t left_ns;
	bool derived;
	bool killed;
};

struct place {
	struct waits_place place;
	bool told; /* its number is known */
	uint64_t number;
	bool grown; /* since what was told last */
	uint64_t told_ns;
};

/* Both in the order in which they came. */
struct waits {
	bool by_process;
	struct waiter waiters[WAITS_TASKS];
	size_t waiter_count;
	struct place places[WAITS_PLACES];
	size_t place_count;
};

struct waits *waits_new(bool by_process)
{
	struct waits *w = calloc(1, sizeof(*w));

	if (w)
		w->by_process = by_process;
	return w;
}

void waits_free(struct waits *w)
{
	free(w);
}

static struct waiter *find_waiter(struct waits *w, const struct ev_wait *rec)
{
	for (size_t i = 0; i < w->waiter_count; i++) {
		struct waiter *waiter = &w->waiters[i];

		if (waiter->task.tid == rec->hdr.tid &&
		    waiter->start_boottime_ns == rec->start_boottime_ns &&
		    waiter->kernel_id == rec->hdr.incident)
			return waiter;
	}
	return NULL;
}

static size_t place_index(const struct waits *w, uint64_t kernel_id)
{
	size_t i = 0;

	while (i < w->place_count && w->places[i].place.kernel_id != kernel_id)
		i++;
	return i;
}

static struct place *find_place(struct waits *w, uint64_t kernel_id)
{
	size_t i = place_index(w, kernel_id);

	return i < w->place_count ? &w->places[i] : NULL;
}

static void add_waiter(struct waits *w, const struct ev_wait *rec)
{
	struct waiter *waiter = &w->waiters[w->waiter_count++];

	*waiter = (struct waiter){
		.task = {.pid = rec->hdr.tgid, .tid = rec->hdr.tid},
		.start_boottime_ns = rec->start_boottime_ns,
		.kernel_id = rec->hdr.incident,
		.begin_ns = rec->hdr.time_ns,
		.begin_known = !(rec->flags & EV_WAIT_FOUND),
		.seen_ns = rec->hdr.time_ns,
	};
	memcpy(waiter->task.comm, rec->comm, EV_COMM_LEN);
}

static int begin(struct waits *w, const struct ev_wait *rec)
{
	struct place *place = find_place(w, rec->hdr.incident);
	bool first = !place;

	if (w->waiter_count == WAITS_TASKS || (first && w->place_count == WAITS_PLACES))
		return -ENOSPC;
	if (first) {
		place = &w->places[w->place_count++];
		*place = (struct place){
			.place = {.kernel_id = rec->hdr.incident,
				  .cgroup_id = rec->cgroup_id,
				  .tgid = w->by_process ? rec->hdr.tgid : 0},
			.told_ns = rec->hdr.time_ns,
		};
	}
	/* Of the first the incident itself tells. */
	place->grown = !first;
	add_waiter(w, rec);
	return first;
}

int waits_feed(struct waits *w, const struct ev_wait *rec)
{
	struct waiter *waiter;

	if (rec->hdr.kind != EV_WAIT && rec->hdr.kind != EV_WOKEN)
		return -EOPNOTSUPP;
	if (rec->hdr.time_ns > INT64_MAX || rec->hdr.tgid <= 0 || rec->hdr.tid <= 0)
		return -EBADMSG;
	waiter = find_waiter(w, rec);
	if (rec->hdr.kind == EV_WAIT && !waiter)
		return begin(w, rec);
	if (!waiter)
		return 0;
	waiter->left = rec->hdr.kind == EV_WOKEN;
	waiter->derived = false;
	waiter->killed = waiter->left && (rec->flags & EV_WAIT_KILLED);
	if (waiter->left)
		waiter->left_ns = rec->hdr.time_ns;
	else
		waiter->seen_ns = rec->hdr.time_ns;
	return 0;
}

void waits_number(struct waits *w, uint64_t kernel_id, uint64_t number)
{
	struct place *place = find_place(w, kernel_id);

	if (!place)
		return;
	place->told = true;
	place->number = number;
}

bool waits_is_told(const struct waits *w, uint64_t kernel_id)
{
	size_t i = place_index(w, kernel_id);

	return i == w->place_count || w->places[i].told;
}

void waits_looked(struct waits *w, uint64_t since_ns)
{
	for (size_t i = 0; i < w->waiter_count; i++) {
		struct waiter *waiter = &w->waiters[i];

		if (waiter->left || waiter->seen_ns >= since_ns)
			continue;
		waiter->left = true;
		waiter->left_ns = since_ns;
		waiter->derived = true;
	}
}

bool waits_any(const struct waits *w)
{
	return w->waiter_count;
}

static bool is_over(const struct waiter *waiter, uint64_t now_ns, bool last)
{
	return waiter->left &&
	       (last || waiter->killed ||
		(now_ns >= waiter->left_ns && now_ns - waiter->left_ns >= WAITS_SETTLE_NS));
}

static struct num waited(const struct waiter *waiter, uint64_t until_ns)
{
	if (!waiter->begin_known)
		return (struct num){0};
	return num_of(until_ns > waiter->begin_ns ? (int64_t)(until_ns - waiter->begin_ns) : 0);
}

static uint64_t count_at(const struct waits *w, uint64_t kernel_id)
{
	uint64_t count = 0;

	for (size_t i = 0; i < w->waiter_count; i++)
		count += w->waiters[i].kernel_id == kernel_id;
	return count;
}

static void remove_waiter(struct waits *w, size_t index)
{
	memmove(&w->waiters[index], &w->waiters[index + 1],
		(--w->waiter_count - index) * sizeof(w->waiters[0]));
}

static void set_end(const struct waits *w, const struct waiter *waiter, uint64_t number,
		    struct oom_wait_end *end)
{
	*end = (struct oom_wait_end){
		.incident = number,
		.time_ns = waiter->left_ns,
		.task = waiter->task,
		.derived = waiter->derived,
		.waiting = count_at(w, waiter->kernel_id) - 1,
	};
	end->task.wait_ns = waited(waiter, waiter->left_ns);
	if (!waiter->derived)
		end->ended = waiter->killed ? WAIT_KILLED : WAIT_RESUMED;
}

bool waits_next_end(struct waits *w, uint64_t now_ns, bool last, struct oom_wait_end *ret_end)
{
	for (size_t i = 0; i < w->waiter_count; i++) {
		const struct place *place;

		if (!is_over(&w->waiters[i], now_ns, last))
			continue;
		place = find_place(w, w->waiters[i].kernel_id);
		if (!place->told)
			continue;
		set_end(w, &w->waiters[i], place->number, ret_end);
		remove_waiter(w, i);
		if (place->number)
			return true;
		i--;
	}
	return false;
}

static void set_news(const struct waits *w, const struct place *place, uint64_t now_ns,
		     struct oom_wait *wait)
{
	*wait = (struct oom_wait){.incident = place->number, .time_ns = now_ns};
	for (size_t i = 0; i < w->waiter_count; i++) {
		const struct waiter *waiter = &w->waiters[i];

		if (waiter->kernel_id != place->place.kernel_id)
			continue;
		wait->waiting++;
		if (wait->count == OOM_WAIT_TASKS)
			continue;
		wait->tasks[wait->count] = waiter->task;
		wait->tasks[wait->count++].wait_ns = waited(waiter, now_ns);
	}
}

bool waits_next_news(struct waits *w, uint64_t now_ns, struct oom_wait *ret_wait)
{
	for (size_t i = 0; i < w->place_count; i++) {
		struct place *place = &w->places[i];

		if (!place->number || !place->grown || now_ns < place->told_ns ||
		    now_ns - place->told_ns < WAITS_NEWS_NS)
			continue;
		place->grown = false;
		place->told_ns = now_ns;
		set_news(w, place, now_ns, ret_wait);
		if (ret_wait->waiting)
			return true;
	}
	return false;
}

bool waits_next_over(struct waits *w, struct waits_place *ret_place)
{
	for (size_t i = 0; i < w->place_count; i++) {
		struct place *place = &w->places[i];

		if (!place->told || count_at(w, place->place.kernel_id))
			continue;
		*ret_place = place->place;
		memmove(place, place + 1, (--w->place_count - i) * sizeof(*place));
		return true;
	}
	return false;
}

const char *wait_ended_name(enum wait_ended ended)
{
	static const char *const names[] = {
		[WAIT_RESUMED] = "resumed",
		[WAIT_KILLED] = "killed",
	};

	return ended < sizeof(names) / sizeof(names[0]) ? names[ended] : NULL;
}
