// SPDX-License-Identifier: GPL-2.0
/* Records of waits in any order, from looks at any time. */
#include "decode.h"
#include "sink.h"
#include "waits.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct text_style style = {.verbose = true};
static const struct record_common common = {.seq = 1, .run = "", .host_name = "host"};

static FILE *open_sink(char **buf, size_t *len)
{
	FILE *out = open_memstream(buf, len);

	if (!out)
		abort();
	return out;
}

static void check_end(const struct oom_wait_end *end)
{
	char *buf = NULL;
	size_t len = 0;
	FILE *out = open_sink(&buf, &len);

	if (!end->incident || (end->task.wait_ns.known && end->task.wait_ns.value < 0) ||
	    end->waiting >= WAITS_TASKS || end->derived != (end->ended == WAIT_ENDED_UNKNOWN))
		abort();
	if (sink_json.oom_wait_end(out, &common, end, &style) ||
	    sink_text.oom_wait_end(out, &common, end, &style))
		abort();
	fclose(out);
	free(buf);
}

static void check_news(const struct oom_wait *wait)
{
	char *buf = NULL;
	size_t len = 0;
	FILE *out = open_sink(&buf, &len);

	if (!wait->incident || !wait->waiting || wait->count > wait->waiting ||
	    wait->count > OOM_WAIT_TASKS)
		abort();
	if (sink_json.oom_wait(out, &common, wait, &style) ||
	    sink_text.oom_wait(out, &common, wait, &style))
		abort();
	fclose(out);
	free(buf);
}

static void take_all(struct waits *waits, uint64_t now_ns, bool last)
{
	struct oom_wait_end end;
	struct oom_wait wait;
	struct waits_place place;

	while (waits_next_news(waits, now_ns, &wait))
		check_news(&wait);
	while (waits_next_end(waits, now_ns, last, &end))
		check_end(&end);
	while (waits_next_over(waits, &place))
		if (!place.kernel_id && place.tgid < 0)
			abort();
}

/*
 * One byte of control before each record: bit 0 makes it one of few tasks and places, bit 1 gives an
 * incident no number, bit 2 is the end of a look, bit 3 asks for what is over, bit 4 for all of it.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct waits *waits = waits_new(len & 1);

	if (!waits)
		abort();
	while (len > sizeof(struct ev_wait)) {
		uint8_t control = data[0];
		union ev_record any;
		struct ev_wait rec;

		memcpy(&rec, data + 1, sizeof(rec));
		data += 1 + sizeof(rec);
		len -= 1 + sizeof(rec);
		if (control & 1) {
			rec.hdr.size = sizeof(rec);
			rec.hdr.kind = EV_WAIT + rec.hdr.kind % 2;
			rec.hdr.tgid &= 3;
			rec.hdr.tid &= 3;
			rec.hdr.incident &= 3;
			rec.hdr.time_ns &= 0xffffffffff;
			rec.start_boottime_ns &= 1;
		}
		if (decode_record(&rec, sizeof(rec), &any))
			continue;
		if (waits_feed(waits, &rec) == 1)
			waits_number(waits, rec.hdr.incident, control & 2 ? 0 : 1);
		if (control & 4)
			waits_looked(waits, rec.hdr.time_ns);
		if (control & 24)
			take_all(waits, rec.hdr.time_ns, control & 16);
	}
	waits_free(waits);
	return 0;
}
