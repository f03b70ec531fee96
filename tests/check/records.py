# SPDX-License-Identifier: GPL-2.0
"""What must hold for the records of a run, by themselves and beside the kernel's own log."""

import datetime
import json
import re

PAGE = 4096

RFC3339 = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{9})Z$")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")

SCOPES = {
    "CONSTRAINT_NONE": "global",
    "CONSTRAINT_CPUSET": "cpuset",
    "CONSTRAINT_MEMORY_POLICY": "mempolicy",
    "CONSTRAINT_MEMCG": "memcg",
}

MEMORY = {name: int for name in (
    "virtual_bytes", "rss_bytes", "anon_bytes", "file_bytes", "shmem_bytes", "swap_bytes",
    "pgtables_bytes")}
SCORE = {name: int for name in (
    "points_pages", "rss_pages", "swap_pages", "pgtables_pages", "adj_pages", "total_pages",
    "per_mille")}

# The fields every "oom" record has, with their types; a dict is an object.
FIELDS = {
    "incident": int, "outcome": str, "scope": str, "sysrq": bool, "panic": bool, "message": str,
    "trigger": {
        "pid": int, "tid": int, "comm": str, "uid": int, "cgroup": str, "oom_score_adj": int,
        "gfp_mask": int, "gfp_flags": str, "order": int, "kernel_stack": list, "user_stack": list,
        "user_stack_method": str, "user_stack_truncated": bool, "language": str,
        "language_stack": list,
    },
    "victim": {
        "pid": int, "tid": int, "ns_pid": int, "ppid": int, "comm": str, "uid": int,
        "start_time": str, "threads": int, "cgroup": str, "cgroup_version": int,
        "oom_score_adj": int, "memory": MEMORY, "score": SCORE, "kernel_stack": list,
        "language": str, "language_stacks": list,
    },
    "also_killed": list,
    "candidates": {"considered": int, "top": list},
    "limit": {
        "cgroup": str, "limit_bytes": int, "usage_bytes": int, "swap_limit_bytes": int,
        "swap_usage_bytes": int, "failcnt": int,
    },
    "capture": {"hook": str, "missed": list},
}

EXIT_FIELDS = {"incident": int, "pid": int, "comm": str, "kill_to_exit_ns": int, "kill_to_free_ns": int,
               "reaped": bool, "alive": bool}

# A victim that has not ended so long after the kill is told of as alive.
PATIENCE_NS = 5000000000

ALSO_FIELDS = {"pid": int, "tid": int, "comm": str, "cgroup": str, "memory": MEMORY, "reason": str}

FRAME_FIELDS = ("address", "symbol", "offset", "module", "build_id", "file", "line", "inlined")

# How a user's stack was found.
METHODS = {"cfi", "frame_pointers", "mixed"}

# Null where there is nothing to tell: a program that no interpreter runs, a thread without a user's stack.
LANGUAGES = ("trigger.language", "victim.language")
OF_USER_STACK = ("trigger.user_stack_method", "trigger.user_stack_truncated")
LANGUAGE_STACKS = ("trigger.language_stack", "victim.language_stacks")

# How the hooks of each tier may be attached. The first two may use tracepoints as well.
WAYS = {
    "fentry": {"fentry", "fexit"},
    "kprobe": {"kprobe", "kretprobe"},
    "tracepoint": {"tp_btf", "raw_tp", "tp"},
}

# What the tracepoint tier has no way to know: oom_control is out of its sight.
UNKNOWN_TO_TRACEPOINTS = (
    "trigger.gfp_mask", "trigger.gfp_flags", "trigger.order", "victim.score", "message", "sysrq", "panic", "candidates")


class Facts:
    """What is known of the machine that ran the cases, and of one case."""

    def __init__(self, lines):
        self.words = {}
        for line in lines:
            key, _, value = line.partition(" ")
            self.words[key] = value.strip()

    def __getattr__(self, name):
        return self.words.get(name, "")

    def version(self):
        return tuple(map(int, re.match(r"(\d+)\.(\d+)", self.kernel).groups()))

    def tolerance_pages(self):
        """How far the kernel's own line may be from the truth, for one counter of one process."""
        if (6, 2) <= self.version() <= (6, 19):
            cpus = int(self.cpus)
            return max(32, 2 * cpus) * cpus
        return 0


def decode(raw):
    """The text a record has for bytes: each bad byte becomes one U+FFFD."""
    text = ""
    while raw:
        try:
            return text + raw.decode()
        except UnicodeDecodeError as error:
            text += raw[:error.start].decode() + "\ufffd" * (error.end - error.start)
            raw = raw[error.end:]
    return text


def lookup(record, path):
    """(found, value) of a dotted path."""
    value = record
    for name in path.split("."):
        if not isinstance(value, dict) or name not in value:
            return False, None
        value = value[name]
    return True, value


def has_null(value):
    if isinstance(value, dict):
        return any(has_null(member) for member in value.values())
    return value is None


def is_cut(value):
    return isinstance(value, str) and value.startswith("…/")


def parse_time(text):
    """Nanoseconds since 1970, None when it is not RFC 3339 in UTC with nanoseconds."""
    match = RFC3339.match(text) if isinstance(text, str) else None
    if not match:
        return None
    seconds = datetime.datetime.strptime(match.group(1), "%Y-%m-%dT%H:%M:%S")
    seconds = seconds.replace(tzinfo=datetime.timezone.utc)
    return int(seconds.timestamp()) * 1000000000 + int(match.group(2))


