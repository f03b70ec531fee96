# SPDX-License-Identifier: GPL-2.0
"""Judges what is told of tasks that wait since nobody may be killed for them."""

import records

TASK_FIELDS = {"pid": int, "tid": int, "comm": str, "wait_ns": int}
WAIT_FIELDS = {"incident": int, "waiting": int, "tasks": list}
END_FIELDS = dict(TASK_FIELDS, incident=int, ended=str, derived=bool, waiting=int)

# So many of those that wait are named at a time.
NAMED = 16

# What is not there: no victim, and what only the hold or version 2 has. The request was dropped from the kernel.
ABSENT = ("victim", "message", "limit.pressure", "trigger.language", "trigger.language_stack")
REQUEST = ("trigger.gfp_mask", "trigger.gfp_flags", "trigger.order")

# All that is told of a task that waited before there was a hook.
OF_FOUND = ("trigger.pid", "trigger.tid", "trigger.comm", "limit.cgroup", "limit.stat", "limit.events",
            "candidates", "sysrq", "capture.hold", "system")


def stuck(stream):
    """{number: record} of the incidents that are such a wait."""
    return {record.get("incident"): record for record in stream
            if record.get("type") == "oom" and record.get("outcome") == "oom_disabled"}


def check_tasks(record):
    """Problems with one record of more that wait."""
    problems = records.check_types(record, WAIT_FIELDS)
    if problems:
        return problems
    tasks = record["tasks"]
    for task in tasks:
        problems += records.check_types(task, TASK_FIELDS, "tasks.")
    if len(tasks) != min(record["waiting"], NAMED):
        problems.append("%d of %d tasks are named" % (len(tasks), record["waiting"]))
    if len({task.get("tid") for task in tasks}) != len(tasks):
        problems.append("a task is named twice")
    return problems


def check_end(record, oom):
    """Problems with the record of the end of a wait for what OOM is of."""
    problems = records.check_types(record, END_FIELDS)
    if problems:
        return problems
    if record["ended"] not in ("resumed", "killed", None) or record["derived"] is not (
            record["ended"] is None):
        problems.append("ended is %r, derived %r" % (record["ended"], record["derived"]))
    if record["waiting"] is None or record["waiting"] < 0:
        problems.append("waiting is %r" % record["waiting"])
    waited = record["wait_ns"]
    trigger = record["tid"] == records.lookup(oom, "trigger.tid")[1]
    # Another may be there while the first one's stack is still being copied.
    early = 0 if trigger else 100000000
    if waited is None:
        if not oom.get("began_before"):
            problems.append("wait_ns is null")
    elif waited < 0 or record["monotonic_ns"] - waited < oom["monotonic_ns"] - early:
        problems.append("it waited %d ns, from before the incident" % waited)
    elif trigger and not oom.get("began_before"):
        # The kernel's record of the incident comes right before the one of the wait; the CPU may be an emulated one.
        late = record["monotonic_ns"] - waited - oom["monotonic_ns"]
        if late > 5000000000:
            problems.append("the trigger waits %d ns after the incident" % late)
    return problems


def check_stream(stream):
    """Problems with all records of waits: each belongs to an incident that is told before."""
    problems, ooms = [], {}
    over = set()
    for record in stream:
        kind, number = record.get("type"), record.get("incident")
        if kind == "oom" and record.get("outcome") == "oom_disabled":
            ooms[number] = record
        if kind not in ("oom_wait", "oom_wait_end"):
            continue
        at = "%s of %s: " % (kind, number)
        if number not in ooms:
            problems.append(at + "no such incident")
            continue
        found = check_tasks(record) if kind == "oom_wait" else check_end(record, ooms[number])
        problems += [at + problem for problem in found]
        # A task may wait again, but not without being told of anew.
        if kind == "oom_wait_end" and not found:
            task = number, record["tid"]
            if task in over:
                problems.append(at + "%d is told of twice" % record["tid"])
            over.add(task)
        elif kind == "oom_wait" and not found:
            over -= {(number, task["tid"]) for task in record["tasks"]}
    return problems


def check_stuck(record, version, callers_hidden=False):
    """Problems with an incident that a hook saw begin: all that can be known is.

    CALLERS_HIDDEN: by a kretprobe that came later.
    """
    missed = records.lookup(record, "capture.missed")[1] or []
    allowed = ABSENT + (REQUEST if version >= (6, 9) else ())
    problems = ["%s is null" % path for path in records.null_paths(record, records.FIELDS)
                if path not in allowed]
    problems += ["capture.missed names %s" % name for name in missed if name not in allowed]
    if record.get("victim") is not None or record.get("also_killed"):
        problems.append("somebody was killed")
    if record.get("scope") != "memcg" or record.get("sysrq") is not False:
        problems.append("scope is %r, sysrq %r" % (record.get("scope"), record.get("sysrq")))
    if record.get("candidates") != {"considered": 0, "top": []}:
        problems.append("candidates: %r" % record.get("candidates"))
    hold = records.lookup(record, "capture.hold")[1] or {}
    if (hold.get("state"), hold.get("reason"), hold.get("duration_ns")) != ("off", "no_victim", 0):
        problems.append("hold is %r" % hold)
    events = records.lookup(record, "limit.events")[1] or {}
    if events.get("oom_kill_disable") != 1:
        problems.append("limit.events is %r" % events)
    names = [frame.get("symbol") for frame in record["trigger"].get("kernel_stack") or []]
    wanted = ["mem_cgroup_oom_synchronize"] + ([] if callers_hidden else ["pagefault_out_of_memory"])
    if names[:len(wanted)] != wanted:
        problems.append("trigger.kernel_stack is %s" % names)
    return problems


def check_found(record):
    """Problems with an incident that was found under way."""
    problems = ["%s is null" % path for path in OF_FOUND if records.lookup(record, path)[1] is None]
    if record.get("began_before") is not True:
        problems.append("began_before is %r" % record.get("began_before"))
    if "records" in (records.lookup(record, "capture.missed")[1] or []):
        problems.append("records are said to be lost")
    return problems
