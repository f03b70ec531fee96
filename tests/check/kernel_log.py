# SPDX-License-Identifier: GPL-2.0
"""Reads what the kernel said about its OOM kills, from records of /dev/kmsg."""

import re


class Task:
    """A row of the table "Tasks state"."""


class Killed:
    """A line "Killed process"."""


class Incident:
    """One invocation of the OOM killer."""

    def __init__(self, match):
        self.complete = match is not None  # False: only the kill was logged
        if match:
            self.comm = match.group(1)
            self.gfp_mask = int(match.group(2), 16)
            self.gfp_flags = match.group(3).decode()
            self.order = int(match.group(4))
            self.oom_score_adj = int(match.group(5))
        self.group = False  # the whole cgroup is killed
        self.stack = []  # [(symbol, offset)] of the frames the kernel is sure of
        self.in_stack = False
        self.stack_cut = False  # what stands behind them the kernel could not tell
        self.memory = None  # (usage kB, limit kB, failcnt)
        self.swap = None
        self.memsw = None
        self.tasks = []
        self.columns = None
        self.constraint = None
        self.oom_memcg = None  # None when global
        self.task_memcg = None
        self.task = None
        self.pid = None
        self.uid = None
        self.killed = []
        self.skipped = None  # the thread that would have been killed


INVOKED = re.compile(
    rb"(.*) invoked oom-killer: gfp_mask=(0x[0-9a-f]+)\((.*)\), (?:nodemask=.*, )?order=(-?\d+), "
    rb"oom_score_adj=(-?\d+)$", re.DOTALL)
COUNTER = re.compile(rb"(memory|swap|memory\+swap|kmem): usage (\d+)kB, limit (\d+)kB, failcnt (\d+)$")
VERDICT = re.compile(
    rb"oom-kill:constraint=(CONSTRAINT_\w+),nodemask=(.*),cpuset=(.*),mems_allowed=(.*?),"
    rb"(?:oom_memcg=(.*)|(global_oom)),task_memcg=(.*),task=(.*),pid=(\d+),uid=(\d+)$", re.DOTALL)
KILLED = re.compile(
    rb"(.*): Killed process (\d+) \((.*)\) total-vm:(\d+)kB, anon-rss:(\d+)kB, file-rss:(\d+)kB, "
    rb"shmem-rss:(\d+)kB, UID:(\d+) pgtables:(\d+)kB oom_score_adj:(-?\d+)$", re.DOTALL)
SKIPPED = re.compile(rb".*: OOM victim (\d+) \(.*\) is already exiting\. Skip killing the task$", re.DOTALL)
FRAME = re.compile(rb" (\?)? ?([\w.]+)\+0x([0-9a-f]+)/0x([0-9a-f]+)")


def unescape(text):
    """/dev/kmsg writes every byte that is not printable, and the backslash, as \\xHH."""
    return re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes([int(m.group(1), 16)]), text)


def texts(data):
    """The texts of the records, parts that were printed one by one joined together again."""
    joined = []
    for line in data.split(b"\n"):
        head, semicolon, text = line.partition(b";")
        if not semicolon or not re.match(rb"\d+,\d+,\d+,", head):
            continue
        if head.split(b",")[3] == b"c" and joined:
            joined[-1] += text
        else:
            joined.append(text)
    return [unescape(text) for text in joined]


def _task(columns, text):
    """The pid is in brackets; the name is the rest of the line, one space behind the last number."""
    match = re.match(rb"\[ *(\d+)\]", text)
    task = Task()
    for name in columns[:-1]:
        if not match:
            return None
        setattr(task, name, int(match.group(1)))
        at = match.end()
        match = re.compile(rb" *(-?\d+)").match(text, at)
    task.name = text[at + 1:]
    return task


def parse(data):
    incidents = []
    current = None
    for text in texts(data):
        match = INVOKED.match(text)
        if match:
            current = Incident(match)
            incidents.append(current)
            continue
        match = KILLED.match(text)
        if match:
            killed = Killed()
            killed.message = match.group(1).decode()
            killed.tid = int(match.group(2))
            killed.comm = match.group(3)
            (killed.total_vm_kb, killed.anon_kb, killed.file_kb, killed.shmem_kb, killed.uid,
             killed.pgtables_kb, killed.oom_score_adj) = map(int, match.groups()[3:])
            if current is None or current.killed and not current.group:
                # All but this line is left out when too much is printed.
                current = Incident(None)
                incidents.append(current)
            current.killed.append(killed)
            continue
        if current is None:
            continue
        match = SKIPPED.match(text)
        if match:
            current.skipped = int(match.group(1))
            continue
        if text.startswith(b"Tasks in ") and text.endswith(b"memory.oom.group set"):
            current.group = True
            continue
        match = COUNTER.match(text)
        if match:
            name = {"memory+swap": "memsw"}.get(match.group(1).decode(), match.group(1).decode())
            setattr(current, name, tuple(map(int, match.groups()[1:])))
            continue
        if text.startswith((b"Call Trace:", b"Call trace:")):
            current.in_stack = True
            continue
        # Kernels before 5.16 end the trace without a word.
        if text.startswith(b" </TASK>") or not text.startswith(b" "):
            current.in_stack = False
        if current.in_stack:
            match = FRAME.match(text)
            # Before 5.16 a kretprobe's own return address stands there, right behind some function.
            if not match or match.group(1) or current.stack_cut:
                continue
            if match.group(3) == match.group(4):
                current.stack_cut = True
            else:
                current.stack.append((match.group(2).decode(), int(match.group(3), 16)))
            continue
        if text.startswith(b"[  pid  ]"):
            current.columns = ["pid"] + text.split(b"]", 1)[1].decode().split()
            continue
        match = VERDICT.match(text)
        if match:
            current.constraint = match.group(1).decode()
            current.oom_memcg = match.group(5)
            current.task_memcg = match.group(7)
            current.task = match.group(8)
            current.pid = int(match.group(9))
            current.uid = int(match.group(10))
            continue
        if current.columns and text.startswith(b"["):
            task = _task(current.columns, text)
            if task:
                current.tasks.append(task)
    return incidents
