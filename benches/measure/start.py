"""How soon a tool is there: `--version`, and the tab key; and how large the tools are."""

import os
import resource
import statistics
import subprocess
import sys
import time

from . import report, settings, tab

TITLE = "Start, TAB, sizes"
# Megabytes.
SIZES = {"lq-query": 12, "lq-fmt": 6, "lq-split": 3}
START, TAB = 5, 30


def milliseconds(command, environment, runs):
    """The median, the processor time of one run, and what it said at last."""
    taken, before = [], resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(runs):
        began = time.perf_counter()
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment).stdout
        taken.append((time.perf_counter() - began) * 1000)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000 / runs
    return statistics.median(taken), f"{processor:.1f} ms", said


def measure(work, _):
    runs = 1 if settings.IS_CHECK else 10 * settings.RUNS
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LQ_")}
    found = report.Goals()
    least, _, _ = milliseconds(["/bin/true"], environment, runs)
    for tool in [*SIZES, "lq-ls"]:
        took, processor, said = milliseconds([settings.TOOLS / tool, "--version"], environment, runs)
        if not said.startswith(f"{tool} ".encode()):
            sys.exit(f"{tool} --version: {said}")
        found.at_most(f"`{tool} --version`", took, START, "ms", processor)
    for shown, command in tab.commands(settings.TOOLS / "lq-query", work, environment):
        took, processor, said = milliseconds(command, environment, runs)
        if not said.strip():
            sys.exit(f"{shown} offers nothing")
        found.at_most(f"`{shown}`, {len(said.splitlines()):,} words", took, TAB, "ms", processor)
    for tool, most in SIZES.items():
        found.at_most(f"size of {tool}", (settings.TOOLS / tool).stat().st_size / 1e6, most, "MB")
    if settings.IS_CHECK:
        return
    yield from report.head([])
    yield (
        f"Medians of {runs} runs, from the call to the end of the process; `true` takes {least:.1f} ms so. Of the tab key "
        f"{tab.CONTAINERS:,} containers are known."
    )
    yield ""
    yield from found.lines()
