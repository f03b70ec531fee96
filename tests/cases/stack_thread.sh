#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# A second thread asks: its stack begins in libc, not in main().
. "$CASES/lib.sh"

cg a 32M
trace json json --hold 200
fall a thread
records json 1
end json

expect is json 1 victim.threads 2
expect top json 1 'libc.so.*'
expect frames json 1 trigger.user_stack grow@thread.c:LINE:grow work@thread.c:LINE:work \
	run_worker@thread.c:LINE:run_worker
expect unwound json 1 cfi
