# SPDX-License-Identifier: GPL-2.0
"""The Test Anything Protocol: written by the checkers, read by the runner."""

import re
import sys


def _one_line(text):
    return "".join(c if c.isprintable() else "\\x%02x" % ord(c) for c in text)


class Writer:
    def __init__(self, out=None):
        self.out = out or sys.stdout
        self.count = 0
        self.failed = 0

    def _line(self, text):
        self.out.write(text + "\n")
        self.out.flush()

    def result(self, what, problems=()):
        """One test; it passed when there are no problems."""
        self.count += 1
        problems = list(problems)
        if problems:
            self.failed += 1
        self._line("%sok %d - %s" % ("not " if problems else "", self.count, _one_line(what)))
        for problem in dict.fromkeys(problems):
            times = problems.count(problem)
            lines = problem.split("\n")
            if times > 1:
                lines[-1] += " (%d times)" % times
            for line in lines:
                self._line("#   " + _one_line(line))

    def skip(self, what, reason):
        self.count += 1
        self._line("ok %d - %s # SKIP %s" % (self.count, _one_line(what), _one_line(reason)))

    def plan(self):
        self._line("1..%d" % self.count)


class Reader:
    """Counts results; a broken plan or a bad end of the program that printed them is a failure too."""

    LINE = re.compile(r"(not )?ok\b\s*(\d+)?\s*(?:-\s*)?(.*)$")

    def __init__(self):
        self.passed = 0
        self.skipped = 0
        self.failures = []
        self._planned = None
        self._seen = 0
        self._open_failure = None

    @property
    def failed(self):
        return len(self.failures)

    def feed(self, line):
        line = line.rstrip("\n")
        plan = re.match(r"1\.\.(\d+)", line)
        if plan:
            # cmocka prints one plan before each of several groups.
            self._planned = (self._planned or 0) + int(plan.group(1))
            return
        match = self.LINE.match(line)
        if match:
            self._seen += 1
            self._open_failure = None
            what = match.group(3)
            if re.search(r"#\s*skip\b", what, re.IGNORECASE):
                if match.group(1):
                    self._fail("skipped and failed: " + what)
                else:
                    self.skipped += 1
            elif match.group(1):
                self._fail(what)
            else:
                self.passed += 1
            return
        if self._open_failure is not None and line.startswith("#"):
            self.failures[self._open_failure][1].append(line)

    def _fail(self, what):
        self.failures.append((what, []))
        self._open_failure = len(self.failures) - 1

    def end(self, name, status):
        """After the last line: STATUS is how the program ended."""
        if self._planned is None:
            self._fail("%s: printed no plan, so it may have stopped half-way" % name)
        elif self._planned != self._seen:
            self._fail("%s: planned %d tests, ran %d" % (name, self._planned, self._seen))
        if status != 0 and not self.failures:
            self._fail("%s: ended with status %d" % (name, status))
