# SPDX-License-Identifier: GPL-2.0
"""The user's part of a stack against what the victims of tests/progs/stacks are known to do.

A stack is described innermost function first, by words of these forms:

    NAME                    a function of the victim's own
    NAME@FILE               ... with that source file
    NAME@FILE:LINE:MARKER   ... in the line that has the comment LINE:MARKER
    NAME@FILE:NUMBER        ... in that line
    NAME...!                ... inlined into the next one
    +NAME                   ... of which the record has no name, but where it lies in the file
    WORD{N} WORD{N+}        the same N times, or at least so often
    [MODULE]                one frame of a library, or of the program's start
    ...                     any number of those

In a NAME "~" stands for a blank. In front of the first and behind the last, frames of libraries may be
anything; between two others they stand only where the description has them.
"""

import fnmatch
import os
import re

import records

START = ("_start", "__libc_start*", "_init", "clone", "clone3", "__clone*", "start_thread", "_dl_*")


class Sources:
    """The victims' own files."""

    def __init__(self, directory):
        self.texts = {}
        for name in os.listdir(directory):
            path = os.path.join(directory, name)
            if os.path.isfile(path):
                with open(path, encoding="utf-8") as file:
                    self.texts[name] = file.read().split("\n")

    def line(self, name, marker):
        """The line of a file with the comment LINE:MARKER."""
        word = re.compile(r"(/\*|//|#) LINE:%s( \*/)?$" % re.escape(marker))
        found = [number for number, text in enumerate(self.texts[name], 1) if word.search(text)]
        if len(found) != 1:
            raise ValueError("%s has LINE:%s %d times" % (name, marker, len(found)))
        return found[0]

    def has(self, path):
        """Whether a file that a frame names is one of these: their directory is built or installed as "stacks"."""
        directory, name = os.path.split(path)
        return name in self.texts and os.path.basename(directory) in ("stacks", "")


class Word:
    """One word of a description."""

    def __init__(self, text, sources):
        self.text = text
        self.least = self.most = 1
        times = re.search(r"\{(\d+)(\+?)\}$", text)
        if times:
            text = text[:times.start()]
            self.least = int(times.group(1))
            self.most = None if times.group(2) else self.least
        self.library = text == "..." or text[0] == "[" and text[-1] == "]"
        if self.library:
            self.module = "*" if text == "..." else text[1:-1]
            if text == "...":
                self.least, self.most = 0, None
            return
        self.inlined = text.endswith("!")
        text, at, place = text.rstrip("!").rpartition("@")
        if not at:
            text, place = place, ""
        self.unnamed = text.startswith("+")
        self.name = text.lstrip("+").replace("~", " ")
        self.file, _, line = place.partition(":")
        if line.startswith("LINE:"):
            self.line = sources.line(self.file, line[5:])
        else:
            self.line = int(line) if line else None

    def problem(self, frame):
        """What is wrong with a frame that should be this, or None."""
        if self.library:
            if frame.own:
                return "is no library's"
            return None if fnmatch.fnmatchcase(frame.module, self.module) else "lies elsewhere"
        if not frame.own:
            return "is no function of the victim"
        if self.unnamed:
            if frame.get("symbol") is not None or frame.located != self.name:
                return "lies in %s" % frame.located
            return None
        if frame.get("symbol") != self.name:
            return "is another function"
        if self.file:
            path = frame.get("file") or ""
            if not ("/" + path).endswith("/" + self.file):
                return "has file %r" % frame.get("file")
        if self.line is not None and frame.get("line") != self.line:
            return "is in line %r, not %d" % (frame.get("line"), self.line)
        if bool(frame.get("inlined")) != self.inlined:
            return "has inlined %r" % frame.get("inlined")
        return None


class Frame:
    """A frame of a record, and whose it is."""

    def __init__(self, frame, programs, sources):
        self.frame = frame
        module = (frame.get("module") or "").replace(" (deleted)", "")
        self.module = module.rsplit("/", 1)[-1]
        self.elf = programs.get(self.module)
        self.address = None
        if self.elf and type(frame.get("file_offset")) is int:
            self.address = self.elf.address_of(frame["file_offset"])
        self.located = self.begin = None
        # A return address may lie behind the end of the function that the call ends.
        for address in (self.address - 1, self.address) if self.address else ():
            found = self.elf.function_at(address)
            if found:
                self.located, self.begin = found
                break
        self.told = frame.get("file") is not None and sources.has(frame["file"])
        self.own = self.told or frame.get("file") is None and self._is_own(sources)

    def _is_own(self, sources):
        if not self.frame.get("module"):
            # Compiled at run time. A frame that is nowhere belongs to nobody.
            return self.frame.get("symbol") is not None
        name = self.frame.get("symbol") or self.located
        if not self.elf or name is None:
            return False
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in START):
            return False
        # What a static program has of libc is defined in none of its own files.
        function = re.compile(r"^\S.*\b%s\(|\b%s\(.*\)$" % ((re.escape(short(name)),) * 2))
        return any(function.search(text) for lines in sources.texts.values() for text in lines
                   if not text.startswith(("\t", " ", "#", "/")))

    def get(self, key):
        return self.frame.get(key)

    def __str__(self):
        text = str(self.frame.get("symbol") or "+%s" % self.located)
        if self.frame.get("file") is not None:
            text += "@%s:%s" % (os.path.basename(self.frame["file"]), self.frame.get("line"))
        if self.frame.get("inlined"):
            text += "!"
        return text if self.own else "[%s %s]" % (self.module or "?", text)


