#: environments host guest
#: cgroups v1 v2
#: tiers best
#: needs memcg
# Stacks larger than what can be kept of them: as much as was kept is right, and the record says that there is
# more; where the functions have frame pointers, they lead on to main. Memory in between that was never touched
# does not end the stack.
. "$CASES/lib.sh"

cg a 32M
trace json json --hold 200
fall a deep
fall a deep_kept
fall a deep holes
records json 3
end json

for number in 1 2 3; do
	expect frames json "$number" trigger.user_stack grow@deep.c:LINE:grow descend@deep.c:LINE:bottom \
		'descend@deep.c:LINE:descend{24}' serve@deep.c:LINE:serve main@deep.c:LINE:main
done
for number in 1 3; do
	expect has json "$number" trigger.user_stack grow descend descend descend descend descend descend descend
	expect unwound json "$number" cfi truncated
done
expect unwound json 2 mixed truncated
