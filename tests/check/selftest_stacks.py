# SPDX-License-Identifier: GPL-2.0
"""Tests that the checker finds what is wrong with a user's or an interpreter's stack. Run by selftest.py."""

import copy
import json

import records
import stacks

ID = "00112233445566778899aabbccddeeff00112233"


class Program:
    """In the place of a victim's file."""

    build_id = ID
    functions = {"grow": 0x1100, "handle": 0x1200, "serve": 0x1300, "main": 0x1400, "_start": 0x1500}

    @staticmethod
    def address_of(file_offset):
        return file_offset + 0x1000

    def function_at(self, address):
        for name, begin in self.functions.items():
            if begin <= address < begin + 0x100:
                return name, begin
        return None


class Sources(stacks.Sources):
    def __init__(self):
        self.texts = {
            "chain.c": ["void grow(void)", "\tmemset(); /* LINE:grow */", "", "", "",
                        "\tgrow(); /* LINE:handle */", "\thandle(); // LINE:serve",
                        "void main(void)", "void handle(void)"],
            "a.py": ["def f():", "    g()  # LINE:f", "", "f()  # LINE:module"],
        }


PROGRAMS = {"chain": Program()}
SOURCES = Sources()


def frame(symbol, into=None, line=None, inlined=False, module="/stacks/chain", file="chain.c"):
    """One of a function of the program; INTO: where it is inlined into."""
    begin = Program.functions.get(into or symbol)
    known = begin is not None and module == "/stacks/chain"
    return {
        "address": "0x%x" % (0x555555550000 + begin + 0x20) if known else "0x7fff00001234",
        "symbol": symbol, "offset": None if inlined else 0x20, "module": module,
        "file_offset": begin + 0x20 - 0x1000 if known else 0x4321,
        "build_id": ID if known else "ff" * 20, "file": line and "/src/stacks/" + file, "line": line,
        "inlined": inlined}


def library(symbol, module="/lib/libc.so.6"):
    return frame(symbol, module=module)


GOOD = [library("memset"), frame("grow", line=2), frame("reorder", into="handle", line=77, inlined=True),
        frame("handle", line=6), frame("serve", line=7), frame("main", line=8),
        library("__libc_start_main"), frame("_start")]
WORDS = ["grow@chain.c:LINE:grow", "reorder@chain.c:77!", "handle@chain.c:LINE:handle",
         "serve@chain.c:LINE:serve", "main@chain.c"]
CALLED_BACK = GOOD[:4] + [library("qsort"), library("msort")] + GOOD[4:]


def bare(function):
    """A function of a program that has no names."""
    return dict(frame(function), symbol=None, offset=Program.functions[function] + 0x20 - 0x1000)


BARE = [library(None)] + [bare(name) for name in ("grow", "handle", "_start")]


def problems(frames, words, truncated=False):
    frames = stacks.read(frames, PROGRAMS, SOURCES)
    words = [stacks.Word(word, SOURCES) for word in words]
    return stacks.check(frames, words, truncated) + stacks.consistency(frames)


def edited(at, **fields):
    frames = copy.deepcopy(GOOD)
    frames[at].update(fields)
    return frames


def right_ones():
    yield "as described", GOOD, WORDS
    yield "nothing above and nothing below", GOOD[1:6], WORDS
    yield "what is repeated", GOOD[:5] + [GOOD[4]] * 3 + GOOD[5:], WORDS[:3] + [
        WORDS[3] + "{4}", WORDS[4]]
    yield "at least so often", GOOD[:5] + [GOOD[4]] * 3 + GOOD[5:], WORDS[:3] + [
        WORDS[3] + "{2+}", WORDS[4]]
    yield "any libraries between", CALLED_BACK, WORDS[:3] + ["..."] + WORDS[3:]
    yield "no libraries between", GOOD, WORDS[:3] + ["..."] + WORDS[3:]
    yield "two libraries between", CALLED_BACK, WORDS[:3] + ["[libc*]{2}"] + WORDS[3:]
    yield "functions without names", BARE, ["+grow", "+handle"]
    yield "a name with blanks", [dict(GOOD[1], symbol="a b(int)")], ["a~b(int)"]
    yield "compiled at run time", [dict(library("jit a.js:1"), module=None)] + GOOD[4:], [
        "jit~a.js:1"] + WORDS[3:]


