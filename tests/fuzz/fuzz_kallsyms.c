// SPDX-License-Identifier: GPL-2.0
#include "kallsyms.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { COUNT = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void fuzz_sprint(const uint8_t *data, size_t len)
{
	struct kernel_symbol symbol = {0};
	char *text = malloc(len + 1);

	if (!text)
		return;
	memcpy(text, data, len);
	text[len] = '\0';
	if (kallsyms_parse_sprint(text, &symbol.symbol, &symbol.offset, &symbol.module) == 0 &&
	    (!symbol.symbol[0] || (symbol.module && !symbol.module[0])))
		abort();
	kernel_symbol_clear(&symbol);
	free(text);
}

/* The first bytes are the addresses to look up, the rest is the file. */
static void fuzz_resolve(const uint8_t *data, size_t len)
{
	struct kernel_symbol symbols[COUNT] = {0};
	int fd;

	if (len < COUNT * sizeof(uint64_t))
		return;
	for (size_t i = 0; i < COUNT; i++, data += sizeof(uint64_t), len -= sizeof(uint64_t))
		memcpy(&symbols[i].address, data, sizeof(uint64_t));
	fd = memfd_create("kallsyms", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) != 0)
		abort();
	kallsyms_resolve_fd(fd, symbols, COUNT);
	close(fd);
	for (size_t i = 0; i < COUNT; i++) {
		if (symbols[i].symbol ? !symbols[i].symbol[0] || symbols[i].offset > 1024 * 1024
				      : symbols[i].module || symbols[i].offset)
			abort();
		kernel_symbol_clear(&symbols[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_sprint(data, len);
	fuzz_resolve(data, len);
	return 0;
}
