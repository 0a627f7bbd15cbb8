"""Measures lq-query beside Google's client and a client that only drains: `make bench`.

Arguments: the folder of the tools, the Python that has Google's client. All read the same rows from the same server,
which replays what was recorded, in turns; medians count. BENCH_ROWS says how many rows (1,000,000), BENCH_LARGE how
many for the runs that watch memory alone (4,000,000; 0 for none), BENCH_RUNS how often (5), BENCH_GOOGLE how often
Google's client, which takes minutes for all of it (1), BENCH_DIR where the lines go (/var/tmp), BENCH_OUT where the
report goes (benches/RESULTS.md; - for nowhere). With `--check` nothing is measured: it fails where two ways give
different bytes, or where somebody misses a row.
"""

import filecmp
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
MIB = 1 << 20
IS_CHECK = "--check" in sys.argv
FOLDER, PYTHON = [word for word in sys.argv[1:] if not word.startswith("-")]
TOOLS = Path(FOLDER).resolve()
ROWS = int(os.environ.get("BENCH_ROWS", 2_000 if IS_CHECK else 1_000_000))
LARGE = 0 if IS_CHECK else int(os.environ.get("BENCH_LARGE", 4_000_000))
RUNS = 0 if IS_CHECK else int(os.environ.get("BENCH_RUNS", 5))
GOOGLE = 1 if IS_CHECK else int(os.environ.get("BENCH_GOOGLE", 1))
OUT = os.environ.get("BENCH_OUT", HERE / "RESULTS.md")
ASKED = ["--source", "bq://acme/gke", "--since", "2026-11-20T00:00:00Z", "--until", "2026-11-21T00:00:00Z"]
COLUMNS = "resource textPayload jsonPayload timestamp severity insertId"
FIELDS = COLUMNS.replace("resource", " ".join(
    f"resource.labels.{name}" for name in ["cluster_name", "namespace_name", "pod_name", "container_name"]
))
WAYS = {"rest": "query, REST pages", "result": "query, rows over gRPC", "table": "straight from the table, gRPC"}
# What is to be reached: times Google's client to JSON lines on disk, share of the draining client, MiB resident.
GOALS = {"rest": 10, "result": 3, "table": 3}
SHARE, MEMORY = 0.5, 300


