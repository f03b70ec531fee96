# SPDX-License-Identifier: GPL-2.0
"""Tests of matrix.py: a good run is equal everywhere, and whatever differs is found."""

import contextlib
import io
import json
import os
import shutil
import tempfile

import check
import matrix

CASE = "two_processes.fentry"


def judge(sample, edits):
    """(cells compared, problems, text) of the sample with other files: EDITS has functions by name, which make a
    file's bytes of what they were.
    """
    with tempfile.TemporaryDirectory() as out:
        shutil.copytree(sample, out, dirs_exist_ok=True)
        for name, edit in edits.items():
            path = os.path.join(out, CASE, name)
            before = check.read(path, b"")
            with open(path, "wb") as file:
                file.write(edit(before))
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            compared, problems = matrix.table(out)
        return compared, problems, text.getvalue()


def with_victim(change):
    """An edit of the stream: CHANGE gets the record of the kill."""

    def edit(data):
        stream = [json.loads(line) for line in data.decode().splitlines()]
        for record in stream:
            if record["type"] == "oom":
                change(record)
        return "".join(json.dumps(record) + "\n" for record in stream).encode()

    return edit


def run(writer, sample):
    def finds(what, edits):
        found = judge(sample, edits)[1]
        writer.result("the matrix: " + what, [] if found else ["not found"])

    compared, problems, text = judge(sample, {})
    writer.result("the matrix: a good run", problems)
    writer.result("the matrix: one cell is compared", [] if compared == 1 and "1 1 1 = 1" in text else [text])
    writer.result("the matrix: no hook", [] if "no hook" in text else [text])

    finds("a victim that is not reported", {"json.out": with_victim(lambda record: record.update(victim=None))})
    finds("another victim", {"json.out": with_victim(lambda record: record["victim"].update(pid=1))})
    finds("one too many", {"json.out": with_victim(lambda record: record.update(
        also_killed=[{"pid": 1, "reason": "oom_group"}]))})
    finds("one twice", {"json.out": with_victim(lambda record: record.update(
        also_killed=[{"pid": record["victim"]["pid"], "reason": "oom_group"}]))})
    finds("nothing reported", {"json.out": lambda data: data.split(b"\n")[0] + b"\n"})
    finds("one dead of whom the log has no word", {"dead": lambda data: data + b"2\n"})
    finds("a kill of which the log has no word", {"cgroup_kills": lambda data: b"2 a\n"})
    finds("no kill in the log", {"kernel.log": lambda data: b"", "dead": lambda data: b""})

    def vain(count, repeats):
        return {"invocations": lambda data: b"%d\n" % count, "json.out": lambda data: "".join(
            json.dumps(record) + "\n" for record in (
                {"type": "oom", "outcome": "no_victim"},
                {"type": "stats", "no_victim_repeats": repeats})).encode()}

    writer.result("the matrix: invocations in vain", judge(sample, vain(9, 8))[1])
    finds("invocations in vain, too few", vain(19, 8))
    finds("invocations in vain, too many", vain(8, 8))

    def waiting(count, told):
        return {"expect": lambda data: data + b"stuck_count json %d\n" % count, "json.out": lambda data: told * (
            json.dumps({"type": "oom", "outcome": "oom_disabled"}) + "\n").encode()}

    writer.result("the matrix: cgroups whose tasks wait", judge(sample, waiting(2, 2))[1])
    finds("cgroups whose tasks wait, one not reported", waiting(2, 1))
    finds("cgroups whose tasks wait, one twice", waiting(2, 3))
