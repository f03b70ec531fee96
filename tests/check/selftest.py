#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests the checker itself: a good run passes, and whatever is made wrong in it is found. Prints TAP."""

import sys

sys.dont_write_bytecode = True

import copy
import json
import os
import shutil
import tempfile

import check
import kernel_log
import records
import selftest_matrix
import selftest_stacks
import selftest_waits
import selftest_ways
import tap

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLE = os.path.join(HERE, "sample")
CASE = "two_processes"


class Program:
    """In the place of the victim's file: functions where the sample's frames have them."""

    fixed_address = True

    def __init__(self, frames):
        self.build_id = frames[0]["build_id"]
        self.functions = {frame["symbol"]: (int(frame["address"], 16) - frame["offset"], 4096)
                          for frame in frames}


def load():
    with open(os.path.join(SAMPLE, CASE + ".fentry", "json.out"), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


GOOD = load()
FACTS = records.Facts(check.read(os.path.join(SAMPLE, "facts")).decode().split("\n"))
PROGRAMS = {"eat": Program(GOOD[1]["trigger"]["user_stack"])}


def judge(stream=None, edits=None, tier="fentry"):
    """The problems of the sample with another stream or other files."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, CASE)
        shutil.copytree(os.path.join(SAMPLE, CASE + ".fentry"), path)
        if stream is not None:
            with open(os.path.join(path, "json.out"), "w", encoding="utf-8") as file:
                for record in stream:
                    file.write(json.dumps(record, ensure_ascii=False) + "\n")
        for name, edit in (edits or {}).items():
            before = check.read(os.path.join(path, name), b"")
            with open(os.path.join(path, name), "wb") as file:
                file.write(edit(before))
        case = check.Case(path, CASE, tier, FACTS, PROGRAMS)
        case.judge()
        return [problem for problems in case.groups.values() for problem in problems]


def leaves(value, path=""):
    """The paths of all numbers, texts and truth values, those in lists left out."""
    for name, member in value.items():
        if isinstance(member, dict):
            yield from leaves(member, path + name + ".")
        elif isinstance(member, (int, str)):
            yield path + name


def change(record, path, value):
    """A copy with another value there; a function makes it of the old one."""
    record = copy.deepcopy(record)
    names = path.split(".")
    at = record
    for name in names[:-1]:
        at = at[int(name)] if isinstance(at, list) else at[name]
    name = int(names[-1]) if isinstance(at, list) else names[-1]
    if value is ABSENT:
        del at[name]
    else:
        at[name] = value(at[name]) if callable(value) else value
    return record


ABSENT = object()


def another(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        # Beyond what the kernel's own counters may differ by.
        return value + (1 << 24)
    return value + "x"


def known_fields(record):
    """Those of this record that the checker compares with something."""
    for path in leaves(record):
        # What a person may put there is not for the checker to know.
        if path.split(".")[0] in ("labels", "version", "options", "hooks", "missing", "reason"):
            continue
        found, kind = records.lookup(records.FIELDS, path)
        common = path.split(".")[0] in ("schema", "type", "run", "seq", "time", "monotonic_ns",
                                        "boot_id", "host")
        if common or found and not isinstance(kind, dict):
            yield path


def with_oom(record):
    return [GOOD[0], record] + GOOD[2:]


def renumbered(stream):
    stream = copy.deepcopy(stream)
    for number, record in enumerate(stream, 1):
        record["seq"] = number
    return stream


def main():
    writer = tap.Writer()

    def passes(what, problems):
        writer.result(what, problems)

    def fails(what, problems):
        writer.result(what, [] if problems else ["not found"])

    passes("a good run has no problems", judge())

    oom = GOOD[1]
    # Which of its threads asked stands in no line of the kernel's.
    unseen = {"trigger.tid"}
    for path in known_fields(oom):
        if path not in unseen:
            # Clocks may drift; a second is more than that.
            value = (lambda old: old + 10 ** 9) if path == "monotonic_ns" else another
            fails("%s is wrong" % path, judge(with_oom(change(oom, path, value))))
    for path, kind in sorted(types(records.FIELDS)):
        fails("%s is absent" % path, judge(with_oom(change(oom, path, ABSENT))))
        if kind is not list:
            fails("%s is of another type" % path, judge(with_oom(change(oom, path, [1]))))
        if path in records.LANGUAGES:
            continue
        fails("%s is null" % path, judge(with_oom(change(oom, path, None))))
        if path.startswith("capture"):
            continue
        named = change(change(oom, path, None), "capture.missed", [path])
        fails("%s is null and named, though it can be known" % path, judge(with_oom(named)))

    def missed(*names):
        return change(oom, "capture.missed", list(names))

    fails("a field that is there is named as missed", judge(with_oom(missed("victim.uid"))))
    fails("a group that is there is named as missed", judge(with_oom(missed("victim.score"))))

    blind = oom
    for path in records.UNKNOWN_TO_TRACEPOINTS:
        blind = change(blind, path, None)
    blind = change(blind, "capture.hook", "tracepoint")
    blind = change(blind, "capture.missed", list(records.UNKNOWN_TO_TRACEPOINTS))
    start = change(GOOD[0], "hooks", {"mark_victim": "tp_btf"})
    ready = {"json.err": lambda text: text.replace(b"fentry", b"tracepoint")}
    passes("the tracepoint tier may miss what it cannot know",
           judge([start, blind] + GOOD[2:], ready, "tracepoint"))
    for path in records.UNKNOWN_TO_TRACEPOINTS:
        names = [name for name in records.UNKNOWN_TO_TRACEPOINTS if name != path]
        fails("the tracepoint tier must name %s" % path, judge(
            [start, change(blind, "capture.missed", names)] + GOOD[2:], ready, "tracepoint"))
    fails("the tracepoint tier must know the victim", judge(
        [start, change(change(blind, "victim.ppid", None), "capture.missed",
                       list(records.UNKNOWN_TO_TRACEPOINTS) + ["victim.ppid"])] + GOOD[2:],
        ready, "tracepoint"))
    fails("another tier than asked for", judge(edits=ready, tier="tracepoint"))

    cut = change(oom, "victim.cgroup", "…/a")
    fails("a path is cut and not named", judge(with_oom(cut)))
    deep = b"/oomtrace-test/" + b"/".join([b"0123456789" * 4] * 20)
    tail = {"expect": lambda text: text + b"tail json 1 victim.cgroup " + deep + b"\n",
            "proc.%d.cgroup" % oom["victim"]["pid"]: lambda text: b"0::" + deep + b"\n"}
    end = "…/" + "/".join(deep.decode().split("/")[-5:])
    cut = change(change(oom, "victim.cgroup", end), "capture.missed", ["victim.cgroup"])
    passes("the end of a deep path, marked and named", judge(with_oom(cut), tail))
    for what, path in (("its beginning", "…/" + "/".join(deep.decode().split("/")[:5])),
                       ("an end without the mark", end[3:]),
                       ("a part of a component", "…/" + end[5:])):
        wrong = change(change(oom, "victim.cgroup", path), "capture.missed", ["victim.cgroup"])
        fails("of a deep path: " + what, judge(with_oom(wrong), tail))

    cut = change(oom, "trigger.user_stack_truncated", True)
    passes("a stack is cut, and named", judge(with_oom(change(cut, "capture.missed", ["trigger.user_stack"]))))
    for stack in ("trigger.kernel_stack", "trigger.user_stack", "victim.kernel_stack"):
        fails("%s is empty" % stack, judge(with_oom(change(oom, stack, []))))
        for field in records.FRAME_FIELDS:
            fails("%s: a frame without %s" % (stack, field),
                  judge(with_oom(change(oom, "%s.0.%s" % (stack, field), ABSENT))))
    for field in ("symbol", "offset", "module", "build_id"):
        for frame in range(4):
            path = "trigger.user_stack.%d.%s" % (frame, field)
            fails("%s is wrong" % path, judge(with_oom(change(
                oom, path, lambda old: old + (5000 if isinstance(old, int) else "x")))))
            fails("%s is null" % path, judge(with_oom(change(oom, path, None))))
    for field in ("symbol", "offset"):
        path = "trigger.kernel_stack.3." + field
        fails("%s is wrong" % path, judge(with_oom(change(oom, path, another))))
    for name, value in (("considered", 0), ("top", []), ("top.0.points_pages", another),
                        ("top.0.rss_bytes", lambda old: old + (1 << 20)),
                        ("top.1.pgtables_bytes", 0), ("top.1.oom_score_adj", 5),
                        ("top.0.verdict", "eligible"), ("top.1.verdict", "chosen"),
                        ("top.1.verdict", "unkillable"), ("top.1.pid", 4), ("top.0.comm", "x"),
                        ("top", lambda old: old[::-1]), ("top", lambda old: old[:1])):
        fails("candidates.%s is wrong" % name, judge(with_oom(change(
            oom, "candidates." + name, value))))
    # The second has a page table more than the kernel's table says.
    grown = change(change(oom, "candidates.top.1.pgtables_bytes", lambda size: size + records.PAGE),
                   "candidates.top.1.points_pages", lambda points: points + 1)
    pid = grown["candidates"]["top"][1]["pid"]
    fails("another has grown", judge(with_oom(grown)))
    passes("the tracer has grown", judge([change(GOOD[0], "pid", pid), grown] + GOOD[2:]))
    fails("the tracer's points are wrong", judge([change(GOOD[0], "pid", pid), change(
        grown, "candidates.top.1.points_pages", lambda points: points + 1)] + GOOD[2:]))
    fails("a frame of the tracing", judge(with_oom(change(
        oom, "trigger.kernel_stack", lambda frames: [dict(
            frames[0], symbol="bpf_prog_0123456789abcdef_fentry_out_of_memory",
            module="[bpf]")] + frames))))
    fails("a frame at address 0", judge(with_oom(change(
        oom, "trigger.user_stack.4.address", "0x0"))))
    fails("the order of frames", judge(with_oom(change(
        oom, "trigger.user_stack", lambda frames: frames[::-1]))))

    fails("no records", judge([]))
    fails("no start", judge(renumbered(GOOD[1:])))
    fails("no stop", judge(GOOD[:3]))
    fails("no stats", judge(renumbered(GOOD[:2] + GOOD[3:])))
    fails("no oom", judge(renumbered([GOOD[0]] + GOOD[2:])))
    fails("an oom twice", judge(renumbered([GOOD[0], oom, oom] + GOOD[2:])))
    second = change(change(oom, "incident", 2), "victim.pid", 1)
    fails("an oom that was none", judge(renumbered([GOOD[0], oom, second] + GOOD[2:])))
    fails("a lost record", judge(renumbered(
        [GOOD[0], oom, dict(GOOD[3], type="lost", count=1, where="ring")] + GOOD[2:])))
    fails("a gap in seq", judge([GOOD[0], oom, GOOD[2], change(GOOD[3], "seq", 5)]))
    fails("a run changes", judge([GOOD[0], oom, GOOD[2], change(
        GOOD[3], "run", "00000000-0000-0000-0000-000000000000")]))
    fails("labels nobody gave", judge(with_oom(dict(oom, labels={"a": "b"}))))
    for name, edit in (
            ("half a line", lambda text: text[:-10]),
            ("not JSON", lambda text: text.replace(b'{"schema"', b'{schema', 1)),
            ("a field twice", lambda text: text.replace(b'{"schema"', b'{"seq":1,"schema"', 1)),
            ("not UTF-8", lambda text: text.replace(b"eat", b"e\xfft", 1)),
            ("text among the records", lambda text: text + b"done\n")):
        fails("the stream: " + name, judge(edits={"json.out": edit}))
    for name, edit in (
            ("said more than that it is ready", lambda text: text + b"libbpf: something\n"),
            ("never said that it is ready", lambda text: b"")):
        fails(name, judge(edits={"json.err": edit}))
    fails("the exit status", judge(edits={"json.status": lambda text: b"1\n"}))
    fails("the case failed", judge(edits={"rc": lambda text: b"1\n"}))
    fails("the case took too long", judge(edits={"rc": lambda text: b"124\n"}))
    fails("an assertion of the case", judge(edits={"asserts": lambda text: b"not so\n"}))
    fails("an expectation nobody knows", judge(edits={"expect": lambda text: text + b"hope 1\n"}))
    fails("no kernel log", judge(edits={"kernel.log": lambda text: b""}))

    # The kernel's own lines, number by number.
    log = check.read(os.path.join(SAMPLE, CASE + ".fentry", "kernel.log"))
    for before, after in (
            (b"eat invoked", b"cat invoked"), (b"gfp_mask=0xcc0", b"gfp_mask=0xcc1"),
            (b"(GFP_KERNEL)", b"(GFP_NOFS)"), (b"order=0", b"order=1"),
            (b"order=0, oom_score_adj=0", b"order=0, oom_score_adj=1"),
            (b"CONSTRAINT_MEMCG", b"CONSTRAINT_NONE"), (b"oom_memcg=/", b"oom_memcg=/x"),
            (b"task_memcg=/", b"task_memcg=/x"), (b"task=eat", b"task=cat"), (b"uid=0", b"uid=7"),
            (b",pid=", b",pid=1"), (b"Killed process ", b"Killed process 1"), (b"(eat)", b"(cat)"),
            (b"total-vm:", b"total-vm:1"), (b"anon-rss:", b"anon-rss:1"),
            (b"file-rss:", b"file-rss:1000"), (b"shmem-rss:", b"shmem-rss:1000"), (b"UID:0", b"UID:7"),
            (b"pgtables:", b"pgtables:1"), (b"kB oom_score_adj:0", b"kB oom_score_adj:7"),
            (b"Memory cgroup out of memory:", b"Out of memory:"), (b"usage ", b"usage 1"),
            (b"limit ", b"limit 1"), (b"failcnt ", b"failcnt 1"), (b"swap: usage ", b"swap: usage 9"),
            (b"try_charge_memcg+", b"try_charge_memcg+1"), (b"charge_memcg", b"charge_memcgs")):
        if before not in log:
            writer.result("the sample's log has %s" % before.decode(), ["it has not"])
        fails("the log has %s" % after.decode(), judge(edits={
            "kernel.log": lambda text, before=before, after=after: text.replace(before, after)}))
    # A victim that runs meanwhile has other memory at each look, but is no other process.
    def contended(text):
        return text + b"contended json\n"

    for before, after, judged in ((b"anon-rss:", b"anon-rss:1", passes), (b"pgtables:", b"pgtables:1", passes),
                                  (b"total-vm:", b"total-vm:1", fails), (b",pid=", b",pid=1", fails),
                                  (b"limit ", b"limit 1", fails)):
        judged("contended, the log has %s" % after.decode(), judge(edits={
            "expect": contended,
            "kernel.log": lambda text, before=before, after=after: text.replace(before, after)}))
    row = kernel_log.parse(log)[0]
    rows = [task for task in row.tasks if task.tgid == oom["victim"]["pid"]]
    passes("the victim's row is read", [] if len(rows) == 1 and rows[0].name == b"eat" else [
        "%d rows" % len(rows)])

    exit_tests(writer)
    stack_tests(writer)
    text_tests(writer)
    decode_tests(writer)
    ranking_tests(writer)
    selftest_matrix.run(writer, SAMPLE)
    runner_tests(writer)
    plan_tests(writer)
    writer.plan()
    return 1 if writer.failed else 0


def types(fields, path=""):
    for name, kind in fields.items():
        yield path + name, kind
        if isinstance(kind, dict):
            yield from types(kind, path + name + ".")


def exit_tests(writer):
    """Each of these is what a victim's end may not look like."""
    moment, pid = 100 * 10 ** 9, 42
    start = {"type": "start", "missing": []}
    oom = {"type": "oom", "outcome": "killed", "incident": 1, "monotonic_ns": moment,
           "victim": {"pid": pid}, "also_killed": [{"pid": 43}]}
    gone = {"type": "victim_exit", "incident": 1, "pid": pid, "comm": "eat", "reaped": False,
            "alive": False, "monotonic_ns": moment + 1000, "kill_to_exit_ns": 900,
            "kill_to_free_ns": 900}
    other = dict(gone, pid=43)
    alive = dict(gone, alive=True, kill_to_exit_ns=None, kill_to_free_ns=None, state="D",
                 kernel_stack=[], monotonic_ns=moment + records.PATIENCE_NS)
    stop = {"type": "stop", "monotonic_ns": moment + 3 * records.PATIENCE_NS}

    for what, stream in (
            ("all are gone", [start, oom, gone, other, stop]),
            ("one is alive", [start, oom, other, alive, stop]),
            ("the stop came first", [start, oom, dict(stop, monotonic_ns=moment)]),
            ("nobody tells", [dict(start, missing=[{"feature": "victim_exit"}]), oom, stop])):
        writer.result("victims: " + what, records.check_exits(stream))
    for what, bad in (
            ("absent", []),
            ("twice", [gone, gone]),
            ("of another incident", [gone, dict(gone, incident=2)]),
            ("of another process", [gone, dict(gone, pid=44)]),
            ("without a field", [{name: gone[name] for name in gone if name != "reaped"}]),
            ("before the kill", [dict(gone, kill_to_exit_ns=10 ** 9)]),
            ("a negative time", [dict(gone, kill_to_exit_ns=-1)]),
            ("free after the end", [dict(gone, kill_to_free_ns=901)]),
            ("gone and alive", [dict(gone, alive=True)]),
            ("given up too early", [dict(alive, monotonic_ns=moment + 1000)]),
            ("a dead state", [dict(alive, state="Z")]),
            ("no state", [dict(alive, state=None)]),
            ("a strange stack", [dict(alive, kernel_stack=[{}])])):
        found = records.check_exits([start, oom, other] + bad + [stop])
        writer.result("victims: %s is found" % what, [] if found else ["not found"])


def stack_tests(writer):
    def check_missed(path, tier, hold, named):
        record = change(GOOD[1], path, None)
        record["capture"] = dict(record["capture"], hook=tier, missed=[path] if named else [])
        if hold:
            record["capture"]["hold"] = {"state": hold}
        return records.check_missed(record, tier)

    selftest_stacks.run(writer, check.Case(SAMPLE, CASE, "fentry", FACTS, selftest_stacks.PROGRAMS),
                        check_missed)
    selftest_waits.run(writer)
    selftest_ways.run(writer)


def text_tests(writer):
    row = "x" * 80 + "\n"
    for what, text, good in (
            ("23 rows and an empty one", row * 23 + "\n", True),
            ("24 rows and an empty one", row * 24 + "\n", False),
            ("two reports", (row * 23 + "\n") * 2, True),
            ("81 columns", "x" * 81 + "\n", False),
            ("81 columns by wide characters", "x" * 79 + "漢\n", False),
            ("an escape sequence", "\x1b[31m\n", False),
            ("a tab", "a\tb\n", False),
            ("a control character of two bytes", "\x9b31m\n", False),
            ("text that changes its direction", "\u202eabc\n", False),
            ("no newline at the end", "abc", False)):
        problems = check.check_text(text.encode())
        writer.result("a report: " + what,
                      problems if good else [] if problems else ["not found"])
    writer.result("a report: not UTF-8", [] if check.check_text(b"\xff\n") else ["not found"])


def decode_tests(writer):
    for raw, text in ((b"eat", "eat"), (b"a\xffb", "a\ufffdb"), (b"\xe2\x82", "\ufffd\ufffd"),
                      (b"\xe2\x82(", "\ufffd\ufffd("), ("€".encode(), "€"), (b"\n", "\n")):
        got = records.decode(raw)
        writer.result("text of %r" % raw, [] if got == text else ["%r" % got])
    log = b"4,1,1,-;a\\x0ab\\x5cx41 invoked oom-killer: gfp_mask=0x1(A|B), order=-1, " \
          b"oom_score_adj=-7\n4,2,2,c; tail\n"
    got = kernel_log.parse(log.replace(b"4,2,2,c; tail\n", b""))[0]
    writer.result("a name with a line break and a backslash in the log", [] if (
        got.comm, got.order, got.oom_score_adj, got.gfp_flags) == (
            b"a\nb\\x41", -1, -7, "A|B") else [repr(got.comm)])
    writer.result("a text printed in parts", [] if kernel_log.texts(log)[0].endswith(b"-7 tail")
                  else ["not joined"])


def ranking_tests(writer):
    log = kernel_log.parse(check.read(os.path.join(SAMPLE, CASE + ".fentry", "kernel.log")))[0]
    total = log.memory[1] // 4

    def entry(task, verdict):
        return {"pid": task.tgid, "comm": "eat", "cgroup": None, "swap_bytes": task.swapents * 4096,
                "points_pages": task.rss + task.swapents + task.pgtables_bytes // 4096,
                "rss_bytes": task.rss * 4096, "pgtables_bytes": task.pgtables_bytes,
                "oom_score_adj": 0, "verdict": verdict, "first_limit": None}

    good = {name: GOOD[0][name] for name in ("schema", "run", "seq", "time", "monotonic_ns",
                                             "boot_id", "host")}
    good.update({
        "type": "rank", "scope": "memcg", "cgroup": "/a", "total_pages": total, "action": "kills",
        "kills_group": None, "also_killed": [], "limit": {}, "system": {}, "missed": [],
        "candidates": {"considered": 2, "unreadable": 0, "tolerance_pages": 64, "close": 0,
                       "top": [entry(log.tasks[0], "chosen"), entry(log.tasks[1], "eligible")]}})

    def problems(record, changing=()):
        return records.check_ranking(record, log, FACTS, set(changing))

    writer.result("a good ranking", problems(good))
    for path, value in (("total_pages", total + 1), ("type", "oom"), ("missed", ["system"]),
                        ("action", ABSENT), ("candidates.close", "1"),
                        ("candidates.top.0.pid", 1), ("candidates.top.0.verdict", "eligible"),
                        ("candidates.top.0.rss_bytes", 0), ("candidates.top.0.pgtables_bytes", 0),
                        ("candidates.top.0.points_pages", 10 ** 6),
                        ("candidates.top.1.points_pages", 10 ** 6),
                        ("candidates.top.1.oom_score_adj", 1),
                        ("candidates.top.1.verdict", "chosen")):
        writer.result("a ranking: %s" % path,
                      [] if problems(change(good, path, value)) else ["not found"])
    writer.result("a ranking of processes that change", [] if problems(good, [
        task.tgid for task in log.tasks]) else ["not found"])
    other = change(good, "candidates.top.1.rss_bytes", 0)
    writer.result("a ranking, one of them changed", problems(other, [log.tasks[1].tgid]))


class FakeHeader:
    """What a case says about itself that runs in a guest, in both tiers."""

    def __init__(self, name, **values):
        self.name = name
        self.values = dict({"environments": ["guest"], "cgroups": ["v2"], "tiers": ["each"]}, **values)

    def get(self, key):
        return self.values.get(key, [])


def plan_tests(writer):
    """A case must run in each tier of the kernels it is for, unless others were named."""
    headers = [FakeHeader("one", set=["main"]), FakeHeader("two"),
               FakeHeader("three", set=["main", "best"])]

    def expect(what, only, cases, *names, best=()):
        facts = records.Facts(["where guest", "wanted_cgroup v2", "only " + only])
        got = list(check.plan(headers, facts, ["fentry", "kprobe"], cases))
        wanted = [(name, tier) for name in names for tier in ("fentry", "kprobe")]
        wanted += [(name, "fentry") for name in best]
        writer.result("the plan: " + what, [] if got == wanted else [repr(got)])

    expect("all cases", "", "all", "one", "two", "three")
    expect("the main ones", "", "main", "one", best=["three"])
    expect("those that were named", "two three", "main", "two", "three")
    with tempfile.NamedTemporaryFile("w") as table:
        table.write("# a b c d e\nguest 6.12.*-rt-* fentry main a,b\nguest 6.* kprobe all c\n")
        table.flush()
        for release, row in (("6.12.1-rt-amd64", ("fentry", "main", ["a", "b"])),
                             ("6.12.1-amd64", ("kprobe", "all", ["c"])),
                             ("7.0.1-amd64", ("any", "all", []))):
            got = check.kernel_row(table.name, "guest", release)
            writer.result("the row of %s" % release, [] if got == row else [repr(got)])


def runner_tests(writer):
    for what, lines, status, counts in (
            ("all kinds", ["1..3", "ok 1 - a", "not ok 2 - b", "# why", "ok 3 - c # SKIP no d"], 1,
             (1, 1, 1)),
            ("two plans", ["1..1", "ok 1 - a", "1..1", "ok 1 - b"], 0, (2, 0, 0)),
            ("no plan", ["ok 1 - a"], 0, (1, 1, 0)),
            ("fewer than planned", ["1..2", "ok 1 - a"], 0, (1, 1, 0)),
            ("a crash after the last test", ["1..1", "ok 1 - a"], 134, (1, 1, 0)),
            ("nothing at all", [], 0, (0, 1, 0))):
        reader = tap.Reader()
        for line in lines:
            reader.feed(line)
        reader.end("it", status)
        got = (reader.passed, reader.failed, reader.skipped)
        writer.result("the runner counts: " + what, [] if got == counts else [repr(got)])


if __name__ == "__main__":
    sys.exit(main())
