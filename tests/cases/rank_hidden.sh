#: environments guest
#: cgroups v1 v2 none
#: tiers none
# Ranking takes no privileges. What /proc keeps from a user is said to be missing, and nobody is said to be
# chosen then.
. "$CASES/lib.sh"

# Only one that became that user before it was executed may be traced by that user.
"$PROGS/drop" 12345 none "$PROGS/eat" anon=24M ready="$RUN/r" pause &
STARTED="$STARTED $!"
ready r

once open 0 "$PROGS/drop" 65534 none "$OOMTRACE" rank -j
mount -o remount,hidepid=2 /proc || die "remount of /proc"
on_exit "mount -o remount,hidepid=0 /proc"
once hidden 0 "$PROGS/drop" 12345 none "$OOMTRACE" rank -j
once text 0 "$PROGS/drop" 12345 none "$OOMTRACE" rank
once nobody 0 "$PROGS/drop" 65534 none "$OOMTRACE" rank -j

expect says_out open "\"top\":[{\"pid\":$READY_PID," '"verdict":"chosen"' '"missed":[]'
expect says_out hidden "\"pid\":$READY_PID," '"verdict":"eligible"' '"missed":["candidates"]'
expect says_out text hidepid 'of those seen'
expect says_out nobody '"action":null' '"missed":["candidates","action"]'
for name in open hidden text nobody; do
	expect stderr_lines "$name" 0
done