def read_stream(data):
    """(records, problems) of NDJSON."""
    records, problems = [], []
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return [], ["the stream is not UTF-8: %s" % error]
    if text and not text.endswith("\n"):
        problems.append("the last line has no newline")

    def refuse_twice(pairs):
        names = [name for name, _ in pairs]
        if len(names) != len(set(names)):
            raise ValueError("a name twice in one object")
        return dict(pairs)

    def refuse(constant):
        raise ValueError("%s is not JSON" % constant)

    for number, line in enumerate(text.split("\n")[:-1], 1):
        try:
            record = json.loads(line, object_pairs_hook=refuse_twice, parse_constant=refuse)
            if not isinstance(record, dict):
                raise ValueError("not an object")
            records.append(record)
        except ValueError as error:
            problems.append("line %d: %s: %.200s" % (number, error, line))
    return records, problems


def check_stream(records, facts, tier, labelled):
    """Problems with what all records have in common, and with their order."""
    problems = []

    def check(condition, text, *args):
        if not condition:
            problems.append(text % args)

    check(records, "no records at all")
    if not records:
        return problems
    types = [record.get("type") for record in records]
    check(types[0] == "start", "the first record is %r, not start", types[0])
    check(types[-1] == "stop", "the last record is %r, not stop", types[-1])
    check(types.count("start") == 1 and types.count("stop") == 1, "more than one start or stop")
    check(types[-2:] == ["stats", "stop"], "no stats before the stop")
    unknown = set(types) - {"start", "oom", "victim_exit", "oom_wait", "oom_wait_end", "stats", "stop"}
    check(not unknown, "records of another type: %s", sorted(map(str, unknown)))
    check([record.get("seq") for record in records] == list(range(1, len(records) + 1)),
          "seq is not 1, 2, 3 ...: %s", [record.get("seq") for record in records])

    first = records[0]
    check(UUID.match(str(first.get("run"))), "run is not a UUID: %r", first.get("run"))
    offsets = []
    for record in records:
        at = "%s %s: " % (record.get("type"), record.get("seq"))
        check(record.get("schema") == 1, at + "schema is %r", record.get("schema"))
        check(record.get("run") == first.get("run"), at + "another run")
        time = parse_time(record.get("time"))
        check(time is not None, at + "time is %r", record.get("time"))
        monotonic = record.get("monotonic_ns")
        check(type(monotonic) is int and monotonic > 0, at + "monotonic_ns is %r", monotonic)
        if time is not None and type(monotonic) is int:
            offsets.append(time - monotonic)
        check(record.get("boot_id") == facts.boot_id, at + "boot_id is %r, the machine's is %r",
              record.get("boot_id"), facts.boot_id)
        check(record.get("host") == {"name": facts.host, "kernel": facts.kernel},
              at + "host is %r", record.get("host"))
        check(("labels" in record) == labelled, at + "labels: %r", record.get("labels"))
    if offsets:
        # One clock must not be taken for the other; they drift apart by no more than this.
        check(max(offsets) - min(offsets) < 1000000000, "time and monotonic_ns do not go together")
    moments = [record.get("monotonic_ns") for record in records]
    if all(type(moment) is int for moment in moments):
        check(moments[0] == min(moments) and moments[-1] == max(moments),
              "not everything lies between start and stop: %s", moments)

    if types[0] == "start":
        check(isinstance(first.get("version"), str) and first["version"], "start has no version")
        check(type(first.get("pid")) is int, "start has no pid")
        for name, kind in (("hooks", dict), ("missing", list)):
            check(isinstance(first.get(name), kind), "start: %s is %r", name, first.get(name))
        check("options" in first, "start has no options")
        if isinstance(first.get("hooks"), dict) and tier in WAYS:
            ways = set(map(str, first["hooks"].values()))
            check(ways & WAYS[tier] and ways <= WAYS[tier] | WAYS["tracepoint"],
                  "start: hooks of tier %s: %r", tier, first["hooks"])
        for item in first.get("missing") or []:
            check(isinstance(item, dict) and set(item) >= {"feature", "reason"},
                  "start: missing has %r", item)
    if types[-1] == "stop":
        reason = records[-1].get("reason")
        check(isinstance(reason, str) and reason, "stop: reason is %r", reason)

    numbers = [record.get("incident") for record in records if record.get("type") == "oom"]
    check(all(type(number) is int and number > 0 for number in numbers) and
          numbers == sorted(set(numbers)), "incidents are numbered %s", numbers)
    return problems + check_exits(records)


def victims(record):
    """The pids that an incident killed."""
    if record.get("type") != "oom" or record.get("outcome") != "killed":
        return []
    return [one["pid"] for one in [record.get("victim")] + (record.get("also_killed") or [])
            if isinstance(one, dict) and type(one.get("pid")) is int]


def check_exit(record, moment):
    """Problems with one victim_exit, whose incident was at that moment."""
    problems = check_types(record, EXIT_FIELDS)
    if problems:
        return problems
    alive, exited, freed = (record[name] for name in ("alive", "kill_to_exit_ns", "kill_to_free_ns"))
    if exited is not None:
        # The kill comes after the incident began, but a tracepoint may tell of it only then.
        killed = record["monotonic_ns"] - exited
        if exited < 0 or killed < moment - 100000000:
            problems.append("%d ns after the kill lies before the incident" % exited)
        if alive is not False:
            problems.append("ended, but alive is %r" % alive)
    elif record["monotonic_ns"] < moment + PATIENCE_NS - 100000000:
        problems.append("given up too early")
    if freed is not None and (exited is None or not 0 <= freed <= exited):
        problems.append("free after %r ns, gone after %r" % (freed, exited))
    if alive:
        if not re.match("^[A-WYa-wy]$", str(record.get("state"))):
            problems.append("alive in state %r" % record.get("state"))
        frames = record.get("kernel_stack")
        if frames is not None and not (isinstance(frames, list) and all(
                isinstance(frame, dict) and set(frame) >= set(FRAME_FIELDS) for frame in frames)):
            problems.append("kernel_stack is %r" % frames)
    return problems


