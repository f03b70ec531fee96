// SPDX-License-Identifier: GPL-2.0
/*
 * The report for a person. It always fits one screen of 24 lines of 80 columns: every section has a
 * bound on its rows, and the user stack gets what the others leave.
 */
#include "container.h"
#include "rank_text.h"
#include "sink.h"
#include "text.h"
#include "text_chain.h"
#include "text_frame.h"
#include "text_limit.h"
#include "text_page.h"
#include "text_stack.h"
#include "text_wait.h"
#include "text_why.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum {
	ROWS = 23, /* and the empty line that ends a report */
	CODE_ROWS_MIN = 3,
	CODE_ROWS_WANTED = 6,
	CODE_ROWS_MAX = 10,
	TAIL_ROWS_MIN = 2,
	SURVIVOR_FRAMES = 6,
	THREAD_ROWS_MAX = 3,
	MAPPINGS_SHOWN = 3,
	MAPPING_COLUMNS = 22,	/* of its name: three mappings take two rows at most */
	CONTAINER_COLUMNS = 30, /* of runtime and name: the pod and the image have the rest */
	SHORT_ID = 12,		/* as docker ps and crictl ps show ids */
};

/*
 * What is given up, one after the other, until the code has its rows; each includes those before.
 */
enum saving {
	SAVE_NOTHING,
	SAVE_MAPPINGS, /* those that have no room beside the largest */
	SAVE_KERNEL,   /* the second row of the kernel's stack */
	SAVE_KB,       /* the row of kB */
	/* From here on only for what must fit. */
	SAVE_DETAIL, /* second rows that merely continue the first */
	SAVE_SUM,    /* how the score adds up */
	SAVE_WHY,    /* whom else the kernel weighed */
	SAVE_DIED,   /* where the victim was, when another was the trigger */
	SAVE_MOST,   /* the mappings, and the trigger's cgroup */
};

static struct shown show_comm(struct page *page, const struct process *process)
{
	return show_name(page, process->comm_known ? process->comm : NULL, 24);
}

static bool same_process(const struct process *a, const struct process *b)
{
	return a->pid.known && b->pid.known && a->pid.value == b->pid.value;
}

static bool same_task(const struct process *a, const struct process *b)
{
	return a->tid.known && b->tid.known && a->tid.value == b->tid.value;
}

static const char *headline_verb(const struct incident *incident)
{
	switch (incident->outcome) {
	case OUTCOME_KILLED:
		return "killed";
	case OUTCOME_VICTIM_EXITING:
		return "was already exiting";
	case OUTCOME_NO_VICTIM:
		if (incident->panic.value)
			return "the kernel panics";
		return "no process could be killed";
	case OUTCOME_ABORTED:
		return "no kill, an earlier victim still exits";
	case OUTCOME_OOM_DISABLED:
		return "waits (oom_kill_disable)";
	case OUTCOME_UNKNOWN:
		break;
	}
	return "outcome unknown";
}

static struct shown headline_reason(const struct incident *incident)
{
	struct shown reason = {""};

	if (incident->panic_cause == PANIC_ON_OOM)
		strcpy(reason.text, ": vm.panic_on_oom");
	else if (incident->panic_cause == PANIC_NO_VICTIM)
		strcpy(reason.text, ": nothing can be killed");
	else if (incident->sysrq.known && incident->sysrq.value)
		strcpy(reason.text, ": by SysRq-f");
	else if (incident->limit.present && incident->limit.limit_bytes.known)
		snprintf(reason.text, sizeof(reason.text), ": limit %.60s",
			 show_size(incident->limit.limit_bytes).text);
	else if (incident->scope == SCOPE_GLOBAL)
		strcpy(reason.text, ": out of memory");
	return reason;
}

