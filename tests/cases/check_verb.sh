#: environments host guest
#: cgroups v1 v2 none
#: tiers none
#: set main
# What can be traced here, and what cannot anywhere.
. "$CASES/lib.sh"

once check 0 "$OOMTRACE" check
expect says_out check __alloc_pages_slowpath fentry kprobe tracepoint
expect says_line check __alloc_pages_slowpath 'not|cannot|never|no '
