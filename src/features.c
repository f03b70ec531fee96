// SPDX-License-Identifier: GPL-2.0
#include "features.h"

#include "cgroup.h"
#include "readfile.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_LEN   4096
#define FORMAT_MAX 65536

static bool exists(const char *root, const char *path)
{
	char full[PATH_LEN];

	return snprintf(full, sizeof(full), "%s%s", root, path) < (int)sizeof(full) &&
	       !access(full, F_OK);
}

bool features_have_btf(const char *root)
{
	/* Type information is the running kernel's own: libbpf reads it from the real /sys. */
	(void)root;
	return !access("/sys/kernel/btf/vmlinux", R_OK);
}

const char *features_tracefs(const char *root, char *buf, size_t len)
{
	static const char *const places[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int n = snprintf(buf, len, "%s%s/events", root, places[i]);

		if (n < 0 || (size_t)n >= len || access(buf, F_OK))
			continue;
		buf[n - (int)strlen("/events")] = '\0';
		return buf;
	}
	return NULL;
}

/* Kernels pass the task to mark_victim when its event has the task's name among its fields. */
static void mark_victim_kind(const char *root, struct hook_caps *caps)
{
	char tracefs[PATH_LEN], path[PATH_LEN + 64];
	char *format;

	caps->mark_victim_task = caps->mark_victim_pid = true;
	if (!features_tracefs(root, tracefs, sizeof(tracefs)))
		return;
	snprintf(path, sizeof(path), "%s/events/oom/mark_victim/format", tracefs);
	if (file_read(path, &format, NULL, FORMAT_MAX))
		return;
	caps->mark_victim_task = strstr(format, " comm;");
	caps->mark_victim_pid = !caps->mark_victim_task;
	free(format);
}

bool features_have_kprobes(const char *root)
{
	return exists(root, "/sys/bus/event_source/devices/kprobe/type") ||
	       exists(root, "/sys/kernel/tracing/kprobe_events") ||
	       exists(root, "/sys/kernel/debug/tracing/kprobe_events");
}

/* libbpf takes a program it may not load for one whose helper is known: ask for the right first. */
static bool has_helper(enum bpf_func_id helper)
{
	static int may_load = -1;

	if (may_load < 0)
		may_load = libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_RAW_TRACEPOINT, NULL) == 1;
	return may_load && libbpf_probe_bpf_helper(BPF_PROG_TYPE_RAW_TRACEPOINT, helper, NULL) == 1;
}

void features_hook_caps(const char *root, struct hook_caps *ret_caps)
{
	*ret_caps = (struct hook_caps){
		.loop = has_helper(BPF_FUNC_loop) && has_helper(BPF_FUNC_find_vma),
		/* As with type information, libbpf looks into the real /sys. */
		.kprobes = features_have_kprobes(""),
	};
	mark_victim_kind(root, ret_caps);
}

bool features_realtime(const char *root)
{
	char full[PATH_LEN];
	char *text;
	bool realtime;

	if (snprintf(full, sizeof(full), "%s/sys/kernel/realtime", root) >= (int)sizeof(full) ||
	    file_read(full, &text, NULL, 64))
		return false;
	realtime = text[0] == '1';
	free(text);
	return realtime;
}

static int say(char reason[FEATURE_REASON_LEN], int err, const char *text)
{
	snprintf(reason, FEATURE_REASON_LEN, "%s", text);
	return err;
}

static int probe_btf(const char *root, char reason[FEATURE_REASON_LEN])
{
	if (features_have_btf(root))
		return 0;
	return say(reason, -ENOENT,
		   "no /sys/kernel/btf/vmlinux: built without "
		   "CONFIG_DEBUG_INFO_BTF");
}

static int probe_ringbuf(const char *root, char reason[FEATURE_REASON_LEN])
{
	(void)root;
	if (libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) == 1)
		return 0;
	return say(reason, -EOPNOTSUPP, "no BPF ring buffer: needs kernel 5.8 or the right to BPF");
}

static int probe_helper(enum bpf_func_id helper, const char *since, char reason[FEATURE_REASON_LEN])
{
	if (has_helper(helper))
		return 0;
	snprintf(reason, FEATURE_REASON_LEN,
		 "not in this kernel (mainline since %s), or no right to BPF", since);
	return -EOPNOTSUPP;
}

static int probe_find_vma(const char *root, char reason[FEATURE_REASON_LEN])
{
	(void)root;
	if (!probe_helper(BPF_FUNC_find_vma, "5.17", reason))
		return 0;
	return say(reason, -EOPNOTSUPP, "before 5.17: the tree of mappings is searched instead");
}

static int probe_loop(const char *root, char reason[FEATURE_REASON_LEN])
{
	(void)root;
	if (!probe_helper(BPF_FUNC_loop, "5.17", reason))
		return 0;
	return say(reason, -EOPNOTSUPP, "before 5.17: the hold is a shorter, bounded loop");
}

static int probe_snprintf(const char *root, char reason[FEATURE_REASON_LEN])
{
	(void)root;
	return probe_helper(BPF_FUNC_snprintf, "5.13", reason);
}

static int probe_tracefs(const char *root, char reason[FEATURE_REASON_LEN])
{
	char tracefs[PATH_LEN];

	if (features_tracefs(root, tracefs, sizeof(tracefs)))
		return 0;
	return say(reason, -ENOENT, "not mounted: mount -t tracefs nodev /sys/kernel/tracing");
}

static int probe_cgroup(const char *root, char reason[FEATURE_REASON_LEN])
{
	struct cgroup_mount mount;
	int err = cgroup_find_mount(root, &mount);

	if (err)
		return say(reason, err,
			   "no cgroup hierarchy with the memory controller is mounted");
	cgroup_mount_clear(&mount);
	return 0;
}

static int probe_kallsyms(const char *root, char reason[FEATURE_REASON_LEN])
{
	if (exists(root, "/proc/kallsyms"))
		return 0;
	return say(reason, -ENOENT, "no /proc/kallsyms");
}

const struct feature features[] = {
	{"btf", "kernel types; nothing can be captured without", probe_btf},
	{"ringbuf", "the way records leave the kernel", probe_ringbuf},
	{"bpf_find_vma", "files mapped at user frames, of a process already gone", probe_find_vma},
	{"bpf_loop", "the hold, for as long as --hold says", probe_loop},
	{"bpf_snprintf", "kernel symbols, whatever kptr_restrict says", probe_snprintf},
	{"kallsyms", "kernel symbols otherwise", probe_kallsyms},
	{"tracefs", "names of gfp flags as this kernel has them", probe_tracefs},
	{"cgroup", "the -c option", probe_cgroup},
};

const size_t feature_count = sizeof(features) / sizeof(features[0]);
