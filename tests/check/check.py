#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Judges what the cases left behind and prints the result as TAP.

    check.py [--progs [MACHINE=]DIR]... [--cases DIR] OUT...

OUT is a directory that tests/cases/run filled; MACHINE is what "uname -m" says there, by default what it says
here. What had to be run follows from the headers of the cases and from tests/kernels: a case that did not run
has failed.
"""

import sys

sys.dont_write_bytecode = True

import argparse
import collections
import fnmatch
import json
import os
import re
import unicodedata

import elf
import kernel_log
import records
import stacks
import tap
import waits
import ways

HERE = os.path.dirname(os.path.abspath(__file__))
TIERS = ("fentry", "kprobe", "tracepoint")
ROWS, COLUMNS = 24, 80
SOURCES = stacks.Sources(os.path.join(HERE, "..", "progs", "stacks"))


def read(path, default=None):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        if default is None:
            raise
        return default


def words(path):
    return read(path, b"").decode(errors="replace").split()


class Header:
    """What a case says about itself."""

    def __init__(self, path):
        self.name = os.path.basename(path)[:-3]
        self.values = {}
        for line in read(path).decode().split("\n"):
            match = re.match(r"#: (\w+) *(.*)", line)
            if match:
                self.values[match.group(1)] = match.group(2).split()

    def get(self, key):
        return self.values.get(key, [])


def kernel_row(path, where, release):
    """(tiers, cases, lacks) that the table of kernels has for this one."""
    for line in read(path).decode().split("\n"):
        row = line.split()
        if len(row) == 5 and row[0] == where and fnmatch.fnmatchcase(release, row[1]):
            return row[2], row[3], row[4].split(",")
    return "any", "all", []


def plan(headers, facts, tiers, cases):
    """[(case, tier)] that had to be run; those that were named, or all or the main ones."""
    chosen = not facts.only.split() and cases != "all"
    only = facts.only.split()
    for header in headers:
        if only and header.name not in only:
            continue
        if chosen and cases not in header.get("set"):
            continue
        if facts.where not in header.get("environments"):
            continue
        if facts.wanted_cgroup not in header.get("cgroups"):
            continue
        kind = header.get("tiers")
        if chosen and "best" in header.get("set"):
            kind = ["best"]
        if kind == ["each"]:
            for tier in tiers:
                yield header.name, tier
        elif kind == ["best"]:
            yield header.name, tiers[0]
        elif kind == ["none"]:
            yield header.name, "none"
        else:
            raise ValueError("%s: tiers %s" % (header.name, kind))


def text_width(line):
    width = 0
    for char in line:
        if not unicodedata.combining(char):
            width += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return width


def check_text(data):
    """A report is one screen of plain text, with an empty line at its end."""
    problems = []
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return ["the report is not UTF-8: %s" % error]
    for char in sorted(set(text) - {"\n"}):
        if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp"):
            problems.append("the report has the control character %r" % char)
    lines = text.split("\n")
    if lines[-1]:
        problems.append("the last line has no newline")
    lines = lines[:-1]
    for report in "\n".join(lines).split("\n\n"):
        rows = len(report.strip("\n").split("\n")) + 1
        if rows > ROWS:
            problems.append("%d lines in one report" % rows)
    for line in lines:
        if text_width(line) > COLUMNS:
            problems.append("%d columns: %s" % (text_width(line), line))
    return problems


class Case:
    """One run of one case."""

    def __init__(self, directory, name, tier, facts, programs):
        self.directory = directory
        self.name = name
        self.tier = tier
        self.facts = facts
        self.programs = programs
        self.groups = collections.OrderedDict()
        self.streams = {}  # name -> kind
        self.records = {}  # name -> records
        self.expectations = []
        self.asked = set()  # names whose standard error has an expectation of its own
        self.log = []

    def path(self, name):
        return os.path.join(self.directory, name)

    def add(self, group, problems):
        self.groups.setdefault(group, []).extend(problems)

    def judge(self):
        self.add("the run", self.run_problems())
        try:
            self.log = kernel_log.parse(read(self.path("kernel.log"), b""))
        except ValueError as error:
            self.add("the run", ["kernel log: %r" % error])
        self.log = [log for log in self.log if not self.foreign(log.oom_memcg or log.task_memcg)]
        for line in read(self.path("expect"), b"").decode(errors="surrogateescape").split("\n"):
            if line:
                self.expectations.append(line.split(" "))
        if not self.expectations and not read(self.path("asserts"), b""):
            self.add("the run", ["it expected nothing"])
        for verb, *args in self.expectations:
            if verb == "stream":
                self.streams[args[0]] = args[1]
            elif verb.startswith("stderr"):
                self.asked.add(args[0])
        for name, kind in self.streams.items():
            if kind == "json":
                self.judge_stream(name)
            else:
                self.judge_text(name)
            self.judge_messages(name)
        for verb, *args in self.expectations:
            if any("malformed" in record for kills in self.records.values() for record in kills):
                break
            try:
                getattr(self, "expect_" + verb)(*args)
            except (AttributeError, TypeError, KeyError, IndexError, ValueError) as error:
                self.add("what the case expects", ["%s %s: %r" % (verb, " ".join(args), error)])

    def run_problems(self):
        problems = []
        status = read(self.path("rc"), b"nothing").decode().strip()
        if status != "0":
            problems.append("the case ended with %s%s" % (status, {
                "124": ": it took too long", "nothing": ": it never ended"}.get(status, "")))
        for line in read(self.path("asserts"), b"").decode(errors="replace").split("\n"):
            if line.startswith("not "):
                problems.append("not true: " + line[4:])
        if problems:
            tail = read(self.path("case.log"), b"").decode(errors="replace").strip().split("\n")
            problems += ["said: " + line for line in tail[-8:] if line]
            for name in sorted(os.listdir(self.directory)):
                if name.endswith(".err"):
                    lines = read(self.path(name)).decode(errors="replace").strip().split("\n")
                    problems += ["%s: %s" % (name, line) for line in lines[-4:] if line]
        return problems

    def has(self, verb, *args):
        return any(words[0] == verb and words[1:1 + len(args)] == list(args)
                   for words in self.expectations)

    def foreign(self, cgroup):
        """On a machine that is not ours alone others may run out of memory too."""
        if self.facts.where != "host" or not cgroup or not self.facts.cgroup_top:
            return False
        if isinstance(cgroup, bytes):
            cgroup = records.decode(cgroup)
        return not (cgroup + "/").startswith("/%s/" % self.facts.cgroup_top) and (
            not records.is_cut(cgroup))

    def of_outcome(self, name, outcome):
        return [record for record in self.records.get(name, [])
                if record.get("type") == "oom" and record.get("outcome") == outcome]

    def kills(self, name):
        return self.of_outcome(name, "killed")

    def judge_stream(self, name):
        got, problems = records.read_stream(read(self.path(name + ".out"), b""))
        self.records[name] = got
        labelled = any(words[:3] == ["is", name, "1"] and words[3].startswith("labels.")
                       for words in self.expectations)
        tier = self.tier
        self.add("records", problems + records.check_stream(got, self.facts, tier, labelled) +
                 waits.check_stream(got))

        others = [record for record in got if record.get("type") == "oom" and self.foreign(
            records.lookup(record, "victim.cgroup")[1] or records.lookup(record, "trigger.cgroup")[1])]
        got = [record for record in got if not any(record is other for other in others)]
        self.records[name] = got
        kills = self.kills(name)
        filtered = self.has("ooms", name)
        logged = [log for log in self.log if log.killed]
        in_vain = [log for log in self.log if not log.killed and log.skipped is None]
        if not filtered:
            vain = [record for record in got if record.get("outcome") == "no_victim"]
            told = len(vain) + sum(record.get("no_victim_repeats", 0) for record in got
                                   if record.get("type") == "stats")
            if tier in ("fentry", "kprobe") and told != len(in_vain):
                self.add("records", ["%s has %d invocations with nothing to kill, the kernel's log %d"
                                     % (name, len(vain), len(in_vain))])
            if len(kills) != len(logged):
                self.add("records", ["%s has %d kills, the kernel's log %d" %
                                     (name, len(kills), len(logged))])
            numbers = [record.get("incident") for record in got if record.get("type") == "oom"]
            if numbers != list(range(1, len(numbers) + 1)) and not others:
                self.add("records", ["incidents are numbered %s" % numbers])
        cut = {words[3] for words in self.expectations if words[:2] == ["tail", name]}
        for record in got:
            if record.get("type") != "oom":
                continue
            malformed = self.malformed(record)
            frames = self.stack_problems(record)
            if not malformed:
                frames += records.check_languages(record)
            self.add("stacks", frames)
            if malformed or frames:
                record["malformed"] = True
                self.add("records", malformed)
                continue
            if record.get("panic"):
                self.add("records", ["%s tells of a panic" % name])
            self.add("the arithmetic", records.check_arithmetic(record, self.facts,
                                                                self.has("contended", name)))
            if record.get("outcome") != "killed":
                self.add("nulls", records.check_missed(record, tier))
        for index, record in enumerate(kills):
            if "malformed" in record:
                continue
            log = self.matching(record, logged, index, filtered)
            settled = not log or records.is_settled(log, self.facts)
            self.add("nulls", records.check_missed(record, tier, settled,
                                                    self.has("contended", name)))
            if not log:
                self.add("the kernel's numbers", ["%s: no kill of %s in the kernel's log" % (
                    name, records.lookup(record, "victim.pid")[1])])
                continue
            self.add("the kernel's numbers",
                     records.check_against_log(record, log, self.facts, cut,
                                               self.has("contended", name)) +
                     self.snapshot_problems(record, cut))
            if not self.has("contended", name):
                self.add("candidates", records.check_candidates(record, log, self.facts, self.tracers()))
            if not self.has("unprivileged", name) and not self.callers_hidden(name):
                self.add("stacks", records.check_kernel_stack(record, log))

    def tracers(self):
        """The pids of all that trace, as their own records have them."""
        pids = set()
        for name, kind in self.streams.items():
            first = read(self.path(name + ".out"), b"").split(b"\n")[0] if kind == "json" else b""
            pids |= {record.get("pid") for record in records.read_stream(first + b"\n")[0]}
        return pids

    def callers_hidden(self, name):
        """Before 5.16 a kretprobe hides the callers from those who probed the same function earlier."""
        streams = [words[1] for words in self.expectations if words[0] == "stream"]
        return name != streams[-1] and any(log.stack_cut for log in self.log)

    @staticmethod
    def malformed(record):
        problems = records.check_types(record, records.FIELDS)
        others = record.get("also_killed")
        for other in others if isinstance(others, list) else []:
            problems += records.check_types(other, records.ALSO_FIELDS, "also_killed: ")
        return problems

    @staticmethod
    def matching(record, logged, index, filtered):
        if not filtered:
            return logged[index] if index < len(logged) else None
        tid = records.lookup(record, "victim.tid")[1]
        for log in logged:
            if log.killed and log.killed[0].tid == tid:
                return log
        return None

    @staticmethod
    def stack_problems(record):
        problems = []
        for path in ("trigger.kernel_stack", "trigger.user_stack", "victim.kernel_stack"):
            problems += records.check_frames(records.lookup(record, path)[1], path)
        return problems

    def snapshot_problems(self, record, cut):
        """What /proc showed of trigger and victim while they lived."""
        return (self.process_problems(record.get("trigger") or {}, "trigger", cut) +
                self.process_problems(record.get("victim") or {}, "victim", cut))

    def process_problems(self, process, which, cut):
        base = "proc.%s." % process.get("pid")
        stat = read(self.path(base + "stat"), b"")
        if not stat:
            return []
        problems = []

        def equal(name, theirs):
            ours = process.get(name)
            if ours is not None and ours != theirs:
                problems.append("%s.%s is %r, /proc said %r" % (which, name, ours, theirs))

        fields = stat[stat.rindex(b")") + 2:].split()
        equal("ppid", int(fields[1]))
        status = {}
        for line in read(self.path(base + "status")).split(b"\n"):
            key, _, value = line.partition(b":")
            status[key.decode()] = value.split()
        equal("uid", int(status["Uid"][0]))
        equal("ns_pid", int(status["NSpid"][-1]))
        equal("threads", int(status["Threads"][0]))
        equal("oom_score_adj", int(read(self.path(base + "oom_score_adj"))))
        started = records.parse_time(process.get("start_time"))
        if process.get("start_time") is not None and started is None:
            problems.append("%s.start_time is %r" % (which, process["start_time"]))
        if started is not None:
            # The boot time is known to the second only.
            theirs = int(self.facts.boot_time) + int(fields[19]) / 100
            if abs(started / 1e9 - theirs) > 2:
                problems.append("%s.start_time is %s, /proc said %.2f s after 1970" % (
                    which, process["start_time"], theirs))
        if self.facts.cgroup in ("v1", "v2"):
            equal("cgroup_version", int(self.facts.cgroup[1]))
            for line in read(self.path(base + "cgroup")).split(b"\n"):
                hierarchy, _, rest = line.partition(b":")
                controllers, _, path = rest.partition(b":")
                wanted = b"memory" in controllers.split(b",") if self.facts.cgroup == "v1" \
                    else hierarchy == b"0"
                if wanted and which + ".cgroup" not in cut:
                    equal("cgroup", records.decode(path))
        return problems

    def judge_text(self, name):
        data = read(self.path(name + ".out"), b"")
        self.add("the report", check_text(data))
        text = data.decode(errors="replace")
        for log in self.log:
            for killed in log.killed[:1]:
                if str(killed.tid) not in text:
                    self.add("the report", ["no word of the kill of %d" % killed.tid])

    def judge_messages(self, name):
        """Standard error has the one line that says it is ready."""
        if name in self.asked:
            return
        lines = read(self.path(name + ".err"), b"").decode(errors="replace").split("\n")[:-1]
        ready = [line for line in lines if line.startswith("oomtrace: ready (oom: ")]
        if len(ready) != 1 or len(lines) != 1:
            self.add("records", ["%s said: %s" % (name, line) for line in lines or ["nothing"]])
        elif self.tier in TIERS and not ready[0].startswith("oomtrace: ready (oom: " + self.tier):
            self.add("records", ["%s said: %s" % (name, ready[0])])

    # What a case can expect; the arguments are the words of its line.

    def wrong(self, text, *args):
        self.add("what the case expects", [text % args])

    def right(self):
        self.add("what the case expects", [])

    def record(self, name, number):
        """Number N of the kills, or by "OUTCOME:N" of the incidents with another outcome."""
        outcome, _, number = number.rpartition(":")
        kills = self.of_outcome(name, outcome) if outcome else self.kills(name)
        if len(kills) < int(number):
            self.wrong("%s has no incident number %s that was %s", name, number, outcome or "a kill")
            return None
        return kills[int(number) - 1]

    def expect_stream(self, name, kind):
        if kind not in ("json", "text"):
            raise ValueError("stream %s %s" % (name, kind))

    def expect_unprivileged(self, name):
        """Not all of the kernel's symbols can be read."""

    def expect_contended(self, name):
        """Several tasks run into the limit at once."""

    def expect_status(self, name, wanted):
        self.right()
        status = read(self.path(name + ".status"), b"nothing").decode().strip()
        if status not in wanted.split(","):
            self.wrong("%s: exit status %s, not %s", name, status, wanted)
            lines = read(self.path(name + ".err"), b"").decode(errors="replace").split("\n")[:-1]
            for line in lines[-4:]:
                self.wrong("%s said: %s", name, line)

    def expect_ooms(self, name, count):
        self.expect_outcomes(name, "killed", count)

    def expect_outcomes(self, name, outcome, count):
        self.right()
        got = len(self.of_outcome(name, outcome))
        if got < int(count.rstrip("+")) or got > int(count.rstrip("+")) and count[-1] != "+":
            self.wrong("%s has %d incidents that were %s, not %s", name, got, outcome, count)

    def expect_ways(self, name):
        """Each invocation of the kernel's own account is told, with what came of it, or counted."""
        invocations, problems = ways.parse(read(self.path("ways")))
        if not invocations:
            problems.append("nobody entered the OOM killer")
        self.add("the ways", problems + ways.check(self.records[name], invocations, self.tier))

    def expect_skipped(self, tid):
        """The kernel's log says of a victim that there was nothing left to kill."""
        self.right()
        skipped = [log.skipped for log in self.log if log.skipped is not None]
        if skipped != [int(tid)]:
            self.wrong("the kernel's log has %s as exiting already, not %s", skipped, tid)

    def expect_flood(self, name, outcome, count):
        """So many invocations came to OUTCOME: some told, the rest counted, and none of them twice."""
        self.right()
        told = [record for record in self.records.get(name, []) if record.get("outcome") == outcome]
        counted = sum(record.get("no_victim_repeats", 0) for record in self.records.get(name, [])
                      if record.get("type") == "stats")
        # The cgroup also counts who finds room again under the lock, and so never enters the OOM killer.
        if not int(count) - 5 <= len(told) + counted <= int(count):
            self.wrong("%s: %d told and %d counted, the cgroup says %s", name, len(told), counted,
                       count)
        if sum(record.get("repeats", 0) for record in told) > counted:
            self.wrong("%s: more repeats told than counted", name)
        times = [record["monotonic_ns"] for record in told]
        if any(later - earlier < 10 ** 9 for earlier, later in zip(times, times[1:])):
            self.wrong("%s: told more than once in a second", name)

    def expect_is(self, name, number, path, *value):
        self.right()
        record = self.record(name, number)
        if not record:
            return
        value = " ".join(value)
        found, ours = records.lookup(record, path)
        if found and ours is None and self.tier == "tracepoint" and path in (
                record["capture"]["missed"]):
            return  # check_missed says whether it may be so
        if not found or (str(ours) if not isinstance(ours, str) else ours) != value:
            self.wrong("%s %s: %s is %r, not %s", name, number, path, ours, value)

    def expect_most(self, name, path, value):
        """More than half of the records have it: no accident, though a single one is the scheduler's affair."""
        self.right()
        found = [records.lookup(record, path)[1] for record in self.kills(name)]
        if 2 * found.count(value) <= len(found):
            self.wrong("%s: not most records have %s %s: %s", name, path, value, found)

    def expect_any(self, name, path, value):
        """At least one record has it. Whether the reader is in time is the scheduler's affair."""
        self.right()
        found = [records.lookup(record, path)[1] for record in self.kills(name)]
        if value not in found:
            self.wrong("%s: no record has %s %s: %s", name, path, value, found)

    def whole(self, name, number):
        """Was all of /proc read before the kill?"""
        record = self.record(name, number)
        return records.lookup(record, "capture.proc")[1] == "complete" if record else False

    def expect_one_of(self, name, number, path, *values):
        self.right()
        record = self.record(name, number)
        found, ours = records.lookup(record, path) if record else (False, None)
        if not found or str(ours) not in values:
            self.wrong("%s %s: %s is %r, not one of %s", name, number, path, ours, values)

    def expect_missed(self, name, number, *paths):
        self.right()
        record = self.record(name, number)
        for path in paths:
            if record and path not in record["capture"]["missed"]:
                self.wrong("%s %s: %s is not named in capture.missed", name, number, path)

    def kb_lines(self, file):
        """{"Rss": bytes} of a file such as smaps_rollup."""
        text = read(self.path(file)).decode(errors="replace")
        return {key: int(value) * 1024
                for key, value in re.findall(r"^(\w+): +(\d+) kB$", text, re.MULTILINE)}

    def expect_smaps(self, name, number, file):
        """The record's sums are those that the test itself read just before."""
        self.right()
        record = self.record(name, number)
        if not self.whole(name, number):
            return
        ours = ((record or {}).get("victim") or {}).get("smaps") or {}
        keys = {"rss_bytes": "Rss", "pss_bytes": "Pss", "anonymous_bytes": "Anonymous",
                "private_dirty_bytes": "Private_Dirty", "swap_bytes": "Swap"}
        theirs = self.kb_lines(file)
        for key, title in keys.items():
            if ours.get(key) != theirs[title]:
                self.wrong("%s %s: smaps.%s is %r, the file said %d", name, number, key,
                           ours.get(key), theirs[title])

    def expect_largest_mapping(self, name, number, file):
        """The first of the mappings, by name, is the largest of the file the test read."""
        self.right()
        if not self.whole(name, number):
            return
        sums, current = {}, None
        for line in read(self.path(file)).decode(errors="replace").split("\n"):
            start = re.match(r"[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \S+ *(.*)$", line)
            if start:
                current = start.group(1) or "[anon]"
            elif line.startswith("Rss:"):
                sums[current] = sums.get(current, 0) + int(line.split()[1]) * 1024
        largest = max(sums, key=lambda key: sums[key])
        record = self.record(name, number)
        ours = (((record or {}).get("victim") or {}).get("mappings") or [{}])[0]
        if (ours.get("name"), ours.get("rss_bytes")) != (largest, sums[largest]):
            self.wrong("%s %s: the largest mapping is %r, the file said %s with %d", name, number,
                       ours, largest, sums[largest])

    def expect_stat(self, name, number, file, *keys):
        """limit.stat has the names of the file, and these values (within the CPUs' stock)."""
        self.right()
        if not self.whole(name, number) or records.lookup(
                self.record(name, number), "limit.read_after_kill")[1]:
            return
        theirs = dict(line.split() for line in read(self.path(file)).decode().splitlines())
        record = self.record(name, number)
        ours = ((record or {}).get("limit") or {}).get("stat") or {}
        if set(ours) != set(theirs):
            self.wrong("%s %s: limit.stat has other names than the file: %s", name, number,
                       sorted(set(ours) ^ set(theirs)))
        slack = 64 * 4096 * int(self.facts.cpus)
        for key in keys:
            if abs(ours.get(key, -1) - int(theirs[key])) > slack:
                self.wrong("%s %s: limit.stat.%s is %r, the file said %s", name, number, key,
                           ours.get(key), theirs[key])

    def expect_least(self, name, number, path, value):
        self.right()
        record = self.record(name, number)
        if record:
            ours = records.lookup(record, path)[1]
            if type(ours) is not int or ours < int(value):
                self.wrong("%s %s: %s is %r, not %s at least", name, number, path, ours, value)

    def expect_tail(self, name, number, path, *value):
        """A path too deep for the record: its end, marked."""
        self.right()
        record = self.record(name, number)
        if not record:
            return
        value = " ".join(value)
        ours = records.lookup(record, path)[1]
        if not records.is_cut(ours):
            self.wrong("%s: %s does not begin with \"…/\": %r", name, path, ours)
        elif not value.endswith(ours[1:]) or len(ours) < 100:
            self.wrong("%s: %s is not the end of the path: %r", name, path, ours)

    def expect_user_stack(self, name, number, *functions):
        record = self.record(name, number)
        if record:
            self.add("stacks", records.check_user_stack(record, list(functions), self.programs))

    def frames(self, name, number, path):
        """The frames of a field, or None when there are none and that is no problem or told already."""
        record = self.record(name, number)
        if not record:
            return None
        frames = stacks.lookup(record, path)
        if frames is None and records.may_lack_language(record, path, self.tier):
            return None
        if not isinstance(frames, list):
            self.add("stacks", ["%s is %r" % (path, frames)])
            return None
        return stacks.read(frames, self.programs, SOURCES)

    def expect_frames(self, name, number, path, *words):
        """All functions of the victim's own, in their order: see stacks.py."""
        frames = self.frames(name, number, path)
        self.add("stacks", [])
        if frames is None:
            return
        truncated = path == "trigger.user_stack" and (
            records.lookup(self.record(name, number), "trigger.user_stack_truncated")[1])
        words = [stacks.Word(word, SOURCES) for word in words]
        self.add("stacks", ["%s: %s" % (path, problem) for problem in
                            stacks.check(frames, words, truncated) + stacks.consistency(frames)])

    def expect_language(self, name, number, which, *value):
        """What trigger or victim is run by; None is what no interpreter runs."""
        self.right()
        record = self.record(name, number)
        stack = "language_stack" if which == "trigger" else "language_stacks"
        if not record or records.may_lack_language(record, "%s.%s" % (which, stack), self.tier):
            return
        ours = records.lookup(record, which + ".language")[1]
        if str(ours) != " ".join(value):
            self.wrong("%s %s: %s.language is %r, not %s", name, number, which, ours, " ".join(value))

    def expect_thread(self, name, number, *words):
        """One of the victim's threads, whichever, has these functions."""
        threads = "victim.language_stacks"
        record = self.record(name, number)
        self.add("stacks", [])
        if not record or records.may_lack_language(record, threads, self.tier):
            return
        words = [stacks.Word(word, SOURCES) for word in words]
        found = [stacks.read(thread["frames"], self.programs, SOURCES)
                 for thread in records.lookup(record, threads)[1] or []]
        if all(stacks.check(frames, words) for frames in found):
            self.add("stacks", ["%s: no thread has %s: %s" % (
                threads, " ".join(word.text for word in words),
                [" ".join(map(str, frames)) for frames in found])])

    def expect_has(self, name, number, path, *words):
        """These functions stand there in this order, whatever is between them."""
        frames = self.frames(name, number, path)
        words = [stacks.Word(word, SOURCES) for word in words]
        if frames is not None:
            self.add("stacks", ["%s: %s" % (path, problem)
                                for problem in stacks.subsequence(frames, words)])

    def expect_top(self, name, number, module, symbol="*"):
        """Where the thread itself was, in which library."""
        frames = self.frames(name, number, "trigger.user_stack")
        if frames is None:
            return
        top = frames[0] if frames else None
        if not top or not fnmatch.fnmatchcase(top.module, module) or (
                not fnmatch.fnmatchcase(str(top.get("symbol")), symbol)):
            self.add("stacks", ["trigger.user_stack begins with %s, not %s in %s" % (
                top, symbol, module)])

    def expect_unwound(self, name, number, methods, end="whole"):
        """How the user's stack was found, and whether it is all of it (whole), cut (truncated), or either (any)."""
        self.add("stacks", [])
        record = self.record(name, number)
        if not record:
            return
        method = records.lookup(record, "trigger.user_stack_method")[1]
        truncated = records.lookup(record, "trigger.user_stack_truncated")[1]
        if method not in methods.split(","):
            self.add("stacks", ["trigger.user_stack_method is %r, not %s" % (method, methods)])
        if truncated not in {"whole": (False,), "truncated": (True,), "any": (False, True)}[end]:
            self.add("stacks", ["trigger.user_stack_truncated is %r, not %s" % (truncated, end)])

    def symbols(self, name, number, path):
        record = self.record(name, number)
        frames = records.lookup(record, path)[1] if record else None
        return [str(frame.get("symbol")) for frame in frames or []]

    def expect_kernel_stack(self, name, number, *functions):
        if self.has("unprivileged", name) or self.callers_hidden(name):
            return
        symbols = self.symbols(name, number, "trigger.kernel_stack")
        self.add("stacks", ["trigger.kernel_stack lacks %s: %s" % (function, symbols)
                            for function in functions if function not in symbols])

    def expect_kernel_stack_prefix(self, name, number, prefix):
        if self.callers_hidden(name):
            return
        symbols = self.symbols(name, number, "trigger.kernel_stack")
        if not any(symbol == prefix or symbol.startswith(prefix + ".") for symbol in symbols):
            self.add("stacks", ["trigger.kernel_stack lacks %s: %s" % (prefix, symbols)])

    def expect_victim_stack(self, name, number, *functions):
        record = self.record(name, number)
        if record and records.lookup(record, "victim.kernel_stack")[1] is None:
            return  # check_missed says whether it may be so
        symbols = self.symbols(name, number, "victim.kernel_stack")
        # mark_victim follows the signal: the victim may have been woken up by it.
        if self.tier == "tracepoint" and "get_signal" in symbols:
            return
        # System calls go by names with one prefix or another.
        self.add("stacks", ["victim.kernel_stack lacks %s: %s" % (function, symbols)
                            for function in functions
                            if not any(symbol.endswith(function) for symbol in symbols)])

    def also(self, record):
        return {(item.get("pid"), item.get("reason")) for item in record.get("also_killed") or []}

    def expect_also(self, name, number, pid, reason):
        self.right()
        record = self.record(name, number)
        if record and (int(pid), reason) not in self.also(record):
            self.wrong("%s %s: also_killed lacks %s %s: %s", name, number, pid, reason,
                       sorted(self.also(record), key=str))

    def expect_exit(self, name, pid, how, reaped="spared"):
        """What became of a victim: gone or alive, and whether the OOM reaper took its memory."""
        self.right()
        found = [record for record in self.records.get(name, [])
                 if record.get("type") == "victim_exit" and record.get("pid") == int(pid)]
        if len(found) != 1:
            self.wrong("%s: %d records of the end of %s", name, len(found), pid)
            return
        if found[0]["alive"] is not (how == "alive"):
            self.wrong("%s: alive of %s is %r", name, pid, found[0]["alive"])
        if found[0]["reaped"] is not (reaped == "reaped"):
            self.wrong("%s: reaped of %s is %r", name, pid, found[0]["reaped"])
        if how == "gone" and found[0]["kill_to_exit_ns"] is None:
            self.wrong("%s: when %s ended is not known", name, pid)

    def stuck(self, name, number):
        found = list(waits.stuck(self.records.get(name, [])).values())
        if len(found) < int(number):
            self.wrong("%s: %d tasks or cgroups wait, not %s", name, len(found), number)
            return None
        return found[int(number) - 1]

    def expect_stuck(self, name, number, pid, cgroup, limit=None):
        """The incident of PID in CGROUP, which waits for memory of that or of LIMIT."""
        self.right()
        record = self.stuck(name, number)
        if not record:
            return
        streams = [words[1] for words in self.expectations if words[0] == "stream"]
        hidden = (self.tier == "kprobe" and self.facts.version() < (5, 16) and name != streams[-1])
        for problem in waits.check_stuck(record, self.facts.version(), hidden) + (
                self.process_problems(record["trigger"], "trigger", ())):
            self.wrong("%s %s: %s", name, number, problem)
        for path, value in (("trigger.pid", int(pid)), ("trigger.cgroup", cgroup),
                            ("limit.cgroup", limit or cgroup)):
            if records.lookup(record, path)[1] != value:
                self.wrong("%s %s: %s is %r, not %s", name, number, path,
                           records.lookup(record, path)[1], value)

    def expect_found_stuck(self, name, number, cgroup):
        """The same of one that waited before the tracer was there."""
        self.right()
        record = self.stuck(name, number)
        if not record:
            return
        for problem in waits.check_found(record):
            self.wrong("%s %s: %s", name, number, problem)
        if records.lookup(record, "limit.cgroup")[1] != cgroup:
            self.wrong("%s %s: limit.cgroup is %r", name, number, record["limit"]["cgroup"])

    def expect_stuck_count(self, name, count):
        self.right()
        got = len(waits.stuck(self.records.get(name, [])))
        if got != int(count):
            self.wrong("%s: %d tasks or cgroups wait, not %s", name, got, count)

    def expect_waited(self, name, pid, tid, ended, at_least_ms):
        """The one wait of a thread is over as it was to be, after so long; "unknown" how long."""
        self.right()
        found = [record for record in self.records.get(name, [])
                 if record.get("type") == "oom_wait_end" and record.get("tid") == int(tid)]
        if len(found) != 1:
            self.wrong("%s: %d records of the end of the wait of %s", name, len(found), tid)
            return
        if (found[0]["pid"], found[0]["ended"]) != (int(pid), ended):
            self.wrong("%s: wait of %s %s ended as %s", name, found[0]["pid"], tid, found[0]["ended"])
        if at_least_ms == "unknown":
            if found[0]["wait_ns"] is not None:
                self.wrong("%s: %s is said to have waited %d ns", name, tid, found[0]["wait_ns"])
        elif (found[0]["wait_ns"] or 0) < int(at_least_ms) * 1000000:
            self.wrong("%s: %s waited %r ns, the case %s ms", name, tid, found[0]["wait_ns"], at_least_ms)

    def expect_all_waited(self, name, count, ended):
        """So many tasks, each once; only where returns may be missed is the end of some derived."""
        self.right()
        ends = [record for record in self.records.get(name, [])
                if record.get("type") == "oom_wait_end"]
        tids = {record["tid"] for record in ends}
        if len(ends) != int(count) or len(tids) != int(count):
            self.wrong("%s: %d ends of %d tasks, not %s", name, len(ends), len(tids), count)
        if ends and ends[-1]["waiting"] != 0:
            self.wrong("%s: %d wait after the last end", name, ends[-1]["waiting"])
        for record in ends:
            if record["ended"] not in ended.split(",") and (self.tier == "fentry" or not record["derived"]):
                self.wrong("%s: wait of %d ended as %s", name, record["tid"], record["ended"])

    def expect_no_waits(self, name):
        """There is no hook for it in this tier, and that is said."""
        self.right()
        got = self.records.get(name, [])
        if waits.stuck(got):
            self.wrong("%s: somebody waits", name)
        if not any(item.get("feature") == "oom_disabled" for item in got[0].get("missing") or []):
            self.wrong("%s: not said to be missing: oom_disabled", name)

    def expect_also_count(self, name, number, count):
        self.right()
        record = self.record(name, number)
        if record and len(record.get("also_killed") or []) != int(count):
            self.wrong("%s %s: also_killed has %d members: %s", name, number,
                       len(record.get("also_killed") or []), sorted(self.also(record), key=str))

    def expect_also_named(self, name, number, exe, in_time):
        """Every other victim has its executable, when the hold was shorter than IN_TIME ms; and its command line,
        if that was read in time.
        """
        self.right()
        record = self.record(name, number) or {}
        hold = (record.get("capture") or {}).get("hold") or {}
        late = (hold.get("state") != "acknowledged" or
                (hold.get("duration_ns") or 0) >= int(in_time) * 1000000)
        for other in record.get("also_killed") or []:
            if late and other.get("exe") is None:
                continue
            if other.get("exe") != exe or not (other.get("cmdline") or exe).startswith(exe):
                self.wrong("%s %s: also_killed has exe %r, cmdline %r, not %s", name, number,
                           other.get("exe"), other.get("cmdline"), exe)

    def expect_pair(self, name, number, one, other, reason):
        """Whichever of the two was chosen, the other died of it."""
        self.right()
        record = self.record(name, number)
        if not record:
            return
        chosen = (record.get("victim") or {}).get("pid")
        rest = {int(one), int(other)} - {chosen}
        if len(rest) != 1 or self.also(record) != {(rest.pop(), reason)}:
            self.wrong("%s %s: of %s and %s, victim is %s and also_killed %s", name, number, one,
                       other, chosen, sorted(self.also(record), key=str))

    def expect_sysrq(self, name, number):
        self.right()
        record = self.record(name, number)
        if record and record.get("sysrq") is not True and not (
                record.get("sysrq") is None and self.tier == "tracepoint"):
            self.wrong("%s %s: sysrq is %r", name, number, record.get("sysrq"))

    def expect_ranked(self, name, number, *changing):
        """The ranking forecast the kernel's choice of that invocation, and has its figures; those of the
        processes CHANGING left out.
        """
        number = int(number)
        if len(self.log) < number:
            self.add("the ranking", ["%s: the kernel's log has no OOM number %d" % (name, number)])
            return
        ranks, problems = records.read_stream(read(self.path(name + ".out"), b""))
        if len(ranks) != 1:
            problems.append("%d records" % len(ranks))
        for record in ranks:
            problems += records.check_ranking(record, self.log[number - 1], self.facts,
                                              set(map(int, changing)))
        self.add("the ranking", ["%s: %s" % (name, problem) for problem in problems])

    def output(self, name, kind):
        return read(self.path("%s.%s" % (name, kind))).decode(errors="replace")

    def expect_says(self, name, *wanted):
        text = self.output(name, "out")
        self.add("the report", ["no word of %s" % word for word in wanted if word not in text])

    def expect_says_out(self, name, *wanted):
        self.right()
        text = self.output(name, "out")
        for word in wanted:
            if word not in text:
                self.wrong("%s: no word of %s on standard output", name, word)

    def expect_says_any(self, name, *wanted):
        self.right()
        text = self.output(name, "out") + self.output(name, "err")
        for word in wanted:
            if word not in text:
                self.wrong("%s: no word of %s", name, word)

    def expect_says_line(self, name, word, *pattern):
        self.right()
        lines = [line for line in self.output(name, "out").split("\n") if word in line]
        if not any(re.search(" ".join(pattern), line) for line in lines):
            self.wrong("%s: no line has %s and %s: %s", name, word, " ".join(pattern), lines)

    def lines(self, name, kind):
        text = self.output(name, kind)
        return text.count("\n") + (not text.endswith("\n") and text != "")

    def expect_stderr_lines(self, name, count):
        self.right()
        if self.lines(name, "err") != int(count):
            self.wrong("%s: %d lines on standard error, not %s: %s", name, self.lines(name, "err"),
                       count, self.output(name, "err")[-600:])

    def expect_stderr_at_most(self, name, count):
        self.right()
        if self.lines(name, "err") > int(count):
            self.wrong("%s: %d lines on standard error, more than %s: %s", name,
                       self.lines(name, "err"), count, self.output(name, "err")[:600])

    def expect_stderr_has(self, name, *wanted):
        self.right()
        for text in self.joined(name, wanted):
            if text not in self.output(name, "err"):
                self.wrong("%s: standard error has no %s: %s", name, text,
                           self.output(name, "err")[-600:])

    @staticmethod
    def joined(_, wanted):
        """Words beginning with a capital name things of their own; others make up one text."""
        return wanted if all(word.isupper() or "_" in word for word in wanted) else [" ".join(wanted)]

    def expect_stderr_hasnt(self, name, *wanted):
        self.right()
        for word in wanted:
            if re.search(r"\b%s\b" % re.escape(word), self.output(name, "err")):
                self.wrong("%s: standard error has %s: %s", name, word, self.output(name, "err"))

    def expect_stdout_empty(self, name):
        self.right()
        if self.output(name, "out"):
            self.wrong("%s: standard output has: %s", name, self.output(name, "out")[:300])

    def expect_stdout_lines(self, name, count):
        self.right()
        if self.lines(name, "out") != int(count):
            self.wrong("%s: %d lines on standard output, not %s", name, self.lines(name, "out"),
                       count)


