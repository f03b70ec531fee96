/* SPDX-License-Identifier: GPL-2.0 */
/* What an "oom" record has of its own. */
#ifndef OOMTRACE_JSON_INCIDENT_H
#define OOMTRACE_JSON_INCIDENT_H

#include "incident.h"

#include <jansson.h>

/* Puts all of the incident into the record, a member for each field. 0 or -1. */
int object_set_incident(json_t *record, const struct incident *incident);

/* An object of one of those that were weighed; NULL when memory is short. */
json_t *json_of_weighed(const struct weighed *candidate);

#endif
