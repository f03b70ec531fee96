/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loops. bpf_loop() (5.17) has the verifier follow one turn in place of each, which is most of the
 * time that loading takes. Without it a turn is a function that is not static: verifiers since 5.6
 * follow one once by itself, and pass by its calls. It takes nothing but numbers, so all that one
 * turn leaves for the next lies in memory.
 */
#ifndef OOMTRACE_LOOP_BPF_H
#define OOMTRACE_LOOP_BPF_H

/* Of a long loop, turns that are followed as one function: not so many calls in a row are borne. */
#define TURNS_TOGETHER 512

/*
 * What a turn returns: the verifier must see that it is 0 or 1, which the compiler likes to hide.
 */
static __always_inline long is_last_turn(bool last)
{
	__u64 value = last;

	barrier_var(value);
	return value & 1;
}

/*
 * Makes `static __always_inline long turn(__u32 index, bool has_loop)`, which returns 0 or 1, one to
 * loop over. An index that is not used must look as if it were, or callers would pass none.
 */
#define DEFINE_LOOP(turn)                                    \
	static long turn##_callback(__u32 index, void *data) \
	{                                                    \
		return turn(index, true);                    \
	}                                                    \
	__noinline int turn##_alone(__u32 index)             \
	{                                                    \
		barrier_var(index);                          \
		return turn(index, false);                   \
	}

/* The same for long_loop(). */
#define DEFINE_LONG_LOOP(turn)                             \
	DEFINE_LOOP(turn)                                  \
	__noinline int turn##_together(__u32 index)        \
	{                                                  \
		for (__u32 i = 0; i < TURNS_TOGETHER; i++) \
			if (turn##_alone(index + i))       \
				return 1;                  \
		return 0;                                  \
	}

/* Takes up to `times` turns; one that is not 0 is the last. `has_loop` must be a constant. */
#define loop(times, turn, has_loop)                                \
	do {                                                       \
		if (has_loop)                                      \
			bpf_loop(times, turn##_callback, NULL, 0); \
		else                                               \
			for (__u32 i_ = 0; i_ < (times); i_++)     \
				if (turn##_alone(i_))              \
					break;                     \
	} while (0)

/* The same for more than some hundred turns: a multiple of TURNS_TOGETHER. */
#define long_loop(times, turn, has_loop)                                       \
	do {                                                                   \
		if (has_loop)                                                  \
			bpf_loop(times, turn##_callback, NULL, 0);             \
		else                                                           \
			for (__u32 i_ = 0; i_ < (times); i_ += TURNS_TOGETHER) \
				if (turn##_together(i_))                       \
					break;                                 \
	} while (0)

#endif
