#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# Names that would write to a terminal, break a line or a JSON string, or are not UTF-8.
. "$CASES/lib.sh"

group=$(printf 'q"\\ \033[2J\377')
cg "$group" 40M
gate go
trace json json
trace text text
eat "$group" comm="$(printf '\033]0;x\007\n"\303(\342\202')" anon=28M ready="$RUN/big" pause
ready big
big=$READY_PID
eat "$group" comm="$(printf 'a"b\\c\n\t\033[31m\177')" ready="$RUN/small" wait="$RUN/go" anon=24M
ready small
small_job=$PID
go go
reap "$big"
reap "$small_job"
records json 1
end json
end text

expect is json 1 trigger.pid "$READY_PID"
expect is json 1 victim.pid "$big"
