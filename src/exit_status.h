/* SPDX-License-Identifier: GPL-2.0 */
/* What scripts and service managers are told. */
#ifndef OOMTRACE_EXIT_STATUS_H
#define OOMTRACE_EXIT_STATUS_H

enum exit_status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
	STATUS_CANNOT_TRACE = 3,
};

#endif
