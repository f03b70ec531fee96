// SPDX-License-Identifier: GPL-2.0
#include "text_chain.h"

#include "frame_kind.h"
#include "text.h"
#include "text_frame.h"

#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum {
	CHAIN_LINKS = 128,
	LINK_COLUMNS = 40,
	SHORT_LINK_COLUMNS = 29, /* of two links on one row */
	MODULE_COLUMNS = 30,
};

struct chain {
	size_t count;
	bool gap; /* links are missing before the last */
	struct shown links[CHAIN_LINKS];
};

static void chain_add(struct page *page, struct chain *chain, const struct frame *frame,
		      size_t columns)
{
	struct shown link = show_link(page, frame, columns);

	/* A function that calls itself is told once. */
	if (chain->count && !strcmp(chain->links[chain->count - 1].text, link.text))
		return;
	if (chain->count == CHAIN_LINKS) {
		chain->gap = true;
		chain->count--;
	}
	chain->links[chain->count++] = link;
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

/* The first `keep` - 1 links and the last, which is the most telling of the outer ones. */
static void put_links(struct page *page, const struct chain *chain, size_t keep)
{
	for (size_t i = 0; i + 1 < keep; i++)
		page_item(page, " < ", "%s", chain->links[i].text);
	if (keep < chain->count || chain->gap)
		page_item(page, " < ", "…");
	page_item(page, " < ", "%s", chain->links[chain->count - 1].text);
}

/* As many of the links as have room, and then `more`, for which there is always room. */
static void put_chain(struct page *page, const char *label, size_t rows, const struct chain *chain,
		      const char *more)
{
	size_t start = page->count, most = rows * (PAGE_BODY / 4);

	/* No link takes fewer columns than the " < " before it and one character. */
	for (size_t keep = chain->count < most ? chain->count : most; keep > 0; keep--) {
		page_rewind(page, start);
		page_section(page, label, rows, TONE_DIM);
		put_links(page, chain, keep);
		if (!page_is_full(page) && page_append_whole(page, more))
			break;
	}
}

void text_chain_kernel(struct page *page, const char *label, size_t rows, const struct stack *stack)
{
	struct chain chain = {0};

	if (!stack->valid)
		return;
	for (size_t i = 0; i < stack->count; i++)
		if (!is_stub(&stack->frames[i]))
			chain_add(page, &chain, &stack->frames[i], LINK_COLUMNS);
	put_chain(page, label, rows, &chain, "");
}

void text_chain_interpreter(struct page *page, const char *label, size_t rows,
			    const struct stack *stack)
{
	struct chain chain = {0};
	size_t i;

	if (!stack->valid)
		return;
	for (i = 0; i < stack->count && !(i && frame_is_python_loop(&stack->frames[i])); i++)
		chain_add(page, &chain, &stack->frames[i], LINK_COLUMNS);
	put_chain(page, label, rows, &chain, i < stack->count || stack->truncated ? " < …" : "");
}

/* Columns of the first `keep` - 1 links and the last, in parentheses. */
static size_t fold_width(const struct chain *chain, size_t keep)
{
	size_t width = text_width(chain->links[chain->count - 1].text) + strlen("()");

	for (size_t i = 0; i + 1 < keep; i++)
		width += text_width(chain->links[i].text) + strlen(" < ");
	if (keep < chain->count || chain->gap)
		width += text_width("… < ");
	return width;
}

/* Makes the chain of the frames, of links no wider than that, and returns how many have room. */
static size_t fold(struct page *page, struct chain *chain, const struct frame *frames, size_t count,
		   size_t columns, size_t room)
{
	size_t keep;

	*chain = (struct chain){0};
	for (size_t i = 0; i < count; i++)
		chain_add(page, chain, &frames[i], columns);
	for (keep = chain->count; keep > 1; keep--)
		if (fold_width(chain, keep) <= room)
			break;
	return keep;
}

/* The one shared library all of the frames are in, or NULL. */
static const char *shared_module(const struct frame *frames, size_t count)
{
	const char *module = frames[0].module;

	if (!module || !is_shared_library(module))
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (!frames[i].symbol || !frames[i].module || strcmp(frames[i].module, module))
			return NULL;
	return module;
}

void text_chain_fold(struct page *page, const char *indent, const struct frame *frames,
		     size_t count)
{
	const char *module = shared_module(frames, count);
	size_t room = PAGE_BODY - text_width(indent);
	char in[PAGE_ROW_BYTES + 8] = "";
	struct chain chain;
	size_t keep = fold(page, &chain, frames, count, LINK_COLUMNS, room);

	if (keep == 1 && chain.count > 1)
		keep = fold(page, &chain, frames, count, SHORT_LINK_COLUMNS, room);
	if (module)
		snprintf(in, sizeof(in), " in %s", show_module(page, module, MODULE_COLUMNS).text);

	page_item(page, "", "%s(", indent);
	if (page_is_full(page))
		return;
	for (size_t i = 0; i + 1 < keep; i++) {
		page_append(page, chain.links[i].text);
		page_append(page, " < ");
	}
	if (keep < chain.count || chain.gap)
		page_append(page, "… < ");
	page_append(page, chain.links[chain.count - 1].text);
	if (text_width(in) < page_room(page))
		page_append(page, in);
	page_append(page, ")");
}
