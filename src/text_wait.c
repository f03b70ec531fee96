// SPDX-License-Identifier: GPL-2.0
#include "text_wait.h"

#include "text_page.h"

#include <errno.h>
#include <inttypes.h>

#define NAME_COLUMNS 24
#define WAIT_ROWS    2

static void format_task(struct page *page, const struct waiting_task *task, char *buf, size_t len)
{
	struct shown name = show_name(page, task->comm, NAME_COLUMNS);

	if (task->pid == task->tid)
		snprintf(buf, len, "%.100s (pid %" PRId64 ")", name.text, task->pid);
	else
		snprintf(buf, len, "%.100s (pid %" PRId64 ", thread %" PRId64 ")", name.text,
			 task->pid, task->tid);
}

/* A time of any length; of one that nobody saw begin there is nothing to say. */
static struct shown show_wait(struct num ns)
{
	return ns.value < 1000000000 ? show_ms(ns) : show_age(ns.value);
}

static int finish(FILE *out, const struct page *page, bool colour)
{
	if (page->no_memory)
		return -ENOMEM;
	errno = 0;
	page_write(out, page, colour);
	if (putc('\n', out) == EOF || ferror(out))
		return errno ? -errno : -EIO;
	return 0;
}

int text_oom_wait(FILE *out, const struct record_common *common, const struct oom_wait *wait,
		  const struct text_style *style)
{
	struct page page = {.max = 1 + WAIT_ROWS};
	char text[200];

	(void)common;
	page_headline(&page, TONE_NOTICE);
	snprintf(text, sizeof(text), "OOM #%" PRIu64 ": %" PRIu64 " task%s for memory",
		 wait->incident, wait->waiting, wait->waiting == 1 ? " waits" : "s wait");
	page_append(&page, text);
	page_section(&page, "Waiting", WAIT_ROWS, TONE_PLAIN);
	for (size_t i = 0; i < wait->count; i++) {
		const struct waiting_task *task = &wait->tasks[i];

		format_task(&page, task, text, sizeof(text));
		if (task->wait_ns.known)
			page_item(&page, ", ", "%s %s", text, show_wait(task->wait_ns).text);
		else
			page_item(&page, ", ", "%s", text);
	}
	return finish(out, &page, style->colour);
}

int text_oom_wait_end(FILE *out, const struct record_common *common, const struct oom_wait_end *end,
		      const struct text_style *style)
{
	static const char *const verbs[] = {
		[WAIT_ENDED_UNKNOWN] = " waits no more",
		[WAIT_RESUMED] = " goes on",
		[WAIT_KILLED] = " was killed as it waited",
	};
	struct page page = {.max = 1};
	char task[200], text[100];

	(void)common;
	if (end->ended != WAIT_KILLED && end->waiting && !style->verbose)
		return 0;
	format_task(&page, &end->task, task, sizeof(task));
	page_headline(&page, end->ended == WAIT_KILLED ? TONE_ALARM : TONE_NOTICE);
	snprintf(text, sizeof(text), "OOM #%" PRIu64 ": ", end->incident);
	page_append(&page, text);
	page_append(&page, task);
	page_append(&page, verbs[end->ended]);
	if (end->task.wait_ns.known) {
		snprintf(text, sizeof(text), ", after %.40s", show_wait(end->task.wait_ns).text);
		page_append_whole(&page, text);
	}
	snprintf(text, sizeof(text), ", %" PRIu64 " still wait%s", end->waiting,
		 end->waiting == 1 ? "s" : "");
	page_append_whole(&page, end->waiting ? text : ", nobody waits any more");
	return finish(out, &page, style->colour);
}
