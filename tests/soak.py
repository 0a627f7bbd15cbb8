"""Ten million entries of five thousand Pods through the tools, memory watched: `make soak`.

Argument: the folder of the tools. Needs about 30 GB in SOAK_DIR (default /var/tmp) and some minutes;
SOAK_ENTRIES says how many entries, for a quick try. Every figure is printed. It fails where a tool takes
more memory than it may, where ten times the entries take it markedly more, or where one entry is missing.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

MIB = 1 << 20
ENTRIES = int(os.environ.get("SOAK_ENTRIES", 10_000_000))
PODS = 5_000
HOURS = 20
BEGIN = datetime(2026, 11, 20, tzinfo=timezone.utc)
# A tenth of the hours against all of them: memory may differ by what two runs differ by anyhow.
FLAT = 1.25

TEXTS = [
    "2026-11-20 07:00:00 UTC | CORE | INFO | (pkg/collector/worker/check_logger.go:59 in CheckFinished) | check:kubelet | Done running check",
    "INFO 1 --- [nio-8080-exec-7] c.e.shop.api.OrderController : order 481516 stored in 11.3ms",
    "決済がタイムアウトしました: 注文 481516 を保留にします 🍵",
    "java.lang.NullPointerException: coupon is null\n\tat com.example.shop.api.PriceService.total(PriceService.java:57)"
    "\n\tat com.example.shop.api.CartController.show(CartController.java:31)\n\tat java.base/java.lang.Thread.run(Thread.java:1583)",
]
PAYLOAD = {"level": "info", "message": "search finished", "http": {"method": "GET", "path": "/search?q=茶碗", "status": 200}}


class Archive:
    """A Cloud Storage sink's tree, and what must come out of it."""

    def __init__(self, folder, entries):
        self.folder, self.entries = folder, entries
        self.bytes, self.files = 0, []
        rows = [self.row(number % PODS, number) for number in range(PODS)]
        each = entries // HOURS
        for hour in range(HOURS):
            at = BEGIN + timedelta(hours=hour)
            path = folder / "stdout" / at.strftime("%Y/%m/%d") / at.strftime("%H:00:00_%H:59:59_S0.json")
            path.parent.mkdir(parents=True, exist_ok=True)
            prefix = at.strftime("%Y-%m-%dT%H:")
            with path.open("wb", buffering=MIB) as out:
                for number in range(each):
                    # Ever so often one comes late, as in a real sink's files.
                    tick = number if number % 97 else max(0, number - 5_000)
                    micros = tick * 3_600_000_000 // each
                    stamp = b"%s%02d:%02d.%06dZ" % (
                        prefix.encode(), micros // 60_000_000, micros // 1_000_000 % 60, micros % 1_000_000
                    )
                    out.write(rows[number % PODS] % (hour * each + number, stamp))
            self.files.append(path)
            self.bytes += path.stat().st_size
        self.entries = each * HOURS

    @staticmethod
    def row(pod, number):
        """An entry with places for its number and its time."""
        entry = {
            "insertId": "@ID@",
            "labels": {"compute.googleapis.com/resource_name": f"gke-demo-1-pool-a-1b2c3d4e-{pod % 40:04d}", "k8s-pod/app": "shop"},
            "logName": "projects/demo/logs/stdout",
            "receiveTimestamp": "2026-11-20T23:59:59.123456789Z",
            "resource": {
                "labels": {
                    "cluster_name": "demo-1",
                    "container_name": "api",
                    "location": "asia-northeast1",
                    "namespace_name": f"shop-{pod % 7}",
                    "pod_name": f"api-7d9f8b6c5d-{pod:05d}",
                    "project_id": "demo",
                },
                "type": "k8s_container",
            },
            "severity": "INFO",
            "timestamp": "@AT@",
        }
        if number % 5:
            entry["textPayload"] = TEXTS[number % len(TEXTS)]
        else:
            entry["jsonPayload"] = PAYLOAD
        line = json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n"
        return line.replace("%", "%%").replace("@ID@", "%015x").replace("@AT@", "%s").encode()


class Run:
    """Commands in a pipe, each watched: peak of resident memory in bytes, and the seconds of all."""

    def __init__(self, commands, target=None, reader=None):
        began = time.monotonic()
        self.watched = []
        source = None
        for place, command in enumerate(commands):
            is_last = place + 1 == len(commands)
            out = (reader and subprocess.PIPE or target or subprocess.DEVNULL) if is_last else subprocess.PIPE
            process = subprocess.Popen([str(word) for word in command], stdin=source, stdout=out, stderr=subprocess.PIPE)
            if source:
                source.close()
            source = process.stdout
            said = []
            ear = threading.Thread(target=lambda pipe=process.stderr, said=said: said.append(pipe.read()))
            ear.start()
            self.watched.append((process, ear, said))
        if reader:
            for piece in iter(lambda: source.read(MIB), b""):
                reader(piece)
        self.peaks = []
        for (process, ear, said), command in zip(self.watched, commands):
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            ear.join()
            if status:
                sys.exit(f"{command} ended with {process.returncode}:\n{said[0].decode()}")
            self.peaks.append(usage.ru_maxrss * 1024)
        self.seconds = time.monotonic() - began


