"""What the figures are of: the machine, the versions of all that took part, and who is not there."""

import json
import os
import platform
import shutil
import subprocess
from pathlib import Path

from . import settings

# What a peer answers with its version.
ASKS = {"lnav": "-V", "mawk": "-W version"}


def find(name):
    """The path of a peer; None where it is not there."""
    box = settings.TOOLBOX
    places = [box / "bin", box / "node/node_modules/.bin", box / "python/bin"]
    return shutil.which(name, path=os.pathsep.join([os.environ["PATH"], *map(str, places)]))


def output(*command, environment={}):
    words = [str(word) for word in command]
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | environment).stdout


def machine():
    processor = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = next(int(line.split()[1]) // settings.MIB for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    disk, outputs = (output("stat", "-f", "-c", "%T", path).strip() for path in [settings.DIR, settings.OUTPUTS])
    system = f"Linux {platform.release().split('-')[0]}, data on {disk}, outputs on {outputs}"
    return f"{processor}, {os.cpu_count()} cores, {memory} GiB, {system}"


def version(name):
    package = Path(find(name)).resolve().parent / "package.json"
    if package.exists():
        return f"{name} {json.loads(package.read_text())['version']}"
    asked = [find(name), *ASKS.get(name, "--version").split()]
    said = subprocess.run(asked, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
    words = next((line for line in said.splitlines() if any(map(str.isdigit, line))), "?").replace(",", " ").split()
    number = next((word for word in words if any(map(str.isdigit, word))), "?").removeprefix(f"{name}-").removeprefix("v")
    return f"{name} {number}"


def modules(python, names):
    """The versions of modules that a Python has."""
    code = "import sys; from importlib.metadata import version\nfor n in sys.argv[1:]: print(n, version(n), end=', ')"
    return output(python, "-c", code, *names).rstrip(", ")


def git(*words):
    return subprocess.run(
        ["git", *words], cwd=settings.PROJECT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def versions(peers, more=""):
    """A sentence on who took part, and one on who did not."""
    there = [version(name) for name in peers if find(name)]
    lacking = [name for name in peers if not find(name)]
    lq = output(settings.TOOLS / "lq-fmt", "--version").split()[-1]
    commit = git("describe", "--always").stdout.strip()
    # The report changes with each part that is measured.
    commit += "-dirty" if commit and git("diff", "--quiet", "HEAD", "--", ".", ":!benches/RESULTS.md").returncode else ""
    lq = f"lq {lq} ({commit})" if commit else f"lq {lq}"
    all_of_them = ", ".join([lq, output("rustc", "--version").split(" (")[0], *there, *([more] if more else [])])
    return f"{all_of_them}." + (f" Not there, and so not compared: {', '.join(lacking)}." if lacking else "")
