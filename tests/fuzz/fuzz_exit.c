// SPDX-License-Identifier: GPL-2.0
/* Records of ends in any order, and the /proc of who does not end. */
#include "event.h"
#include "lifecycle.h"
#include "survivor.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void fuzz_survivor(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1), state = 'D';
	struct stack stack;

	if (!text)
		abort();
	memcpy(text, data, len);
	text[len] = '\0';
	if (!survivor_parse_state(text, &state) && (state < 'A' || state > 'z'))
		abort();
	if (!survivor_parse_stack(text, &stack)) {
		for (size_t i = 0; i < stack.count; i++)
			if (!stack.frames[i].symbol != !stack.frames[i].offset.known)
				abort();
		stack_clear(&stack);
	}
	free(text);
}

static void check(const struct victim_exit *exit)
{
	if (exit->kill_to_exit_ns.known && (exit->kill_to_exit_ns.value < 0 || !exit->alive.known))
		abort();
	if (exit->kill_to_free_ns.known &&
	    (exit->kill_to_free_ns.value < 0 ||
	     exit->kill_to_free_ns.value > exit->kill_to_exit_ns.value))
		abort();
}

/* One byte of control before each record: of which pid, and whether an incident comes before it. */
static void fuzz_lifecycle(const uint8_t *data, size_t len)
{
	struct lifecycle *lifecycle = lifecycle_new();
	struct victim_exit exit;

	if (!lifecycle)
		abort();
	while (len > sizeof(struct ev_death)) {
		struct incident incident = {
			.outcome = OUTCOME_KILLED,
			.has_victim = true,
			.victim.process = {.pid = num_of(data[0] & 3), .tid = num_of(data[1] & 3)},
		};
		struct ev_death rec;

		memcpy(&rec, data + 1, sizeof(rec));
		memcpy(&incident.monotonic_ns, data + 1, sizeof(uint64_t));
		if (data[0] & 4)
			lifecycle_add(lifecycle, &incident);
		if (data[0] & 8) {
			rec.hdr.size = sizeof(rec);
			rec.hdr.kind = EV_EXITING + rec.hdr.kind % 3;
			rec.hdr.tgid &= 3;
			rec.hdr.tid &= 3;
			rec.start_boottime_ns &= 1;
		}
		lifecycle_feed(lifecycle, &rec, sizeof(rec));
		while (lifecycle_next(lifecycle, rec.hdr.time_ns, data[0] & 16, &exit))
			check(&exit);
		data += 1 + sizeof(rec);
		len -= 1 + sizeof(rec);
	}
	lifecycle_free(lifecycle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_survivor(data, len);
	fuzz_lifecycle(data, len);
	return 0;
}
