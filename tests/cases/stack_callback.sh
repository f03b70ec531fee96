#: environments host guest
#: cgroups v1 v2
#: tiers best
#: needs memcg
# A function that libc called back asks; and a chain of more than thirty functions, of which some keep frame pointers.
. "$CASES/lib.sh"

cg a 32M
trace json json --hold 200
fall a callback
fall a steps
fall a chain_kept
records json 3
end json

expect frames json 1 trigger.user_stack grow@callback.c:LINE:grow compare@callback.c:LINE:compare \
	'[libc.so.*]{1+}' sort@callback.c:LINE:sort main@callback.c:LINE:main
expect unwound json 1 cfi

steps=''
for step in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31; do
	steps="$steps step_$step@steps.c"
done
# shellcheck disable=SC2086
expect frames json 2 trigger.user_stack grow@steps.c:LINE:grow step_0@steps.c:LINE:step_0 $steps \
	main@steps.c:LINE:main
expect unwound json 2 cfi

expect_chain json 3
