// SPDX-License-Identifier: GPL-2.0
#include "vdso_image.h"

#include "regular_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

/* Of all machines' the largest has a few pages. */
#define LEN_MAX (64 << 10)

/* The section headers stand at the end of it. -ENOEXEC. */
static int image_len(const Elf64_Ehdr *ehdr, size_t *ret_len)
{
	size_t sections = (size_t)ehdr->e_shnum * ehdr->e_shentsize;

	if (memcmp(ehdr->e_ident, ELFMAG, SELFMAG) != 0 || ehdr->e_ident[EI_CLASS] != ELFCLASS64 ||
	    !ehdr->e_shoff || ehdr->e_shoff > LEN_MAX || sections > LEN_MAX - ehdr->e_shoff)
		return -ENOEXEC;
	*ret_len = ehdr->e_shoff + sections;
	return 0;
}

/* write() reads no further than the mapping goes. */
static int copy_image(int fd, const char *image, size_t len)
{
	while (len) {
		ssize_t put = write(fd, image, len);

		if (put <= 0)
			return put ? -errno : -EIO;
		image += put;
		len -= (size_t)put;
	}
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL))
		return -errno;
	return regular_file_reopen(fd);
}

int vdso_image_open(void)
{
	const Elf64_Ehdr *ehdr = (const void *)(uintptr_t)getauxval(AT_SYSINFO_EHDR);
	size_t len = 0;
	int err, fd;

	if (!ehdr)
		return -ENOENT;
	err = image_len(ehdr, &len);
	if (err)
		return err;
	fd = memfd_create("vdso", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	err = copy_image(fd, (const char *)ehdr, len);
	close(fd);
	return err;
}
