// SPDX-License-Identifier: GPL-2.0
#include "wait_watch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* As many as there is room for in the start record, an entry and a return. */
static void hooks_of_tiers(void **state)
{
	static const char *const ways[][2] = {
		[TIER_FENTRY] = {"fentry", "fexit"},
		[TIER_KPROBE] = {"kprobe", "kretprobe"},
	};

	(void)state;
	for (enum tier tier = TIER_FENTRY; tier <= TIER_KPROBE; tier++) {
		for (size_t i = 0; i < WAIT_WATCH_HOOKS; i++) {
			const struct hook *hook = wait_watch_hook(tier, i);

			assert_non_null(hook);
			assert_string_equal(hook->how, ways[tier][i]);
			assert_string_equal(hook->target, i ? "mem_cgroup_oom_synchronize return"
							    : "mem_cgroup_oom_synchronize");
		}
		assert_null(wait_watch_hook(tier, WAIT_WATCH_HOOKS));
	}
}

static void not_by_tracepoints(void **state)
{
	const struct wait_watch_config config = {.tier = TIER_TRACEPOINT};
	struct wait_watch *watch;
	const struct hook *hook;

	(void)state;
	assert_null(wait_watch_hook(TIER_TRACEPOINT, 0));
	assert_int_equal(wait_watch_open(&config, &watch, &hook), -ENOTSUP);
	assert_null(hook);
	wait_watch_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hooks_of_tiers),
		cmocka_unit_test(not_by_tracepoints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