def wrong_ones():
    for at in range(1, 6):
        name = GOOD[at]["symbol"]
        yield "without " + name, GOOD[:at] + GOOD[at + 1:], WORDS
        yield name + " twice", GOOD[:at] + [GOOD[at]] + GOOD[at:], WORDS
        yield name + " has another name", edited(at, symbol="other"), WORDS
        yield name + " has no name", edited(at, symbol=None), WORDS
        yield name + " inlined or not", edited(at, inlined=not GOOD[at]["inlined"]), WORDS
        yield name + " in another file", edited(at, file="/src/stacks/a.py"), WORDS
        yield name + " in the file of a library", edited(at, file="/src/chain.c"), WORDS
        yield name + " in no file", edited(at, file=None), WORDS
        yield name + " has another build id", edited(at, build_id="00" * 20), WORDS
        yield name + " at another place of the file", edited(
            at, file_offset=GOOD[at]["file_offset"] + 16), WORDS
        yield name + " has no place in the file", edited(at, file_offset=None), WORDS
        yield name + " at another address", edited(at, address="0x555555550001"), WORDS
        if at < 5:
            yield name + " in another line", edited(at, line=1), WORDS
            yield name + " and the next change places", (
                GOOD[:at] + [GOOD[at + 1], GOOD[at]] + GOOD[at + 2:]), WORDS
        if not GOOD[at]["inlined"]:
            yield name + " has another offset", edited(at, offset=GOOD[at]["offset"] + 1), WORDS
    yield "a library between", CALLED_BACK, WORDS
    yield "two libraries, not one", CALLED_BACK, WORDS[:3] + ["[libc*]"] + WORDS[3:]
    yield "another library", CALLED_BACK, WORDS[:3] + ["[libm*]{2}"] + WORDS[3:]
    yield "the victim's own in the place of a library", GOOD, WORDS[:3] + ["[*]"] + WORDS[4:]
    yield "one behind the last", GOOD, WORDS[:-1]
    yield "too few repeated", GOOD, WORDS[:3] + [WORDS[3] + "{2+}", WORDS[4]]
    yield "too many repeated", GOOD[:5] + [GOOD[4]] * 3 + GOOD[5:], WORDS[:3] + [
        WORDS[3] + "{3}", WORDS[4]]
    yield "a beginning only", GOOD[:4], WORDS
    yield "nothing", [], WORDS
    yield "libraries alone", [GOOD[0], GOOD[-2]], WORDS
    yield "a name where none is expected", [library(None), frame("grow"), bare("handle")], [
        "+grow", "+handle"]
    yield "in another function, without names", [BARE[0], BARE[2], BARE[1]], ["+grow", "+handle"]
    yield "without names, at another place", [
        dict(BARE[1], offset=1), BARE[2]], ["+grow", "+handle"]


def record(**trigger):
    """A record with these, for the verbs that look at one field."""
    return {"type": "oom", "outcome": "killed", "trigger": dict(trigger, pid=1), "victim": {"pid": 2},
            "capture": {"missed": [], "hold": {"state": "acknowledged"}}}


def verb(case, verb_name, kill, *words):
    """What a verb finds in a record."""
    case.groups.clear()
    case.records["json"] = [kill]
    getattr(case, "expect_" + verb_name)("json", "1", *words)
    return [problem for group in case.groups.values() for problem in group]


