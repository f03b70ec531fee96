/* SPDX-License-Identifier: GPL-2.0 */
/* Pressure stall information: /proc/pressure/memory and a cgroup's memory.pressure. */
#ifndef OOMTRACE_PRESSURE_H
#define OOMTRACE_PRESSURE_H

#include "incident.h"

/*
 * The lines "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" and "full ..." of psi_show()
 * (kernel/sched/psi.c, 4.20 and later): avg in per cent, total in microseconds. A line that is
 * missing or reads otherwise is unknown.
 */
void pressure_parse(const char *text, size_t len, struct pressure *ret_pressure);

#endif
