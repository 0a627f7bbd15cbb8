"""The report: a section a part, so that one part can be measured again and the others stay as they are."""

import re
from datetime import date
from pathlib import Path

from . import machine, settings

TITLE = "# What `make bench` measured"

# For contests in which nobody takes too long to run as often as the others.
ENDLESS = float("inf")


def head(peers, more=""):
    """The first paragraph of a section."""
    yield f"{date.today()}; {machine.machine()}; {machine.versions(peers, more)}"
    yield ""


def turns(patience=settings.PATIENCE):
    """A sentence on how often each ran."""
    rest = f"; who took longer than {patience:g} s in that one has no other (once)" if patience != ENDLESS else ""
    return f"Medians of {settings.RUNS} runs in turns, after one that warms up{rest}."


def once(one):
    return " once" if len(one.seconds) == 1 else ""


def verdict(is_reached):
    return "" if is_reached else " (**not reached**)"


def table(everybody, size):
    """Who took how long for so many bytes. Ratios are to the first."""
    ours = everybody[0]
    yield "| what | median | spread | MB/s read | user | system | resident | × |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    for one in everybody:
        if not one.seconds:
            continue
        took, user, system = one.median(), sorted(one.user), sorted(one.system)
        middle = len(user) // 2
        name = f"{one.name} (**{one.fault.replace('|', '/')}**)" if one.fault else one.name
        ratio = "" if one.fault else f"{took / ours.median():.2f}"
        yield (
            f"| {name} | {took:.2f} s | {min(one.seconds):.2f}–{max(one.seconds):.2f}{once(one)} | {size / took / 1e6:.0f} "
            f"| {user[middle]:.2f} s | {system[middle]:.2f} s | {one.peak / settings.MIB:.0f} MiB | {ratio} |"
        )
    yield ""


def commands(everybody):
    """The commands, as code."""
    seen = set()
    for one in everybody:
        shown = one.shown()
        if shown not in seen:
            seen.add(shown)
            yield f"    # {one.name}"
            yield from (f"    {line}" for line in shown.splitlines())
    yield ""


class Goals:
    """The table of what is to be reached."""

    def __init__(self):
        self.rows = []

    def at_least(self, work, ours, other, goal, what=None):
        """Times as fast as another, by medians; also by processor time, which drifts less."""
        if other is None or other.fault:
            return
        ratio = other.median() / ours.median()
        processor = other.processor() / ours.processor() if ours.processor() else 0
        self.rows.append((f"{work}, × {what or other.name}", f"{ratio:.2f}{once(other)}", f"{processor:.2f}", f"{goal}", ratio >= goal))

    def at_most(self, work, value, goal, unit, processor=""):
        self.rows.append((work, f"{value:.1f} {unit}", processor, f"at most {goal} {unit}", value <= goal))

    def lines(self):
        if not self.rows:
            return
        yield "| reached | by time | by processor time | to be |"
        yield "|---|--:|--:|--:|"
        for work, is_, processor, goal, is_reached in self.rows:
            yield f"| {work} | {is_} | {processor} | {goal}{verdict(is_reached)} |"
        yield ""


def write(parts, measured):
    """Puts the sections of the parts that were measured into the report; the others stay. `parts` is the order."""
    path = Path(settings.OUT)
    old = re.split(r"^(?=## )", path.read_text(), flags=re.M)[1:] if settings.OUT != "-" and path.exists() else []
    sections = {text.splitlines()[0].removeprefix("## "): text.rstrip() + "\n" for text in old}
    sections |= {part: "\n".join([f"## {part}", "", *lines]).rstrip() + "\n" for part, lines in measured.items()}
    text = "\n".join([f"{TITLE}\n", *(sections[part] for part in parts if part in sections)])
    print("\n".join(sections[part] for part in measured))
    if settings.OUT != "-":
        path.write_text(text)