def read(frames, programs, sources):
    """The frames of a record."""
    frames = [Frame(frame, programs, sources) for frame in frames]
    # Where the victim's own functions have files, what has none was linked to them.
    told = {frame.module for frame in frames if frame.told and frame.module}
    for frame in frames:
        frame.own = frame.told or frame.own and frame.module not in told
    return frames


def short(name):
    """The name of a function without where it is declared and what it takes."""
    return re.sub(r"<.*|\(.*", "", name).rsplit("::", 1)[-1] or name


def lookup(record, path):
    """The value of a dotted path; of a list, "tid=N" is the member for that thread, a number the one at that place."""
    value = record
    for name in path.split("."):
        if isinstance(value, list):
            key, _, wanted = name.rpartition("=")
            if key:
                value = next((member for member in value if str(member.get(key)) == wanted), None)
            else:
                value = value[int(name)] if int(name) < len(value) else None
        else:
            value = value.get(name) if isinstance(value, dict) else None
    return value


def take(words, frames):
    """Lays words over frames from the first frame on; returns (frames used, problem)."""
    at = 0
    for index, word in enumerate(words):
        count = 0
        while word.most is None or count < word.most:
            if at == len(frames):
                break
            problem = word.problem(frames[at])
            if problem:
                if count < word.least:
                    return at, "%s %s, it should be %s" % (frames[at], problem, word.text)
                break
            # What may be repeated ends where the next one fits.
            if word.most is None and count >= word.least and index + 1 < len(words) and (
                    not words[index + 1].problem(frames[at])):
                break
            at += 1
            count += 1
        if count < word.least:
            return at, "it ends where %s should be" % word.text
    return at, None


def wants_more(words, frames):
    """Whether the frames are a beginning of what the words describe."""
    used, problem = take(words, frames)
    return used == len(frames) and (problem or "").startswith("it ends")


def check(frames, words, truncated=False):
    """Problems of a stack with its description. TRUNCATED: the record says that it may go on."""
    start = next((at for at, frame in enumerate(frames) if frame.own), None)
    shown = " ".join(map(str, frames))
    if start is None:
        return ["no function of the victim is in %s" % shown]
    if words[0].library:
        start = 0
    frames = frames[start:]
    used, problem = take(words, frames)
    if problem and truncated and wants_more(words, frames):
        return []
    if problem:
        return ["%s: %s" % (problem, shown)]
    rest = [frame for frame in frames[used:] if frame.own]
    if rest:
        return ["%s follows behind the last: %s" % (rest[0], shown)]
    return []


def subsequence(frames, words):
    """Problems when the words do not stand there in this order, whatever is between."""
    at = 0
    for word in words:
        while at < len(frames) and (frames[at].get("symbol") != word.name if not word.library else
                                    not fnmatch.fnmatchcase(frames[at].module, word.module)):
            at += 1
        if at == len(frames):
            return ["%s is missing, or not in its place: %s" % (
                word.text, " ".join(map(str, frames)))]
        at += 1
    return []


def consistency(frames):
    """Each frame of a program that is known: its build id, and its offset in the function it is in."""
    problems = []
    for index, frame in enumerate(frames):
        if not frame.elf:
            continue
        if frame.get("build_id") != frame.elf.build_id:
            problems.append("%s: build_id is %r, the file's is %r" % (
                frame, frame.get("build_id"), frame.elf.build_id))
        if frame.address is None:
            problems.append("%s: file_offset is %r" % (frame, frame.get("file_offset")))
        elif frame.get("inlined"):
            if index + 1 == len(frames) or frames[index + 1].get("address") != frame.get("address"):
                problems.append("%s: is inlined into nothing" % frame)
        elif frame.get("symbol") is None:
            if frame.get("offset") != frame.get("file_offset"):
                problems.append("%s: offset is %r, in the file it is %r" % (
                    frame, frame.get("offset"), frame.get("file_offset")))
        elif frame.located and frame.get("offset") != frame.address - frame.begin:
            problems.append("%s: offset is %r, the function begins %d before" % (
                frame, frame.get("offset"), frame.address - frame.begin))
        if frame.address is not None and int(frame.get("address"), 16) % records.PAGE != (
                frame.address % records.PAGE):
            problems.append("%s: address %s is not where the file is mapped" % (
                frame, frame.get("address")))
    return problems
