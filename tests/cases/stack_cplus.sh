#: environments host guest
#: cgroups v1 v2
#: tiers each
#: needs memcg
# C++: names as they were written, with their parameters; templates, a lambda, a namespace without a name; and on
# top of them the libraries that the memory came from.
. "$CASES/lib.sh"

cg a 32M
trace json json --hold 200
fall a cplus
records json 1
end json

lambda='shop::open(unsigned~long)::{lambda(unsigned~long)#1}'
expect has json 1 trigger.user_stack '[libc.so.*]' 'operator~new(unsigned~long)' \
	'shop::Shelf<shop::Item>::stock(unsigned~long)'
expect top json 1 'libc.so.*'
expect frames json 1 trigger.user_stack \
	'shop::Shelf<shop::Item>::stock(unsigned~long)@cplus.cpp:LINE:stock' \
	'void~shop::repeated<3>(shop::Shelf<shop::Item>&,~unsigned~long)@cplus.cpp:LINE:repeated!' \
	"$lambda::operator()(unsigned~long)~const@cplus.cpp:LINE:lambda" \
	"void~shop::guarded<$lambda>($lambda&,~unsigned~long)@cplus.cpp:LINE:guarded" \
	'shop::open(unsigned~long)@cplus.cpp:LINE:open' \
	'(anonymous~namespace)::run(int)@cplus.cpp:LINE:run' main@cplus.cpp:LINE:main
expect unwound json 1 cfi