/* Whom it is about: the victim, or who waits. */
static void put_headline_process(struct page *page, const struct incident *incident)
{
	const struct process *process =
		incident->has_victim ? &incident->victim.process : &incident->trigger.process;
	size_t taken, room = page_room(page);
	char pid[48];

	snprintf(pid, sizeof(pid), " (pid %.20s) ", show_num(process->pid).text);
	taken = strlen(pid) + strlen(headline_verb(incident));
	room = taken + 4 < room ? room - taken : 4;
	page_append(page, show_name(page, process->comm_known ? process->comm : NULL, room).text);
	page_append(page, pid);
}

static void put_headline(struct page *page, const struct incident *incident, bool utc)
{
	bool killed = incident->outcome == OUTCOME_KILLED;
	char text[160];

	page_headline(page, killed || incident->panic.value ? TONE_ALARM : TONE_NOTICE);
	snprintf(text, sizeof(text), "%s #%" PRIu64 "  %.40s  ", killed ? "OOM KILL" : "OOM",
		 incident->number, show_time(incident->realtime_ns, utc).text);
	page_append(page, text);
	if (incident->has_victim || incident->outcome == OUTCOME_OOM_DISABLED)
		put_headline_process(page, incident);
	page_append(page, headline_verb(incident));
	page_append_whole(page, headline_reason(incident).text);
}

static void put_hold(struct page *page, const struct incident *incident)
{
	struct shown held = show_ms(incident->hold_ns);

	if (incident->hold == HOLD_ACKNOWLEDGED)
		page_item(page, ", ", "held %s", held.text);
	else if (incident->hold == HOLD_TIMED_OUT)
		page_item(page, ", ", "held %s (timed out)", held.text);
	else if (incident->hold == HOLD_OFF)
		page_item(page, ", ", "not held (%s)",
			  show_name(page, incident->hold_reason, 20).text);
	if (incident->proc != PROC_UNKNOWN)
		page_item(page, ", ", "/proc %s", proc_state_name(incident->proc));
}

/* How and where it was captured. */
static void put_seen(struct page *page, const struct record_common *common,
		     const struct incident *incident, enum saving saving)
{
	page_section(page, "Seen", saving < SAVE_DETAIL ? 2 : 1, TONE_DIM);
	page_item(page, "", "[%" PRIu64 ".%06" PRIu64 "]", incident->monotonic_ns / 1000000000,
		  incident->monotonic_ns / 1000 % 1000000);
	page_item(page, ", ", "hook %s", incident->hook ? incident->hook : "?");
	put_hold(page, incident);
	page_item(page, ", ", "host %s", show_name(page, common->host_name, 20).text);
	page_item(page, ", ", "kernel %s", show_name(page, common->host_kernel, 20).text);
}

static void put_identity(struct page *page, const struct process *process)
{
	page_item(page, ", ", "pid %s", show_num(process->pid).text);
	if (process->tid.known && !(process->pid.known && process->pid.value == process->tid.value))
		page_item(page, ", ", "thread %s", show_num(process->tid).text);
	if (process->ns_pid.known && process->pid.known &&
	    process->ns_pid.value != process->pid.value)
		page_item(page, ", ", "pid %s in its container", show_num(process->ns_pid).text);
	page_item(page, ", ", "uid %s", show_num(process->uid).text);
	page_item(page, ", ", "oom_score_adj %s", show_num(process->oom_score_adj).text);
}

static void put_command(struct page *page, const struct incident *incident)
{
	const char *mark = incident->victim.known_in_advance ? " (seen at exec)" : "";
	size_t room = PAGE_BODY - strlen(mark);

	if (!incident->victim.cmdline && !incident->victim.exe)
		return;
	page_section(page, "Command", 1, TONE_PLAIN);
	if (incident->victim.cmdline)
		page_item(page, "", "%s%s", show_name(page, incident->victim.cmdline, room).text,
			  mark);
	else
		page_item(page, "", "executable %s%s",
			  show_path(page, incident->victim.exe, room - strlen("executable ")).text,
			  mark);
}

