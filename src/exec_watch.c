// SPDX-License-Identifier: GPL-2.0
#include "exec_watch.h"

#include "core_types.h"
#include "event.h"
#include "exec.skel.h"
#include "proc_parse.h"
#include "procfs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct exec_watch {
	struct exec_bpf *skel;
};

static void remember(int map_fd, int process, uint32_t tgid, struct proc_raw *raw)
{
	const struct proc_text *text = &raw->files[PROC_FILE_CMDLINE];
	struct ev_cmdline cmdline = {0};
	uint64_t start_ns;

	proc_raw_reset(raw);
	if (procfs_read(process, PROC_FILE_CMDLINE, 0, raw) || !text->len ||
	    procfs_read_start(process, &start_ns))
		return;
	cmdline.len = (uint32_t)(text->len < EV_CMDLINE_LEN ? text->len : EV_CMDLINE_LEN);
	cmdline.cut = text->len > EV_CMDLINE_LEN || text->cut;
	memcpy(cmdline.text, text->bytes, cmdline.len);
	/* As fine as /proc tells it; what compares it knows. */
	cmdline.start_boottime_ns = start_ns;
	bpf_map_update_elem(map_fd, &tgid, &cmdline, BPF_NOEXIST);
}

static int scan(const char *root, int map_fd)
{
	char path[4096];
	struct procfs *procfs;
	struct proc_raw *raw;
	struct dirent *entry;
	DIR *dir;
	int err;

	if (snprintf(path, sizeof(path), "%s/proc", root) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	err = procfs_new(root, &procfs);
	if (err)
		return err;
	err = proc_raw_new(1 << 16, &raw);
	dir = err ? NULL : opendir(path);
	while (dir && (entry = readdir(dir))) {
		long tgid = strtol(entry->d_name, NULL, 10);
		int process;

		if (tgid <= 0 || procfs_open_process(procfs, (pid_t)tgid, 0, &process))
			continue;
		remember(map_fd, process, (uint32_t)tgid, raw);
		close(process);
	}
	if (dir)
		closedir(dir);
	if (!err)
		proc_raw_free(raw);
	procfs_free(procfs);
	return err;
}

static int load(struct exec_watch *watch, int map_fd, struct core_types *types)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = core_types_path(types));
	int err;

	watch->skel = exec_bpf__open_opts(&opts);
	if (!watch->skel)
		return -errno;
	err = bpf_map__reuse_fd(watch->skel->maps.known_cmdlines, map_fd);
	if (!err)
		err = core_types_fill(types, watch->skel->obj);
	return err ? err : exec_bpf__load(watch->skel);
}

int exec_watch_open(const char *root, int map_fd, struct core_types *types,
		    struct exec_watch **ret_watch)
{
	struct exec_watch *watch = calloc(1, sizeof(*watch));
	int err;

	if (!watch)
		return -ENOMEM;
	err = load(watch, map_fd, types);
	if (!err)
		err = exec_bpf__attach(watch->skel);
	/* Attached first, so that nothing falls between the scan and what comes after it. */
	if (!err)
		err = scan(root, map_fd);
	if (err) {
		exec_watch_close(watch);
		return err;
	}
	*ret_watch = watch;
	return 0;
}

void exec_watch_close(struct exec_watch *watch)
{
	if (!watch)
		return;
	exec_bpf__destroy(watch->skel);
	free(watch);
}