@dataclass
class Contestant:
    name: str
    way: str
    command: list
    stdin: str = ""
    environment: dict = field(default_factory=dict)
    # Whether it writes JSON lines.
    writes: bool = True
    seconds: list = field(default_factory=list)
    processor: list = field(default_factory=list)
    server: list = field(default_factory=list)
    peak: int = 0
    size: int = 0
    said: str = ""

    def run(self, server, path):
        """Runs once; what it writes replaces what is in the file."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("LQ_", "BIGQUERY_"))}
        before = server.processor()
        began = time.monotonic()
        with open(path, "wb") if self.writes else open(os.devnull, "wb") as out:
            process = subprocess.Popen(
                [str(word) for word in self.command], stdin=subprocess.PIPE, stdout=out if self.writes else subprocess.PIPE,
                stderr=subprocess.PIPE, env=environment | self.environment,
            )
            process.stdin.write(self.stdin.encode())
            process.stdin.close()
            said = b"" if self.writes else process.stdout.read()
            said += process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        self.said = said.decode()
        if status:
            sys.exit(f"{self.name}, {self.way}: ended with {process.returncode}:\n{self.said}")
        self.seconds.append(seconds)
        self.processor.append(usage.ru_utime + usage.ru_stime)
        self.server.append(server.processor() - before)
        self.peak = max(self.peak, usage.ru_maxrss * 1024)
        self.size = os.path.getsize(path) if self.writes else 0

    def rows(self, path):
        """How many rows it had."""
        if self.name == "lq-query":
            with open(path, "rb") as file:
                return sum(1 for _ in file)
        return int(self.said.split()[-1] if self.name.startswith("Google") else self.said.split()[0])

    def median(self):
        return statistics.median(self.seconds)


class Server:
    def __init__(self, rows):
        command = [TOOLS / "examples/replay", "serve", "--rows", str(rows)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.rest, self.grpc = self.process.stdout.readline().split()

    def processor(self):
        """Seconds of processor time so far."""
        times = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.kill()
        self.process.wait()


def output(*command, environment={}):
    words = [str(word) for word in command]
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | environment).stdout


def contestants(server, home, all_of_them=True):
    query = TOOLS / "lq-query"
    rest = {"HOME": str(home), "XDG_STATE_HOME": str(home), "XDG_CACHE_HOME": str(home), "TZ": "UTC"}
    rest |= {"BIGQUERY_EMULATOR_HOST": server.rest}
    both = rest | {"BIGQUERY_STORAGE_EMULATOR_HOST": server.grpc}
    sql = output(query, *ASKED, "--print-sql", "-q", environment=rest)
    is_able = "--via" in output(query, "--help")
    lq = [query, *ASKED, "--no-cache", "-q"]
    yield Contestant("lq-query", "rest", lq, environment=rest)
    if is_able:
        yield Contestant("lq-query", "result", [*lq, "--via", "query"], environment=both)
        yield Contestant("lq-query", "table", [*lq, "--via", "storage"], environment=both)
    if not all_of_them:
        return
    for way in WAYS:
        asked = COLUMNS if way == "table" else sql
        for target in ["orjson"] if IS_CHECK else ["alone", "json", "orjson"]:
            command = [PYTHON, HERE / "official.py", way, target, server.rest, server.grpc]
            yield Contestant(f"Google's client, {target}", way, command, asked, writes=target != "alone")
        drain = [TOOLS / "examples/replay", "drain", way, server.rest, server.grpc]
        yield Contestant("drain", way, drain, FIELDS if way == "table" else sql, writes=False)


def compare(server, work, rows, runs, all_of_them=True):
    """Lets all run in turns, once more than they are measured: the server makes what it sends at first. Google's client
    comes behind lq-query, to a server that has made it, and so is measured from the first turn on."""
    everybody = list(contestants(server, work, all_of_them))
    paths = {}
    for turn in range(runs + 1):
        for one in everybody:
            is_lq, is_google = one.name == "lq-query", one.name.startswith("Google")
            if is_google and turn >= GOOGLE:
                continue
            # Each way of lq's has a file of its own, so that they can be compared.
            path = paths.setdefault(one.way if is_lq else "other", work / f"{one.way if is_lq else 'other'}.json")
            one.run(server, path)
            if turn == 0:
                if not is_google:
                    one.seconds, one.processor, one.server, one.peak = [], [], [], 0
                if one.rows(path) != rows:
                    sys.exit(f"{one.name}, {one.way}: {one.rows(path)} rows, not {rows}")
            if one.seconds and sys.stderr.isatty():
                print(f"{one.name}, {one.way}: {one.seconds[-1]:.2f} s", file=sys.stderr, flush=True)
        if turn == 0:
            same = [path for way, path in paths.items() if way != "other"]
            for path in same[1:]:
                if not filecmp.cmp(same[0], path, shallow=False):
                    sys.exit(f"{path.name} is not {same[0].name}: two ways, different bytes")
    return everybody


def machine():
    processor = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = next(int(line.split()[1]) // MIB for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    return f"{processor}, {os.cpu_count()} cores, {memory} GiB, Linux {platform.release().split('-')[0]}"


def versions():
    names = ["google-cloud-bigquery", "google-cloud-bigquery-storage", "pyarrow", "orjson"]
    code = f"from importlib.metadata import version\nfor n in {names}: print(n, version(n), end=', ')"
    lq = output(TOOLS / "lq-query", "--version").strip()
    return f"{lq}, {output('rustc', '--version').split(' (')[0]}, {output(PYTHON, '--version').strip()}, " + output(
        PYTHON, "-c", code
    ).rstrip(", ")


def table(everybody, rows):
    yield "| what | median | spread | entries/s | MB/s written | processor | server's | resident |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    for one in everybody:
        took = one.median()
        written = f"{one.size / took / 1e6:.0f}" if one.writes else ""
        spread = f"{min(one.seconds):.2f}–{max(one.seconds):.2f}"
        processor, server = statistics.median(one.processor), statistics.median(one.server)
        yield (
            f"| {one.name} | {took:.2f} s | {spread} | {round(rows / took, -3):,.0f} | {written} | {processor:.2f} s "
            f"| {server:.2f} s | {one.peak / MIB:.0f} MiB |"
        )


def verdict(is_reached):
    return "" if is_reached else " (**not reached**)"


def report(everybody, large):
    size = max(one.size for one in everybody if one.name == "lq-query")
    yield "# What `make bench` measured"
    yield ""
    yield f"{machine()}; {versions()}."
    yield ""
    yield (
        f"{ROWS:,} entries, {size / ROWS:.0f} bytes a line as lq-query writes them; {RUNS} runs each, in turns, and of "
        f"Google's client {GOOGLE}. The server runs on the same machine: what it takes is part of the time of all. `alone` "
        "ends with Arrow's table in memory; `json` and `orjson` go on to JSON lines on disk with the Python module of that "
        "name; `drain` is a client in Rust that decodes pages and batches and drops them. The ratios are of medians."
    )
    yield ""
    yield f"    lq-query {' '.join(ASKED)} --no-cache -q [--via query|storage] >FILE"
    for way, title in WAYS.items():
        here = {one.name: one for one in everybody if one.way == way}
        yield ""
        yield f"## {title[0].upper()}{title[1:]}"
        yield ""
        yield from table(here.values(), ROWS)
        if lq := here.get("lq-query"):
            json, orjson, drain = (here[name].median() / lq.median() for name in
                                   ["Google's client, json", "Google's client, orjson", "drain"])
            yield ""
            yield (
                f"lq-query to JSON lines on disk is {json:.1f} × Google's client with `json`, of which it is to be "
                f"{GOALS[way]} ×{verdict(json >= GOALS[way])}; {orjson:.1f} × with `orjson`; {drain:.2f} × the draining "
                f"client, of which it is to be {SHARE} ×{verdict(drain >= SHARE)}."
            )
    yield ""
    yield "## Memory of lq-query at any size"
    yield ""
    yield "| rows | way | resident | entries/s |"
    yield "|--:|---|--:|--:|"
    small = [(ROWS, one) for one in everybody if one.name == "lq-query"]
    for rows, one in small + [(LARGE, one) for one in large]:
        peak = f"{one.peak / MIB:.0f} MiB{verdict(one.peak <= MEMORY * MIB)}"
        yield f"| {rows:,} | {WAYS[one.way]} | {peak} | {round(rows / one.median(), -3):,.0f} |"


def main():
    with tempfile.TemporaryDirectory(prefix="lq-bench-", dir=os.environ.get("BENCH_DIR", "/var/tmp")) as work:
        os.environ["TMPDIR"] = work
        measured = []
        for rows, runs, all_of_them in [(ROWS, RUNS, True), (LARGE, 1, False)]:
            if rows:
                server = Server(rows)
                try:
                    measured.append(compare(server, Path(work), rows, runs, all_of_them))
                finally:
                    server.stop()
        if IS_CHECK:
            print("all agree")
            return
        text = "\n".join(report(measured[0], measured[1] if LARGE else [])) + "\n"
        print(text)
        if str(OUT) != "-":
            Path(OUT).write_text(text)


main()