/* "containerd matrix", by its name or else its id. */
static struct shown show_container(struct page *page, const struct container *container)
{
	const char *runtime = container->runtime ? container->runtime : "container";
	char name[128];

	if (container->name)
		snprintf(name, sizeof(name), "%.20s %.100s", runtime, container->name);
	else if (container_id_is_unique(container->id))
		snprintf(name, sizeof(name), "%.20s %.*s", runtime, SHORT_ID, container->id);
	else
		snprintf(name, sizeof(name), "%.20s %.100s", runtime, container->id);
	return show_name(page, name, CONTAINER_COLUMNS);
}

/* "pod shop/matrix-7d9f8", or by its UID when its name is unknown. */
static void format_pod(const struct container *container, char *buf, size_t len)
{
	if (container->pod_name && container->pod_namespace)
		snprintf(buf, len, "pod %s/%s", container->pod_namespace, container->pod_name);
	else if (container->pod_name || container->pod_uid)
		snprintf(buf, len, "pod %s",
			 container->pod_name ? container->pod_name : container->pod_uid);
	else
		*buf = '\0';
}

/* Columns to keep for a name: so many, or the few it needs. */
static size_t at_most(size_t columns, const char *text)
{
	size_t len = strlen(text);

	return len < columns ? len : columns;
}

static void put_container(struct page *page, const struct incident *incident)
{
	const struct container *container = &incident->victim.container;
	struct shown pod = {""};
	char raw[400];
	size_t room;

	if (!container->present)
		return;
	page_section(page, "Ran in", 1, TONE_PLAIN);
	if (page_is_full(page))
		return;
	page_keep_row(page);
	if (container->id || container->name)
		page_item(page, "", "%s", show_container(page, container).text);
	format_pod(container, raw, sizeof(raw));
	room = page_room(page) - strlen(container->image ? ", image , " : ", ") - 1;
	/* Which pod it was tells more than the image. */
	if (*raw)
		pod = show_name(
			page, raw,
			room - (container->image ? at_most(room / 3, container->image) : 0));
	if (container->image)
		page_item(page, ", ", "image %s",
			  show_path(page, container->image, room - text_width(pod.text)).text);
	if (*raw)
		page_item(page, ", ", "%s", pod.text);
}

static void put_victim(struct page *page, const struct incident *incident, enum saving saving)
{
	const struct process *process = &incident->victim.process;
	int64_t age = (int64_t)((uint64_t)incident->realtime_ns -
				(uint64_t)process->start_realtime_ns.value);

	if (!incident->has_victim)
		return;
	page_section(page, "Victim", saving < SAVE_MOST ? 2 : 1, TONE_PLAIN);
	put_identity(page, process);
	if (process->threads.known && process->threads.value > 1)
		page_item(page, ", ", "%s threads", show_num(process->threads).text);
	if (process->ppid.known)
		page_item(page, ", ", "parent %s", show_num(process->ppid).text);
	if (process->start_realtime_ns.known && age >= 0)
		page_item(page, ", ", "started %s ago", show_age(age).text);
	page_section(page, "", 1, TONE_PLAIN);
	page_item(page, "", "cgroup %s", show_path(page, process->cgroup, PAGE_BODY - 7).text);
	put_command(page, incident);
	put_container(page, incident);
}

static void put_memory(struct page *page, const struct incident *incident, enum saving saving)
{
	const struct memory *memory = &incident->victim.process.memory;
	const struct {
		const char *name;
		struct num bytes;
	} parts[] = {
		{"resident", memory->rss_bytes},    {"anon", memory->anon_bytes},
		{"file", memory->file_bytes},	    {"shmem", memory->shmem_bytes},
		{"swap", memory->swap_bytes},	    {"page tables", memory->pgtables_bytes},
		{"virtual", memory->virtual_bytes},
	};
	struct page_column columns[ARRAY_SIZE(parts)];
	bool known = false;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		known |= parts[i].bytes.known;
		columns[i].name = parts[i].name;
		columns[i].cells[0] = show_size(parts[i].bytes);
		columns[i].cells[1] = show_kb(parts[i].bytes);
	}
	if (incident->has_victim && known)
		page_table(page, "Memory", saving < SAVE_KB ? "in kB" : NULL, columns,
			   ARRAY_SIZE(columns));
}

