"""How soon a tool is there: `--version`, and the tab key; and how large the tools are."""

import os
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
    """The median, and what it said at last."""
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment).stdout
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken), said


def measure(work, _):
    runs = 1 if settings.IS_CHECK else 10 * settings.RUNS
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LQ_")}
    found = report.Goals()
    least, _ = milliseconds(["true"], environment, runs)
    for tool in [*SIZES, "lq-ls"]:
        took, said = milliseconds([settings.TOOLS / tool, "--version"], environment, runs)
        if not said.startswith(f"{tool} ".encode()):
            sys.exit(f"{tool} --version: {said}")
        found.at_most(f"`{tool} --version`", took, START, "ms")
    for shown, command in tab.commands(settings.TOOLS / "lq-query", work, environment):
        took, said = milliseconds(command, environment, runs)
        if not said.strip():
            sys.exit(f"{shown} offers nothing")
        found.at_most(f"`{shown}`, {len(said.splitlines()):,} words", took, TAB, "ms")
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
