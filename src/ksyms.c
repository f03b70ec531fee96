// SPDX-License-Identifier: GPL-2.0
#include "ksyms.h"

#include "build_id.h"
#include "kallsyms.h"
#include "ksym.h"
#include "ksym.skel.h"
#include "readfile.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KERNEL_MODULE  "vmlinux"
#define BPF_MODULE     "[bpf]"
#define BPF_TAG_DIGITS 16
#define NOTES_LEN      65536
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
	/* Without a context, which the kernel would need memory for: there may be none. */
	LIBBPF_OPTS(bpf_test_run_opts, opts);

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

void ksyms_prepare(struct ksyms *ksyms)
{
	if (!ksyms->tried)
		ksyms->skel = ksym_bpf__open_and_load();
	ksyms->tried = true;
}

static int name_by_kernel(struct ksyms *ksyms, struct stack *stack)
{
	int named = 0;

	ksyms_prepare(ksyms);
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

/*
 * Code that the kernel compiled from BPF, by the names that bpf_prog_ksym_set_name() and
 * bpf_trampoline_ksym_add() (kernel/bpf, 6.12) give it: "bpf_prog_" and a hash of 16 digits,
 * "bpf_trampoline_" and a number. %pS prints them like the kernel's own.
 */
static bool is_bpf_image(const char *symbol)
{
	static const char prog[] = "bpf_prog_", trampoline[] = "bpf_trampoline_";

	if (!strncmp(symbol, trampoline, strlen(trampoline)))
		return isdigit((unsigned char)symbol[strlen(trampoline)]);
	return !strncmp(symbol, prog, strlen(prog)) &&
	       strspn(symbol + strlen(prog), "0123456789abcdef") >= BPF_TAG_DIGITS;
}

/* Neither has an ELF file or a build id, and both ways to a name must call it the same. */
static void set_bpf_module(struct frame *frame)
{
	bool listed = frame->module && !strcmp(frame->module, "bpf");

	if (!frame->symbol || (!listed && (frame->module || !is_bpf_image(frame->symbol))))
		return;
	free(frame->module);
	frame->module = strdup(BPF_MODULE);
}

static bool is_tracing(const struct frame *frame)
{
	static const char *const prefixes[] = {"bpf_",		 "__bpf_",  "__traceiter_",
					       "trace_call_bpf", "kprobe_", "ftrace_"};

	if (frame->module && !strcmp(frame->module, BPF_MODULE))
		return true;
	for (size_t i = 0; frame->symbol && i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(frame->symbol, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

/* What the hooks are attached to: the frames from there on are the kernel's own. */
static bool is_traced(const struct frame *frame)
{
	static const char *const names[] = {"out_of_memory", "oom_kill_process",
					    "__oom_kill_process", "mark_oom_victim",
					    "mem_cgroup_oom_synchronize"};

	for (size_t i = 0; frame->symbol && i < sizeof(names) / sizeof(names[0]); i++) {
		size_t len = strlen(names[i]);

		/* Compilers add ".isra.0" and the like. */
		if (!strncmp(frame->symbol, names[i], len) &&
		    (!frame->symbol[len] || frame->symbol[len] == '.'))
			return true;
	}
	return false;
}

/* How many frames come before the function that is traced: those of the tracing, named or not. */
static size_t tracing_frames(const struct stack *stack)
{
	size_t count = 0;

	for (size_t i = 0; i < stack->count && i < TRACING_FRAMES; i++)
		if (is_traced(&stack->frames[i]))
			break;
		else if (is_tracing(&stack->frames[i]))
			count = i + 1;
	return count;
}

/* Where the frames of the tracing end that follow upon the function's own address. */
static size_t end_of_tracing(const struct stack *stack)
{
	size_t i = 1;

	while (i < stack->count && (!stack->frames[i].symbol || is_tracing(&stack->frames[i])))
		i++;
	return i;
}

static void remove_frames(struct stack *stack, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++)
		frame_clear(&stack->frames[i]);
	memmove(stack->frames + first, stack->frames + end,
		(stack->count - end) * sizeof(*stack->frames));
	stack->count -= end - first;
}

/* No return address: only its own entry, put in front of the frames of the tracing. */
static bool has_function_in_front(const struct stack *stack)
{
	return stack->count > 1 && is_traced(&stack->frames[0]) && !stack->frames[0].offset.value &&
	       is_tracing(&stack->frames[1]);
}

/*
 * A program at the entry of a function puts that function in front, since a trampoline that is
 * jumped to leaves no frame of it; one that is called does, and then it is not needed.
 */
static void remove_tracing(struct stack *stack)
{
	size_t end;

	if (!has_function_in_front(stack)) {
		remove_frames(stack, 0, tracing_frames(stack));
		return;
	}
	end = end_of_tracing(stack);
	remove_frames(stack, end < stack->count && is_traced(&stack->frames[end]) ? 0 : 1, end);
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
		if (!frame->module || strchr(frame->module, '/') ||
		    !strcmp(frame->module, BPF_MODULE))
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
	for (size_t i = 0; i < stack->count; i++)
		set_bpf_module(&stack->frames[i]);
	remove_tracing(stack);
	set_modules(ksyms, stack);
	return err;
}

int ksyms_name_at_once(struct ksyms *ksyms, struct stack *stack)
{
	int err;

	if (!stack->count)
		return 0;
	err = ksyms->tried ? name_by_kernel(ksyms, stack) : -EOPNOTSUPP;
	for (size_t i = 0; i < stack->count; i++)
		set_bpf_module(&stack->frames[i]);
	remove_tracing(stack);
	for (size_t i = 0; i < stack->count; i++)
		if (stack->frames[i].symbol && !stack->frames[i].module)
			stack->frames[i].module = strdup(KERNEL_MODULE);
	return err;
}