def last_kills(directory):
    """Whom the kernel killed last on a machine whose runner had something to say: it may be the runner."""
    log = read(os.path.join(directory, "dmesg"), b"").decode(errors="replace").split("\n")
    return [line for line in log if "Killed process" in line][-8:]


def check_directory(directory, headers, kernels, programs, writer):
    """Prints a result per aspect of each case; returns the names of the cases that ran."""
    ran = set()
    facts = records.Facts(read(os.path.join(directory, "facts"), b"").decode().split("\n"))
    if not facts.kernel:
        writer.result("%s: the cases ran" % directory, ["they left nothing"])
        return ran
    tiers, cases, lacks = kernel_row(kernels, facts.where, facts.kernel)
    tiers = facts.tiers.split() if tiers == "any" else tiers.split(",")
    place = "%s %s %s" % (facts.where, facts.kernel, facts.wanted_cgroup)
    if facts.tiers.split() != tiers or not tiers:
        writer.result(place + ": tiers", ["tiers are %r, not %s" % (facts.tiers, tiers)])
    complaints = read(os.path.join(directory, "run.log"), b"").decode(errors="replace").strip()
    writer.result(place + ": the runner",
                  complaints.split("\n") + last_kills(directory) if complaints else [])

    count = 0
    for name, tier in plan(headers, facts, tiers, cases):
        count += 1
        title = "%s %s %s: " % (place, tier, name)
        path = os.path.join(directory, "%s.%s" % (name, tier))
        skip = words(os.path.join(path, "skip"))
        if skip:
            if skip[0] in lacks:
                ran.add(name)
                writer.skip(title + "the run", "%s is lacking" % skip[0])
            else:
                writer.result(title + "the run", ["skipped for want of %s, which this kernel must "
                                                  "have by tests/kernels" % skip[0]])
            continue
        if not os.path.isdir(path):
            writer.result(title + "the run", ["it never ran"])
            continue
        ran.add(name)
        case = Case(path, name, tier, facts, programs.get(facts.machine, {}))
        case.judge()
        for group, problems in case.groups.items():
            writer.result(title + group, problems)
    if not count:
        writer.result(place + ": the cases", ["none was to be run"])
    return ran


