# SPDX-License-Identifier: GPL-2.0
"""Tests of ways.py: records that agree with the kernel's account pass, and whatever differs is found."""

import copy

import ways

TRACE = b"""# tracer: nop
#
#           TASK-PID       TGID    CPU#  |||||  TIMESTAMP  FUNCTION
     a b (7)-10    (     10) [001] ...1.    36.000001: out_of_memory: (out_of_memory+0x4/0x520)
     a b (7)-10    (     10) [001] .N.1.    36.000002: oom_kill_process: (oom_kill_process+0x0/0x200)
     a b (7)-10    (     10) [001] .N.1.    36.000003: dump_header: (dump_header+0x0/0x1d0)
     a b (7)-10    (     10) [001] .N.1.    36.000004: __oom_kill_process: (__oom_kill_process+0x0/0x450)
     a b (7)-10    (     10) [001] .N.1.    36.000005: mark_victim: pid=20 comm=v total-vm=4kB
           c-11    (     11) [000] .....    36.000006: out_of_memory: (out_of_memory+0x4/0x520)
           c-11    (     11) [000] .....    36.000007: out_of_memory: (out_of_memory+0x4/0x520)
           c-11    (     11) [000] .....    36.000008: oom_kill_process: (oom_kill_process+0x0/0x200)
           c-11    (     11) [000] .....    36.000009: mark_victim: pid=21 comm=v total-vm=4kB
           c-11    (     11) [000] .....    36.000010: out_of_memory: (out_of_memory+0x4/0x520)
           c-11    (     11) [000] .....    36.000011: oom_kill_process: (oom_kill_process+0x0/0x200)
           c-11    (     11) [000] .....    36.000012: dump_header: (dump_header+0x0/0x1d0)
           c-11    (     11) [000] .....    36.000013: __oom_kill_process: (__oom_kill_process+0x0/0x450)
           d-12    (     30) [000] .....    36.000014: out_of_memory: (out_of_memory+0x4/0x520)
           d-12    (     30) [000] .....    36.000015: mark_victim: pid=12 comm=d total-vm=4kB
           d-13    (     30) [000] .....    36.000016: out_of_memory: (out_of_memory+0x4/0x520)
           d-13    (     30) [000] .....    36.000017: mark_victim: pid=13 comm=d total-vm=4kB
           c-11    (     11) [000] .....    36.000018: out_of_memory: (out_of_memory+0x4/0x520)
           c-11    (     11) [000] .....    36.000019: dump_header: (dump_header+0x0/0x1d0)
"""
WAYS = ["killed", "aborted", "exiting", "lost_memory", "dying", "dying", "no_victim"]


def oom(outcome, trigger, victim=None, tid=None):
    return {"type": "oom", "outcome": outcome, "trigger": {"tid": trigger}, "also_killed": [],
            "victim": victim and {"pid": victim, "tid": tid or victim}}


GOOD = [oom("killed", 10, 20), oom("aborted", 11), oom("victim_exiting", 11, 21), oom("victim_exiting", 11, 22),
        oom("victim_exiting", 12, 30, 12), oom("no_victim", 11),
        {"type": "stats", "repeats": 1, "no_victim_repeats": 0}]
# To the tracepoint tier outcomes without a mark do not exist.
MARKED = [GOOD[0], GOOD[2], GOOD[4], GOOD[6]]


def run(writer):
    invocations, problems = ways.parse(TRACE)
    writer.result("the ways are read", problems)
    got = [invocation.way() for invocation in invocations]
    writer.result("each way is known by what it passes", [] if got == WAYS else [repr(got)])
    writer.result("the ways: a good run", ways.check(GOOD, invocations, "fentry"))
    writer.result("the ways: a good run of marks", ways.check(MARKED, invocations, "tracepoint"))

    def finds(what, stream, tier="fentry"):
        found = ways.check(stream, invocations, tier)
        writer.result("the ways: " + what, [] if found else ["not found"])

    def edited(number, **changes):
        stream = copy.deepcopy(GOOD)
        stream[number].update(changes)
        return stream

    for number, record in enumerate(GOOD[:-1]):
        finds("%s is absent" % record["outcome"], GOOD[:number] + GOOD[number + 1:])
        finds("%s is there twice" % record["outcome"], GOOD[:number] + GOOD[number:number + 1] + GOOD[number:])
    for number, record in enumerate(MARKED[:-1]):
        finds("%s of the marks is absent" % record["outcome"], MARKED[:number] + MARKED[number + 1:], "tracepoint")
    finds("what the tracepoint tier cannot see", GOOD, "tracepoint")
    finds("killed, and it was exiting", edited(2, outcome="killed"))
    finds("exiting, and it was killed", edited(0, outcome="victim_exiting"))
    finds("another asked", edited(0, trigger={"tid": 9}))
    finds("another thread was marked", edited(4, victim={"pid": 30, "tid": 30}))
    finds("no victim", edited(2, victim=None))
    finds("a victim twice", edited(3, victim={"pid": 20, "tid": 20}))
    finds("a victim that went with another", edited(2, also_killed=[{"pid": 20}]))
    finds("a thread of one that dies is told as well", GOOD[:5] + [oom("victim_exiting", 13, 30, 13)] + GOOD[5:])
    finds("a repeat too many", edited(6, repeats=2))
    finds("a repeat too few", edited(6, repeats=0))
    finds("a repeat of another kind", edited(6, no_victim_repeats=1))

    for what, text in (("an event outside", b"    a-9    (      9) [001] ...1. 1.0: dump_header: (x)\n"),
                       ("no event", b"CPU:1 [LOST 5 EVENTS]\n")):
        problems = ways.parse(TRACE + text)[1]
        writer.result("the ways: %s is found" % what, [] if problems else ["not found"])
