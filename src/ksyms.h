/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names kernel stacks: by the kernel itself where a BPF program may ask it (5.13 and later; works
 * whatever kptr_restrict says), from /proc/kallsyms elsewhere.
 */
#ifndef OOMTRACE_KSYMS_H
#define OOMTRACE_KSYMS_H

#include "incident.h"

struct ksyms;

/* `root` must outlive it. NULL when there is no memory. Nothing is loaded before the first use. */
struct ksyms *ksyms_new(const char *root);
void ksyms_free(struct ksyms *ksyms);

/* Makes the first use as fast as later ones. */
void ksyms_prepare(struct ksyms *ksyms);

/*
 * Sets symbol, offset, module and build id of the frames of a kernel stack; what has no name keeps
 * its address. Frames of the tracing itself, on top, are removed. Returns -errno when no name at
 * all could be had.
 */
int ksyms_name_stack(struct ksyms *ksyms, struct stack *stack);

/*
 * The same without reading any file, once it is prepared: no build ids, and where the kernel cannot
 * be asked no names.
 */
int ksyms_name_at_once(struct ksyms *ksyms, struct stack *stack);

#endif