def check_exits(records):
    """Each victim's end is told once, unless the stop came first."""
    problems, told = [], set()
    # One of another type is told of elsewhere.
    ooms = {record["incident"]: record for record in records
            if record.get("type") == "oom" and type(record.get("incident")) is int and
            type(record.get("monotonic_ns")) is int}
    for record in records:
        if record.get("type") != "victim_exit":
            continue
        of = record.get("incident"), record.get("pid")
        at = "victim_exit %s of %s: " % of[::-1]
        if of in told:
            problems.append(at + "told twice")
        told.add(of)
        oom = ooms.get(of[0])
        if oom is None or of[1] not in victims(oom):
            problems.append(at + "nobody killed it")
        else:
            problems += [at + problem for problem in check_exit(record, oom["monotonic_ns"])]
    if records[0].get("type") != "start" or any(
            item.get("feature") == "victim_exit" for item in records[0].get("missing") or []):
        return problems
    for number, oom in ooms.items():
        if records[-1].get("monotonic_ns", 0) > oom.get("monotonic_ns", 0) + 2 * PATIENCE_NS:
            problems += ["victim_exit %s of %s is absent" % (pid, number)
                         for pid in victims(oom) if (number, pid) not in told]
    return problems


def check_types(value, fields, path=""):
    """Fields that are absent or of a wrong type. Null is a matter of check_missed."""
    problems = []
    if not isinstance(value, dict):
        return ["%s%r is no object" % (path, value)]
    for name, kind in fields.items():
        at = path + name
        if name not in value:
            problems.append("%s is absent" % at)
        elif value[name] is None:
            continue
        elif isinstance(kind, dict):
            if isinstance(value[name], dict):
                problems += check_types(value[name], kind, at + ".")
            else:
                problems.append("%s is no object: %r" % (at, value[name]))
        elif type(value[name]) is not kind:
            problems.append("%s is %r" % (at, value[name]))
    return problems


def null_paths(record, fields, path=""):
    for name, kind in fields.items():
        at = path + name
        value = record.get(name)
        if value is None:
            yield at
        elif isinstance(kind, dict) and isinstance(value, dict):
            yield from null_paths(value, kind, at + ".")


def covered(path, names):
    """Whether a path or what it is part of is among the names."""
    return any(path == name or path.startswith(name + ".") for name in names)


def is_allocating_task(record):
    """vm.oom_kill_allocating_task: the one that asked was killed, and nobody was weighed."""
    return str(record.get("message")).endswith("(oom_kill_allocating_task)")


def check_missed(record, tier, settled=True, contended=False):
    """Every null is named, nothing else is, and what this tier can know is known.

    SETTLED: the usage of the cgroup stood at its limit, by which the tracepoint tier finds it. CONTENDED: the
    victim may be running, and then it has no stack to be read.
    """
    problems = []
    capture = record.get("capture") or {}
    missed = capture.get("missed")
    if not isinstance(missed, list) or not all(isinstance(name, str) for name in missed):
        return ["capture.missed is %r" % (missed,)]
    if len(missed) != len(set(missed)):
        problems.append("capture.missed has a name twice: %s" % missed)
    if capture.get("hook") != tier:
        problems.append("capture.hook is %r" % (capture.get("hook"),))

    # One of a flood that came to nothing, which is told apart but not described again.
    if "records" in missed and record.get("outcome") == "no_victim":
        return problems

    trigger, victim = record.get("trigger") or {}, record.get("victim") or {}
    memcg = record.get("scope") == "memcg"
    same_task = victim.get("tid") is not None and victim.get("tid") == trigger.get("tid")
    for path in null_paths(record, FIELDS):
        # Not unknown, but not there.
        if path == "limit" and not memcg and record.get("scope") is not None:
            continue
        if path in ("victim", "message") and record.get("outcome") != "killed":
            continue
        if path == "victim.kernel_stack" and same_task:
            continue
        if path in LANGUAGES or path in OF_USER_STACK and not trigger.get("user_stack"):
            continue
        if not covered(path, missed):
            problems.append("%s is null and not named in capture.missed" % path)
        if path == "victim.kernel_stack" and contended:
            continue
        # A victim that runs has other counters when it is killed than when it was scored.
        if path.startswith("victim.score.") and contended:
            continue
        # The kernel gave it no points.
        if path == "victim.score" and is_allocating_task(record):
            continue
        # Only fentry can look at it before the signal is sent.
        if path == "victim.kernel_stack" and tier == "kprobe":
            continue
        if tier == "tracepoint":
            if covered(path, UNKNOWN_TO_TRACEPOINTS):
                continue
            # Looked at after the signal was sent: it may run by then.
            if path in ("victim.kernel_stack", "victim.threads"):
                continue
            # A stack without mem_cgroup_out_of_memory leaves three possibilities.
            if path in ("scope", "limit") and not memcg:
                continue
            if path == "limit" and not settled:
                continue
        if path in LANGUAGE_STACKS and may_lack_language(record, path, tier):
            continue
        # Of an invocation that killed nothing, what there was to see differs.
        if record.get("outcome") == "killed":
            problems.append("%s is null, though it can be known" % path)

    for name in missed:
        found, value = lookup(record, name)
        if name == "trigger.user_stack" and trigger.get("user_stack_truncated") is True:
            continue
        # Names of what later versions add may be there already.
        if found and not has_null(value) and not is_cut(value):
            problems.append("capture.missed names %s, which is %r" % (name, value))
    for path in ("trigger.cgroup", "victim.cgroup", "limit.cgroup"):
        _, value = lookup(record, path)
        if is_cut(value) and path not in missed:
            problems.append("%s is cut, and capture.missed does not say so" % path)
    if trigger.get("user_stack_truncated") is True and "trigger.user_stack" not in missed:
        problems.append("trigger.user_stack is cut, and capture.missed does not say so")
    return problems


