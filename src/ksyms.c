/* SPDX-License-Identifier: GPL-2.0 */
#include "ksyms.h"

#include "build_id.h"
#include "kallsyms.h"
#include "ksym.h"
#include "ksym.skel.h"
#include "readfile.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KERNEL_MODULE "vmlinux"
#define NOTES_LEN     65536
/* How many frames the tracing itself may put on top of the stack. */
#define TRACING_FRAMES 8

struct ksyms {
	const char *root;
	struct ksym_bpf *skel;
	bool tried;
};

struct ksyms *ksyms_new(const char *root)
{
	struct ksyms *ksyms = calloc(1, sizeof(*ksyms));

	if (ksyms)
		ksyms->root = root;
	return ksyms;
}

void ksyms_free(struct ksyms *ksyms)
{
	if (!ksyms)
		return;
	ksym_bpf__destroy(ksyms->skel);
	free(ksyms);
}

/* Return addresses point behind their call, which may be another function's first byte. */
static uint64_t lookup_address(const struct stack *stack, size_t i)
{
	return stack->frames[i].address - (i > 0);
}

static int run_batch(struct ksym_bpf *skel)
{
	__u64 args[12] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(args));

	return bpf_prog_test_run_opts(bpf_program__fd(skel->progs.name_addresses), &opts);
}

/* Names up to KSYM_BATCH frames from `first` on; returns how many got a name, or -errno. */
static int name_batch(struct ksyms *ksyms, struct stack *stack, size_t first, size_t count)
{
	struct ksym_batch *batch = &ksyms->skel->bss->batch;
	int err, named = 0;

	batch->count = count;
	for (size_t i = 0; i < count; i++)
		batch->addresses[i] = lookup_address(stack, first + i);
	err = run_batch(ksyms->skel);
	if (err)
		return err;
	for (size_t i = 0; i < count; i++) {
		struct frame *frame = &stack->frames[first + i];
		uint64_t offset;

		batch->names[i][KSYM_NAME_LEN - 1] = '\0';
		err = kallsyms_parse_sprint(batch->names[i], &frame->symbol, &offset,
					    &frame->module);
		if (err == -ENOMEM)
			return err;
		if (err)
			continue;
		frame->offset = num_of((int64_t)(offset + (first + i > 0)));
		named++;
	}
	return named;
}

static int name_by_kernel(struct ksyms *ksyms, struct stack *stack)
{
	int named = 0;

	if (!ksyms->tried) {
		ksyms->tried = true;
		ksyms->skel = ksym_bpf__open_and_load();
	}
	if (!ksyms->skel)
		return -EOPNOTSUPP;
	for (size_t first = 0; first < stack->count; first += KSYM_BATCH) {
		size_t left = stack->count - first;
		int err = name_batch(ksyms, stack, first, left < KSYM_BATCH ? left : KSYM_BATCH);

		if (err < 0)
			return err;
		named += err;
	}
	return named ? 0 : -ENOENT;
}

static int name_by_kallsyms(struct ksyms *ksyms, struct stack *stack)
{
	struct kernel_symbol *symbols = calloc(stack->count, sizeof(*symbols));
	int err;

	if (!symbols)
		return -ENOMEM;
	for (size_t i = 0; i < stack->count; i++)
		symbols[i].address = lookup_address(stack, i);
	err = kallsyms_resolve(ksyms->root, symbols, stack->count);
	for (size_t i = 0; !err && i < stack->count; i++) {
		struct frame *frame = &stack->frames[i];

		if (!symbols[i].symbol || frame->symbol) {
			kernel_symbol_clear(&symbols[i]);
			continue;
		}
		frame->symbol = symbols[i].symbol;
		frame->module = symbols[i].module;
		frame->offset = num_of((int64_t)(symbols[i].offset + (i > 0)));
	}
	free(symbols);
	return err;
}

static bool is_tracing(const struct frame *frame)
{
	static const char *const prefixes[] = {"bpf_",		 "__bpf_",  "__traceiter_",
					       "trace_call_bpf", "kprobe_", "ftrace_"};

	if (frame->module && !strcmp(frame->module, "bpf"))
		return true;
	for (size_t i = 0; frame->symbol && i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(frame->symbol, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

/* What the hooks are attached to: the frames from there on are the kernel's own. */
static bool is_traced(const struct frame *frame)
{
	return frame->symbol && (strstr(frame->symbol, "out_of_memory") ||
				 strstr(frame->symbol, "oom_kill_process") ||
				 strstr(frame->symbol, "mark_oom_victim"));
}

static void remove_tracing(struct stack *stack)
{
	size_t drop = 0;

	for (size_t i = 0; i < stack->count && i < TRACING_FRAMES; i++)
		if (is_traced(&stack->frames[i]))
			break;
		else if (is_tracing(&stack->frames[i]))
			drop = i + 1;
	for (size_t i = 0; i < drop; i++)
		frame_clear(&stack->frames[i]);
	stack->count -= drop;
	memmove(stack->frames, stack->frames + drop, stack->count * sizeof(*stack->frames));
}

/* Where the kernel shows the ELF notes of itself and of its modules. */
static void set_build_id(const struct ksyms *ksyms, struct frame *frame)
{
	char path[512];
	char *notes;
	size_t len;
	int n;

	if (!strcmp(frame->module, KERNEL_MODULE))
		n = snprintf(path, sizeof(path), "%s/sys/kernel/notes", ksyms->root);
	else
		n = snprintf(path, sizeof(path), "%s/sys/module/%s/notes/.note.gnu.build-id",
			     ksyms->root, frame->module);
	if (n < 0 || n >= (int)sizeof(path) || file_read(path, &notes, &len, NOTES_LEN))
		return;
	frame->build_id_len = (uint8_t)build_id_from_notes(notes, len, frame->build_id);
	free(notes);
}

static const struct frame *same_module(const struct stack *stack, size_t before)
{
	for (size_t i = 0; i < before; i++)
		if (stack->frames[i].module && stack->frames[i].build_id_len &&
		    !strcmp(stack->frames[i].module, stack->frames[before].module))
			return &stack->frames[i];
	return NULL;
}

static void set_modules(const struct ksyms *ksyms, struct stack *stack)
{
	for (size_t i = 0; i < stack->count; i++) {
		struct frame *frame = &stack->frames[i];
		const struct frame *known;

		if (frame->symbol && !frame->module)
			frame->module = strdup(KERNEL_MODULE);
		if (!frame->module || strchr(frame->module, '/'))
			continue;
		known = same_module(stack, i);
		if (!known) {
			set_build_id(ksyms, frame);
			continue;
		}
		memcpy(frame->build_id, known->build_id, sizeof(frame->build_id));
		frame->build_id_len = known->build_id_len;
	}
}

int ksyms_name_stack(struct ksyms *ksyms, struct stack *stack)
{
	int err;

	if (!stack->count)
		return 0;
	err = name_by_kernel(ksyms, stack);
	if (err)
		err = name_by_kallsyms(ksyms, stack);
	remove_tracing(stack);
	set_modules(ksyms, stack);
	return err;
}
