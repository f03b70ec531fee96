// SPDX-License-Identifier: GPL-2.0
#include "derive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * What mem_cgroup_out_of_memory() leads to, the only caller with an oc->memcg (mm/oom_kill.c,
 * 6.12).
 */
#define MEMCG_MESSAGE "Memory cgroup out of memory"

static bool passes(const struct stack *stack, const char *function)
{
	size_t len = strlen(function);

	for (size_t i = 0; i < stack->count; i++) {
		const char *symbol = stack->frames[i].symbol;

		/* A compiler's clone has a suffix: function.constprop.0 */
		if (symbol && !strncmp(symbol, function, len) &&
		    (symbol[len] == '\0' || symbol[len] == '.'))
			return true;
	}
	return false;
}

int derive_from_stack(struct incident *incident, bool single_node)
{
	const struct stack *stack = &incident->trigger.kernel_stack;

	if (!passes(stack, "out_of_memory")) {
		/*
		 * Nothing tells whose limit it was: an ancestor that happens to be full is not it.
		 */
		limit_clear(&incident->limit);
		return 0;
	}
	incident->outcome =
		passes(stack, "__oom_kill_process") ? OUTCOME_KILLED : OUTCOME_VICTIM_EXITING;
	incident->sysrq = num_of(passes(stack, "moom_callback"));
	if (!passes(stack, "mem_cgroup_out_of_memory")) {
		limit_clear(&incident->limit);
		incident->scope = single_node ? SCOPE_GLOBAL : SCOPE_UNKNOWN;
		return 0;
	}
	incident->scope = SCOPE_MEMCG;
	if (incident->outcome != OUTCOME_KILLED)
		return 0;
	free(incident->message);
	incident->message = strdup(MEMCG_MESSAGE);
	return incident->message ? 0 : -ENOMEM;
}