def verb_tests(passes, fails, case):
    def unwound(method, truncated, *words):
        return verb(case, "unwound", record(user_stack_method=method, user_stack_truncated=truncated),
                    *words)

    passes("unwound: by cfi", unwound("cfi", False, "cfi"))
    passes("unwound: one of two ways", unwound("mixed", False, "cfi,mixed"))
    passes("unwound: truncated", unwound("cfi", True, "cfi", "truncated"))
    passes("unwound: whole or not", unwound("cfi", True, "cfi", "any"))
    fails("unwound: another way", unwound("frame_pointers", False, "cfi"))
    fails("unwound: in no way", unwound(None, None, "cfi"))
    fails("unwound: truncated, not whole", unwound("cfi", True, "cfi"))
    fails("unwound: whole, not truncated", unwound("cfi", False, "cfi", "truncated"))

    whole = record(user_stack=GOOD, user_stack_truncated=False)
    passes("top: the library", verb(case, "top", whole, "libc.so.*"))
    passes("top: its function", verb(case, "top", whole, "libc.so.6", "mem*"))
    fails("top: another library", verb(case, "top", whole, "libm.so.6"))
    fails("top: another function", verb(case, "top", whole, "libc.so.6", "str*"))
    passes("has: in order", verb(case, "has", whole, "trigger.user_stack", "memset", "serve"))
    fails("has: in another order", verb(case, "has", whole, "trigger.user_stack", "serve", "memset"))
    fails("has: one that is not there", verb(case, "has", whole, "trigger.user_stack", "other"))
    fails("frames: null", verb(case, "frames", record(user_stack=None), "trigger.user_stack", "grow"))


def language_frame(symbol, line):
    return dict.fromkeys(records.FRAME_FIELDS + ("file_offset",)) | {
        "symbol": symbol, "file": "/progs/stacks/a.py", "line": line, "inlined": False}


