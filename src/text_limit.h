/* SPDX-License-Identifier: GPL-2.0 */
/* Whose memory ran out, on a page. */
#ifndef OOMTRACE_TEXT_LIMIT_H
#define OOMTRACE_TEXT_LIMIT_H

#include "incident.h"
#include "text_page.h"

enum { TEXT_LIMIT_ROWS = 4 };

/*
 * The section "Limit", at most TEXT_LIMIT_ROWS rows: the cgroup's limit, its usage and what that
 * is made of; or that it was the machine, and how much that had left, in one row when `brief`.
 */
void text_limit(struct page *page, const struct incident *incident, bool brief);

#endif
