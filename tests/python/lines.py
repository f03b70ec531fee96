# SPDX-License-Identifier: GPL-2.0
"""Line tables of this interpreter, and what it takes them for: tests/fixtures/python/VERSION.lines.

"C FIRST_LINE TABLE" begins a function; "START END LINE" follows for each piece of its code, 0 where
it has no line. The last piece ends where the code does.
"""
import dis
import sys

SOURCES = {
    "handlers": """
def f(a, b):
    try:
        with a as c:
            for i in range(10):
                if i in (b,
                         c):
                    continue
                yield i
        raise ValueError
    except (
        KeyError
    ) as err:
        return err
    finally:
        print(
            b)


""",
    "far": "def f():\n g()\n" + "\n" * 300 + " g()\n" + "\n" * 40000 + " g()\n x = 1\n" +
           "\n" * 126 + " g(\n" + "\n" * 127 + "g(),\n" + "\n" * 128 + "1)\n",
    "long": "def f(x):\n return (" + "+".join("x" for _ in range(150)) + " +\n len(g()) + " +
            "+".join("x" for _ in range(150)) + ")\n",
    "coroutine": "async def f(x):\n async with x:\n  async for y in x:\n   await y(\n 1)\n"
                 " return [\n z async for z in x\n if await z]\n",
    "cells": "def f(x, y):\n def g():\n  return x(\n y)\n return (lambda: g) if x else\\\n y\n",
    "class": "class f:\n 'text'\n a: int = 1\n\n def b(self):\n  return super().b\n",
}


def functions(code):
    for const in code.co_consts:
        if hasattr(const, "co_code"):
            yield const
            yield from functions(const)


def pieces(code):
    if hasattr(code, "co_lines"):
        return [(start, end, line or 0) for start, end, line in code.co_lines() if start < end]
    starts = list(dis.findlinestarts(code)) + [(len(code.co_code), None)]
    return [(start, end, line) for (start, line), (end, _) in zip(starts, starts[1:])]


def main():
    for name, source in SOURCES.items():
        for code in functions(compile(source, name, "exec")):
            table = code.co_linetable if hasattr(code, "co_lines") else code.co_lnotab
            print("C", code.co_firstlineno, table.hex())
            for piece in pieces(code):
                print(*piece)


if __name__ == "__main__":
    sys.exit(main())
