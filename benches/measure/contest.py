"""The harness: who takes part, how they take turns, and whether they did the same work."""

import hashlib
import os
import re
import shlex
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from . import settings

# What is whose business alone.
FOREIGN = ("LQ_", "BIGQUERY_", "HL_", "BENCH")
CLOCK = "/usr/bin/time"


@dataclass
class Contestant:
    """One command. What it writes replaces what the one before it wrote, in the same files."""

    name: str
    command: list
    # Standard output: a file; without one it is read, and is part of what was `said`.
    out: Path | None = None
    # Where it writes files of its own; it runs there.
    folder: Path | None = None
    stdin: str = ""
    environment: dict = field(default_factory=dict)
    # Says what is wrong with what came out; nothing where it is what it is to be.
    check: Callable[["Contestant"], str] = lambda one: ""
    # Ours, and what ours are measured by: nothing may be wrong with it.
    must: bool = False
    # Seconds of processor time so far of somebody who works for it.
    served: Callable[[], float] | None = None
    seconds: list = field(default_factory=list)
    user: list = field(default_factory=list)
    system: list = field(default_factory=list)
    server: list = field(default_factory=list)
    peak: int = 0
    size: int = 0
    said: str = ""
    fault: str = ""
    # What came out of the first turn: of each file its digest, and the lines of all.
    written: dict = field(default_factory=dict)
    lines: int = 0

    def run(self, work):
        """Runs once. How much memory it takes, GNU time asks: a child of Python inherits Python's own peak."""
        self.clear()
        clock, peak = [], work / "peak"
        if not settings.IS_CHECK:
            clock = [CLOCK, "-q", "-o", peak, "-f", "%M"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        environment |= {"HOME": str(work), "XDG_STATE_HOME": str(work), "XDG_CACHE_HOME": str(work), "TZ": "UTC"}
        environment |= {"LC_ALL": "C", "TMPDIR": str(work)} | self.environment
        before = self.served() if self.served else 0
        with open(self.out or os.devnull, "r+b" if self.out and self.out.exists() else "wb") as out, open(work / "said", "w+b") as err:
            began = time.monotonic()
            process = subprocess.Popen(
                [str(word) for word in [*clock, *self.command]], cwd=self.folder or work, env=environment,
                stdin=subprocess.PIPE if self.stdin else subprocess.DEVNULL,
                stdout=out if self.out else subprocess.PIPE, stderr=err,
            )
            if self.stdin:
                process.stdin.write(self.stdin.encode())
                process.stdin.close()
            said = b"" if self.out else process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - began
            err.seek(0)
            self.said = (said + err.read()).decode(errors="replace")
        process.returncode = os.waitstatus_to_exitcode(status)
        self.fault = f"ended with {process.returncode}: {last_line(self.said)}" if status else ""
        self.seconds.append(seconds)
        self.user.append(usage.ru_utime)
        self.system.append(usage.ru_stime)
        self.server.append(self.served() - before if self.served else 0)
        if clock:
            self.peak = max(self.peak, int(peak.read_text().split()[-1]) * 1024)
        self.size = sum(path.stat().st_size for path in self.files())

    def files(self):
        found = list(self.folder.rglob("*")) if self.folder else []
        return [path for path in found if path.is_file()] + ([self.out] if self.out and self.out.is_file() else [])

    def clear(self):
        """Empties what is to be written, in place: to remove gigabytes just before a run makes the run slow. Files in a
        folder go then: lq-split always makes new ones, and a file system may be slower at that than at filling old ones."""
        if self.folder:
            self.folder.mkdir(exist_ok=True)
        for path in self.files():
            os.truncate(path, 0)
            if path != self.out:
                path.unlink()

    def look(self):
        """Remembers what came out."""
        for path in self.files():
            if path.stat().st_size:
                self.written[path.name] = digest(path)
                self.lines += lines(path)

    def forget(self):
        self.seconds, self.user, self.system, self.server, self.peak = [], [], [], [], 0

    def median(self):
        return statistics.median(self.seconds)

    def processor(self):
        """Seconds of processor time, the median."""
        return statistics.median(map(sum, zip(self.user, self.system)))

    def shown(self):
        """Its command, as one would type it, without the folders of this machine."""
        words = [str(word) for word in self.command]
        line = words[2] if words[:2] == ["sh", "-c"] else shlex.join(words)
        line += f" >{self.out}" if self.out else ""
        return re.sub(r"(?<![\w./])/(?!dev/null)([^\s'\"/]+/)+", "", line)


def limited(files, words):
    """The command with so many file descriptors."""
    return ["sh", "-c", f"ulimit -n {files}; exec {shlex.join(map(str, words))}"]


def last_line(text):
    return next((line.strip()[:160] for line in reversed(text.splitlines()) if line.strip()), "without a word")


def compare(everybody, work, runs=None, patience=settings.PATIENCE):
    """Lets all run in turns. The first turn, in which is checked what came out, warms up and does not count, but for
    those who take longer than there is patience for, in seconds: they have no other."""
    for turn in range((settings.RUNS if runs is None else runs) + 1):
        for one in everybody:
            if one.fault or turn > 0 and one.seconds[0] > patience:
                continue
            if turn == 1:
                one.forget()
            one.run(work)
            if turn == 0 and not one.fault:
                one.look()
                one.fault = one.check(one)
            if one.fault and one.must:
                sys.exit(f"{one.name}: {one.fault}\n    {one.shown()}\n{one.said[:2000]}")
            if one.fault or sys.stderr.isatty():
                told = one.fault or f"{one.seconds[-1]:.2f} s"
                print(f"{one.name}: {told}", file=sys.stderr, flush=True)
    return everybody


def lines(path):
    with open(path, "rb", buffering=0) as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(settings.MIB), b""))


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()


def has_lines(*counts):
    """For a check: so many lines came out, one of these numbers."""
    return lambda one: "" if one.lines in counts else f"{one.lines:,} lines, not {' or '.join(f'{count:,}' for count in counts)}"


def same_lines(other):
    """For a check: as many lines came out as of somebody who runs before."""
    return lambda one: has_lines(other.lines)(one)


def same_bytes(other):
    """For a check: the bytes are those of somebody who runs before."""
    return lambda one: "" if one.written == other.written else same_lines(other)(one) or "as many lines, but other bytes"