/* The largest mappings: the tail of their names and how much of them is resident. */
static void put_mappings(struct page *page, const struct incident *incident, enum saving saving)
{
	size_t shown = 0;

	for (size_t i = 0; i < incident->victim.mapping_count && shown < MAPPINGS_SHOWN; i++) {
		const struct mapping *mapping = &incident->victim.mappings[i];

		if (!mapping->rss_bytes.known || mapping->rss_bytes.value <= 0)
			continue;
		if (!shown++)
			page_section(page, "Mappings", saving < SAVE_MAPPINGS ? 2 : 1, TONE_PLAIN);
		page_item(page, ", ", "%s %s",
			  show_text(page, mapping->name, MAPPING_COLUMNS, MAPPING_COLUMNS - 1).text,
			  show_size(mapping->rss_bytes).text);
	}
}

static void put_score(struct page *page, const struct incident *incident, enum saving saving)
{
	const struct score *score = &incident->victim.score;

	if (!incident->has_victim || !(score->points_pages.known || score->rss_pages.known))
		return;
	page_section(page, "Score", 2, TONE_DIM);
	page_item(page, "", "%s of 1000: %s points of %s pages", show_num(score->per_mille).text,
		  show_num(score->points_pages).text, show_num(score->total_pages).text);
	if (text_why_alone(incident))
		page_append_whole(page, ", the only candidate");
	if (saving >= SAVE_SUM)
		return;
	page_next_row(page, TONE_DIM);
	page_item(page, "", "= %s rss", show_num(score->rss_pages).text);
	page_item(page, " ", "+ %s swap", show_num(score->swap_pages).text);
	page_item(page, " ", "+ %s page tables", show_num(score->pgtables_pages).text);
	page_item(page, " ", "+ %s adj", show_num(score->adj_pages).text);
}

static void put_request(struct page *page, const struct incident *incident)
{
	struct num order = incident->trigger.order;
	struct shown flags = show_name(page, incident->trigger.gfp_flags, PAGE_BODY - 20);

	if (incident->trigger.gfp_flags)
		page_item(page, ", ", "gfp %s", flags.text);
	else if (incident->trigger.gfp_mask.known)
		page_item(page, ", ", "gfp 0x%" PRIx64, (uint64_t)incident->trigger.gfp_mask.value);
	if (order.known && order.value >= 0 && order.value < 32)
		page_item(page, ", ", "order %" PRId64 " (%" PRId64 " page%s)", order.value,
			  INT64_C(1) << order.value, order.value ? "s" : "");
	else if (order.known)
		page_item(page, ", ", "order %" PRId64, order.value);
}

/* That it is not the trigger who filled the memory. */
static void put_small(struct page *page, struct num held, enum saving saving)
{
	char text[48];

	if (!held.known)
		return;
	snprintf(text, sizeof(text), "holds only %.20s itself", show_size(held).text);
	if (saving < SAVE_DETAIL || strlen(text) + 3 <= page_room(page))
		page_item(page, ", ", "%s", text);
}

