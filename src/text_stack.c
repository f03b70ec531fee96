// SPDX-License-Identifier: GPL-2.0
#include "text_stack.h"

#include "text.h"

#include <inttypes.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum { CHAIN_FRAMES = 128 };

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* "/usr/lib/libfoo.so.1+0x2724a" without the directories, or the bare address. */
static struct shown show_place(struct page *page, const struct frame *frame)
{
	struct num offset =
		frame->symbol || !frame->offset.known ? frame->file_offset : frame->offset;
	struct shown place;
	size_t len;

	if (!frame->module) {
		snprintf(place.text, sizeof(place.text), "0x%" PRIx64, frame->address);
		return place;
	}
	place = show_name(page, base_name(frame->module), 30);
	len = strlen(place.text);
	if (offset.known)
		snprintf(place.text + len, sizeof(place.text) - len, "+0x%" PRIx64,
			 (uint64_t)offset.value);
	return place;
}

static struct shown show_frame(struct page *page, const struct frame *frame)
{
	const char *inlined = frame->inlined ? "  [inlined]" : "";
	struct shown symbol, shown;
	char line[16] = "";
	int room;

	if (!frame->symbol)
		return show_place(page, frame);
	symbol = show_name(page, frame->symbol, 36);
	if (frame->line > 0)
		snprintf(line, sizeof(line), ":%d", frame->line);
	else if (!frame->file && frame->offset.known)
		snprintf(line, sizeof(line), "+0x%x", (unsigned int)frame->offset.value);
	room = PAGE_BODY - (int)(text_width(symbol.text) + strlen(line) + strlen(inlined)) - 4;
	if (frame->file)
		snprintf(shown.text, sizeof(shown.text), "%.150s  %.140s%s%s", symbol.text,
			 show_path(page, frame->file, (size_t)room).text, line, inlined);
	else if (frame->module)
		snprintf(shown.text, sizeof(shown.text), "%.150s%s  (%.130s)%s", symbol.text, line,
			 show_name(page, base_name(frame->module), (size_t)room).text, inlined);
	else
		snprintf(shown.text, sizeof(shown.text), "%.300s%s", symbol.text, line);
	return shown;
}

/* What a chain of frames says of each. */
static struct shown show_link(struct page *page, const struct frame *frame)
{
	return frame->symbol ? show_name(page, frame->symbol, 40) : show_place(page, frame);
}

/*
 * Whether the frame lies in a shared library of which no source line is known: seldom the user's.
 */
static bool is_library(const struct frame *frame)
{
	return !frame->file && frame->module && strstr(base_name(frame->module), ".so");
}

/* Puts the libraries of a deep stack on one row and returns how many frames that were. */
static size_t put_libraries(struct page *page, const struct stack *stack)
{
	size_t count = 0;

	while (count < stack->count && is_library(&stack->frames[count]))
		count++;
	if (stack->count <= page->max || count < 2 || count == stack->count)
		return 0;
	page_keep_row(page);
	for (size_t i = 0; i < count; i++)
		page_item(page, " < ", "%s", show_link(page, &stack->frames[i]).text);
	page_next_row(page, TONE_PLAIN);
	return count;
}

void text_stack_code(struct page *page, const char *label, const struct stack *stack,
		     bool kernel_thread)
{
	size_t i;

	page_section(page, label, page->max, TONE_PLAIN);
	if (!stack->valid)
		page_item(page, "", "? (the user stack could not be read)");
	else if (!stack->count)
		page_item(page, "", "none, %s",
			  kernel_thread ? "a kernel thread asked" : "no user frame was found");
	if (!stack->valid || !stack->count)
		return;
	for (i = put_libraries(page, stack); i < stack->count; i++) {
		if (!page->first)
			page_next_row(page, TONE_PLAIN);
		if (i && page->count == page->max && i + 1 < stack->count) {
			page_item(page, "", "… %zu more frames", stack->count - i);
			return;
		}
		page_item(page, "", "%s", show_frame(page, &stack->frames[i]).text);
	}
	if (stack->truncated)
		page_append(page, "  …");
}

/* The way from user space to the kernel, and from the OOM killer to us: the same in every stack. */
static bool is_stub(const struct frame *frame)
{
	static const char *const prefixes[] = {
		"entry_",
		"asm_",
		"exc_",
		"do_syscall_64",
		"x64_sys_call",
		"ret_from_",
		"el0",
		"el1",
		"invoke_syscall",
		"do_el0_svc",
		"do_user_addr_fault",
		"do_page_fault",
		"do_mem_abort",
		"do_translation_fault",
		"irqentry_",
		"syscall_exit_",
		"bpf_",
		"__bpf_",
		"ftrace_",
		"arch_ftrace_",
		"kprobe_",
		"optimized_callback",
		"perf_trace_",
		"__traceiter_",
		"out_of_memory",
		"oom_kill_",
		"__oom_kill_",
		"mark_oom_victim",
		"trace_call_bpf",
	};

	if (!frame->symbol)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(frame->symbol, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

/* The first `keep` - 1 links and the last, which is the system call or what comes nearest to it. */
static void put_links(struct page *page, const struct shown *links, size_t count, size_t keep)
{
	for (size_t i = 0; i + 1 < keep; i++)
		page_item(page, " < ", "%s", links[i].text);
	if (keep < count)
		page_item(page, " < ", "…");
	page_item(page, " < ", "%s", links[count - 1].text);
}

void text_stack_chain(struct page *page, const char *label, size_t rows, const struct stack *stack)
{
	size_t count = 0, start = page->count, most = rows * (PAGE_BODY / 4);
	struct shown links[CHAIN_FRAMES];

	if (!stack->valid)
		return;
	for (size_t i = 0; i < stack->count && count < CHAIN_FRAMES; i++)
		if (!is_stub(&stack->frames[i]))
			links[count++] = show_link(page, &stack->frames[i]);
	/* No link takes fewer columns than the " < " before it and one character. */
	for (size_t keep = count < most ? count : most; keep > 0; keep--) {
		page_rewind(page, start);
		page_section(page, label, rows, TONE_DIM);
		put_links(page, links, count, keep);
		if (!page_is_full(page))
			break;
	}
}
