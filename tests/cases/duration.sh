#: environments host guest
#: cgroups v1 v2 none
#: tiers best
# --duration ends it by itself.
. "$CASES/lib.sh"

trace json json --duration 1
ended json 0
expect ooms json 0
