/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What those can work with who report that the machine has no memory left. The kernel keeps some
 * back (vm.min_free_kbytes), and lets realtime tasks have a part of it; and we keep some ourselves,
 * for when there is nothing else to come.
 */
#ifndef OOMTRACE_RESERVES_H
#define OOMTRACE_RESERVES_H

#include <stdbool.h>

/* Takes memory to be given away by reserves_spend(); a failure leaves that without effect. */
void reserves_lay_in(void);

/* Gives it to the kernel, from which the calling thread may have it back. Once, for good. */
void reserves_spend(void);

/* Makes the kernel's own reserves those of the calling thread. False without CAP_SYS_NICE: nothing has changed then. */
bool reserves_use(void);

/* Makes the thread an ordinary one again. */
void reserves_leave(void);

#endif