static void put_trigger(struct page *page, const struct incident *incident, enum saving saving)
{
	const struct process *trigger = &incident->trigger.process;
	const struct process *victim = &incident->victim.process;
	const char *cgroup = trigger->cgroup;

	page_section(page, "Trigger", 4, TONE_PLAIN);
	if (incident->has_victim && same_process(trigger, victim)) {
		page_item(page, "", "the victim itself");
		if (trigger->tid.known && !same_task(trigger, victim))
			page_item(page, ", ", "in its thread %s", show_num(trigger->tid).text);
		put_request(page, incident);
		return;
	}
	if (!trigger->pid.known && !trigger->comm_known) {
		page_item(page, "", "?");
		return;
	}
	if (incident->has_victim && trigger->pid.known && victim->pid.known)
		page_item(page, "", "NOT the victim:");
	page_item(page, " ", "%s%s", trigger->kernel_thread ? "kernel thread " : "",
		  show_comm(page, trigger).text);
	put_identity(page, trigger);
	if (incident->trigger.gfp_mask.known || incident->trigger.order.known) {
		page_next_row(page, TONE_PLAIN);
		put_request(page, incident);
	}
	put_small(page, text_why_small_trigger(incident), saving);
	if (cgroup && saving < SAVE_MOST &&
	    !(incident->has_victim && victim->cgroup && !strcmp(cgroup, victim->cgroup))) {
		page_next_row(page, TONE_PLAIN);
		page_item(page, "", "cgroup %s", show_path(page, cgroup, PAGE_BODY - 7).text);
	}
}

static void put_also_killed(struct page *page, const struct incident *incident, enum saving saving)
{
	if (!incident->also_killed_count)
		return;
	page_section(page, "Also", saving < SAVE_DETAIL ? 2 : 1, TONE_ALARM);
	page_item(page, "", "%zu more killed:", incident->also_killed_count);
	for (size_t i = 0; i < incident->also_killed_count; i++) {
		const struct also_killed *also = &incident->also_killed[i];
		const struct process *process = &also->process;
		const char *reason = also->reason == KILL_OOM_GROUP	  ? "oom group"
				     : also->reason == KILL_SHARES_MEMORY ? "shares the memory"
									  : "?";

		page_item(page, i ? ", " : " ", "%s (pid %s, %s, %s)",
			  show_comm(page, process).text, show_num(process->pid).text,
			  show_size(process->memory.rss_bytes).text, reason);
	}
}

static void count_missed(void *ctx, const char *name)
{
	(void)name;
	++*(size_t *)ctx;
}

struct missed_list {
	struct page *page;
	const char *prefix; /* of the first name */
};

static void put_missed_name(void *ctx, const char *name)
{
	struct missed_list *list = ctx;

	page_item(list->page, ", ", "%s%s", list->prefix, name);
	list->prefix = "";
}

static void put_missed(struct page *page, const struct incident *incident, size_t rows)
{
	bool tracepoint = incident->hook && !strcmp(incident->hook, "tracepoint");
	struct missed_list list = {
		.page = page,
		.prefix = incident->lost_records ? "records LOST, no room in the ring: "
			  : tracepoint		 ? "not seen by tracepoints: "
						 : "not readable: ",
	};
	size_t count = 0;

	incident_missed(incident, count_missed, &count);
	if (!count)
		return;
	page_section(page, "Unknown", rows, TONE_DIM);
	incident_missed(incident, put_missed_name, &list);
}

static void put_code(struct page *page, const struct incident *incident)
{
	const struct process *trigger = &incident->trigger.process;
	bool own = !incident->has_victim || same_process(trigger, &incident->victim.process);
	const struct stack *script = &incident->trigger.language_stack;

	if (script->valid && script->count)
		text_stack_script(page, own ? NULL : "Its code", incident->trigger.language, script,
				  &incident->trigger.user_stack);
	else
		text_stack_code(page, own ? "Code" : "Its code", &incident->trigger.user_stack,
				trigger->kernel_thread);
}

/* What comes before the code, the code, and what comes after it. */
struct report {
	struct page head;
	struct page code;
	struct page tail;
};