GOOD = True


def report(what, run, entries, size, limits, smaller=None):
    """Tells what a run took; `limits` in MiB, one for each command of it."""
    global GOOD
    said = []
    for place, (peak, limit) in enumerate(zip(run.peaks, limits)):
        verdict = "" if peak <= limit * MIB else ", TOO MUCH"
        if smaller:
            before = smaller.peaks[place]
            # With few entries the buffers are not even full.
            verdict += "" if peak <= max(before * FLAT, limit * MIB / 2) else ", GROWS"
            verdict += f", {before / MIB:.0f} for a tenth"
        GOOD &= "TOO" not in verdict and "GROWS" not in verdict
        said.append(f"{peak / MIB:.0f} MiB resident (of {limit}{verdict})")
    rate = f"{round(entries / run.seconds, -3):,.0f} entries/s, {size / MIB / run.seconds:.0f} MiB/s"
    print(f"{what}: {entries:,} entries, {size / 1e9:.1f} GB in {run.seconds:.0f} s ({rate}); {'; '.join(said)}", flush=True)


def check(what, holds):
    global GOOD
    GOOD &= bool(holds)
    print(f"  {what}: {'yes' if holds else 'NO'}", flush=True)


def main():
    tools = Path(sys.argv[1]).resolve()
    work = Path(tempfile.mkdtemp(prefix="lq-soak-", dir=os.environ.get("SOAK_DIR", "/var/tmp")))
    os.environ.update(TMPDIR=str(work), HOME=str(work), TZ="UTC")
    for name in [name for name in os.environ if name.startswith(("LQ_", "XDG_"))]:
        del os.environ[name]
    query, split, fmt = (tools / name for name in ("lq-query", "lq-split", "lq-fmt"))
    window = ["--since", BEGIN.isoformat(), "--until", (BEGIN + timedelta(days=1)).isoformat(), "-q"]
    try:
        archive = Archive(work / "archive", ENTRIES)
        tenth = ["--since", BEGIN.isoformat(), "--until", (BEGIN + timedelta(hours=HOURS // 10)).isoformat(), "-q"]
        size, entries = archive.bytes, archive.entries
        print(f"{entries:,} entries of {PODS:,} Pods in {HOURS} hours, {size / 1e9:.1f} GB", flush=True)

        # The whole pipeline, hour by hour.
        logs = work / "logs"
        pipeline = lambda window: Run([
            [query, "--source", archive.folder, "--seal", *window],
            [split, "--sealed", "--manifest", "--dir", logs, "-q"],
        ])
        small = pipeline(tenth)
        shutil.rmtree(logs)
        whole = pipeline(window)
        report("lq-query | lq-split", whole, entries, size, [400, 160], small)
        manifest = json.loads((logs / "MANIFEST.json").read_text())
        check("one file for each Pod", len(manifest["files"]) == PODS)
        check("no entry is missing", manifest["entries"] == entries and manifest["sealed"])
        checked = Run([[split, "--check", logs]])
        report("lq-split --check", checked, entries, sum(file["bytes"] for file in manifest["files"]), [32])
        shutil.rmtree(logs)

        # The same entries in one slice, latest hours first: sorted on disk, the same bytes come out.
        digests = []
        for source in ("hours", "one file"):
            if source == "one file":
                path = work / "whole.json"
                with path.open("wb") as out:
                    for file in reversed(archive.files):
                        with file.open("rb") as part:
                            shutil.copyfileobj(part, out, MIB)
                shutil.rmtree(archive.folder)
            else:
                path = archive.folder
            digest = hashlib.sha256()
            run = Run([[query, "--source", path, *window]], reader=digest.update)
            report(f"lq-query, {source}", run, entries, size, [400])
            digests.append(digest.hexdigest())
        check("one slice gives the same bytes as many", digests[0] == digests[1])

        # Tools that need not sort, on a file of entries.
        lines = work / "entries.json"
        with lines.open("wb") as out:
            Run([[query, "--source", work / "whole.json", *window]], target=out)
        (work / "whole.json").unlink()
        size = lines.stat().st_size
        for flags in (["-o", "raw"], ["-o", "entry"], ["--compress", "zst"]):
            run = Run([[split, "--dir", logs, "-q", *flags, lines]])
            report(f"lq-split {' '.join(flags)}", run, entries, size, [96])
            shutil.rmtree(logs)
        report("lq-fmt", Run([[fmt, lines]]), entries, size, [32])
        sys.exit(0 if GOOD else 1)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
