// SPDX-License-Identifier: GPL-2.0
#include "demangle.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
const char *__lsan_default_suppressions(void);

/* One that is stopped within an identifier in punycode loses that identifier. */
const char *__lsan_default_suppressions(void)
{
	return "leak:rust_demangle_callback";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *symbol = strndup((const char *)data, len);
	char *name = demangle(symbol);

	if (!name || strlen(name) > SYMBOL_NAME_MAX + strlen(SYMBOL_NAME_CUT))
		abort();
	free(name);
	free(symbol);
	return 0;
}