def load_programs(directory):
    """{name: Elf}; of a stripped one, what it was before."""
    programs = {}
    for below in ("", "stacks", os.path.join("stacks", "whole")) if directory else ():
        path = os.path.join(directory, below)
        for name in os.listdir(path) if os.path.isdir(path) else []:
            try:
                programs[name] = elf.Elf(os.path.join(path, name))
            except (ValueError, OSError):
                pass
    return programs


def main():
    parser = argparse.ArgumentParser(description="judge what the cases left behind")
    parser.add_argument("--progs", action="append", default=[],
                        help="directory of the victims' programs, of that machine")
    parser.add_argument("--cases", default=os.path.join(HERE, "..", "cases"))
    parser.add_argument("--whole", action="store_true",
                        help="every case for a guest must have run somewhere")
    parser.add_argument("out", nargs="+")
    args = parser.parse_args()

    headers = [Header(os.path.join(args.cases, name)) for name in sorted(os.listdir(args.cases))
               if name.endswith(".sh") and name != "lib.sh"]
    kernels = os.path.join(args.cases, "..", "kernels")
    programs = {}
    for progs in args.progs:
        machine, _, directory = progs.rpartition("=")
        programs[machine or os.uname().machine] = load_programs(directory)
    writer = tap.Writer()
    ran = set()
    for directory in args.out:
        ran |= check_directory(directory, headers, kernels, programs, writer)
    if args.whole:
        writer.result("every case ran somewhere", sorted(
            "%s never ran" % header.name for header in headers
            if "guest" in header.get("environments") and header.name not in ran))
    writer.plan()
    return 1 if writer.failed or not writer.count else 0


if __name__ == "__main__":
    sys.exit(main())
