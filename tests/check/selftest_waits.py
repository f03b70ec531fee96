# SPDX-License-Identifier: GPL-2.0
"""Tests that the checker finds what is wrong with records of tasks that wait. Run by selftest.py."""

import copy

import records
import waits

MOMENT = 100 * 10 ** 9

OOM = {"type": "oom", "outcome": "oom_disabled", "incident": 1, "monotonic_ns": MOMENT,
       "trigger": {"pid": 42, "tid": 42}}
NEWS = {"type": "oom_wait", "incident": 1, "waiting": 2, "tasks": [
    {"pid": 42, "tid": 42, "comm": "eat", "wait_ns": 900},
    {"pid": 43, "tid": 44, "comm": "eat", "wait_ns": None}]}
END = {"type": "oom_wait_end", "incident": 1, "pid": 42, "tid": 42, "comm": "eat", "wait_ns": 900,
       "ended": "resumed", "derived": False, "waiting": 1, "monotonic_ns": MOMENT + 1000}
OTHER = dict(END, pid=43, tid=44, waiting=0, ended="killed")


def whole():
    """An incident of which all is known."""
    record = {name: {"str": "x", "int": 1, "bool": False, "list": []}.get(kind.__name__)
              if not isinstance(kind, dict) else None for name, kind in records.FIELDS.items()}
    record["trigger"] = {name: {str: "x", int: 1, bool: False}.get(kind, [])
                         for name, kind in records.FIELDS["trigger"].items()}
    record["trigger"]["kernel_stack"] = [{"symbol": "mem_cgroup_oom_synchronize"},
                                         {"symbol": "pagefault_out_of_memory"}]
    record["trigger"]["language"] = record["trigger"]["language_stack"] = None
    record["limit"] = {name: 1 for name in records.FIELDS["limit"]}
    record["limit"]["events"] = {"oom_kill_disable": 1}
    record["capture"] = {"hook": "fentry", "missed": ["trigger.language_stack", "limit.pressure"],
                         "hold": {"state": "off", "reason": "no_victim", "duration_ns": 0}}
    record.update(outcome="oom_disabled", scope="memcg", victim=None, message=None,
                  candidates={"considered": 0, "top": []})
    return record


def changed(path, value):
    record = whole()
    *names, last = path.split(".")
    at = record
    for name in names:
        at = at[name]
    at[last] = value
    return record


def run(writer):
    for what, stream in (("one waits", [OOM, END]), ("two wait", [OOM, NEWS, END, OTHER]),
                         ("nobody's wait is over", [OOM, NEWS]),
                         ("one waits again", [OOM, END, NEWS, END]),
                         ("one was found", [dict(OOM, began_before=True), dict(END, wait_ns=None)]),
                         ("another came first", [OOM, dict(OTHER, wait_ns=1001)]),
                         ("not seen any more", [OOM, dict(END, ended=None, derived=True)])):
        writer.result("waits: " + what, waits.check_stream(stream))
    for what, stream in (
            ("an end before the incident", [END, OOM]),
            ("an end of another incident", [OOM, dict(END, incident=2)]),
            ("an end of a kill", [dict(OOM, outcome="killed"), END]),
            ("one end twice", [OOM, END, END]),
            ("an end without a field", [OOM, {name: END[name] for name in END if name != "waiting"}]),
            ("an end of another kind", [OOM, dict(END, ended="gone")]),
            ("an unknown end that was seen", [OOM, dict(END, ended=None)]),
            ("a derived end that is known", [OOM, dict(END, derived=True)]),
            ("an unknown time", [OOM, dict(END, wait_ns=None)]),
            ("a negative time", [OOM, dict(END, wait_ns=-1)]),
            ("a wait before the incident", [OOM, dict(END, wait_ns=1001)]),
            ("another's wait before the incident", [OOM, dict(OTHER, wait_ns=10 ** 9)]),
            ("a wait long after the incident", [OOM, dict(END, monotonic_ns=MOMENT + 10 ** 10)]),
            ("news of no incident", [NEWS]),
            ("news without names", [OOM, dict(NEWS, tasks=[])]),
            ("news of more than wait", [OOM, dict(NEWS, waiting=1)]),
            ("news with one task twice", [OOM, dict(NEWS, tasks=NEWS["tasks"][:1] * 2)]),
            ("news without a field", [OOM, dict(NEWS, tasks=[{}, {}])])):
        found = waits.check_stream(copy.deepcopy(stream))
        writer.result("waits: %s is found" % what, [] if found else ["not found"])

    writer.result("a task that waits", waits.check_stuck(whole(), (6, 1)))
    late = changed("trigger.order", None)
    writer.result("a task that waits, where its request is not kept", waits.check_stuck(late, (6, 12)))
    for path, value in (("trigger.order", None), ("trigger.comm", None), ("limit.failcnt", None),
                        ("scope", "global"), ("sysrq", True), ("victim", {"pid": 1}),
                        ("also_killed", [{}]), ("candidates", None), ("capture.hold", None),
                        ("limit.events", {"oom_kill_disable": 0}), ("limit.events", None),
                        ("trigger.kernel_stack", []), ("capture.missed", ["limit.stat"])):
        found = waits.check_stuck(changed(path, value), (6, 1))
        writer.result("a task that waits: %s %r is found" % (path, value),
                      [] if found else ["not found"])

    found_waiting = dict(whole(), began_before=True, system={})
    found_waiting["limit"] = dict(found_waiting["limit"], stat={})
    writer.result("a task that waited before", waits.check_found(found_waiting))
    for name, value in (("began_before", False), ("sysrq", None),
                        ("limit", dict(found_waiting["limit"], cgroup=None)),
                        ("capture", {"missed": ["records"], "hold": {}})):
        found = waits.check_found(dict(found_waiting, **{name: value}))
        writer.result("a task that waited before: %s is found" % name,
                      [] if found else ["not found"])
