# SPDX-License-Identifier: GPL-2.0
"""Stops in many places, says each time where it is, and waits until it has been looked at.

For each stop it prints one block: "T PID TID PTHREAD" for each thread that stands still, "F LINE",
the file and the function for each of its frames, the innermost first, and at the end "." or, when
those are all threads there are, "A". A byte on standard input makes it go on.

    cases.py [CASE...]      default: all that end
"""
import asyncio
import os
import sys
import threading

OUT = 1


def field(text):
    return text.encode("utf-8", "surrogateescape").replace(b"\n", b"\\n")


def frames_of(frame):
    lines = []
    while frame:
        code = frame.f_code
        lines.append(b"F %d\n%s\n%s\n" % (frame.f_lineno or 0, field(code.co_filename),
                                          field(code.co_name)))
        frame = frame.f_back
    return b"".join(lines)


def thread_line(thread):
    return b"T %d %d %d\n" % (os.getpid(), thread.native_id, thread.ident)


def tell(frame):
    numbers = os.getpid(), threading.get_native_id(), threading.get_ident()
    os.write(OUT, b"T %d %d %d\n" % numbers + frames_of(frame) + b".\n")


def tell_all(frame):
    frames = sys._current_frames()
    frames[threading.get_ident()] = frame
    os.write(OUT, b"".join(thread_line(thread) + frames_of(frames[thread.ident])
                           for thread in threading.enumerate()) + b"A\n")


def stop(*_args, **_kwargs):
    # One line, so that what is told is where it waits.
    return tell(sys._getframe()) or os.read(0, 1)


def stop_all():
    return tell_all(sys._getframe()) or os.read(0, 1)


def nested():
    def outer(depth):
        def inner():
            return [
                depth,
                stop(),
            ]
        return inner()
    outer(1)


def recursion(depth=40):
    if depth:
        return recursion(
            depth - 1)
    return stop()


def deep():
    """Deeper than what is captured."""
    recursion(300)


def lambdas():
    (lambda: stop())()
    (lambda f:
     f(
         1))(
             stop)
    list(map(lambda x: stop(x), [1]))
    sorted([2, 1], key=lambda x: x if x == 1 else (stop(), x)[1])


def class_body():
    class Body:
        here = 1
        there = stop()

        def method(self):
            return stop()

        @property
        def prop(self):
            return stop()

        @staticmethod
        def static():
            return stop()

        @classmethod
        def clazz(cls):
            return stop()

        def __getattr__(self, name):
            return stop()

        def __enter__(self):
            return stop()

        def __exit__(self, *exc):
            return stop()

        def __add__(self, other):
            return stop()

        def __len__(self):
            stop()
            return 1

        def __call__(self):
            return stop()

        def __del__(self):
            stop()

    body = Body()
    body.method()
    body.prop
    body.static()
    Body.clazz()
    body.nothing
    body + body
    len(body)
    body()
    with body:
        pass
    del body


def comprehensions():
    [
        stop()
        for x in (1,)
        if x
    ]
    {x: stop()
     for x in (1,)}
    {stop() for x in (1,)}
    list(
        stop()
        for x in (1, 2))
    [[stop()
      for y in (1,)]
     for x in (1,)]


def generators():
    def leaf():
        yield 1
        stop()
        got = yield 2
        stop(got)

    def middle():
        yield from leaf()

    def top():
        for x in middle():
            yield (
                x)

    for _ in top():
        stop()
    generator = leaf()
    next(generator)
    next(generator)
    try:
        generator.send(1)
    except StopIteration:
        pass


def coroutines():
    async def leaf():
        await asyncio.sleep(0)
        stop()
        return 1

    async def agen():
        yield await leaf()
        stop()

    async def middle():
        async for _ in agen():
            stop()
        return [
            await leaf(),
            await asyncio.gather(
                leaf(),
                leaf(),
            )]

    asyncio.new_event_loop().run_until_complete(middle())


def handlers():
    try:
        try:
            stop()
            raise ValueError
        except ValueError:
            stop()
            raise KeyError
        finally:
            stop()
    except KeyError as err:
        stop(err)
    else:
        stop()
    for i in range(2):
        if i:
            stop()
            continue
        while True:
            stop()
            break
    return stop()


def expressions():
    values = [1, 2, 3]
    result = (values[0]
              + len(
                  values)
              + (stop() and
                 1)
              + 3)
    result = stop(
        1,
        result,
        *values,
        key=stop())
    return f"""
    {stop()}
    text
    {stop()
     }""" + str(result
                if stop()
                else 0)


def native():
    """Functions of C on top and in between."""
    import ctypes
    import functools

    callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda x: len(stop()))
    callback(1)
    functools.reduce(lambda a, b: stop(), [1, 2])
    functools.partial(stop, 1)()
    ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(callback)(1)


def compiled(source, file, **names):
    space = dict(names, stop=stop)
    exec(compile(source, file, "exec"), space)
    return space


def files():
    for file in ("<string>", "", "two words.py", "\xe9.py", "\u0438\u043c\u044f.py",
                 "\U0001f40d.py", "a\udcff\udc80b", "/" + "x" * 1023, "new\nline",
                 "\xff" * 1000, "<" + "\u4e00" * 1022 + ">", "/" + "y" * 2000):
        compiled("def f():\n stop()\nf()\n", file)


