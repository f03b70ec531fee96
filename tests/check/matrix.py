#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compares, for each way through the OOM killer, whom the kernel says it killed with whom oomtrace reported.

    tests/check/matrix.py [OUT...]        default: $O/host and $O/vm/out/*, what there is of them

OUT is a directory that tests/cases/run filled. There is a table for each, a row for each way and a column for each
tier. What the kernel says is "LOG COUNTED DEAD": processes with a line "Killed process", lines of that kind that the
cgroups counted (memory.events, of version 1 memory.oom_control; the first of a cgroup that is killed as a whole twice),
and processes that the case saw dead; behind "=" stands how many were reported. Of what kills nobody, invocations are
compared; where nobody may be killed, cgroups in which tasks wait; where the kernel has neither a line nor a counter,
its own account by tracefs (see ways.py), of dying threads the processes. "-" is a way that no case took there. Exit status 1
when anything differs, or nothing was compared.

From the environment: O (build directory).
"""

import sys

sys.dont_write_bytecode = True

import collections
import glob
import os

import check
import kernel_log
import records
import ways

HERE = os.path.dirname(os.path.abspath(__file__))
O = os.path.abspath(os.environ.get("O", os.path.join(HERE, "..", "..", "build")))

# A way through the OOM killer, the cases that take it, and the tiers that have no hook there. A process is seen by
# the tracepoints only when it is marked as a victim or sent SIGKILL.
Way = collections.namedtuple("Way", "title cases no_hook")
WAYS = (
    Way("the one that asks is killed", ("thread", "dead_leader", "parent_limit", "hold"), ()),
    Way("another one is killed", ("two_processes", "sibling", "protected", "preferred", "writer"), ()),
    Way("one after the other", ("burst", "victim_exit"), ()),
    Way("memory.oom.group", ("oom_group",), ()),
    Way("others that share the memory", ("sharers", "alike"), ()),
    Way("nothing killable, cgroup", ("nothing_killable",), ("tracepoint",)),
    Way("cgroup v1, oom_kill_disable", ("oom_disabled",), ("tracepoint",)),
    Way("the machine", ("global",), ()),
    Way("SysRq-f", ("sysrq",), ()),
    Way("oom_kill_allocating_task", ("allocating_task",), ()),
    Way("the one that asks is dying", ("dying",), ()),
    Way("a victim that is exiting", ("exiting",), ()),
    Way("a victim without memory", ("lost_memory",), ("tracepoint",)),
    Way("selection aborted", ("aborted",), ("tracepoint",)),
)


class Count:
    """What cases that take one way came to, in one tier."""

    def __init__(self):
        self.cases = 0
        self.logged = self.counted = self.dead = self.told = 0
        self.in_vain = None  # what kills nobody: (what it is, the kernel's count, those told)
        self.problems = []

    def cell(self):
        if not self.cases:
            return "-"
        sign = "=" if not self.problems else "#"
        if self.in_vain:
            return "%d %s %s %d" % (self.in_vain[1], self.in_vain[0], sign, self.in_vain[2])
        return "%d %d %d %s %d" % (self.logged, self.counted, self.dead, sign, self.told)


def numbers(path):
    """The first word of each line, where it is a number."""
    lines = check.read(path, b"").split(b"\n")
    return [int(line.split()[0]) for line in lines if line[:1].isdigit()]


def killed_pids(log):
    """The processes of one invocation that the kernel logged a kill of."""
    tgids = {row.pid: row.tgid for row in log.tasks}
    return {tgids.get(killed.tid, killed.tid) for killed in log.killed}


def told_pids(stream):
    """The processes that were reported, victims and those that went with them."""
    return [process.get("pid") for record in stream if record.get("type") == "oom"
            for process in [record.get("victim")] + (record.get("also_killed") or []) if process]


def in_own_cgroups(log, facts):
    """Is the victim in a cgroup whose counters the case left? None: not known."""
    if not log.complete or log.task_memcg is None:
        return None
    return records.decode(log.task_memcg).startswith("/%s/" % facts.cgroup_top)


def compare_victims(count, directory, facts, stream, title):
    """Adds one case to the count, and what differs in it to the problems."""
    logs = kernel_log.parse(check.read(os.path.join(directory, "kernel.log"), b""))
    logged = set().union(*(killed_pids(log) for log in logs))
    dead = set(numbers(os.path.join(directory, "dead")))
    told = told_pids(stream)
    counted = sum(numbers(os.path.join(directory, "cgroup_kills")))
    count.logged += len(logged)
    count.counted += counted
    count.dead += len(dead)
    count.told += len(told)

    def problem(text, pids):
        if pids:
            count.problems.append("%s: %s: %s" % (title, text, " ".join(map(str, sorted(pids)))))

    problem("reported twice", {pid for pid in told if told.count(pid) > 1})
    problem("killed and not reported", (logged | dead) - set(told))
    problem("reported, and the kernel says nothing of it", set(told) - logged - dead)
    own = [in_own_cgroups(log, facts) for log in logs]
    lines = sum(len(log.killed) for log, mine in zip(logs, own) if mine)
    if facts.cgroup in ("v1", "v2") and None not in own and counted != lines:
        problem("lines of the kernel's log, and processes counted by its cgroups", {lines, counted})


def compare_in_vain(count, what, theirs, told, slack, title):
    """The same for what kills nobody."""
    _, before, told_before = count.in_vain or (what, 0, 0)
    count.in_vain = (what, before + theirs, told_before + told)
    if not theirs - slack <= told <= theirs or not theirs:
        count.problems.append("%s: %d %s, %d of them reported" % (title, theirs, what, told))


def compare_invocations(count, directory, stream, title):
    asked = sum(numbers(os.path.join(directory, "invocations")))
    told = sum(record.get("outcome") == "no_victim" for record in stream) + sum(
        record.get("no_victim_repeats", 0) for record in stream if record.get("type") == "stats")
    # The cgroup also counts who finds room again under the lock, and so never enters the OOM killer.
    compare_in_vain(count, "asked", asked, told, 5, title)


def compare_ways(count, directory, stream, way, tier, title):
    """The same by the kernel's account of the way each invocation took."""
    invocations, problems = ways.parse(check.read(os.path.join(directory, "ways")))
    count.problems += ["%s: %s" % (title, problem) for problem in problems + ways.check(stream, invocations, tier)]
    taken = [invocation for invocation in invocations if invocation.way() == way]
    theirs = len({invocation.tgid for invocation in taken}) if way == "dying" else len(taken)
    if way == "aborted":
        told = sum(record.get("outcome") == way for record in stream) + sum(
            record.get("repeats", 0) - record.get("no_victim_repeats", 0) for record in stream
            if record.get("type") == "stats")
    else:
        told = sum(record.get("outcome") == ways.OUTCOMES[way] for record in stream)
    compare_in_vain(count, way.replace("_", " "), theirs, told, 0, title)


def expectations(directory):
    text = check.read(os.path.join(directory, "expect"), b"").decode(errors="replace")
    return [line.split(" ") for line in text.split("\n") if line]


def first_stream(directory):
    """(name, records) of the first stream of a case; (None, None) when it has none."""
    for words in expectations(directory):
        if words[0] == "stream" and words[2] == "json":
            return words[1], records.read_stream(check.read(os.path.join(directory, words[1] + ".out"), b""))[0]
    return None, None


def stuck_cgroups(directory, name):
    """In how many cgroups the case had tasks wait that nobody may be killed for; None: it is about something else."""
    counts = [int(words[2]) for words in expectations(directory) if words[:2] == ["stuck_count", name]]
    return counts[0] if counts else None


def compare(way, tier, out, facts):
    count = Count()
    for name in way.cases:
        directory = os.path.join(out, "%s.%s" % (name, tier))
        stream_name, stream = first_stream(directory)
        if stream is None:
            continue
        count.cases += 1
        title = "%s, %s" % (name, tier)
        stuck = stuck_cgroups(directory, stream_name)
        if stuck is not None:
            told = sum(record.get("outcome") == "oom_disabled" for record in stream)
            compare_in_vain(count, "wait", stuck, told, 0, title)
        elif os.path.exists(os.path.join(directory, "ways")):
            compare_ways(count, directory, stream, name, tier, title)
        elif os.path.exists(os.path.join(directory, "invocations")):
            compare_invocations(count, directory, stream, title)
        else:
            compare_victims(count, directory, facts, stream, title)
    return count


def table(out):
    """Prints the table of one machine; returns (cells that were compared, problems)."""
    facts = records.Facts(check.read(os.path.join(out, "facts"), b"").decode().split("\n"))
    tiers = [tier for tier in check.TIERS if tier in facts.tiers.split()]
    compared, problems, lines = 0, [], []
    for way in WAYS:
        cells = []
        for tier in tiers:
            if tier in way.no_hook:
                cells.append("no hook")
                continue
            count = compare(way, tier, out, facts)
            compared += count.cases > 0
            problems += count.problems
            cells.append(count.cell())
        lines.append([way.title] + cells)
    print("%s, Linux %s, cgroup %s" % (facts.where, facts.kernel, facts.wanted_cgroup))
    for line in [[""] + tiers] + lines:
        print("  %-32s" % line[0] + "".join("%18s" % cell for cell in line[1:]))
    for problem in problems:
        print("  DIFFERENT: " + problem)
    return compared, problems


def main():
    outs = sys.argv[1:] or [path for path in [os.path.join(O, "host")] + sorted(
        glob.glob(os.path.join(O, "vm", "out", "*"))) if os.path.exists(os.path.join(path, "facts"))]
    compared, different = 0, 0
    for out in outs:
        cells, problems = table(out)
        compared += cells
        different += len(problems)
    if not compared:
        print("no case has run; see tests/host/run and tests/vm/run")
    return 1 if different or not compared else 0


if __name__ == "__main__":
    sys.exit(main())
