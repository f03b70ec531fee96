#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
#: set main best
# The report a person reads: who died, whose limit, who asked and where in the code, on one screen.
. "$CASES/lib.sh"

cg p 40M
cg p/a
gate go
trace text text
eat p/a comm=bigone anon=28M ready="$RUN/big" pause
ready big
big=$READY_PID
eat p/a comm=smallone ready="$RUN/small" wait="$RUN/go" anon=24M
ready small
small_job=$PID
go go
reap "$big"
reap "$small_job"
must test -s "$OUT/text.out"
end text

expect says text "$big" bigone "$READY_PID" smallone "$(cg_path p)" touch_pages grow_heap