def may_lack_language(record, path, tier):
    """Whether an interpreter's stack may have been gone already: nothing waits for it to be read without the hold."""
    if not path.startswith(LANGUAGE_STACKS):
        return False
    name = next(name for name in LANGUAGE_STACKS if path.startswith(name))
    if lookup(record, name)[1] is not None or name not in lookup(record, "capture.missed")[1]:
        return False
    hold = lookup(record, "capture.hold.state")[1]
    return tier == "tracepoint" or hold is not None and hold != "acknowledged"


def check_languages(record):
    """What an interpreter was doing: its name and stack go together."""
    problems = []
    trigger, victim = record.get("trigger") or {}, record.get("victim") or {}

    def pair(which, language, stack):
        if stack and language is None:
            problems.append("%s has a stack of no language" % which)
        if stack == [] and language is not None and which == "trigger":
            problems.append("trigger.language is %r, and its stack is empty" % language)
        # Before its memory was read the version may be in no name.
        if language is not None and not re.match(
                r"Python( 3\.\d+)?$" if stack is None else r"Python 3\.\d+$", str(language)):
            problems.append("%s.language is %r" % (which, language))

    pair("trigger", trigger.get("language"), trigger.get("language_stack"))
    problems += check_language_frames(trigger.get("language_stack"), "trigger.language_stack")
    same = victim.get("pid") == trigger.get("pid")
    if same and victim.get("language") != trigger.get("language"):
        problems.append("victim.language is %r, the same process's trigger.language %r" % (
            victim.get("language"), trigger.get("language")))
    if same and victim.get("language_stacks"):
        problems.append("victim.language_stacks repeats the trigger's process")
    if not same:
        pair("victim", victim.get("language"), victim.get("language_stacks"))
    stacks = victim.get("language_stacks")
    tids = []
    for index, thread in enumerate(stacks if isinstance(stacks, list) else []):
        at = "victim.language_stacks[%d]" % index
        # Before 3.11 a thread knows itself by no number of the kernel's.
        old = re.match(r"Python 3\.(8|9|10)$", str(victim.get("language")))
        if not isinstance(thread, dict) or type(thread.get("tid")) is not int and not (
                old and "tid" in thread and thread["tid"] is None):
            problems.append("%s is %r" % (at, thread))
            continue
        if thread["tid"] is not None:
            tids.append(thread["tid"])
        if not thread.get("frames"):
            problems.append("%s.frames is %r" % (at, thread.get("frames")))
        problems += check_language_frames(thread.get("frames"), at + ".frames")
    if len(tids) != len(set(tids)):
        problems.append("victim.language_stacks has a thread twice: %s" % tids)
    method = trigger.get("user_stack_method")
    if method is not None and method not in METHODS:
        problems.append("trigger.user_stack_method is %r" % method)
    return problems


def frame_objects(frames, path, problems):
    """Where each stands, and the frame; those that lack what all frames have are problems."""
    for index, frame in enumerate(frames if isinstance(frames, list) else []):
        at = "%s[%d]" % (path, index)
        if not isinstance(frame, dict):
            problems.append("%s is %r" % (at, frame))
            continue
        absent = [name for name in FRAME_FIELDS if name not in frame]
        if absent:
            problems.append("%s has no %s" % (at, ", ".join(absent)))
        yield at, frame


def check_language_frames(frames, path):
    """Frames of an interpreter are in no file that is mapped."""
    problems = []
    for at, frame in frame_objects(frames, path, problems):
        for name in ("address", "offset", "module", "build_id"):
            if frame.get(name) is not None:
                problems.append("%s.%s is %r" % (at, name, frame[name]))
        for name, kind in (("symbol", str), ("file", str), ("line", int), ("inlined", bool)):
            if type(frame.get(name)) is not kind:
                problems.append("%s.%s is %r" % (at, name, frame.get(name)))
    return problems


def check_frames(frames, path):
    problems = []
    for at, frame in frame_objects(frames, path, problems):
        if not re.match(r"0x[0-9a-f]+$", str(frame.get("address"))):
            problems.append("%s.address is %r" % (at, frame.get("address")))
        elif not int(frame["address"], 16):
            problems.append("%s.address is 0" % at)
        if type(frame.get("offset")) is int and frame["offset"] < 0:
            problems.append("%s.offset is %d" % (at, frame["offset"]))
        # What is inlined begins nowhere.
        if frame.get("symbol") is not None and type(frame.get("offset")) is not int and (
                frame.get("inlined") is not True):
            problems.append("%s: a symbol and no offset: %r" % (at, frame))
    return problems


def is_running(record, contended):
    """Whether the victim may run on another CPU while the kernel and we look at it.

    Then it goes on growing, or exits already, by any number of pages between two looks. A victim that is the
    trigger is inside the OOM killer itself.
    """
    return contended and lookup(record, "victim.tid")[1] != lookup(record, "trigger.tid")[1]


