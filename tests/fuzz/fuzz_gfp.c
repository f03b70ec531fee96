// SPDX-License-Identifier: GPL-2.0
#include "gfp.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint64_t masks[] = {0, 1, 0xcc0, 0x140cca, 0xffffffff, UINT64_MAX};
	struct gfp_names *names;

	if (gfp_names_parse((const char *)data, len, &names))
		return 0;
	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++)
		free(gfp_format(names, masks[i]));
	gfp_names_free(names);
	return 0;
}
