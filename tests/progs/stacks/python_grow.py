# SPDX-License-Identifier: GPL-2.0
"""Asks for more memory than it may have, in a way of Python's that its argument names.

The lines that the checker expects are found by the comments LINE:NAME. Runs with CPython 3.8 and later.
"""

import sys

MORE_THAN_ALLOWED = 256 << 20


def grow(size):
    return len(b"x" * size)  # LINE:grow


def nested(size):
    """Functions in functions, one without a name, and one with letters of its own."""

    def größe(count):
        parts = (grow(part) for part in (count, 1))  # LINE:genexpr
        return sum(parts)  # LINE:größe

    def call(function, argument):
        return function(  # LINE:call
            argument, lambda count: größe(count))  # LINE:lambda

    def apply(argument, function):
        return function(argument)  # LINE:apply

    return call(apply, size)  # LINE:nested


def produce(size):
    yield 1
    yield grow(size)  # LINE:produce


def delegate(size):
    yield from produce(size)  # LINE:delegate


def generator(size):
    return sum(delegate(size))  # LINE:generator


async def fetch(size):
    return grow(size)  # LINE:fetch


async def gather(size):
    return await fetch(size)  # LINE:gather


def coroutine(size):
    return gather(size).send(None)  # LINE:coroutine


class Shelf:
    """Methods, and what runs while a class comes to be."""

    def stock(self, size):
        class Register:
            items = grow(size)  # LINE:Register

        return Register

    @classmethod
    def make(cls, size):
        return cls().stock(size)  # LINE:make

    @property
    def full(self):
        return self.make(MORE_THAN_ALLOWED)  # LINE:full


def methods(_):
    return Shelf().full  # LINE:methods


def listed(_):
    """The memory is asked for in C, by whatever a list with its members needs next."""
    items = []
    while True:
        items.append(bytearray(4000))  # LINE:listed


def sorting(size):
    """A function that C calls back."""

    def key(count):
        return grow(count)  # LINE:key

    return sorted([size, size], key=key)  # LINE:sorting


def descend(levels, size):
    if levels:
        return descend(levels - 1, size)  # LINE:descend
    return grow(size)  # LINE:bottom


def deep(size):
    return descend(60, size)  # LINE:deep


def threads(size):
    """Three threads, of which one asks."""
    import threading

    never = threading.Lock()
    never.acquire()
    for target, args in ((never.acquire, ()), (work, (size,)), (never.acquire, ())):
        threading.Thread(target=target, args=args).start()
    never.acquire()


def work(size):
    grow(size)  # LINE:work


def main():
    globals()[sys.argv[1]](MORE_THAN_ALLOWED)  # LINE:main


main()  # LINE:module