static void put_head(struct page *page, const struct record_common *common,
		     const struct incident *incident, const struct text_style *style,
		     enum saving saving, size_t why_rows)
{
	put_headline(page, incident, style->utc);
	if (style->verbose)
		put_seen(page, common, incident, saving);
	put_victim(page, incident, saving);
	put_also_killed(page, incident, saving);
	text_limit(page, incident, saving >= SAVE_DETAIL);
	put_memory(page, incident, saving);
	if (saving < SAVE_MOST)
		put_mappings(page, incident, saving);
	put_score(page, incident, saving);
	if (saving < SAVE_WHY)
		text_why(page, incident, why_rows);
	put_trigger(page, incident, saving);
}

static void put_tail(struct page *page, const struct incident *incident, bool verbose,
		     enum saving saving, size_t thread_rows)
{
	text_chain_kernel(page, "Kernel", saving < SAVE_KERNEL ? 2 : 1,
			  &incident->trigger.kernel_stack);
	if (saving < SAVE_DIED && incident->has_victim &&
	    !same_task(&incident->trigger.process, &incident->victim.process))
		text_chain_kernel(page, "Died in", 1, &incident->victim.kernel_stack);
	if (thread_rows)
		text_stack_threads(page, "Victim's", thread_rows, incident->victim.language_stacks,
				   incident->victim.language_stack_count);
	put_missed(page, incident, verbose && saving < SAVE_DETAIL ? 2 : 1);
}

/* How many rows the code would fill if it had so many. */
static size_t code_rows(const struct incident *incident, size_t max)
{
	struct page page = {.max = max};

	put_code(&page, incident);
	return page.count;
}

/* The victim's threads get a row when there is no want of rows, and more of those that are left. */
static void add_threads(struct report *report, const struct incident *incident, bool verbose,
			enum saving saving)
{
	size_t left = ROWS - report->head.count - report->code.count - report->tail.count;
	size_t rows = left + (saving < SAVE_DETAIL);

	if (!left || !incident->victim.language_stack_count)
		return;
	report->tail = (struct page){.max = report->tail.count + left};
	put_tail(&report->tail, incident, verbose, saving,
		 rows < THREAD_ROWS_MAX ? rows : THREAD_ROWS_MAX);
}

/* Of the rows that the code has no need of, the candidates get as many as they can fill. */
static size_t add_why(struct report *report, const struct record_common *common,
		      const struct incident *incident, const struct text_style *style,
		      enum saving saving, size_t rows)
{
	size_t before = report->head.count;

	if (!rows || saving >= SAVE_DETAIL)
		return 0;
	report->head = (struct page){.max = before + rows};
	put_head(&report->head, common, incident, style, saving,
		 1 + rows < TEXT_WHY_ROWS_MAX ? 1 + rows : TEXT_WHY_ROWS_MAX);
	return report->head.count - before;
}

/* Lays it out with as much as leaves the code its rows. */
static void lay_out(struct report *report, const struct record_common *common,
		    const struct incident *incident, const struct text_style *style)
{
	size_t wanted = code_rows(incident, CODE_ROWS_WANTED), left = 0;
	size_t needed = code_rows(incident, CODE_ROWS_MIN);
	enum saving saving;

	for (saving = SAVE_NOTHING; saving <= SAVE_MOST; saving++) {
		bool last = saving == SAVE_MOST;

		*report = (struct report){
			.head.max = last ? ROWS - CODE_ROWS_MIN - TAIL_ROWS_MIN : PAGE_ROWS_MAX,
			.tail.max = last ? TAIL_ROWS_MIN : PAGE_ROWS_MAX,
		};
		put_head(&report->head, common, incident, style, saving, 1);
		put_tail(&report->tail, incident, style->verbose, saving, saving < SAVE_DETAIL);
		left = report->head.count + report->tail.count;
		left = left < ROWS ? ROWS - left : 0;
		if (left >= (saving < SAVE_KB ? wanted : needed))
			break;
	}
	left -= add_why(report, common, incident, style, saving, left > wanted ? left - wanted : 0);
	report->code.max = left < CODE_ROWS_MAX ? left : CODE_ROWS_MAX;
	put_code(&report->code, incident);
	add_threads(report, incident, style->verbose, saving);
}

