/* SPDX-License-Identifier: GPL-2.0 */
/* What a "rank" record has of its own. */
#ifndef OOMTRACE_JSON_RANK_H
#define OOMTRACE_JSON_RANK_H

#include "rank.h"

#include <jansson.h>

/* Puts all of the ranking into the record, a member for each field. 0 or -1. */
int object_set_rank(json_t *record, const struct rank *rank);

#endif
