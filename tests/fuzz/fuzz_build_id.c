// SPDX-License-Identifier: GPL-2.0
#include "build_id.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* Behind the id, to see that no more is written than there is room for. */
	struct {
		uint8_t id[BUILD_ID_LEN];
		uint8_t guard[4];
	} out = {.guard = {1, 2, 3, 4}};
	size_t got = build_id_from_notes(data, len, out.id);

	if (got > BUILD_ID_LEN || memcmp(out.guard, "\1\2\3\4", 4))
		abort();
	if (got && !memmem(data, len, out.id, got))
		abort();
	return 0;
}
