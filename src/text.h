/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bytes from the kernel made fit to be shown. Names of processes, files and cgroups are whatever
 * their owner chose: not UTF-8 by any guarantee, and perhaps meant to write to a terminal.
 */
#ifndef OOMTRACE_TEXT_H
#define OOMTRACE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Holds every result of text_size() and text_thousands(). */
#define TEXT_NUMBER_LEN 32

/*
 * For JSON: a copy of the `len` bytes at `bytes` (NULL is allowed when len is 0) as valid UTF-8
 * (RFC 3629). Each byte that is part of no valid sequence becomes one U+FFFD, and so does a NUL,
 * which the result could not hold. The caller frees it; NULL when there is no memory.
 */
char *text_utf8(const char *bytes, size_t len);

/*
 * For people and terminals: as text_utf8(), and what could move a cursor, change colours or reorder
 * what is read is escaped: control characters as \n, \t, \e or \x07, those above U+007F, line
 * separators and bidirectional controls as \u{202e}. A backslash becomes two, so that the escapes
 * cannot be forged. The caller frees it; NULL when there is no memory.
 */
char *text_printable(const char *bytes, size_t len);

/*
 * Columns the UTF-8 string takes on a terminal, whatever the locale: none for combining characters,
 * two for East Asian wide ones and emoji, one for the rest. An approximation by Unicode blocks.
 */
size_t text_width(const char *utf8);

/*
 * `bytes` in binary units into `buf`, which it returns: "0 B", "640 KiB", "1.9 GiB". A whole number
 * of its unit has no decimal, so "2 GiB" is exact while "2.0 GiB" is rounded.
 */
const char *text_size(char *buf, size_t len, uint64_t bytes);

/* `value` in groups of three into `buf`, which it returns: "1,234,567". */
const char *text_thousands(char *buf, size_t len, uint64_t value);

#endif
