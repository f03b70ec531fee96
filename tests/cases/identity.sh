#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# A victim of another user, with threads, that is PID 1 in a PID namespace of its own.
. "$CASES/lib.sh"

cg a 32M
gate go
trace json json
eat a pidns uid=12345 idle-threads=3 comm=contained ready="$RUN/r" wait="$RUN/go" anon=64M
ready r
go go
reap "$PID"
records json 1
end json

expect is json 1 trigger.pid "$READY_PID"
expect is json 1 trigger.uid 12345
expect is json 1 victim.pid "$READY_PID"
expect is json 1 victim.uid 12345
expect is json 1 victim.ns_pid 1
expect is json 1 victim.ppid "$PID"
expect is json 1 victim.threads 4
