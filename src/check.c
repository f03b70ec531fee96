// SPDX-License-Identifier: GPL-2.0
#include "check.h"

#include "core_types.h"
#include "features.h"
#include "privilege.h"
#include "tracer.h"
#include "wait_watch.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

static void ignore_record(void *ctx, const void *data, size_t size)
{
	(void)ctx;
	(void)data;
	(void)size;
}

static void show_kernel(FILE *out)
{
	struct utsname host;

	if (!uname(&host))
		fprintf(out, "kernel      %s %s\n", host.release, host.machine);
}

static void show_privileges(FILE *out)
{
	struct privilege_missing missing;

	if (privilege_check(&missing))
		fprintf(out, "privileges  cannot be read\n");
	else if (missing.names[0])
		fprintf(out, "privileges  missing %s: run as root, or grant them\n", missing.names);
	else
		fprintf(out, "privileges  ok\n");
}

static void show_features(const char *root, FILE *out)
{
	char reason[FEATURE_REASON_LEN];

	fprintf(out, "\nfeatures\n");
	for (size_t i = 0; i < feature_count; i++) {
		if (!features[i].probe(root, reason))
			fprintf(out, "  yes  %-14s %s\n", features[i].name, features[i].use);
		else
			fprintf(out, "  no   %-14s %s\n", features[i].name, reason);
	}
}

/* A tier attaches whole or not at all; one that fails has each of its hooks tried alone. */
static int show_tier(enum tier tier, const struct hook_caps *caps, struct core_types *types,
		     FILE *out)
{
	const struct tracer_config config = {.types = types, .tier = tier, .caps = *caps};
	static const struct tracer_fns fns = {.record = ignore_record, .stack = ignore_record};
	struct tracer *tracer = NULL;
	struct tracer_result result;
	int err = tracer_open(&config, &fns, NULL, &tracer, &result);

	tracer_close(tracer);
	fprintf(out, "\ntier %s: %s\n", tier_name(tier), err ? "no" : "works");
	for (size_t i = 0; i < result.count; i++) {
		const struct hook *hook = result.hooks[i].hook;
		int hook_err;

		if (!hook->how)
			continue;
		hook_err = err ? tracer_try_hook(hook, types) : 0;

		fprintf(out, "  %-10s %-22s %s\n", hook->how, hook->target,
			hook_err ? hook_failure(hook, hook_err) : "attaches");
	}
	return err;
}

/* Tasks that wait since nobody may be killed: an object of its own, in either of these tiers. */
static void show_waits(const struct hook_caps *caps, struct core_types *types, FILE *out)
{
	fprintf(out, "\ntasks that wait (cgroup v1, oom_kill_disable)\n");
	for (enum tier tier = TIER_FENTRY; tier < TIER_TRACEPOINT; tier++) {
		const struct wait_watch_config config = {
			.types = types, .tier = tier, .loop = caps->loop};
		struct wait_watch *watch = NULL;
		const struct hook *hook, *failed;
		int err = wait_watch_open(&config, &watch, &failed);

		wait_watch_close(watch);
		for (size_t i = 0; (hook = wait_watch_hook(tier, i)); i++)
			fprintf(out, "  %-10s %-34s %s\n", hook->how, hook->target,
				err ? hook_failure(hook, err) : "attaches");
	}
}

static void show_slowpath(FILE *out)
{
	fprintf(out,
		"\nallocator's slow path\n"
		"  __alloc_pages_slowpath cannot be attached on any kernel: it is only there as\n"
		"  a compiler's clone, and notrace. In its place stand out_of_memory and\n"
		"  oom_kill_process, which it calls when all else failed; its name is in the\n"
		"  kernel stack of every OOM that is not a cgroup's.\n");
}

int check_run(const char *root, FILE *out)
{
	struct core_types *types = core_types_new();
	struct hook_caps caps;
	int works = 0;

	show_kernel(out);
	show_privileges(out);
	show_features(root, out);
	features_hook_caps(root, &caps);
	for (enum tier tier = 0; tier < TIER_COUNT; tier++)
		works += !show_tier(tier, &caps, types, out);
	show_waits(&caps, types, out);
	core_types_free(types);
	show_slowpath(out);
	fprintf(out, "\n%s\n", works ? "oomtrace can trace here." : "Nothing can be traced here.");
	return fflush(out) || ferror(out) ? -EIO : works;
}
