#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# A path of more than 2000 bytes, in 40 levels: the record keeps the end of it and says so.
. "$CASES/lib.sh"

part=0123456789_0123456789_0123456789_0123456789_0123456789_
path=d
level=0
while [ "$level" -lt 40 ]; do
	path=$path/$part$level
	level=$((level + 1))
done
cg "$path" 32M
gate go
trace json json
trace text text
eat "$path" ready="$RUN/r" wait="$RUN/go" anon=64M
ready r
go go
reap "$PID"
records json 1
end json
end text

expect is json 1 victim.pid "$READY_PID"
expect tail json 1 trigger.cgroup "$(cg_path "$path")"
expect tail json 1 victim.cgroup "$(cg_path "$path")"
expect tail json 1 limit.cgroup "$(cg_path "$path")"
