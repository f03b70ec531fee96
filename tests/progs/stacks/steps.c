// SPDX-License-Identifier: GPL-2.0
/* Thirty-two functions, of which some keep a frame pointer. */
#include "victim.h"

#include <string.h>

/* With a frame pointer, and without. */
#define FREE
#ifdef __clang__
#define KEPT
#else
#define KEPT __attribute__((optimize("no-omit-frame-pointer")))
#endif

STANDS_IN_STACKS static void grow(char *room, size_t size)
{
	memset(room, 1, size); /* LINE:grow */
	NO_TAIL_CALL();
}

STANDS_IN_STACKS static void step_0(size_t size)
{
	grow(get_room(size), size); /* LINE:step_0 */
	NO_TAIL_CALL();
}

/* One that is called NAME, and calls NEXT. The room between lets no two frames look the same. */
#define STEP(NAME, NEXT, BYTES, POINTER)                          \
	POINTER STANDS_IN_STACKS static void NAME(size_t size)    \
	{                                                         \
		char between[BYTES];                              \
                                                                  \
		__asm__ volatile("" : : "r"(between) : "memory"); \
		NEXT(size);                                       \
		NO_TAIL_CALL();                                   \
	}                                                         \
	struct NAME##_ends

STEP(step_1, step_0, 24, KEPT);
STEP(step_2, step_1, 136, FREE);
STEP(step_3, step_2, 8, FREE);
STEP(step_4, step_3, 40, KEPT);
STEP(step_5, step_4, 16, KEPT);
STEP(step_6, step_5, 264, FREE);
STEP(step_7, step_6, 32, FREE);
STEP(step_8, step_7, 72, FREE);
STEP(step_9, step_8, 1000, FREE);
STEP(step_10, step_9, 48, KEPT);
STEP(step_11, step_10, 8, FREE);
STEP(step_12, step_11, 56, KEPT);
STEP(step_13, step_12, 128, FREE);
STEP(step_14, step_13, 16, KEPT);
STEP(step_15, step_14, 24, FREE);
STEP(step_16, step_15, 512, FREE);
STEP(step_17, step_16, 8, FREE);
STEP(step_18, step_17, 40, FREE);
STEP(step_19, step_18, 72, KEPT);
STEP(step_20, step_19, 200, KEPT);
STEP(step_21, step_20, 8, KEPT);
STEP(step_22, step_21, 16, FREE);
STEP(step_23, step_22, 104, FREE);
STEP(step_24, step_23, 24, FREE);
STEP(step_25, step_24, 88, KEPT);
STEP(step_26, step_25, 2000, FREE);
STEP(step_27, step_26, 16, FREE);
STEP(step_28, step_27, 32, KEPT);
STEP(step_29, step_28, 8, FREE);
STEP(step_30, step_29, 64, FREE);
STEP(step_31, step_30, 24, FREE);

int main(void)
{
	step_31(MORE_THAN_ALLOWED); /* LINE:main */
	return 0;
}
