/* SPDX-License-Identifier: GPL-2.0 */
/* Arrays that are sorted by the address (uint64_t) which each element begins with. */
#ifndef OOMTRACE_SORTED_H
#define OOMTRACE_SORTED_H

#include <stddef.h>
#include <stdint.h>

/* How many of the `count` elements, `size` bytes each, have `address` or a lower one. */
size_t sorted_up_to(const void *array, size_t count, size_t size, uint64_t address);

#endif
