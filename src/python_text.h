/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OOMTRACE_PYTHON_TEXT_H
#define OOMTRACE_PYTHON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A string of CPython's, `count` characters of `width` (1, 2 or 4) bytes each, as UTF-8, with "…"
 * after it when it was `cut`. What surrogateescape (PEP 383) made of single bytes is those bytes
 * again. NUL and what is no character becomes U+FFFD. The caller frees it; NULL when there is no
 * memory.
 */
char *python_text_decode(const uint8_t *bytes, size_t count, unsigned int width, bool cut);

#endif
