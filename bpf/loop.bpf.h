/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loops. bpf_loop() (5.17) has the verifier follow one turn in place of each, which is most of the
 * time that loading takes. One body serves kernels with it and without: a function that is not
 * inlined, since verifiers of that age refuse some of the shapes that compilers give a longer loop.
 * What a turn leaves for the next lies in memory, where the verifier does not follow its values.
 */
#ifndef OOMTRACE_LOOP_BPF_H
#define OOMTRACE_LOOP_BPF_H

/*
 * What a turn returns: the verifier must see that it is 0 or 1, which the compiler likes to hide.
 */
static __always_inline long is_last_turn(bool last)
{
	__u64 value = last;

	barrier_var(value);
	return value & 1;
}

typedef long (*loop_turn)(__u32 index, void *data);

/* Takes up to `times` turns; one that is not 0 is the last. `has_loop` must be a constant. */
static __always_inline void loop(__u32 times, loop_turn turn, void *data, bool has_loop)
{
	if (has_loop) {
		bpf_loop(times, turn, data, 0);
		return;
	}
	for (__u32 i = 0; i < times; i++)
		if (turn(i, data))
			break;
}

#endif
