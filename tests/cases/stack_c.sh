#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
#: ooms 5
#: set main
# Programs in C without frame pointers, linked in every way: the functions from main() down, the inlined among
# them, each with its line, and where in libc the memory was touched.
. "$CASES/lib.sh"

cg a 32M
trace json json --hold 200
number=0
# Only some machines can sign return addresses.
signed=$([ ! -x "$PROGS/stacks/chain_signed" ] || echo chain_signed)
for program in chain_pie chain_fixed chain_static chain_static_pie $signed; do
	number=$((number + 1))
	fall a "$program"
	records json "$number"
	expect is json "$number" victim.exe "$PROGS/stacks/$program"
	expect_chain json "$number"
	expect unwound json "$number" cfi
done
end json

expect top json 1 'libc.so.*'
expect top json 2 'libc.so.*'
expect top json 3 chain_static '*memset*'
expect top json 4 chain_static_pie '*memset*'
