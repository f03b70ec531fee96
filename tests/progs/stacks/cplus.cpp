// SPDX-License-Identifier: GPL-2.0
/* Templates, lambdas, namespaces, and memory that std::vector asks operator new for. */
#include "victim.h"

#include <malloc.h>
#include <stdexcept>
#include <vector>

namespace shop
{

struct Item {
	long price;
	long count;
};

template <typename T> class Shelf
{
      public:
	STANDS_IN_STACKS void stock(std::size_t count);

      private:
	std::vector<T> items_;
};

template <typename T> void Shelf<T>::stock(std::size_t count)
{
	items_.reserve(count); /* LINE:stock */
	NO_TAIL_CALL();
}

/* The memory is asked for with a frame that knows how to unwind through it. */
template <typename Action> STANDS_IN_STACKS void guarded(Action &action, std::size_t count) noexcept
{
	try {
		action(count); /* LINE:guarded */
	} catch (const std::length_error &) {
		std::abort();
	}
	NO_TAIL_CALL();
}

template <int Times> ALWAYS_INLINED void repeated(Shelf<Item> &shelf, std::size_t count)
{
	for (int i = 0; i < Times; i++)
		shelf.stock(count); /* LINE:repeated */
	NO_TAIL_CALL();
}

STANDS_IN_STACKS void open(std::size_t bytes)
{
	Shelf<Item> shelf;
	auto fill = [&shelf](std::size_t count) STANDS_IN_STACKS {
		repeated<3>(shelf, count); /* LINE:lambda */
		NO_TAIL_CALL();
	};

	guarded(fill, bytes / sizeof(Item)); /* LINE:open */
	NO_TAIL_CALL();
}

} // namespace shop

namespace
{

STANDS_IN_STACKS int run(int argc)
{
	shop::open(MORE_THAN_ALLOWED); /* LINE:run */
	NO_TAIL_CALL();
	return argc;
}

} // namespace

int main(int argc, char **)
{
	/* malloc() itself touches what it gives away. */
	mallopt(M_PERTURB, 1);
	argc = run(argc); /* LINE:main */
	NO_TAIL_CALL();
	return argc;
}
