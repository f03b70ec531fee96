// SPDX-License-Identifier: GPL-2.0
#include "assemble.h"
#include "sink.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void ignore_name(void *ctx, const char *name)
{
	*(size_t *)ctx += strlen(name);
}

static void render(const struct sink *sink, const struct incident *incident)
{
	static const struct text_style style = {.verbose = true, .utc = true};
	const struct record_common common = {
		.seq = 1,
		.realtime_ns = incident->realtime_ns,
		.monotonic_ns = incident->monotonic_ns,
		.run = "00000000-0000-4000-8000-000000000000",
		.host_name = "host",
		.host_kernel = "6.12.0",
	};
	char *buf = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&buf, &len);

	if (!out)
		abort();
	if (sink->oom(out, &common, incident, &style))
		abort();
	fclose(out);
	if (!len || buf[len - 1] != '\n')
		abort();
	free(buf);
}

/* What may never come out, whatever went in. */
static void check(const struct incident *incident)
{
	if ((incident->hold == HOLD_OFF) != (incident->hold_reason != NULL))
		abort();
	if (incident->hold_ns.known && incident->hold_ns.value < 0)
		abort();
	if (incident->victim.known_in_advance && !incident->victim.cmdline)
		abort();
}

/* What goes to another decoder than the assembler. */
static void decode_user(const void *data, size_t size)
{
	struct user_state state = {0};
	union ev_record rec;

	if (decode_record(data, size, &rec))
		return;
	if (rec.hdr->kind == EV_MODULES_MAPPED)
		decode_modules(rec.modules, &state.modules, &state.module_count);
	if (rec.hdr->kind == EV_USER_STATE)
		decode_user_state(rec.user_state, &state);
	/* A descriptor is the reader's to give. */
	for (size_t i = 0; i < state.module_count; i++)
		if (state.modules[i].fd)
			abort();
	if (state.stack_len > size || state.reg_count > USER_REGS_MAX)
		abort();
	user_state_clear(&state);
}

static void take(void *ctx, struct incident *incident)
{
	size_t names = 0;

	(void)ctx;
	check(incident);
	incident_missed(incident, ignore_name, &names);
	render(&sink_json, incident);
	render(&sink_text, incident);
	incident_free(incident);
}

/* A task that waits is described as one that asks the OOM killer is. */
static void decode_stuck(const void *data, size_t size, const struct decode_units *units)
{
	struct incident *incident;
	union ev_record rec;

	if (!decode_record(data, size, &rec) &&
	    (rec.hdr->kind == EV_INVOKED || rec.hdr->kind == EV_STUCK) &&
	    !assemble_stuck(rec.invoked, units, "fentry", &incident))
		take(NULL, incident);
}

/* Makes of lengths that lie ones that do not, so that what they are the lengths of is looked at. */
static void fit_lengths(struct ev_header *rec)
{
	if (rec->kind == EV_NAMES) {
		struct ev_names *names = (struct ev_names *)rec;

		names->cmdline_source %= EV_CMDLINE_AT_EXEC + 1;
		names->cmdline.len %= EV_CMDLINE_LEN + 1;
		names->exe.len %= EV_FILE_LEN + 1;
		names->exe.flags |= EV_PATH_VALID;
		if (names->exe.len)
			names->exe.names[names->exe.len - 1] = '\0';
	}
	if (rec->kind == EV_MODULES_MAPPED)
		((struct ev_modules *)rec)->count %= EV_MODULES + 1;
	if (rec->kind == EV_CANDIDATES_WEIGHED) {
		struct ev_candidates *candidates = (struct ev_candidates *)rec;

		candidates->eligible_count %= EV_CANDIDATES + 1;
		candidates->spared_count %= EV_SPARED + 1;
	}
}

/* Those that end in a part of any length get some of it. */
static size_t whole_size(uint16_t kind)
{
	if (kind == EV_MODULES_MAPPED)
		return sizeof(struct ev_modules);
	if (kind == EV_USER_STATE)
		return offsetof(struct ev_user_state, stack) + 64;
	return kind ? decode_record_size(kind) : sizeof(struct ev_header);
}

/*
 * A record: one byte of control, two of length, the bytes. With bit 0 set the size in the header is
 * made the true one; with bit 1 the kind is one that exists and the record as long as it wants; with
 * bit 2 the incident is one of two; with bit 3 the task is one of two; with bit 4 the lengths in a
 * record of names, of modules or of candidates fit; bit 7 lets the time pass.
 */
static size_t feed_one(struct assembler *assembler, const uint8_t *data, size_t len)
{
	static const struct decode_units units = {
		.realtime_minus_monotonic_ns = INT64_C(1700000000000000000),
		.realtime_minus_boottime_ns = INT64_C(1700000000000000000),
		.page_size = 4096,
	};
	uint8_t control = data[0];
	size_t size = data[1] | (size_t)data[2] << 8;
	size_t have = len - 3 < size ? len - 3 : size;
	uint16_t kind = have ? data[3] % EV_KIND_END : 0;
	struct ev_header *rec;

	if (control & 2)
		size = whole_size(kind);
	else
		size = have;
	/* A record begins with zeroes for what the input does not give. */
	rec = calloc(1, size ? size : 1);
	memcpy(rec, data + 3, have < size ? have : size);
	if (size >= sizeof(*rec)) {
		if (control & 1)
			rec->size = (uint32_t)size;
		if (control & 2)
			rec->kind = kind;
		if (control & 4)
			rec->incident = rec->incident & 1 ? 1 : 2;
		if (control & 8)
			rec->tid &= 1;
		if ((control & 3) == 3 && (control & 16))
			fit_lengths(rec);
	}
	assembler_feed(assembler, rec, size, &units);
	decode_user(rec, size);
	decode_stuck(rec, size, &units);
	free(rec);
	if (control & 128)
		assembler_idle(assembler);
	return 3 + have;
}

static void feed_all(const uint8_t *data, size_t len, bool mark_only)
{
	struct assembler *assembler =
		assembler_new(mark_only ? "tracepoint" : "fentry", mark_only, take, NULL);

	while (len > 3) {
		size_t used = feed_one(assembler, data, len);

		data += used;
		len -= used;
	}
	/* Half of the inputs are cut off with an incident still open. */
	if (!len || data[0] & 1)
		assembler_idle(assembler);
	assembler_free(assembler);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	feed_all(data, len, false);
	feed_all(data, len, true);
	return 0;
}
