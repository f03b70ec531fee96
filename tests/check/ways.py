# SPDX-License-Identifier: GPL-2.0
"""Which way each invocation of the OOM killer took, by the functions it passed: the kernel's own account, from a buffer
of tracefs that a case had it write (watch_ways in tests/cases/lib.sh).

What mm/oom_kill.c does between two entries of out_of_memory() (6.12), where oom_lock lets one task in at a time:

    oom_kill_process, __oom_kill_process, mark_victim   killed
    oom_kill_process, __oom_kill_process                lost_memory: gone before it could be marked
    oom_kill_process, mark_victim                       exiting: chosen, and dying already
    mark_victim                                         dying: the one that asks
    dump_header                                         no_victim
    nothing                                             aborted: an earlier victim is still there
"""

import re

LINE = re.compile(rb" *.*-(?P<tid>\d+) +\( *(?P<tgid>[\d-]+)\) +\[\d+\] \S+ +\d+\.\d+: (?P<event>\w+): (?P<text>.*)$")
MARK = re.compile(rb"pid=(\d+)")

# What a record says of it.
OUTCOMES = {
    "killed": "killed", "lost_memory": "victim_exiting", "exiting": "victim_exiting", "dying": "victim_exiting",
    "no_victim": "no_victim", "aborted": "aborted",
}
# All that the tracepoint tier sees is a mark.
MARKED = ("killed", "exiting", "dying")


class Invocation:
    """What one task did inside out_of_memory()."""

    def __init__(self, tid, tgid):
        self.tid = tid
        self.tgid = tgid
        self.passed = set()
        self.marked = []  # threads

    def way(self):
        if "__oom_kill_process" in self.passed:
            return "killed" if self.marked else "lost_memory"
        if self.marked:
            return "exiting" if "oom_kill_process" in self.passed else "dying"
        return "no_victim" if "dump_header" in self.passed else "aborted"


def parse(data):
    """(invocations, problems) of a file trace."""
    invocations, problems = [], []
    for line in data.split(b"\n"):
        match = LINE.match(line)
        if not match:
            if line and not line.startswith(b"#"):
                problems.append("the kernel's account has %r" % line)
            continue
        tid, event = int(match.group("tid")), match.group("event").decode()
        if event == "out_of_memory":
            tgid = match.group("tgid").decode()
            invocations.append(Invocation(tid, int(tgid) if tgid.isdigit() else None))
            continue
        if not invocations or invocations[-1].tid != tid:
            problems.append("%s of %d, which is not in out_of_memory()" % (event, tid))
            continue
        invocations[-1].passed.add(event)
        if event == "mark_victim":
            invocations[-1].marked.append(int(MARK.match(match.group("text")).group(1)))
    return invocations, problems


def count(invocations, way):
    return sum(invocation.way() == way for invocation in invocations)


def victims(record):
    """The processes whose end a record tells of."""
    return {process.get("pid") for process in [record.get("victim")] + (record.get("also_killed") or []) if process}


def check_one(record, invocation):
    problems = []
    at = "incident %s: " % record.get("incident")
    victim = record.get("victim") or {}
    if record["outcome"] != OUTCOMES[invocation.way()]:
        problems.append(at + "%s, by the kernel's account %s" % (record["outcome"], invocation.way()))
    if record["trigger"]["tid"] != invocation.tid:
        problems.append(at + "%s asked, by the kernel's account %d" % (record["trigger"]["tid"], invocation.tid))
    if invocation.marked and victim.get("tid") != invocation.marked[0]:
        problems.append(at + "the victim is %s, the kernel marked %d" % (victim.get("tid"), invocation.marked[0]))
    return problems


def check(stream, invocations, tier):
    """Problems with the records of a run beside the account: each invocation once, none missing, and no victim twice."""
    problems, told = [], set()
    ours = [record for record in stream if record.get("outcome") in ("killed", "victim_exiting")]
    seen = [invocation for invocation in invocations if tier != "tracepoint" or invocation.way() in MARKED]
    counted = {"no_victim": 0, "aborted": 0}
    for invocation in seen:
        way = invocation.way()
        if OUTCOMES[way] in counted:
            counted[OUTCOMES[way]] += 1
        # Of a process that dies each thread is let die, which is no news.
        elif way == "dying" and invocation.tgid in told:
            counted["aborted"] += 1
        elif not ours:
            problems.append("%s, asked by %d, is not reported" % (way, invocation.tid))
        else:
            record = ours.pop(0)
            problems += check_one(record, invocation)
            if victims(record) & told:
                problems.append("incident %s: a victim twice" % record.get("incident"))
            told |= victims(record)
    problems += ["incident %s: not in the kernel's account" % record.get("incident") for record in ours]
    stats = [record for record in stream if record.get("type") == "stats"][-1:] or [{}]
    vain = stats[0].get("no_victim_repeats", 0)
    for outcome, repeats in (("no_victim", vain), ("aborted", stats[0].get("repeats", 0) - vain)):
        got = repeats + sum(record.get("outcome") == outcome for record in stream)
        if got != counted[outcome]:
            problems.append("%d came to nothing (%s) or were repeats, by the kernel's account %d" % (
                got, outcome, counted[outcome]))
    return problems
