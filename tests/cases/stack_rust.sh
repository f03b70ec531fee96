#: environments host guest
#: cgroups v1 v2
#: tiers best
#: needs memcg rust
# Rust: the method of a trait, functions of nested modules, by either of the two ways that names are encoded.
. "$CASES/lib.sh"

cg a 32M
trace json json --hold 200
number=0
for program in rust_grow rust_v0; do
	number=$((number + 1))
	fall a "$program"
	records json "$number"
	expect frames json "$number" trigger.user_stack \
		"<$program::shop::Cart~as~$program::shop::Basket>::add@rust_grow.rs:LINE:add" \
		"$program::shop::checkout::fill@rust_grow.rs:LINE:fill" \
		"$program::serve@rust_grow.rs:LINE:serve" \
		"$program::main@rust_grow.rs:LINE:main"
	expect unwound json "$number" cfi
done
end json
