// SPDX-License-Identifier: GPL-2.0
#include "build_id.h"

#include <elf.h>
#include <string.h>

static size_t align4(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

size_t build_id_from_notes(const void *notes, size_t len, uint8_t ret_id[BUILD_ID_LEN])
{
	const char *at = notes;
	Elf64_Nhdr nhdr; /* the same as Elf32_Nhdr */

	while (len >= sizeof(nhdr)) {
		size_t name, desc;

		memcpy(&nhdr, at, sizeof(nhdr));
		at += sizeof(nhdr);
		len -= sizeof(nhdr);
		name = align4(nhdr.n_namesz);
		desc = align4(nhdr.n_descsz);
		if (name > len || nhdr.n_descsz > len - name)
			return 0;
		if (nhdr.n_type == NT_GNU_BUILD_ID && nhdr.n_namesz == sizeof(ELF_NOTE_GNU) &&
		    !memcmp(at, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) && nhdr.n_descsz &&
		    nhdr.n_descsz <= BUILD_ID_LEN) {
			memcpy(ret_id, at + name, nhdr.n_descsz);
			return nhdr.n_descsz;
		}
		if (desc > len - name)
			return 0;
		at += name + desc;
		len -= name + desc;
	}
	return 0;
}