def check_arithmetic(record, facts, contended=False):
    """The record's own sums, and the score against what it is made of. CONTENDED: see check_against_log."""
    problems = []
    victim = record.get("victim") or {}
    memory, score = victim.get("memory") or {}, victim.get("score") or {}
    tolerance = facts.tolerance_pages()
    if facts.version() < (6, 2):
        # Read one after the other, with what a waking victim adds to the sum in between.
        tolerance = 16 * 64 * (victim.get("threads") or 1)

    def known(*values):
        return all(type(value) is int for value in values)

    def equal(what, ours, theirs, slack=0):
        if known(ours, theirs) and abs(ours - theirs) > slack:
            problems.append("%s: %d and %d" % (what, ours, theirs))

    parts = [memory.get(name) for name in ("anon_bytes", "file_bytes", "shmem_bytes")]
    if known(*parts):
        equal("memory: rss_bytes is not anon + file + shmem", memory.get("rss_bytes"), sum(parts))
    for name, value in memory.items():
        if known(value) and (value < 0 or value % PAGE and name != "pgtables_bytes"):
            problems.append("memory.%s is %d" % (name, value))

    parts = [score.get(name) for name in ("rss_pages", "swap_pages", "pgtables_pages", "adj_pages")]
    if known(*parts):
        equal("score: points_pages is not rss + swap + pgtables + adj", score.get("points_pages"),
              sum(parts))
    total = score.get("total_pages")
    if known(total, victim.get("oom_score_adj")):
        equal("score: adj_pages is not oom_score_adj * (total_pages / 1000)", score.get("adj_pages"),
              victim["oom_score_adj"] * (total // 1000))
    if known(total, score.get("points_pages")) and total > 0:
        equal("score: per_mille is not points_pages * 1000 / total_pages", score.get("per_mille"),
              int(score["points_pages"] * 1000 / total), 1 if score["points_pages"] < 0 else 0)
    if is_running(record, contended):
        memory = {}
    if known(memory.get("rss_bytes")):
        equal("score: rss_pages is not what memory.rss_bytes says", score.get("rss_pages"),
              memory["rss_bytes"] // PAGE, 3 * tolerance)
    if known(memory.get("swap_bytes")):
        equal("score: swap_pages is not what memory.swap_bytes says", score.get("swap_pages"),
              memory["swap_bytes"] // PAGE, tolerance)
    if known(memory.get("pgtables_bytes")):
        equal("score: pgtables_pages is not what memory.pgtables_bytes says",
              score.get("pgtables_pages"), memory["pgtables_bytes"] // PAGE)

    limit = record.get("limit") or {}
    if facts.swap_total_kb == "0":
        if record.get("scope") == "memcg" and known(limit.get("limit_bytes")):
            equal("score: total_pages is not the limit", total, limit["limit_bytes"] // PAGE)
        elif record.get("scope") == "global":
            equal("score: total_pages is not the machine's memory", total,
                  int(facts.mem_total_kb) * 1024 // PAGE)
    return problems


def check_killed(process, memory, killed, facts, path, granted=0, around=0, running=False):
    """A process of the record against its line "Killed process"."""
    problems = []
    tolerance = (facts.tolerance_pages() + granted) * PAGE
    file_tolerance = (facts.tolerance_pages() + around) * PAGE

    def equal(name, ours, theirs, slack=0):
        if ours is None:
            return
        if (abs(ours - theirs) > slack) if slack else ours != theirs:
            problems.append("%s%s is %r, the kernel's line says %r" % (path, name, ours, theirs))

    equal("tid", process.get("tid"), killed.tid)
    equal("comm", process.get("comm"), decode(killed.comm))
    equal("uid", process.get("uid"), killed.uid)
    equal("oom_score_adj", process.get("oom_score_adj"), killed.oom_score_adj)
    equal("memory.virtual_bytes", memory.get("virtual_bytes"), killed.total_vm_kb * 1024)
    if running:
        return problems
    equal("memory.anon_bytes", memory.get("anon_bytes"), killed.anon_kb * 1024, tolerance)
    equal("memory.file_bytes", memory.get("file_bytes"), killed.file_kb * 1024, file_tolerance)
    equal("memory.shmem_bytes", memory.get("shmem_bytes"), killed.shmem_kb * 1024, file_tolerance)
    if memory.get("pgtables_bytes") is not None:
        equal("memory.pgtables_bytes in kB", memory["pgtables_bytes"] >> 10, killed.pgtables_kb)
    return problems


def stocks(facts, threads):
    """Pages by which a process other than the trigger may be counted anew: of one kind, and of a file.

    Before 6.2 each thread counts up to 64 of its faults by itself. A victim that wakes up adds its own to the sum
    at any moment after the signal: the kernel's table and its line "Killed process" differ by that. Of a file one
    fault maps sixteen pages.
    """
    faults = 64 * (threads or 1) if facts.version() < (6, 2) else 0
    return faults, 16 * faults


def is_settled(log, facts):
    """False when memory was being freed on another CPU while the kernel and we looked at the counters."""
    if not log.memory:
        return True
    usage_kb, limit_kb, _ = log.memory
    # A CPU takes up to 64 pages in advance.
    return usage_kb + 64 * int(facts.cpus) * PAGE // 1024 >= limit_kb


def check_against_log(record, log, facts, cut=(), contended=False):
    """Every number of the kernel's lines against the record.

    CUT names paths too deep for both. CONTENDED: other tasks ran into the same limit meanwhile, so that
    its failcnt went on counting, and a victim among them is_running(): what its memory was then is not
    compared, who it is and what does not move is.
    """
    problems = []
    trigger, victim = record.get("trigger") or {}, record.get("victim") or {}
    memory, score = victim.get("memory") or {}, victim.get("score") or {}
    limit = record.get("limit") or {}
    granted = around = 0
    if victim.get("tid") != trigger.get("tid"):
        granted, around = stocks(facts, victim.get("threads"))
    # What CPUs were granted in advance is taken back from them, by another thread, while the kernel reports.
    drained = 64 * int(facts.cpus) * PAGE
    tolerance = facts.tolerance_pages() + granted

    def equal(path, ours, theirs, slack=0):
        if ours is None:
            return
        if (abs(ours - theirs) > slack) if slack else ours != theirs:
            problems.append("%s is %r, the kernel's log says %r" % (path, ours, theirs))

    if not log.complete:
        return ["the kernel left out its report, it had too many to print"]

    # "invoked oom-killer"
    equal("trigger.comm", trigger.get("comm"), decode(log.comm))
    equal("trigger.gfp_mask", trigger.get("gfp_mask"), log.gfp_mask)
    equal("trigger.gfp_flags", trigger.get("gfp_flags"), log.gfp_flags)
    equal("trigger.order", trigger.get("order"), log.order)
    equal("trigger.oom_score_adj", trigger.get("oom_score_adj"), log.oom_score_adj)
    equal("sysrq", record.get("sysrq"), log.order == -1)

    # "oom-kill:"
    if log.constraint is None:
        problems.append("the kernel's log has no readable line \"oom-kill:\"")
    else:
        equal("scope", record.get("scope"), SCOPES[log.constraint])
        if log.oom_memcg is not None and "limit.cgroup" not in cut:
            equal("limit.cgroup", limit.get("cgroup"), decode(log.oom_memcg))
        if "victim.cgroup" not in cut:
            equal("victim.cgroup", victim.get("cgroup"), decode(log.task_memcg))
        equal("victim.pid", victim.get("pid"), log.pid)
        equal("victim.uid", victim.get("uid"), log.uid)
        # The line names the first thread, the record the one that holds the memory.
        if victim.get("pid") == victim.get("tid"):
            equal("victim.comm", victim.get("comm"), decode(log.task))

    # "Killed process", once for each, the first of a group again at its turn
    if not log.killed:
        problems.append("the kernel's log has no line \"Killed process\"")
    else:
        equal("message", record.get("message"), log.killed[0].message)
        problems += check_killed(victim, memory, log.killed[0], facts, "victim.", granted, around,
                                 is_running(record, contended))
        others = {item.get("tid"): item for item in record.get("also_killed") or []
                  if isinstance(item, dict)}
        for killed in log.killed[1:]:
            if killed.tid == log.killed[0].tid:
                continue
            if killed.tid not in others:
                problems.append("also_killed lacks %d, which the kernel's log has" % killed.tid)
                continue
            other = others[killed.tid]
            problems += check_killed(other, other.get("memory") or {}, killed, facts,
                                     "also_killed %d: " % killed.tid,
                                     *stocks(facts, other.get("threads")))

    # The counters of the cgroup whose limit was hit
    swap = log.memsw or log.swap
    for name, counter in (("", log.memory), ("swap_", swap)):
        if counter and record.get("scope") == "memcg":
            if is_settled(log, facts) and not contended:
                # Version 2 counts swap alone, and of that nothing is granted in advance.
                slack = 0 if name and not log.memsw else drained
                usage, logged = limit.get(name + "usage_bytes"), counter[0] * 1024
                # Read behind the signal, when a victim may be giving its memory back already.
                late = (record.get("capture") or {}).get("hook") == "tracepoint"
                if not (late and type(usage) is int and 0 < usage < logged):
                    equal("limit.%susage_bytes" % name, usage, logged, slack)
            equal("limit.%slimit_bytes" % name, limit.get(name + "limit_bytes"), counter[1] * 1024)
    if log.memory and record.get("scope") == "memcg":
        if not contended:
            equal("limit.failcnt", limit.get("failcnt"), log.memory[2])
    elif record.get("scope") == "memcg":
        problems.append("the kernel's log has no line \"memory: usage\"")

    # The victim's row of "Tasks state"
    rows = [task for task in log.tasks if task.tgid == victim.get("pid")]
    if len(rows) != 1:
        problems.append("the kernel's table has %d rows for the victim" % len(rows))
    for row in rows[:1]:
        equal("victim.tid", victim.get("tid"), row.pid)
        equal("victim.comm", victim.get("comm"), decode(row.name))
        equal("victim.uid", victim.get("uid"), row.uid)
        equal("victim.oom_score_adj", victim.get("oom_score_adj"), row.oom_score_adj)
        equal("victim.memory.virtual_bytes", memory.get("virtual_bytes"), row.total_vm * PAGE)
        if is_running(record, contended):
            continue
        equal("victim.memory.pgtables_bytes", memory.get("pgtables_bytes"), row.pgtables_bytes)
        equal("victim.memory.swap_bytes", memory.get("swap_bytes"), row.swapents * PAGE,
              tolerance * PAGE)
        rss_tolerance = 3 * facts.tolerance_pages() + granted + 2 * around
        equal("victim.memory.rss_bytes", memory.get("rss_bytes"), row.rss * PAGE,
              rss_tolerance * PAGE)
        for name, column in (("anon", "rss_anon"), ("file", "rss_file"), ("shmem", "rss_shmem")):
            if hasattr(row, column):
                equal("victim.memory.%s_bytes" % name, memory.get(name + "_bytes"),
                      getattr(row, column) * PAGE, tolerance * PAGE)
        equal("victim.score.rss_pages", score.get("rss_pages"), row.rss, rss_tolerance)
        equal("victim.score.swap_pages", score.get("swap_pages"), row.swapents, tolerance)
        equal("victim.score.pgtables_pages", score.get("pgtables_pages"),
              row.pgtables_bytes // PAGE)
    return problems


CANDIDATE_FIELDS = {
    "pid": int, "comm": str, "cgroup": str, "points_pages": int, "rss_bytes": int, "swap_bytes": int,
    "pgtables_bytes": int, "oom_score_adj": int, "verdict": str}
VERDICTS = ("chosen", "eligible", "unkillable")


def check_candidate(entry, row, total, slack, running):
    """One of them against its row of the kernel's table; RUNNING: its memory changes meanwhile."""
    problems = []

    def equal(name, theirs, slack=0):
        if abs(entry[name] - theirs) > slack:
            problems.append("candidate %d: %s is %d, the kernel's table says %d" % (
                entry["pid"], name, entry[name], theirs))

    if not running:
        equal("rss_bytes", row.rss * PAGE, slack * PAGE)
        equal("swap_bytes", row.swapents * PAGE, slack * PAGE)
        equal("pgtables_bytes", row.pgtables_bytes)
    equal("oom_score_adj", row.oom_score_adj)
    if entry["comm"] != decode(row.name):
        problems.append("candidate %d: comm is %r, the kernel's table says %r" % (
            entry["pid"], entry["comm"], decode(row.name)))
    points = (entry["rss_bytes"] + entry["swap_bytes"]) // PAGE + entry["pgtables_bytes"] // PAGE + (
        entry["oom_score_adj"] * (total // 1000))
    equal("points_pages", points)
    return problems


def check_candidates(record, log, facts, tracers=(), wanted=10):
    """Whom the kernel weighed, against its own table of the same moment: the same, in the same order. TRACERS: pids of
    those who are at work on this very record between the scan and the table.
    """
    candidates, victim = record.get("candidates"), record.get("victim") or {}
    if is_allocating_task(record) and candidates != {"considered": 0, "top": []}:
        return ["nobody was weighed, and candidates are %r" % candidates]
    total = (victim.get("score") or {}).get("total_pages")
    if candidates is None or total is None or not log.complete or (
            None in (candidates.get("considered"), candidates.get("top"))):
        return []
    top, problems = candidates["top"], []
    for entry in top:
        problems += check_types(entry, CANDIDATE_FIELDS, "candidates.top: ")
        if entry.get("verdict") not in VERDICTS or (
                entry["verdict"] == "unkillable") != bool(entry.get("reason")):
            problems.append("candidate %s: verdict %r, reason %r" % (
                entry.get("pid"), entry.get("verdict"), entry.get("reason")))
    if problems:
        return problems
    chosen = [entry["pid"] for entry in top if entry["verdict"] == "chosen"]
    if chosen != [victim.get("pid")]:
        problems.append("chosen is %s, the victim %s" % (chosen, victim.get("pid")))
    points = [entry["points_pages"] for entry in top if entry["points_pages"] is not None]
    if points != sorted(points, reverse=True):
        problems.append("candidates are not in the order of their points: %s" % points)
    # The table has neither kernel threads nor processes whose memory is gone.
    without = 16 if record.get("scope") == "memcg" else 1000
    if not len(log.tasks) <= candidates["considered"] <= len(log.tasks) + without:
        problems.append("%d were considered, the kernel's table has %d" % (
            candidates["considered"], len(log.tasks)))
    # Threads of kernels before 6.2 count some of their pages apart from the sum.
    slack = 3 * facts.tolerance_pages() + (64 if facts.version() < (6, 2) else 0)
    rows = {row.tgid: row for row in log.tasks}
    ours = {entry["pid"] for entry in top}
    for entry in top:
        if entry["pid"] in rows:
            problems += check_candidate(entry, rows[entry["pid"]], total, slack, entry["pid"] in tracers)
        elif entry["pid"] != 1:
            problems.append("candidate %d is not in the kernel's table" % entry["pid"])
    eligible = [entry["points_pages"] for entry in top if entry["verdict"] != "unkillable"]
    mine = [row for row in log.tasks if row.oom_score_adj > -1000 and row.tgid != 1]
    if len(eligible) != min(wanted, len(mine)):
        problems.append("%d candidates of %d that may be killed" % (len(eligible), len(mine)))
    for row in mine:
        theirs = row.rss + row.swapents + row.pgtables_bytes // PAGE + (
            row.oom_score_adj * (total // 1000))
        if row.tgid not in ours and eligible and theirs > min(eligible) + slack:
            problems.append("%d has %d points and is not among the candidates, the last of which "
                            "has %d" % (row.tgid, theirs, min(eligible)))
    return problems


def check_kernel_stack(record, log):
    """The callers of out_of_memory: functions and offsets as the kernel printed them."""
    frames = (record.get("trigger") or {}).get("kernel_stack") or []
    ours = [(frame.get("symbol"), frame.get("offset")) for frame in frames]
    names = [symbol for symbol, _ in ours]
    # What calls the programs at the entry of out_of_memory: the kernel shows it, as the function's caller since
    # 6.19, which jumps to it.
    # The compiler may have moved what comes before a panic out of the function.
    theirs = [(symbol.removesuffix(".cold"), offset) for symbol, offset in log.stack
              if not symbol.startswith("bpf_trampoline_")]
    if not log.complete:
        return []
    if "out_of_memory" not in [symbol for symbol, _ in theirs]:
        return ["the kernel's log has no call trace"]
    if "out_of_memory" not in names:
        return ["trigger.kernel_stack has no out_of_memory: %s" % names]
    tracing = [name for name in names[:names.index("out_of_memory")] if "bpf" in str(name)]
    if tracing:
        return ["trigger.kernel_stack begins with frames of the tracing: %s" % names]
    ours = ours[names.index("out_of_memory"):]
    # A trampoline in between lets the function stand there twice.
    last = max(at for at, (symbol, _) in enumerate(theirs) if symbol == "out_of_memory")
    theirs = theirs[last:]
    if len(ours) < (4 if log.stack_cut else min(4, len(theirs))):
        return ["trigger.kernel_stack ends early: %s" % names]

    def agree(ours, theirs):
        # A return address, or the call before it.
        return len(theirs) > 2 and all(
            mine[0] == kernels[0] and mine[1] in (kernels[1], kernels[1] - 1)
            for mine, kernels in zip(ours, theirs))

    if log.stack_cut and len(theirs) == 1:
        return []
    # The function itself may have been caught at its entry; its callers stand where they called. Behind it
    # the kernel's trace may show what traces it in place of the caller.
    if not (agree(ours[1:], theirs[1:]) or agree(ours[2:], theirs[2:])):
        return ["trigger.kernel_stack is %s, the kernel's call trace %s" % tuple(
            " ".join("%s+%s" % frame for frame in stack) for stack in (ours, theirs))]
    return []


def check_user_stack(record, functions, programs):
    """The functions of a victim from tests/progs, innermost first, each with where its code lies."""
    problems = []
    frames = (record.get("trigger") or {}).get("user_stack") or []
    names = [frame.get("symbol") for frame in frames]
    if names[:len(functions)] != functions:
        return ["trigger.user_stack is %s, it should begin with %s" % (names, functions)]
    for frame in frames[:len(functions)]:
        at = "trigger.user_stack: %s: " % frame["symbol"]
        module = frame.get("module") or ""
        elf = programs.get(module.rsplit("/", 1)[-1])
        if not elf:
            problems.append(at + "module is %r" % frame.get("module"))
            continue
        if frame.get("build_id") != elf.build_id:
            problems.append(at + "build_id is %r, the file's is %r" %
                            (frame.get("build_id"), elf.build_id))
        start, size = elf.functions[frame["symbol"]]
        offset = frame.get("offset")
        if type(offset) is not int or not 0 <= offset <= size:
            problems.append(at + "offset is %r, the function has %d bytes" % (offset, size))
        elif elf.fixed_address and int(frame["address"], 16) - offset not in (start, start + 1):
            problems.append(at + "address %s and offset %d do not go together, it begins at 0x%x" %
                            (frame["address"], offset, start))
    return problems


ENTRY = {
    "pid": int, "comm": str, "cgroup": str, "points_pages": int, "rss_bytes": int, "swap_bytes": int,
    "pgtables_bytes": int, "oom_score_adj": int, "verdict": str, "first_limit": dict,
}
RANK_FIELDS = {
    "schema": int, "type": str, "run": str, "seq": int, "time": str, "monotonic_ns": int,
    "boot_id": str, "host": dict, "scope": str, "cgroup": str, "total_pages": int, "action": str,
    "kills_group": str, "also_killed": list, "limit": dict, "system": dict, "missed": list,
    "candidates": {"considered": int, "unreadable": int, "tolerance_pages": int, "close": int,
                   "top": list},
}


def check_rank(record):
    """What holds in every record of a ranking."""
    problems = check_types(record, RANK_FIELDS)
    if problems:
        return problems
    top = record["candidates"]["top"]
    for entry in top:
        problems += check_types(entry, ENTRY, "candidates.top: ")
    points = [entry["points_pages"] for entry in top if entry["verdict"] != "unkillable"]
    if points != sorted(points, reverse=True):
        problems.append("points are out of order: %s" % points)
    chosen = [index for index, entry in enumerate(top) if entry["verdict"] == "chosen"]
    if chosen not in ([], [0]):
        problems.append("chosen are %s" % chosen)
    if record["type"] != "rank" or record["missed"]:
        problems.append("type is %r, missed is %s" % (record["type"], record["missed"]))
    return problems


def check_ranking(record, log, facts, changing):
    """A forecast beside the kernel's own table and choice. CHANGING: pids whose memory may have changed since."""
    problems = check_rank(record)
    if problems:
        return problems
    top = {entry["pid"]: entry for entry in record["candidates"]["top"]}
    first = record["candidates"]["top"][0]
    if first["verdict"] != "chosen" or first["pid"] != log.pid:
        problems.append("%d (%s) came first, the kernel chose %d" % (
            first["pid"], first["verdict"], log.pid))
    total_kb = log.memory[1] if log.memory else int(facts.mem_total_kb)
    if int(facts.swap_total_kb) == 0 and record["total_pages"] != total_kb // 4:
        problems.append("total_pages is %d, the memory %d kB" % (record["total_pages"], total_kb))
    compared = 0
    for task in log.tasks:
        entry = top.get(task.tgid)
        if not entry or task.tgid in changing:
            continue
        compared += 1
        ours = (entry["rss_bytes"] // PAGE, entry["swap_bytes"] // PAGE, entry["pgtables_bytes"],
                entry["oom_score_adj"])
        theirs = (task.rss, task.swapents, task.pgtables_bytes, task.oom_score_adj)
        if ours != theirs:
            problems.append("pid %d: rss, swap, page tables and adj are %s, the kernel has %s" % (
                task.tgid, ours, theirs))
        points = task.rss + task.swapents + task.pgtables_bytes // PAGE + (
            task.oom_score_adj * (record["total_pages"] // 1000))
        if entry["points_pages"] is not None and entry["points_pages"] != points:
            problems.append("pid %d: %d points, by the kernel's table %d" % (
                task.tgid, entry["points_pages"], points))
    if not compared:
        problems.append("the kernel's table has none of them")
    return problems
