#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# A character of several bytes cut in two by the kernel's limit of 15 bytes.
. "$CASES/lib.sh"

cg a 32M
trace json json
eat a comm=0123456789abcd€ ready="$RUN/r" anon=64M
reap "$PID"
records json 1
end json

expect is json 1 victim.pid "$PID"
