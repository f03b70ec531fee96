// SPDX-License-Identifier: GPL-2.0
#include "sorted.h"

#include <string.h>

static uint64_t address_of(const void *array, size_t size, size_t index)
{
	uint64_t address;

	memcpy(&address, (const char *)array + index * size, sizeof(address));
	return address;
}

size_t sorted_up_to(const void *array, size_t count, size_t size, uint64_t address)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (address_of(array, size, middle) <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
