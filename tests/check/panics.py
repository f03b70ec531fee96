#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Judges the last words about machines whose kernel panicked for want of memory, and prints TAP.

    panics.py OUT...

Each OUT, of tests/vm/panics, is named KIND.TIER and holds the kernel's console and what the tracer had written
by the time the kernel stopped. A record that is there was there before the panic.
"""

import os
import re
import sys

sys.dont_write_bytecode = True

import kernel_log  # noqa: E402
import records  # noqa: E402
import tap  # noqa: E402

CPUS = 2  # of tests/vm/boot

# What the record must say of each kind, and the kernel's last words.
KINDS = {
    "on_oom": {"scope": "global", "panic_cause": "panic_on_oom",
               "words": "Out of memory: system-wide panic_on_oom is enabled"},
    "compulsory": {"scope": "memcg", "panic_cause": "panic_on_oom",
                   "words": "Out of memory: compulsory panic_on_oom is enabled"},
    "nothing_killable": {"scope": "global", "panic_cause": "no_victim",
                         "words": "System is deadlocked on memory"},
}

STAMP = re.compile(rb"\[ *\d+\.\d{6}\] ?(.*)", re.DOTALL)
PANIC = re.compile(r"Kernel panic - not syncing: (.*)")
# The task that printed the trace: by then the one that asked for memory.
TASK = re.compile(r"CPU: \d+ (?:UID: \d+ )?PID: (\d+) Comm: (.*?) (?:Not t|T)ainted")


class Console:
    """What the kernel printed."""

    def __init__(self, data):
        lines = [STAMP.match(line) for line in data.replace(b"\r", b"").split(b"\n")]
        texts = [match.group(1) for match in lines if match]
        self.lines = [text.decode(errors="replace") for text in texts]
        # As records of /dev/kmsg, which escapes the backslash.
        self.logs = kernel_log.parse(b"\n".join(
            b"6,%d,0,-;%s" % (number, text.replace(b"\\", b"\\x5c")) for number, text in enumerate(texts)))

    def first(self, pattern):
        """(number of the line, match), or (None, None)."""
        for number, line in enumerate(self.lines):
            match = pattern.search(line)
            if match:
                return number, match
        return None, None

    def kernel(self):
        _, match = self.first(re.compile(r"^Linux version (\S+)"))
        return match.group(1) if match else ""


def check_console(console, kind):
    """The kernel did what this kind of OOM makes it do, and killed nobody."""
    problems = []
    invoked, _ = console.first(re.compile("invoked oom-killer"))
    panicked, match = console.first(PANIC)
    if not match or match.group(1).strip() != kind["words"]:
        problems.append("the kernel's last words are %r" % (match and match.group(1)))
    elif invoked is None or invoked > panicked:
        problems.append("the kernel did not panic in the OOM killer")
    if len(console.logs) != 1 or console.logs[0].killed:
        problems.append("the kernel's log has %d invocations, %s" % (
            len(console.logs), [killed.tid for log in console.logs for killed in log.killed]))
    return problems


def check_stream(got, facts):
    """Start and incident, and no end of the run: there was none."""
    problems = []
    types = [record.get("type") for record in got]
    if types != ["start", "oom"]:
        return ["the records are %s" % types]
    for number, record in enumerate(got):
        if record.get("seq") != number + 1 or record.get("run") != got[0].get("run"):
            problems.append("seq or run of %s" % record.get("type"))
        if (record.get("host") or {}).get("kernel") != facts.kernel:
            problems.append("host is %r" % record.get("host"))
    hook = (got[0].get("hooks") or {}).get("dump_header")
    if hook != facts.tier:
        problems.append("dump_header is attached by %r" % hook)
    return problems


def check_words(record, kind):
    wanted = dict({"outcome": "no_victim", "panic": True, "sysrq": False, "victim": None, "also_killed": [],
                   "incident": 1}, **{key: kind[key] for key in ("scope", "panic_cause")})
    problems = ["%s is %r" % (key, record.get(key)) for key, value in wanted.items()
                if record.get(key, "absent") != value]
    if kind["scope"] == "memcg" and records.lookup(record, "limit.cgroup")[1] != "/limited":
        problems.append("limit is %r" % record.get("limit"))
    return problems


def check_trigger(record, log, console):
    trigger = record.get("trigger") or {}
    _, task = console.first(TASK)
    theirs = {"tid": int(task.group(1)) if task else None, "comm": records.decode(log.comm),
              "gfp_mask": log.gfp_mask, "gfp_flags": log.gfp_flags, "order": log.order,
              "oom_score_adj": log.oom_score_adj}
    return ["trigger.%s is %r, the kernel says %r" % (name, trigger.get(name), value)
            for name, value in theirs.items() if trigger.get(name) != value]


def check_unkillable(record, log, facts):
    """Nobody may be killed: those told of stand in the kernel's table, as it has them."""
    candidates = record.get("candidates") or {}
    rows = {row.tgid: row for row in log.tasks}
    top, problems = candidates.get("top") or [], []
    # Threads of kernels before 6.2 count some of their pages apart from the sum.
    slack = 3 * facts.tolerance_pages() + (64 if facts.version() < (6, 2) else 0)
    if not rows or not len(rows) <= candidates.get("considered", 0) <= len(rows) + 1000:
        problems.append("%s were considered, the kernel's table has %d" % (
            candidates.get("considered"), len(rows)))
    for entry in top:
        row = rows.get(entry["pid"])
        if entry["verdict"] != "unkillable" or not entry.get("reason"):
            problems.append("%d is %s" % (entry["pid"], entry["verdict"]))
        if row and (abs(entry["rss_bytes"] // records.PAGE - row.rss) > slack
                    or entry["comm"] != records.decode(row.name)
                    or entry["oom_score_adj"] != row.oom_score_adj):
            problems.append("%s is in the kernel's table %s" % (entry, vars(row)))
        if not row and entry["pid"] != 1:
            problems.append("%d is not in the kernel's table" % entry["pid"])
    # Who has most of it must be told of.
    most = max(rows.values(), key=lambda row: row.rss).tgid if rows else None
    if most not in [entry["pid"] for entry in top]:
        problems.append("%s, which is the largest, is not among %s" % (most, top))
    return problems


def check_candidates(record, log, facts, kind):
    if kind["panic_cause"] == "no_victim":
        return check_unkillable(record, log, facts)
    # The kernel panics before it looks at anybody.
    candidates = record.get("candidates")
    return [] if candidates == {"considered": 0, "top": []} else ["candidates: %r" % candidates]


def is_named(record):
    """Before bpf_snprintf() (5.13) the kernel's functions have names only in a file, which takes time to read."""
    return any(frame.get("symbol") for frame in records.lookup(record, "trigger.kernel_stack")[1] or [])


def judge(directory, writer):
    name, _, tier = os.path.basename(os.path.normpath(directory)).partition(".")
    kind = KINDS[name]

    def read(file):
        try:
            with open(os.path.join(directory, file), "rb") as stream:
                return stream.read()
        except OSError:
            return b""

    console = Console(read("console.log"))
    facts = records.Facts(["kernel " + console.kernel(), "tier " + tier, "cpus %d" % CPUS])
    title = "panic %s %s %s: " % (console.kernel() or "?", tier, name)
    problems = check_console(console, kind)
    writer.result(title + "the kernel", problems)
    if problems:
        return
    got, problems = records.read_stream(read("records"))
    problems += check_stream(got, facts)
    if not problems:
        problems = records.check_types(got[1], records.FIELDS)
    writer.result(title + "the record is out", problems)
    if problems:
        return
    record, log = got[1], console.logs[0]
    writer.result(title + "what it says", check_words(record, kind) + check_trigger(record, log, console))
    writer.result(title + "candidates", check_candidates(record, log, facts, kind))
    writer.result(title + "nulls", records.check_missed(record, tier))
    if facts.version() >= (5, 13) or is_named(record):
        writer.result(title + "stacks", records.check_kernel_stack(record, log))


def main():
    writer = tap.Writer()
    for directory in sys.argv[1:]:
        judge(directory, writer)
    writer.plan()
    return 1 if writer.failed or not writer.count else 0


if __name__ == "__main__":
    sys.exit(main())
