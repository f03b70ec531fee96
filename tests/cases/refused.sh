#: environments host guest
#: cgroups v1 v2 none
#: tiers none
# A tier that this kernel does not offer is refused, in one line, with the status for it.
. "$CASES/lib.sh"

for tier in $REFUSED; do
	once "$tier" 3 "$OOMTRACE" --hook "$tier"
	expect stderr_lines "$tier" 1
	expect stderr_has "$tier" "$tier"
	expect stdout_empty "$tier"
done
assert "each tier is offered or refused" [ "$(echo "$TIERS $REFUSED" | wc -w)" -eq 3 ]
