/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Makes incidents of tasks that wait for memory since nobody may be killed for them. They wait, so
 * that nothing is in a hurry: unlike the capture of a kill this may wait for files of /proc and of
 * cgroups. For one thread.
 */
#ifndef OOMTRACE_WAIT_REPORT_H
#define OOMTRACE_WAIT_REPORT_H

#include "oom_wait.h"
#include "wait_watch.h"

struct wait_report;

/* All of it is the caller's and must outlive the report. */
struct wait_report_config {
	const char *root;
	struct wait_watch *watch;
	const char *hook; /* the tier */
	bool by_process;  /* as the watch has it */
	/* Called with each incident, which the caller frees; returns its number, or 0: not wanted. */
	uint64_t (*on_incident)(void *ctx, struct incident *incident);
	void *ctx;
};

/* -ENOMEM, or what opening /proc failed with. */
int wait_report_new(const struct wait_report_config *config, struct wait_report **ret_report);
void wait_report_free(struct wait_report *report);

/*
 * Takes what the kernel has told, and looks for itself when it is time to. `last`: there is no next
 * time.
 */
void wait_report_take(struct wait_report *report, bool last);

/* As waits_next_end() and waits_next_news(), now. */
bool wait_report_next_end(struct wait_report *report, bool last, struct oom_wait_end *ret_end);
bool wait_report_next_news(struct wait_report *report, struct oom_wait *ret_wait);

/* Records lost since the last call, and copies of stacks since the start. */
uint64_t wait_report_take_losses(struct wait_report *report);
uint64_t wait_report_lost_stacks(const struct wait_report *report);

#endif