static int text_oom(FILE *out, const struct record_common *common, const struct incident *incident,
		    const struct text_style *style)
{
	struct report report;

	lay_out(&report, common, incident, style);
	if (report.head.no_memory || report.code.no_memory || report.tail.no_memory)
		return -ENOMEM;

	errno = 0;
	page_write(out, &report.head, style->colour);
	page_write(out, &report.code, style->colour);
	page_write(out, &report.tail, style->colour);
	if (putc('\n', out) == EOF || ferror(out))
		return errno ? -errno : -EIO;
	return 0;
}

static void put_survivor(FILE *out, struct page *page, const struct victim_exit *exit)
{
	const struct stack *stack = &exit->kernel_stack;
	uint64_t seconds = (exit->time_ns - exit->kill_ns) / 1000000000;

	fprintf(out, "still alive %" PRIu64 " s after the kill", seconds);
	if (exit->state)
		fprintf(out, " in %c", exit->state);
	for (size_t i = 0; stack->valid && i < stack->count && i < SURVIVOR_FRAMES; i++)
		fprintf(out, "%s%s", i ? " < " : ": ", show_link(page, &stack->frames[i], 40).text);
	if (stack->valid && stack->count > SURVIVOR_FRAMES)
		fputs(" < ...", out);
}

static void put_end(FILE *out, const struct victim_exit *exit)
{
	if (exit->kill_to_exit_ns.known)
		fprintf(out, "gone %s after the kill", show_ms(exit->kill_to_exit_ns).text);
	else
		fputs(exit->alive.known ? "gone, but its end was not seen"
					: "not seen to end, nor found",
		      out);
}

/* Who died as he was told to is no news. */
static int text_victim_exit(FILE *out, const struct record_common *common,
			    const struct victim_exit *exit, const struct text_style *style)
{
	bool alive = exit->alive.known && exit->alive.value;
	struct page page = {0};

	(void)common;
	if (!alive && !style->verbose)
		return 0;
	errno = 0;
	if (style->colour && alive)
		fputs("\033[1;33m", out);
	fprintf(out, "OOM #%" PRIu64 ": %s (pid %" PRId64 ") ", exit->incident,
		show_name(&page, exit->comm_known ? exit->comm : NULL, COMM_LEN * 4).text,
		exit->pid);
	if (alive)
		put_survivor(out, &page, exit);
	else
		put_end(out, exit);
	if (exit->reaped)
		fputs(", its memory taken by the OOM reaper", out);
	fputs(style->colour && alive ? "\033[0m\n\n" : "\n\n", out);
	if (ferror(out))
		return errno ? -errno : -EIO;
	return page.no_memory ? -ENOMEM : 0;
}

static int text_lost(FILE *out, const struct record_common *common, uint64_t count,
		     const char *where, const struct text_style *style)
{
	static const char *const why[][2] = {
		{"ring", "no room was left between kernel and oomtrace"},
		{"queue", "they came faster than they were written"},
		{"output", "they could not be written"},
	};
	struct page page = {0};
	const char *text = "?";

	for (size_t i = 0; i < ARRAY_SIZE(why); i++)
		if (where && !strcmp(where, why[i][0]))
			text = why[i][1];
	errno = 0;
	if (fprintf(out, "%slost %" PRIu64 " record%s (%s: %s)%s\n\n",
		    style->colour ? "\033[1;33m" : "", count, count == 1 ? "" : "s",
		    show_name(&page, where, 20).text, text, style->colour ? "\033[0m" : "") < 0)
		return errno ? -errno : -EIO;
	(void)common;
	return page.no_memory ? -ENOMEM : 0;
}

const struct sink sink_text = {
	.oom = text_oom,
	.victim_exit = text_victim_exit,
	.oom_wait = text_oom_wait,
	.oom_wait_end = text_oom_wait_end,
	.rank = rank_text,
	.lost = text_lost,
};
