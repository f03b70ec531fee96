#: environments host guest
#: cgroups v1 v2 none
#: tiers best
# Without --hook it takes the best tier there is, and says which.
. "$CASES/lib.sh"

expect stream json json
tracer json "$OOMTRACE" --json
end json
expect ooms json 0
