/* SPDX-License-Identifier: GPL-2.0 */
/* Stacks in JSON records. */
#ifndef OOMTRACE_JSON_STACK_H
#define OOMTRACE_JSON_STACK_H

#include "incident.h"

#include <jansson.h>

/* An array of frames, innermost first; null for a stack that is not valid. 0 or -1. */
int object_set_frames(json_t *object, const char *key, const struct stack *stack);

#endif
