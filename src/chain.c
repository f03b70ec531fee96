// SPDX-License-Identifier: GPL-2.0
#include "chain.h"

/*
 * What the kernel found, up to what cannot be code: where a program does not keep a frame pointer,
 * anything may have been taken for it.
 */
static void take_frame_pointers(struct code *code, const struct unwind_rules *rules,
				bool all_modules, const struct stack *stack,
				struct unwind_chain *ret_chain)
{
	struct unwind_caller caller = {0};

	ret_chain->count = 0;
	ret_chain->end = stack->truncated ? UNWIND_END_LIMIT : UNWIND_END_OUTERMOST;
	for (size_t i = 0; i < stack->count && i < UNWIND_FRAMES_MAX; i++) {
		uint64_t address = stack->frames[i].address;

		if (i && all_modules && !code_is_there(code, address - 1)) {
			ret_chain->end = UNWIND_END_LOST;
			return;
		}
		caller = (struct unwind_caller){0};
		if (i)
			unwind_look(rules, address, &caller);
		ret_chain->frames[ret_chain->count++] =
			(struct unwind_frame){address, !i || caller.is_signal};
	}
	if (caller.is_outermost)
		ret_chain->end = UNWIND_END_OUTERMOST;
}

/* The same frame in another chain: recursion makes several of one address. -1: not there. */
static long find_frame(const struct unwind_chain *chain, size_t at,
		       const struct unwind_chain *other)
{
	uint64_t address = chain->frames[at].address;
	size_t nth = 0;

	for (size_t i = 0; i < at; i++)
		nth += chain->frames[i].address == address;
	for (size_t i = 0; i < other->count; i++)
		if (other->frames[i].address == address && !nth--)
			return (long)i;
	return -1;
}

/*
 * Where one chain ends, the other may go on. Frame pointers pass over functions that do not set
 * them, so that it is the last frame which both have from which on the outer ones are taken. There
 * must be one besides where the thread was, which says nothing of frame pointers being kept.
 */
static bool append(struct unwind_chain *chain, const struct unwind_chain *pointers,
		   const struct unwind_rules *rules)
{
	size_t at = chain->count, first;
	struct unwind_caller caller;
	long common = -1;

	while (common < 0 && at > 1)
		common = find_frame(chain, --at, pointers);
	if (common < 0)
		return false;
	first = chain->count;
	for (size_t i = (size_t)common + 1; i < pointers->count; i++)
		if (chain->count < UNWIND_FRAMES_MAX)
			chain->frames[chain->count++] = pointers->frames[i];
	if (chain->count == first)
		return false;
	unwind_look(rules, chain->frames[chain->count - 1].address, &caller);
	if (caller.is_outermost)
		chain->end = UNWIND_END_OUTERMOST;
	return true;
}

enum unwind_method chain_find(struct code *code, const struct user_state *state,
			      const struct stack *stack, struct unwind_chain *ret_chain)
{
	const struct unwind_rules rules = {code_find_rules, code};
	struct unwind_chain unwound;

	take_frame_pointers(code, &rules, state->all_modules, stack, ret_chain);
	if (!state->reg_count || unwind(state, &rules, &unwound))
		return ret_chain->count ? UNWIND_FRAME_POINTERS : UNWIND_UNKNOWN;
	if (unwound.end != UNWIND_END_OUTERMOST) {
		if (append(&unwound, ret_chain, &rules)) {
			*ret_chain = unwound;
			return UNWIND_MIXED;
		}
		/* That the thread was where it was is nobody's finding. */
		if (unwound.count < ret_chain->count || (ret_chain->count && unwound.count < 2))
			return UNWIND_FRAME_POINTERS;
	}
	*ret_chain = unwound;
	return UNWIND_CFI;
}