def names():
    for name in ("\xe9t\xe9", "\u0438\u043c\u044f", "\U00020000", "x" * 256):
        compiled("def %s():\n\n  stop()\n%s()" % (name, name), "names")


def far_lines():
    """Distances that take more than one entry of the tables."""
    for gap in (1, 126, 127, 128, 129, 254, 255, 256, 257, 300, 1000, 40000):
        compiled("def f():\n stop()\n" + "\n" * gap + " stop()\n" + " x = 1\n" * 90 +
                 " stop()\nf()", "far")
        # Backwards.
        compiled("def f():\n return (lambda *a: a)(" + "\n" * gap + "1, stop(\n) +" +
                 "\n" * gap + "stop())\nf()", "back")


def long_code():
    """Pieces of code that take more than one entry, and large tables."""
    for count in (10, 40, 100, 130, 700):
        terms = "+".join("x" for _ in range(count))
        compiled("def f(x):\n stop()\n return (" + terms + " +\n len(stop()) + " + terms +
                 ")\nf(1)", "long")
    compiled("def f(x):\n" + " x = x + 1\n" * 2000 + " stop()\nf(1)", "large")


def odd_code():
    if sys.version_info >= (3, 8):
        def f():
            return stop()
        f.__code__ = f.__code__.replace(co_firstlineno=1000000, co_name="")
        f()


def imported():
    """A file's top level and what is frozen."""
    import tempfile
    with tempfile.TemporaryDirectory() as directory:
        with open(os.path.join(directory, "oomtrace_module.py"), "w") as module:
            module.write("import __main__\n\n__main__.stop()\n")
        sys.path.insert(0, directory)
        import oomtrace_module  # noqa: F401
        sys.path.pop(0)


def traced():
    """With a trace function, other ways through the interpreter are taken."""
    old = sys.gettrace()
    sys.settrace(lambda *args: None)
    try:
        stop()
        nested()
    finally:
        sys.settrace(old)
    sys.setprofile(lambda *args: None)
    try:
        nested()
    finally:
        sys.setprofile(None)


def hot():
    """Specialized and, where there is one, optimized code."""
    def add(a, b):
        return a + b if a != 20000 else stop()

    def loop():
        total = 0
        for i in range(20001):
            total = add(
                i, 1)
        return total

    class Made:
        def __init__(self, number):
            self.number = add(number, 1)

    loop()
    for i in range(20001):
        Made(i)


def cells():
    def closure(a, b, *rest, **names):
        def inner():
            nonlocal a
            a = stop()
            return b, rest, names
        return inner
    closure(1, 2, 3, x=4)()


def forked():
    """A child is told apart by its own numbers."""
    pid = os.fork()
    if not pid:
        stop()
        os._exit(0)
    os.waitpid(pid, 0)


def signals():
    import signal

    def handler(_number, _frame):
        stop()
    signal.signal(signal.SIGUSR1, handler)
    os.kill(os.getpid(), signal.SIGUSR1)
    for _ in range(100000):
        pass
    signal.signal(signal.SIGUSR1, signal.SIG_DFL)


def threads():
    """One of several stops, and all of them do."""
    here, there = os.pipe(), os.pipe()

    def wait():
        return os.write(here[1], b"x") and os.read(there[0], 1)

    def other(depth):
        return other(depth - 1) if depth else [
            wait()]

    def start(function, *args):
        started.append(threading.Thread(target=function, args=args))
        started[-1].start()

    started = []
    for depth in (0, 3, 200):
        start(other, depth)
        os.read(here[0], 1)
    start(nested)
    started[-1].join()
    stop_all()
    for _ in range(17):
        start(other, 1)
        os.read(here[0], 1)
    stop()
    os.write(there[1], b"x" * 20)
    for thread in started:
        thread.join()
    stop_all()


def interpreters():
    """One that was entered from another."""
    for name in ("_interpreters", "_xxsubinterpreters"):
        try:
            module = __import__(name)
        except ImportError:
            continue
        if not hasattr(module, "create"):
            continue
        interpreter = module.create()
        with open(os.path.abspath(__file__)) as file:
            source = file.read()
        module.run_string(interpreter, "__name__ = 'sub'\n" + source + "\nnested()\n")
        module.destroy(interpreter)
        return


def busy():
    """Holds the interpreter's lock, for good."""
    tell(sys._getframe())
    while True:
        pass


def sample():
    """Some of everything, which is recorded."""
    space = compiled("class \xe9t\xe9:\n def \u0438\u043c\u044f(self, stop):\n  x = 1\n"
                     "  return stop(\n   x)\n", "/srv/\U0001f40d/\u0438\u043c\u044f.py")

    def generator():
        yield sorted([1], key=lambda x: getattr(
            space["\xe9t\xe9"](), "\u0438\u043c\u044f")(stop))

    async def coroutine(depth):
        if depth:
            return await coroutine(
                depth - 1)
        return [y for x in (1,)
                for y in generator()]

    class Body:
        try:
            coroutine(3).send(None)
        except StopIteration:
            pass


CASES = [nested, recursion, deep, lambdas, class_body, comprehensions, generators, coroutines,
         handlers, expressions, native, files, names, far_lines, long_code, odd_code, imported,
         traced, hot, cells, forked, signals, threads, interpreters, sample]


def main(wanted):
    for name in wanted:
        globals()[name]()
    if not wanted:
        for case in CASES:
            case()


if __name__ == "__main__":
    main(sys.argv[1:])
