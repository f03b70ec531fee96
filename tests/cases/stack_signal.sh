#: environments host guest
#: cgroups v1 v2
#: tiers best
#: needs memcg
#: ooms 3
# A signal's handler asks: the stack leads through it to what was interrupted, in libc or at any instruction of the
# program, also when the handler has a stack of its own.
. "$CASES/lib.sh"

cg a 32M
trace json json --hold 200
fall a signal raise
fall a signal timer
fall a signal aside
records json 3
end json

expect frames json 1 trigger.user_stack grow@signal.c:LINE:grow on_signal@signal.c:LINE:on_signal \
	'[libc.so.*]{2+}' handle@signal.c:LINE:raise serve@signal.c:LINE:serve main@signal.c:LINE:main
expect unwound json 1 cfi
expect frames json 2 trigger.user_stack grow@signal.c:LINE:grow on_signal@signal.c:LINE:on_signal \
	'[libc.so.*]' spin@signal.c handle@signal.c:LINE:wait serve@signal.c:LINE:serve \
	main@signal.c:LINE:main
expect unwound json 2 cfi
expect frames json 3 trigger.user_stack grow@signal.c:LINE:grow on_signal@signal.c:LINE:on_signal \
	'[libc.so.*]{2+}' handle@signal.c:LINE:raise serve@signal.c:LINE:serve main@signal.c:LINE:main
expect unwound json 3 cfi