def language_tests(passes, fails, case, check_missed):
    frames = [language_frame("f", 2), language_frame("<module>", 4)]
    words = ["f@a.py:LINE:f", "<module>@a.py:LINE:module"]
    python = record(language="Python 3.11", language_stack=frames)
    threads = record(language=None, language_stack=[])
    threads["victim"] = {"pid": 2, "language": "Python 3.11", "language_stacks": [
        {"tid": 7, "frames": frames}, {"tid": 9, "frames": frames[1:]}]}

    passes("language: a stack", problems(frames, words))
    fails("language: another line", problems([dict(frames[0], line=1), frames[1]], words))
    fails("language: another function", problems([dict(frames[0], symbol="g"), frames[1]], words))
    passes("language: a record", records.check_languages(python))
    passes("language: threads", records.check_languages(threads))
    for number, name in (("0", "by place"), ("tid=7", "by number")):
        passes("language: a thread " + name, problems(
            stacks.lookup(threads, "victim.language_stacks.%s.frames" % number), words))
    fails("language: another thread", problems(
        stacks.lookup(threads, "victim.language_stacks.tid=9.frames"), words))
    fails("language: no such thread", verb(
        case, "frames", threads, "victim.language_stacks.tid=8.frames", *words))

    passes("language: the right one", verb(case, "language", python, "trigger", "Python", "3.11"))
    passes("language: the right one's none", verb(case, "language", threads, "trigger", "None"))
    fails("language: another version", verb(case, "language", python, "trigger", "Python", "3.1"))
    fails("language: none", verb(case, "language", threads, "trigger", "Python", "3.11"))
    fails("language: the victim's", verb(case, "language", threads, "victim", "Python", "3.12"))
    late = record(language=None, language_stack=None)
    fails("language: not read in time", verb(case, "language", late, "trigger", "Python", "3.11"))
    late["capture"] = {"missed": ["trigger.language_stack"], "hold": {"state": "timed_out"}}
    passes("language: nothing waited", verb(case, "language", late, "trigger", "Python", "3.11"))

    case_words = ["<module>@chain.c:4"]
    passes("language: some thread", verb(case, "thread", on_chain(threads), *case_words))
    fails("language: no thread", verb(case, "thread", on_chain(threads), "<module>@chain.c:5"))
    fails("language: no threads at all", verb(case, "thread", record(), *case_words))

    def with_frame(**fields):
        return record(language="Python 3.11", language_stack=[dict(frames[0], **fields)])

    for field, value in (("symbol", None), ("file", None), ("line", None), ("address", "0x1"),
                         ("module", "python3"), ("offset", 1), ("build_id", ID), ("inlined", None)):
        fails("language: a frame with %s %r" % (field, value),
              records.check_languages(with_frame(**{field: value})))
    for what, kill in (("a stack of none", record(language=None, language_stack=frames)),
                       ("no stack of one", record(language="Python 3.11", language_stack=[])),
                       ("no version", record(language="Python", language_stack=frames)),
                       ("another name", record(language="python", language_stack=frames))):
        fails("language: " + what, records.check_languages(kill))
    without = copy.deepcopy(threads)
    for thread in without["victim"]["language_stacks"]:
        thread["tid"] = None
    fails("language: threads without numbers", records.check_languages(without))
    without["victim"]["language"] = "Python 3.10"
    passes("language: threads without numbers, before 3.11", records.check_languages(without))
    for what, thread in (("no number", {"frames": frames}), ("no frames", {"tid": 1, "frames": []}),
                         ("a number twice", {"tid": 7, "frames": frames})):
        wrong = copy.deepcopy(threads)
        wrong["victim"]["language_stacks"].append(thread)
        fails("language: a thread with " + what, records.check_languages(wrong))

    for name in ("Python", "Python 3.11"):
        passes("language: %s, not read" % name, records.check_languages(
            record(language=name, language_stack=None)))
    one = record(language="Python 3.11", language_stack=frames)
    one["victim"] = {"pid": 1, "language": "Python 3.11", "language_stacks": []}
    passes("language: one process", records.check_languages(one))
    for field, value in (("language", None), ("language_stacks", [{"tid": 1, "frames": frames}])):
        wrong = copy.deepcopy(one)
        wrong["victim"][field] = value
        fails("language: one process, but for its " + field, records.check_languages(wrong))

    for path in records.LANGUAGE_STACKS:
        for hold, tier, judged in (("acknowledged", "fentry", fails), ("timed_out", "fentry", passes),
                                   ("off", "kprobe", passes), (None, "tracepoint", passes)):
            judged("%s is null, %s, hold %s" % (path, tier, hold), check_missed(path, tier, hold, True))
            fails("%s is null and not named, %s, hold %s" % (path, tier, hold),
                  check_missed(path, tier, hold, False))


def on_chain(threads):
    """The same, in a source that the checker really has."""
    return json.loads(json.dumps(threads).replace("a.py", "chain.c"))


def run(writer, case, check_missed):
    """CASE: one to call verbs of. CHECK_MISSED(path, tier, hold, named): what is wrong when a field is null."""

    def passes(what, found):
        writer.result("stacks: " + what, found)

    def fails(what, found):
        writer.result("stacks: " + what, [] if found else ["not found"])

    for what, frames, words in right_ones():
        passes(what, problems(frames, words))
    for what, frames, words in wrong_ones():
        fails(what, problems(frames, words))
    passes("a beginning, when it is truncated", problems(GOOD[:4], WORDS, True))
    fails("another beginning, when it is truncated", problems(GOOD[:3] + GOOD[4:5], WORDS, True))
    fails("more than all, when it is truncated", problems(GOOD, WORDS[:-1], True))
    for what, word in (("no such file", "f@b.c:LINE:f"), ("no such mark", "f@chain.c:LINE:f")):
        try:
            stacks.Word(word, SOURCES)
            writer.result("stacks: " + what, ["not found"])
        except (KeyError, ValueError):
            writer.result("stacks: " + what, [])
    verb_tests(passes, fails, case)
    language_tests(passes, fails, case, check_missed)
