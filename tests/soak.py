"""Gigabytes through the tools, memory watched: `make soak`. Argument: the folder of the tools.

Needs about 12 GiB in SOAK_DIR (default /var/tmp), and some minutes.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

GIB = 1 << 30
MIB = 1 << 20


def peak(command, source=None, target=None):
    """Runs a command; its peak of resident memory in bytes, and its seconds."""
    child = (
        "import resource, subprocess, sys, time; start = time.time();"
        "status = subprocess.run(sys.argv[1:]).returncode;"
        "usage = resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(status, usage.ru_maxrss, time.time() - start, file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", child, *map(str, command)],
        stdin=source,
        stdout=target or subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    *said, last = run.stderr.strip().splitlines()
    status, kib, seconds = last.split()
    if status != "0":
        sys.exit(f"{command} ended with {status}:\n" + "\n".join(said))
    return int(kib) * 1024, float(seconds)


def check(what, size, command, limit, source=None, target=None):
    memory, seconds = peak(command, source, target)
    verdict = "ok" if memory <= limit else "TOO MUCH"
    print(
        f"{what}: {size / GIB:.1f} GiB in {seconds:.0f} s ({size / MIB / seconds:.0f} MiB/s), "
        f"{memory / MIB:.0f} MiB resident of {limit / MIB:.0f}: {verdict}",
        flush=True,
    )
    return memory <= limit


def main():
    tools = Path(sys.argv[1]).resolve()
    work = Path(tempfile.mkdtemp(prefix="lq-soak-", dir=os.environ.get("SOAK_DIR", "/var/tmp")))
    os.environ["TMPDIR"] = str(work)
    try:
        archive, whole, entries = work / "archive", work / "whole.json", work / "entries.json"
        subprocess.run([tools / "examples/demo-archive", archive, "--scale", "190"], check=True)
        with whole.open("wb") as out:
            for file in sorted((archive / "stdout").rglob("*.json")):
                with file.open("rb") as part:
                    shutil.copyfileobj(part, out, MIB)
        shutil.rmtree(archive)
        size = whole.stat().st_size
        window = ["--since", "2d", "--until", "now", "--tz", "UTC"]
        with entries.open("wb") as out:
            good = check("lq-query, one slice", size, [tools / "lq-query", "--source", whole, *window], 400 * MIB, target=out)
        whole.unlink()
        first = work / "first.json"
        with entries.open("rb") as lines, first.open("wb") as out:
            while out.tell() < GIB:
                out.write(b"".join(lines.readlines(MIB)))
        entries.unlink()
        size = first.stat().st_size
        for form in ["raw", "entry"]:
            command = [tools / "lq-split", "--dir", work / form, "-o", form, first]
            good &= check(f"lq-split -o {form}", size, command, 64 * MIB)
            shutil.rmtree(work / form)
        good &= check("lq-fmt", size, [tools / "lq-fmt", first], 64 * MIB)
        sys.exit(0 if good else 1)
    finally:
        shutil.rmtree(work, ignore_errors=True)


main()
